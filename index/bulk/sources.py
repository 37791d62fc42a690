"""List the files that sources consist of, and read their items.

A source is a file, a folder, a pattern, or an address. Everything is listed while it is indexed, so
the memory does not grow with the number of files. A file that is listed may be gone when it is
read; then it is a failed source.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from glob import escape, has_magic, iglob
from pathlib import Path, PurePath

from index.bulk.file_systems import check_address, is_web_address, list_remote
from index.bulk.items import CompleteSource, Item, SourceFailure, SourceFile
from index.bulk.records import RECORD_SUFFIXES, has_records, read_records
from index.errors import ArticleError, InputError
from index.loaders import SUPPORTED_FORMATS, is_address, supported_suffixes
from index.loaders.files import list_files, make_absolute

__all__ = ["check_names", "list_source_files", "normalize_name", "read_source"]


def check_names(names: Iterable[str]) -> None:
    """Check that the file systems of all addresses can be used.

    Raises:
        InputError: a package is missing, there is no such file system, or a pattern is too complex.
    """
    for name in names:
        if _is_remote(name):
            check_address(name)
        elif name.count("**") > 1:
            raise InputError(
                f"The pattern {name} has ** more than once. Use one, as in notes/**/*.md."
            )


def normalize_name(name: str) -> str:
    """Return a source as it can be used from any folder: an address, or an absolute path."""
    if is_address(name):
        name = name.strip()
        if not name.lower().startswith("file://"):
            return name
        name = name[len("file://") :]
    if has_magic(name) and not os.path.isabs(name) and not name.startswith("~"):
        path = Path(name)
        return str(path.absolute() if path.exists() else Path(escape(str(Path.cwd())), path))
    return str(make_absolute(name))


def read_source(
    name: str, records: Collection[int] = ()
) -> Iterator[Item | SourceFailure | CompleteSource]:
    """Yield the items of a source, its failures, and each part of it that is complete.

    Args:
        name: a file, a folder, a pattern, or an address, as `normalize_name` returns it.
        records: the records to read of a file; all of them if empty.
    """
    count, address = 0, ""
    errors: list[OSError] = []
    try:
        for file in list_source_files(name, errors.append):
            count, address = count + 1, file.address
            if has_records(file.address):
                yield from _read_file_records(file, records)
            else:
                yield Item(file.address, size=file.size)
        for error in errors:
            yield SourceFailure(
                str(error.filename),
                0,
                f"The folder {error.filename} cannot be read ({error.strerror}). Check its "
                "permissions.",
            )
        if not (count or errors):
            raise ArticleError(
                f"{name} has no files that can be opened. Name a file, or a folder with files: "
                f"{SUPPORTED_FORMATS}, JSONL or Parquet."
            )
    except ArticleError as error:
        yield SourceFailure(name, 0, str(error))
        return
    except (OSError, ValueError) as error:  # a name that is too long, or has a NUL
        reason = getattr(error, "strerror", None) or error
        yield SourceFailure(name, 0, f"{name} cannot be read ({reason}). Check its name.")
        return
    if address != name and not errors:  # a file reports for itself
        yield CompleteSource(name)


def _read_file_records(
    file: SourceFile, records: Collection[int]
) -> Iterator[Item | SourceFailure | CompleteSource]:
    last = 0
    try:
        for record in read_records(file):
            last = record.record
            if not records or last in records:
                yield record
        yield CompleteSource(file.address, last)
    except ArticleError as error:
        yield SourceFailure(file.address, 0, str(error))


def list_source_files(
    name: str, report: Callable[[OSError], object] | None = None
) -> Iterator[SourceFile]:
    """Yield the files of a source.

    Args:
        name: as for `read_source`.
        report: called with the error of each folder that cannot be listed.

    Raises:
        ArticleError: the source cannot be listed.
        InputError: the file system of an address cannot be used.
    """
    suffixes = (supported_suffixes() | RECORD_SUFFIXES) - {""}
    if _is_remote(name):
        yield from list_remote(name, suffixes)
    elif is_address(name):
        yield SourceFile(name)
    else:
        path = Path(name)
        if has_magic(str(path)) and not path.exists():
            yield from map(_measure_file, _match_pattern(str(path), suffixes, report))
        elif path.is_dir():
            yield from map(_measure_file, list_files(path, suffixes, report))
        else:
            yield _measure_file(str(path))


def _is_remote(name: str) -> bool:
    return is_address(name) and not is_web_address(name)


def _match_pattern(
    pattern: str, suffixes: Collection[str], report: Callable[[OSError], object] | None
) -> Iterator[str]:
    """Yield the files that match a pattern. Links to folders are not followed for `**`.

    Folders that match are listed, too, if the pattern has no `**`.
    """
    start, mark, end = pattern.partition("**")
    if not mark:
        for match in sorted(iglob(pattern)):
            if Path(match).is_dir():
                yield from list_files(Path(match), suffixes, report)
            else:
                yield match
        return
    end = end.strip("/\\")
    for folder in sorted(iglob(start if has_magic(start) else escape(start))):
        for file in list_files(Path(folder), suffixes, report):
            if not end or PurePath(file).relative_to(folder).match(end):
                yield file


def _measure_file(name: str) -> SourceFile:
    try:
        return SourceFile(name, Path(name).stat().st_size)
    except (OSError, ValueError):  # loading the file will report the error
        return SourceFile(name)
