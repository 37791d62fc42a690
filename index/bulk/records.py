"""Read files with one article per line (JSONL) or per row (Parquet).

Both have the columns `text`, `title`, `author`, `date`, and `source` or `url`. Only the lines are
cut here, in the process of the writer; the workers parse them. Embedding a line takes hundreds of
times as long as reading it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from index.bulk.file_systems import open_remote
from index.bulk.items import Item, SourceFailure, SourceFile
from index.errors import ArticleError
from index.loaders import MAX_FILE_BYTES, is_address
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


def read_records(file: SourceFile) -> Iterator[Item | SourceFailure]:
    """Yield the records of a JSONL or Parquet file, numbered from 1.

    Raises:
        ArticleError: the file cannot be read.
    """
    read = _read_rows if _get_suffix(file.address) in TABLE_SUFFIXES else _read_lines
    yield from read(file)


def _read_lines(file: SourceFile) -> Iterator[Item | SourceFailure]:
    with _open(file.address) as stream:
        try:
            for number, line in _read_limited(stream):
                if len(line) > MAX_LINE_BYTES:
                    yield _make_size_failure(file.address, number)
                elif line.strip():
                    yield Item(file.address, number, line, len(line))
        except (OSError, ValueError) as error:
            raise _make_read_error(file.address, error) from error


def _read_limited(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a stream with their numbers. Of one that is too long, the beginning."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        yield number, line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES + 1)


def _make_size_failure(address: str, number: int) -> SourceFailure:
    reason = f"has more than {MAX_LINE_BYTES / 1e6:.0f} MB. Cut it into parts."
    return SourceFailure(address, number, f"{_name_record(address, number)} {reason}")


def _open(address: str) -> AbstractContextManager[IO[bytes]]:
    if is_address(address):
        return open_remote(address)
    _check_file(address)
    try:
        return Path(address).open("rb")
    except (OSError, ValueError) as error:
        raise _make_read_error(address, error) from error


def _check_file(address: str) -> None:
    """Raise ArticleError for what is no file, such as a pipe, which may have no end."""
    path = Path(address)
    try:
        is_other = path.exists() and not path.is_file()
    except (OSError, ValueError) as error:
        raise _make_read_error(address, error) from error
    if is_other:
        raise ArticleError(f"{address} is no file. Name a file, or a folder with files.")


def _make_read_error(address: str, error: Exception) -> ArticleError:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
    return ArticleError(f"{address} cannot be read ({reason}). Check its name and permissions.")


def _read_rows(file: SourceFile) -> Iterator[Item | SourceFailure]:
    """Yield the rows of a Parquet file, which a process with limits reads."""
    if not is_address(file.address):
        _check_file(file.address)
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
                for number, line in _read_limited(process.stdout):
                    if len(line) > MAX_LINE_BYTES:
                        yield _make_size_failure(file.address, number)
                    elif "rows" in answer:
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
    data = clean_text(text).encode("utf-8", "replace")
    text = data.decode()  # without lone surrogates
    if len(data) > MAX_FILE_BYTES:
        raise ArticleError(
            f"The text of {name} is too large; at most {MAX_FILE_BYTES / 1e6:.0f} MB can be "
            "opened. Cut it into parts."
        )
    if not any(character.isalnum() for character in text):
        raise ArticleError(f"{name} has no words. Give each article a text to ask about.")
    return Article.from_text(
        text,
        # Not the number of the record, which changes when one is inserted before it.
        _clean(values.get("title")) or _clean(Path(item.source).stem),
        author=_clean(values.get("author")),
        date=_clean(values.get("date")),
        source=_clean_source(values) or _clean(f"{Path(item.source).name}, {_count(item)}"),
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
