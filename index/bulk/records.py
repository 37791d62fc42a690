"""Read files with one article per line (JSONL) or per row (Parquet).

Both have the columns `text`, `title`, `author`, `date`, and `source` or `url`. Only the lines are
cut here, in the process of the writer; the workers parse them. Embedding a line takes hundreds of
times as long as reading it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from index.bulk.file_systems import open_remote
from index.bulk.items import Item, SourceFailure, SourceFile
from index.errors import ArticleError
from index.loaders import MAX_FILE_BYTES, is_address, load_bytes
from index.loaders.base import clean_text, strip_folders
from index.loaders.builder import MAX_TITLE_CHARACTERS
from index.loaders.sandbox import make_environment
from index.text.article import Article

__all__ = ["RECORD_SUFFIXES", "has_records", "load_record", "read_records"]

LINE_SUFFIXES = frozenset({".jsonl", ".ndjson"})
TABLE_SUFFIXES = frozenset({".parquet"})
RECORD_SUFFIXES = LINE_SUFFIXES | TABLE_SUFFIXES
# Characters may be escaped with up to six bytes.
MAX_LINE_BYTES = 6 * MAX_FILE_BYTES


def has_records(address: str) -> bool:
    """Return whether a file has several articles, by its suffix."""
    return _get_suffix(address) in RECORD_SUFFIXES


def _get_suffix(address: str) -> str:
    return Path(address).suffix.lower()


def read_records(file: SourceFile, records: Collection[int] = ()) -> Iterator[Item | SourceFailure]:
    """Yield the records of a file, numbered from 1.

    Args:
        file: a JSONL or Parquet file.
        records: the numbers of those to read; all if empty.

    Raises:
        ArticleError: the file cannot be read.
    """
    read = _read_rows if _get_suffix(file.address) in TABLE_SUFFIXES else _read_lines
    for record in read(file):
        if not records or record.record in records:
            yield record


def _read_lines(file: SourceFile) -> Iterator[Item | SourceFailure]:
    with _open(file.address) as stream:
        number = 0
        try:
            while line := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    while line and not line.endswith(b"\n"):
                        line = stream.readline(MAX_LINE_BYTES)
                    reason = f"has more than {MAX_LINE_BYTES / 1e6:.0f} MB. Cut it into parts."
                    yield SourceFailure(
                        file.address, number, f"{_name_record(file.address, number)} {reason}"
                    )
                elif line.strip():
                    yield Item(file.address, number, line, len(line))
        except (OSError, ValueError) as error:
            raise _make_read_error(file.address, error) from error


def _open(address: str) -> AbstractContextManager[IO[bytes]]:
    if is_address(address):
        return open_remote(address)
    try:
        return Path(address).open("rb")
    except (OSError, ValueError) as error:
        raise _make_read_error(address, error) from error


def _make_read_error(address: str, error: Exception) -> ArticleError:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
    return ArticleError(f"{address} cannot be read ({reason}). Check its name and permissions.")


def _read_rows(file: SourceFile) -> Iterator[Item | SourceFailure]:
    """Yield the rows of a Parquet file, which a process with limits reads."""
    command = [
        sys.executable,
        "-c",
        "import sys; from index.bulk.parquet import serve_rows; sys.exit(serve_rows())",
    ]
    with TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=make_environment(),
        )
        assert process.stdin is not None, "it is a pipe"
        assert process.stdout is not None, "it is a pipe"
        try:
            with process.stdin, process.stdout:
                process.stdin.write(json.dumps(file.address).encode())
                process.stdin.close()
                answer = json.loads(process.stdout.readline() or b"{}")
                if "error" in answer:
                    raise ArticleError(answer["error"])
                size = file.size // max(1, answer.get("rows", 1))
                for number, line in enumerate(process.stdout, 1):
                    if "rows" in answer:
                        yield Item(file.address, number, line, size)
            if process.wait():
                raise ArticleError(
                    f"{file.address} cannot be read: its parser stopped ({_read_last(errors)}). "
                    "Save it again, in smaller row groups if it is large."
                )
        finally:
            process.kill()
            process.wait()


def _read_last(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read()[-2000:].decode("utf-8", "replace").split("\n")
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "no message")


def load_record(item: Item) -> Article:
    """Return the article of a record.

    Raises:
        ArticleError: it is not a JSON object, or has no text.
    """
    name = _name_record(item.source, item.record)
    try:
        values = json.loads(item.data)
    except (ValueError, RecursionError) as error:
        raise ArticleError(
            f"{name} is not JSON ({' '.join(str(error).split())[:100]}). Write one object per line."
        ) from error
    if not isinstance(values, dict):
        raise ArticleError(f'{name} is no JSON object. Write it as {{"text": "…"}}.')
    text = values.get("text")
    if not (isinstance(text, str) and text.strip()):
        raise ArticleError(f"{name} has no text. Give each article a text that is not empty.")
    # The name gives an article without a title one, and selects the loader of plain text.
    file = f"{Path(item.source).stem}-{item.record}.txt"
    try:
        article = load_bytes(text.encode("utf-8", "replace"), file)
    except ArticleError as error:
        raise ArticleError(str(error).replace(file, name, 1)) from error
    return replace(
        article,
        title=_clean(values.get("title")) or article.title,
        author=_clean(values.get("author")),
        date=_clean(values.get("date")) or article.date,
        source=_clean_source(values) or f"{Path(item.source).name}, {_count(item)}",
    )


def _clean(value: Any) -> str:
    """Return a value as one line. Lists of authors and dates are written out."""
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value)
    text = "" if value is None or isinstance(value, dict) else str(value)
    cleaned = " ".join(clean_text(text[: 2 * MAX_TITLE_CHARACTERS]).split())
    return cleaned[:MAX_TITLE_CHARACTERS]


def _clean_source(values: dict[str, Any]) -> str:
    """Return the source that a record names. It must not name a file on this disk."""
    source = _clean(values.get("source") or values.get("url"))
    return source if is_address(source) else strip_folders(source)


def _name_record(address: str, record: int) -> str:
    return f"{address}, {_count(Item(address, record))},"


def _count(item: Item) -> str:
    unit = "row" if _get_suffix(item.source) in TABLE_SUFFIXES else "line"
    return f"{unit} {item.record}"
