"""A model of the user's own: a GGUF file, which is converted into the cache once, or a folder of OpenVINO's files."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

from index.errors import InputError, ModelError

from . import weights
from .base import Model
from .openvino import OpenVinoModel

__all__ = ["LocalModel", "local"]

GRAPH = "openvino_model"
# From here on a model is trusted to read, write and cite in one call; a smaller one writes from chosen sentences. 4-bit weights
# of seven billion parameters take about this much.
CAPABLE = 3_500_000_000  # bytes


class LocalModel(OpenVinoModel):
    """From a place on this machine."""

    path: Path  # a GGUF file or a folder

    @property
    def _llm_type(self) -> str:
        return "local"

    def prepare(self, progress: weights.Progress = weights.silent) -> Path:
        """Raises ModelError: the file is of a kind that openvino-genai cannot read, it is damaged, or the disk is full."""
        if self.path.is_dir():
            return self.path
        try:
            return _converted(self.path, self.cache_folder, progress)
        except OSError as error:
            raise ModelError(f"The model {self.path} cannot be converted in {self.cache_folder} ({error}).") from error


def local(name: str, cache: Path) -> Model:
    """Nothing is loaded yet. Raises InputError if there is no model in that place."""
    path = Path(name).expanduser().resolve()
    if path.is_dir() and not (path / f"{GRAPH}.xml").exists():
        found = sorted(path.glob("*.gguf"))
        if len(found) != 1:
            raise InputError(
                f"The folder {path} holds no model: neither OpenVINO's {GRAPH}.xml, as `optimum-cli export openvino` makes it, "
                "nor one GGUF file. Name the file itself, or another folder."
            )
        path = found[0]
    if path.is_file() and path.suffix.lower() != ".gguf":
        raise InputError(f"{path} is no model. Name a GGUF file or a folder of OpenVINO's files.")
    if not path.exists():
        raise InputError(f"There is no file {path}. Name a GGUF file or a folder of OpenVINO's files.")
    graph = path / f"{GRAPH}.bin" if path.is_dir() else path
    size = graph.stat().st_size if graph.exists() else 0
    return Model(name, LocalModel(path=path, cache_folder=cache), capable=size >= CAPABLE)


def _converted(path: Path, cache: Path, progress: weights.Progress) -> Path:
    """The folder of a file's conversion; another file under the same name is converted anew."""
    facts = path.stat()
    digest = hashlib.sha256(f"{path} {facts.st_size} {facts.st_mtime_ns}".encode("utf-8", "surrogatepass")).hexdigest()
    place = cache / "models" / f"local-{digest[:16]}"
    if weights.whole(place):
        return place
    (cache / "models").mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "models" / "lock"):
        if not weights.whole(place):
            _convert(path, place, progress)
    return place


def _convert(path: Path, place: Path, progress: weights.Progress) -> None:
    shutil.rmtree(place, ignore_errors=True)
    making = Path(tempfile.mkdtemp(dir=place.parent, prefix="making-"))
    try:
        link = making / "model.gguf"
        link.symlink_to(path)
        weights.convert(link, progress, str(path), path.stat().st_size)
        link.unlink()
        sizes = {one.name: one.stat().st_size for one in making.iterdir()}
        (making / "manifest.json").write_text(json.dumps(sizes))
        making.rename(place)
    finally:
        shutil.rmtree(making, ignore_errors=True)
