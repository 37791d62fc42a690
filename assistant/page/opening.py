"""An article on its way into the library: read, embedded, kept. It tells how far it is, and can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread

from index.article import Article
from index.errors import ArticleError
from index.library import Library
from index.loaders import LARGEST, load_bytes
from index.loaders.base import clean

from .stopping import LOOK

__all__ = ["kept_steps", "pasted", "uploaded"]

LONGEST_TITLE = 120  # characters of a first line that is taken for the title

Step = float | Article
_Told = SimpleQueue[Step | BaseException]


class _StoppedError(Exception):
    """Nobody waits for the article any more."""


def kept_steps(library: Library, read: Callable[[], Article], flag: Flag) -> Iterator[Step]:
    """The share that is embedded, from 0 to 1, again and again; last the article as the library keeps it.

    Once the flag is set it ends at once, and the library is left as it was. An error of `read` is raised here.
    """
    told: _Told = SimpleQueue()
    Thread(target=_keep, args=(library, read, flag, told), daemon=True, name="opening").start()
    try:
        while not flag.is_set():
            try:
                step = told.get(timeout=LOOK)
            except Empty:
                continue
            if isinstance(step, _StoppedError):
                return
            if isinstance(step, BaseException):
                raise step
            yield step
            if isinstance(step, Article):
                return
    finally:
        flag.set()


def _keep(library: Library, read: Callable[[], Article], flag: Flag, told: _Told) -> None:
    def progress(done: int, total: int) -> None:
        if flag.is_set():
            raise _StoppedError
        told.put(done / total)

    try:
        article = read()
        progress(0, 1)
        known = library.store.has(article.id)
        kept = library.add(article, progress)
        if flag.is_set() and not known:  # stopped after the last of its passages
            library.remove(article.id)
        told.put(kept)
    except BaseException as error:
        told.put(error)


def pasted(text: str, title: str = "") -> Article:
    """The article of a text that was typed or pasted; without a title, a short first line is taken for it.

    Raises:
        ArticleError: there are no words in it, or too many.
    """
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise ArticleError(f"The text is too long; at most {LARGEST / 1e6:.0f} MB can be opened. Cut it into parts.")
    text, title = clean(text).strip(), " ".join(clean(title).split())
    if not any(character.isalnum() for character in text):
        raise ArticleError("There are no words to open. Paste the article's text first.")
    first, _, rest = text.partition("\n")
    if not title and rest.strip() and len(first) <= LONGEST_TITLE and not first.rstrip().endswith((".", "!", "?", ":", ",")):
        title, text = first.strip(), rest.strip()
    return Article.from_text(text, title or _beginning(text), source="Pasted text")


def _beginning(text: str) -> str:
    words = text.split()
    return " ".join(words[:8])[:LONGEST_TITLE] + (" …" if len(words) > 8 else "")


def uploaded(path: str) -> Article:
    """The article in an uploaded file, which is deleted whether it can be read or not. Raises ArticleError."""
    file = Path(path)
    try:
        return load_bytes(file.read_bytes(), file.name)
    except FileNotFoundError as error:
        raise ArticleError(f"{file.name} did not arrive whole. Choose it again.") from error
    finally:
        _delete(file)


def _delete(file: Path) -> None:
    file.unlink(missing_ok=True)
    with suppress(OSError):  # Gradio makes a folder for each upload; one that is not empty is another's
        file.parent.rmdir()
