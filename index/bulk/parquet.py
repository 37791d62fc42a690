"""Write the rows of a Parquet file as lines of JSON, in a process with limits.

The parser is large, written in C++, and reads untrusted files.
"""

from __future__ import annotations

import json
import sys
from typing import IO

from index.bulk.file_systems import open_remote
from index.errors import AssistantError
from index.loaders import is_address
from index.loaders.sandbox import set_limits

__all__ = ["serve_rows"]

MAX_MEMORY_BYTES = 4_000_000_000  # of address space; pyarrow reserves a part of it
MAX_CPU_SECONDS = 3_600  # a file with many millions of rows takes minutes
BATCH_ROWS = 64
COLUMNS = ("text", "title", "author", "date", "source", "url")


def serve_rows() -> int:
    """Read the address of a file from standard input, and write its rows to standard output.

    The first line has the number of rows, or the error.

    Returns:
        The exit status of the process.
    """
    address = json.loads(sys.stdin.buffer.read())
    output = sys.stdout.buffer
    try:
        import pyarrow
    except ImportError:
        reason = "needs a package: run `pip install 'article-assistant[bulk]'`"
        return _write(output, {"error": f"{address} {reason}."})
    set_limits(MAX_MEMORY_BYTES, MAX_CPU_SECONDS)
    try:
        if is_address(address):
            with open_remote(address) as stream:
                _write_rows(stream, address, output)
        else:
            with open(address, "rb") as stream:
                _write_rows(stream, address, output)
    except AssistantError as error:
        return _write(output, {"error": str(error)})
    except (OSError, pyarrow.ArrowException) as error:
        print(" ".join(str(error).split())[:200], file=sys.stderr)
        return 1
    return 0


def _write_rows(stream: IO[bytes], address: str, output: IO[bytes]) -> None:
    from pyarrow.parquet import ParquetFile

    file = ParquetFile(stream)
    names = file.schema_arrow.names
    if "text" not in names:
        listed = ", ".join(names)[:300] or "none"
        reason = f"has no column `text`. Its columns are: {listed}. Rename the one with the text."
        _write(output, {"error": f"{address} {reason}"})
        return
    _write(output, {"rows": file.metadata.num_rows})
    columns = [name for name in COLUMNS if name in names]
    for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns, use_threads=False):
        for row in batch.to_pylist():
            _write(output, row)


def _write(output: IO[bytes], value: object) -> int:
    output.write(json.dumps(value, default=_to_text).encode() + b"\n")
    return 0


def _to_text(value: object) -> str:
    """Return a date or another value as text. Some writers do not mark text as such."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
