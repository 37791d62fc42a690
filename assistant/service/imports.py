"""Import an article into the library with progress reports and cancellation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread

from assistant.service.cancellation import POLL_SECONDS
from index.errors import ArticleError
from index.loaders import MAX_FILE_BYTES, load_bytes
from index.loaders.base import clean_text
from index.storage.library import Library
from index.text.article import Article

__all__ = ["load_uploaded_file", "parse_pasted_text", "stream_import"]

MAX_TITLE_CHARS = 120  # longest first line of a pasted text that becomes its title

Step = float | Article
_StepQueue = SimpleQueue[Step | BaseException]


class _ImportStoppedError(Exception):
    """The import was cancelled."""


def stream_import(library: Library, read: Callable[[], Article], flag: Flag) -> Iterator[Step]:
    """Import an article; yield the embedded share from 0 to 1 repeatedly, then the stored article.

    Args:
        library: the library that receives the article.
        read: loads the article. Its exceptions are raised here.
        flag: cancels the import when set. The iterator then ends at once, and the library
            stays unchanged.
    """
    steps: _StepQueue = SimpleQueue()
    Thread(
        target=_import_into_library, args=(library, read, flag, steps), daemon=True, name="opening"
    ).start()
    try:
        while not flag.is_set():
            try:
                step = steps.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if isinstance(step, _ImportStoppedError):
                return
            if isinstance(step, BaseException):
                raise step
            yield step
            if isinstance(step, Article):
                return
    finally:
        flag.set()


def _import_into_library(
    library: Library, read: Callable[[], Article], flag: Flag, steps: _StepQueue
) -> None:
    def progress(done: int, total: int) -> None:
        if flag.is_set():
            raise _ImportStoppedError
        steps.put(done / total)

    try:
        article = read()
        progress(0, 1)
        was_stored = library.store.has(article.id)
        stored = library.add(article, progress)
        if flag.is_set() and not was_stored:  # cancelled after the last passage was embedded
            library.remove(article.id)
        steps.put(stored)
    except BaseException as error:
        steps.put(error)


def parse_pasted_text(text: str, title: str = "", *, max_bytes: int = MAX_FILE_BYTES) -> Article:
    """Return an article made from typed or pasted text.

    Without a title, a short first line becomes the title.

    Raises:
        ArticleError: the text has no words or is longer than `max_bytes` in UTF-8.
    """
    if len(text.encode("utf-8", "replace")) > max_bytes:
        raise ArticleError(
            f"The text is too long; at most {max_bytes / 1e6:.0f} MB can be opened. "
            "Cut it into parts."
        )
    text, title = clean_text(text).strip(), " ".join(clean_text(title).split())
    if not any(character.isalnum() for character in text):
        raise ArticleError("There are no words to open. Paste the article's text first.")
    first_line, _, body = text.partition("\n")
    if (
        not title
        and body.strip()
        and len(first_line) <= MAX_TITLE_CHARS
        and not first_line.rstrip().endswith((".", "!", "?", ":", ","))
    ):
        title, text = first_line.strip(), body.strip()
    return Article.from_text(text, title or _title_from_text(text), source="Pasted text")


def _title_from_text(text: str) -> str:
    words = text.split()
    return " ".join(words[:8])[:MAX_TITLE_CHARS] + (" …" if len(words) > 8 else "")


def load_uploaded_file(path: str) -> Article:
    """Return the article of an uploaded file. Delete the file even if it cannot be read.

    Raises:
        ArticleError: the file cannot be read or is incomplete.
    """
    file = Path(path)
    try:
        return load_bytes(file.read_bytes(), file.name)
    except FileNotFoundError as error:
        raise ArticleError(f"{file.name} was not uploaded completely. Choose it again.") from error
    finally:
        _delete_upload(file)


def _delete_upload(file: Path) -> None:
    file.unlink(missing_ok=True)
    # Gradio creates one folder per upload. A folder that is not empty belongs to another upload.
    with suppress(OSError):
        file.parent.rmdir()
