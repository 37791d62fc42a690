"""A loader in a process of its own, with limits on memory and time.

What parses PDF, HTML and Office files is large, partly in C, and its input may come from a stranger. A file that would
take all memory, never end or crash the parser ends that process alone, and is told as an `ArticleError`. It costs the
start of a Python process, about a third of a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..article import Article, Block, Span
from ..errors import ArticleError

__all__ = ["load_apart", "serve"]

MEMORY = 1_000_000_000  # bytes of address space
SECONDS = 30  # of processor time; 10 MB of Markdown take 10, and the clock may show more on a busy machine
PATIENCE = 60  # seconds on the clock
_OUT_OF_MEMORY = 3


def load_apart(data: bytes, path: Path, memory: int = MEMORY, seconds: int = SECONDS) -> Article:
    """The article that the loader for these bytes makes of them, in another process. Raises ArticleError."""
    command = [sys.executable, "-c", f"import sys; from {__name__} import serve; sys.exit(serve())"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path)}
    request = (
        json.dumps([str(path), memory, seconds]).encode() + b"\n" + data
    )  # not in the command: a name may hold what no argument can
    try:
        done = subprocess.run(command, input=request, capture_output=True, env=environment, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired as error:
        raise _too_long(path, seconds) from error
    if done.returncode == 0:
        return _article(json.loads(done.stdout), path)
    if done.returncode == _OUT_OF_MEMORY:
        raise ArticleError(
            f"{path} takes more than {memory / 1e9:.1f} GB of memory to read. Cut it into parts, or save its text."
        )
    if done.returncode in (-24, -9):  # SIGXCPU, SIGKILL: the limits on time
        raise _too_long(path, seconds)
    raise ArticleError(f"{path} cannot be read: what reads it stopped ({_last_line(done)}). Save it again, or save its text.")


def _too_long(path: Path, seconds: int) -> ArticleError:
    return ArticleError(f"{path} takes more than {seconds} seconds to read. Cut it into parts, or save its text.")


def _last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").split("\n")
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), f"status {done.returncode}")


def _article(answer: dict[str, Any], path: Path) -> Article:
    if "error" in answer:
        raise ArticleError(answer["error"])
    spans = {name: tuple(Span(*span) for span in answer.pop(name)) for name in ("sentences", "passages", "pages")}
    return Article(**answer | spans | {"blocks": tuple(Block(*block) for block in answer["blocks"])})


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: only the clock limits
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve() -> int:
    """Read a request from standard input, write the article or the error to standard output as JSON."""
    from . import loader_for

    output = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    request, _, data = sys.stdin.buffer.read().partition(b"\n")
    name, *limits = json.loads(request)
    path = Path(name)
    _limit(*limits)
    try:
        answer = asdict(loader_for(data, path).load(data, path))
    except ArticleError as error:
        answer = {"error": str(error)}
    except MemoryError:
        return _OUT_OF_MEMORY
    with os.fdopen(output, "w") as stream:
        json.dump(answer, stream)
    return 0
