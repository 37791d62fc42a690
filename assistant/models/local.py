"""Run a model of the user: a GGUF file, converted into the cache once, or an OpenVINO folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

from assistant.models import conversion
from assistant.models.base import Model
from assistant.models.checksums import write_checksums
from assistant.models.openvino import OpenVinoModel
from index.errors import InputError, ModelError

__all__ = ["LocalModel", "make_local_model"]

GRAPH_NAME = "openvino_model"
# A model of at least this size is trusted to read, write and cite in one call. A smaller one writes
# from selected sentences. 4-bit weights of seven billion parameters take about this much.
MIN_ONE_CALL_BYTES = 3_500_000_000


class LocalModel(OpenVinoModel):
    """A model in a file or folder of this machine."""

    path: Path  # a GGUF file or a folder

    @property
    def _llm_type(self) -> str:
        return "local"

    def prepare(self, progress: conversion.Progress = conversion.ignore_progress) -> Path:
        """Return the folder of the model's files, converted now if need be.

        Raises:
            ModelError: openvino-genai cannot read the file, it is damaged, or the disk is full.
        """
        if self.path.is_dir():
            return self.path
        try:
            return _find_or_convert(self.path, self.cache_folder, progress)
        except OSError as error:
            raise ModelError(
                f"The model {self.path} cannot be converted in {self.cache_folder} ({error})."
            ) from error


def make_local_model(name: str, cache: Path) -> Model:
    """Return the model of a path. Nothing is loaded yet.

    Raises:
        InputError: there is no model at the path.
    """
    path = Path(name).expanduser().resolve()
    if path.is_dir() and not (path / f"{GRAPH_NAME}.xml").exists():
        files = sorted(path.glob("*.gguf"))
        if len(files) != 1:
            raise InputError(
                f"The folder {path} holds no model: neither OpenVINO's {GRAPH_NAME}.xml, as "
                "`optimum-cli export openvino` makes it, nor one GGUF file. Name the file itself, "
                "or another folder."
            )
        path = files[0]
    if path.is_file() and path.suffix.lower() != ".gguf":
        raise InputError(
            f"{path} is not a model. Name a GGUF file or a folder of OpenVINO's files."
        )
    if not path.exists():
        raise InputError(
            f"There is no file {path}. Name a GGUF file or a folder of OpenVINO's files."
        )
    graph = path / f"{GRAPH_NAME}.bin" if path.is_dir() else path
    size = graph.stat().st_size if graph.exists() else 0
    return Model(
        name,
        LocalModel(path=path, cache_folder=cache),
        answers_in_one_call=size >= MIN_ONE_CALL_BYTES,
        is_local=True,
    )


def _find_or_convert(path: Path, cache: Path, progress: conversion.Progress) -> Path:
    """Return the folder of a converted file. A changed file is converted again."""
    stat = path.stat()
    digest = hashlib.sha256(
        f"{path} {stat.st_size} {stat.st_mtime_ns}".encode("utf-8", "surrogatepass")
    ).hexdigest()
    folder = cache / "models" / f"local-{digest[:16]}"
    if conversion.is_usable(folder):
        return folder
    (cache / "models").mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "models" / "lock"):
        if not conversion.is_usable(folder):
            _convert(path, folder, progress)
    return folder


def _convert(path: Path, folder: Path, progress: conversion.Progress) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix="making-"))
    try:
        link = temporary / "model.gguf"
        link.symlink_to(path)
        conversion.convert_gguf(link, progress, str(path), path.stat().st_size)
        link.unlink()
        write_checksums(temporary)
        sizes = {file.name: file.stat().st_size for file in temporary.iterdir()}
        (temporary / "manifest.json").write_text(json.dumps(sizes))
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
