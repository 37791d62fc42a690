"""Run a loader, or another task, in a separate process with limits on memory and time.

The parsers of PDF, HTML and Office files are large, partly written in C, and read untrusted files.
A file that exhausts the memory, takes too long or crashes the parser ends only that process, and
the user gets an `ArticleError`. Starting the process takes about a third of a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from index.errors import ArticleError
from index.text.article import Article
from index.text.spans import Block, Span

__all__ = ["load_isolated", "make_environment", "run_isolated", "serve_request", "set_limits"]

MAX_MEMORY_BYTES = 1_000_000_000  # of address space
# 10 MB of Markdown take 10 seconds. The wall-clock time may be longer on a busy machine.
MAX_CPU_SECONDS = 30
TIMEOUT_SECONDS = 60  # wall-clock time
_OUT_OF_MEMORY = 3
_LOADING = "index.loaders:load_as_json"


def load_isolated(
    data: bytes, path: Path, memory: int = MAX_MEMORY_BYTES, seconds: int = MAX_CPU_SECONDS
) -> Article:
    """Load a file in a separate process.

    Args:
        data: the content of the file.
        path: its path.
        memory: the limit on the address space, in bytes.
        seconds: the limit on the processor time.

    Raises:
        ArticleError: the loader refused the file, crashed, or exceeded a limit.
    """
    return _parse_article(
        json.loads(run_isolated(_LOADING, data, path, memory=memory, seconds=seconds))
    )


def run_isolated(
    task: str,
    data: bytes,
    path: Path,
    arguments: Sequence[Any] = (),
    *,
    memory: int = MAX_MEMORY_BYTES,
    seconds: int = MAX_CPU_SECONDS,
) -> bytes:
    """Return what a function returns for a file in a separate process.

    Args:
        task: the function, as `module:name`. It takes the data, the path and the arguments, and
            returns bytes.
        data: the content of the file.
        path: its path, for messages.
        arguments: further arguments, as JSON has them.
        memory: the limit on the address space, in bytes.
        seconds: the limit on the processor time.

    Raises:
        ArticleError: the function refused the file, crashed, or exceeded a limit.
    """
    command = [
        sys.executable,
        "-c",
        f"import sys; from {__name__} import serve_request; sys.exit(serve_request())",
    ]
    # Not in the command: a file name may contain characters that an argument cannot.
    request = json.dumps([task, str(path), arguments, memory, seconds]).encode() + b"\n" + data
    try:
        result = subprocess.run(
            command,
            input=request,
            capture_output=True,
            env=make_environment(),
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _timeout_error(path, seconds) from error
    if result.returncode == 0:
        error_message, _, answer = result.stdout.partition(b"\n")
        if error_message:
            raise ArticleError(json.loads(error_message))
        return answer
    if result.returncode == _OUT_OF_MEMORY:
        raise ArticleError(
            f"{path} takes more than {memory / 1e9:.1f} GB of memory to read. "
            "Cut it into parts, or save its text."
        )
    if result.returncode in (-24, -9):  # SIGXCPU, SIGKILL: the limits on time
        raise _timeout_error(path, seconds)
    raise ArticleError(
        f"{path} cannot be read: its parser stopped ({_last_line(result)}). "
        "Save it again, or save its text."
    )


def make_environment() -> dict[str, str]:
    """Return the environment of a process that imports the modules that this one can import."""
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    return os.environ | {"PYTHONPATH": path}


def _timeout_error(path: Path, seconds: int) -> ArticleError:
    return ArticleError(
        f"{path} takes more than {seconds} seconds to read. Cut it into parts, or save its text."
    )


def _last_line(result: subprocess.CompletedProcess[bytes]) -> str:
    lines = result.stderr.decode("utf-8", "replace").split("\n")
    return next(
        (line.strip()[:200] for line in reversed(lines) if line.strip()),
        f"status {result.returncode}",
    )


def _parse_article(answer: dict[str, Any]) -> Article:
    spans = {
        name: tuple(Span(*span) for span in answer.pop(name))
        for name in ("sentences", "passages", "pages")
    }
    return Article(**answer | spans | {"blocks": tuple(map(Block.from_values, answer["blocks"]))})


def set_limits(memory: int, seconds: int) -> None:
    """Limit the address space (bytes) and the processor time of this process."""
    try:
        import resource
    except ImportError:  # Windows: only the timeout applies
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve_request() -> int:
    """Read a request from standard input and write the answer to standard output.

    Its first line is the error as JSON, or empty.

    Returns:
        The exit status of the process.
    """
    output = os.dup(1)
    os.dup2(2, 1)  # keep the output of libraries out of the answer
    request, _, data = sys.stdin.buffer.read().partition(b"\n")
    task, name, arguments, *limits = json.loads(request)
    module, _, function = task.partition(":")
    run = getattr(import_module(module), function)
    set_limits(*limits)
    try:
        answer = b"\n" + run(data, Path(name), *arguments)
    except ArticleError as error:
        answer = json.dumps(str(error)).encode() + b"\n"
    except MemoryError:
        return _OUT_OF_MEMORY
    with os.fdopen(output, "wb") as stream:
        stream.write(answer)
    return 0
