"""Change a library without end, and say what is begun and what is done, until killed.

    python -m evaluation.stress.worker change FOLDER ACTION SEED
    python -m evaluation.stress.worker check FOLDER
    python -m evaluation.stress.worker checks

`check` opens the library as a restart of the program does, and describes what it finds. `checks`
does so for each folder that it reads, each in a process of its own, without loading the program
anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from assistant.service.feedback import Feedback
from index.embedders.base import Embedder, Vectors
from index.errors import AssistantError
from index.retrieval.hybrid import HybridRetriever
from index.storage.bundle import Bundle, write_bundle
from index.storage.chroma import RECORD_KEY
from index.storage.library import Library
from index.text.article import Article

__all__ = [
    "ACTIONS",
    "EXPORT_NAME",
    "WordVectors",
    "age_database",
    "describe_library",
    "digest",
    "make_article",
]

EXPORT_NAME = "export.zip"
BUNDLE_ARTICLES = 5
BATCH_ARTICLES = 20
FULL_BYTES = 400_000  # by which a file grows at most before the disk is full
MIN_ARTICLES = 3  # something to change, to remove and to export


class WordVectors(Embedder):
    """One random vector per word. A model would take the time in which a kill is to happen."""

    name = fingerprint = "word vectors"

    def embed(self, texts: list[str]) -> Vectors:  # type: ignore[override]
        """Return the normalized sums of the vectors of the words."""
        rows = np.array([self._embed_text(text) for text in texts], dtype=np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def _embed_text(self, text: str) -> Vectors:
        words = text.lower().split() or [""]
        seeds = (
            int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") for word in words
        )
        rows = [np.random.default_rng(seed).standard_normal(64) for seed in seeds]
        return np.asarray(np.sum(rows, axis=0), dtype=np.float32)


def make_article(random: Random) -> Article:
    """Return an article like no other."""
    number = random.randrange(10**12)
    lines = (
        f"House {number + line} of village {number} was counted that year."
        for line in range(random.randrange(3, 30))
    )
    return Article.from_text("\n\n".join(lines), f"Village {number}")


def digest(article: Article) -> str:
    """Return a hash of an article's text."""
    return hashlib.sha256(article.text.encode()).hexdigest()


@contextmanager
def _announce(*changes: tuple[Article | str, str | None]) -> Iterator[None]:
    """Print a change before and after it is made.

    Args:
        changes: an article, or the id of one that goes; and its title, or None if it goes.
    """
    change = {
        article if isinstance(article, str) else article.id: None
        if isinstance(article, str) or title is None
        else [title, digest(article)]
        for article, title in changes
    }
    print(json.dumps({"begin": change}), flush=True)
    yield
    print(json.dumps({"done": change}), flush=True)


def _add(library: Library, random: Random) -> None:
    article = make_article(random)
    with _announce((article, article.title)):
        library.add(article)


def _add_in_bulk(library: Library, random: Random) -> None:
    """Add articles in one transaction, as bulk indexing does."""
    articles = [make_article(random) for _ in range(BATCH_ARTICLES)]
    batch = [
        (article, library.embedder.embed([article.slice(span) for span in article.passages]))
        for article in articles
    ]
    with _announce(*((article, article.title) for article in articles)):
        library.add_embedded(batch)


def _change(library: Library, random: Random) -> None:
    if old := _choose(library, random):
        newer = make_article(random)
        title = old.title if old.loaded_as is not None else newer.title  # a given title stays
        with _announce((old.id, None), (newer, title)):
            library.replace(old.id, newer)


def _remove(library: Library, random: Random) -> None:
    if article := _choose(library, random):
        with _announce((article.id, None)):
            library.remove(article.id)
        if random.random() < 0.8:
            with _announce((article, article.title)):
                library.restore(article.id)
        else:
            _add(library, random)


def _rename(library: Library, random: Random) -> None:
    if article := _choose(library, random):
        title = f"Title {random.randrange(10**9)}"
        with _announce((article, title)):
            library.rename(article.id, title)


def _import(library: Library, random: Random) -> None:
    """Import articles that another library exported."""
    source = Library(library.folder.parent / f"source-{random.randrange(10**9)}", WordVectors())
    articles = [source.add(make_article(random)) for _ in range(BUNDLE_ARTICLES)]
    path = source.folder / EXPORT_NAME
    write_bundle(source.store, source.store.ids(), path)
    source.close()
    imported = Bundle(path).into(library)
    for article in articles:
        with _announce((article, article.title)):
            next(imported)


def _export(library: Library, random: Random) -> None:
    write_bundle(library.store, library.store.ids(), library.folder.parent / EXPORT_NAME)


def _fill_disk(library: Library, random: Random) -> None:
    """Add articles until no file may grow any more, as on a full disk; then end.

    The limit is one of the process: the disk itself has to stay usable.
    """
    make_article(random)  # loads the language detector, which writes a temporary file
    sizes = [path.stat().st_size for path in library.folder.rglob("*") if path.is_file()]
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes) + random.randrange(FULL_BYTES), hard))
    try:
        while True:
            _add(library, random)
    except AssistantError:  # a plain error; anything else ends the process with a traceback
        sys.exit()


def _migrate(library: Library, random: Random) -> Library:
    """Return the library, opened as one of version 3, which migrates it."""
    library.close()
    age_database(library.folder / "articles.sqlite")
    library = Library(library.folder, WordVectors())
    library.load()
    return library


def age_database(path: Path) -> None:
    """Turn a database into one of version 3, the first with renamed and removed articles.

    It named no collection of the search index, no articles that the collection lacks, and no
    owners.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(
            "BEGIN; INSERT INTO meta SELECT 'embedder', embedder FROM embedded LIMIT 1; "
            "DROP TABLE embedded; DROP TABLE unindexed; ALTER TABLE articles DROP COLUMN author; "
            "DROP INDEX private_articles; ALTER TABLE articles DROP COLUMN owner; "
            f"DELETE FROM meta WHERE key IN ('keywords', '{RECORD_KEY}'); "
            "UPDATE meta SET value = '3' WHERE key = 'version'; COMMIT;"
        )


# Each changes a library, or returns the one to go on with.
ACTIONS: dict[str, Callable[[Library, Random], Library | None]] = {
    "add": _add,
    "bulk": _add_in_bulk,
    "change": _change,
    "remove": _remove,
    "rename": _rename,
    "import": _import,
    "export": _export,
    "migrate": _migrate,
    "disk full": _fill_disk,
}


def _choose(library: Library, random: Random) -> Article | None:
    ids = library.store.ids()
    return library.get(random.choice(ids)) if ids else None


def _work(folder: Path, action: str, seed: int) -> None:
    library, random = Library(folder, WordVectors()), Random(seed)
    while len(library.store.ids()) < MIN_ARTICLES:
        _add(library, random)
    print(json.dumps({"ready": True}), flush=True)
    for _ in count():
        library = ACTIONS[action](library, random) or library


def describe_library(folder: Path, embedder: Embedder | None) -> dict[str, Any]:
    """Open a library and describe it: its articles, what search does not find, the feedback.

    Args:
        folder: the data folder.
        embedder: the embedder; None for the default.
    """
    started = time.monotonic()
    found: dict[str, Any] = {"error": "", "articles": {}, "inexact": 0, "lost": 0, "feedback": 0}
    try:
        found["feedback"] = len(Feedback(folder).all())
        library = Library(folder, embedder)
        library.load()
        found["passages"] = [library.vectors.count(), library.store.count_passages()]
        found["seconds"] = round(time.monotonic() - started, 2)
        for article in library.articles():
            found["articles"][article.id] = [article.title, digest(article)]
            sentence = article.slice(article.sentences[-1])
            retriever = HybridRetriever(library=library, article_ids=tuple(library.store.ids()))
            hits = retriever.hits(sentence, 3)
            found["lost"] += article.id not in [hit.article.id for hit in hits]
            found["inexact"] += any(
                hit.article.text[hit.span.start : hit.span.end] != hit.article.slice(hit.span)
                or not hit.article.slice(hit.span).strip()
                for hit in hits
            )
        library.close()
        export = folder.parent / EXPORT_NAME
        found["exported"] = len(Bundle(export)) if export.exists() else None
    except AssistantError as error:
        found["error"] = str(error)
    found.setdefault("seconds", round(time.monotonic() - started, 2))
    return found


def _check_each() -> None:
    import chromadb  # noqa: F401 - loaded once

    for line in sys.stdin:
        child = os.fork()
        if not child:
            print(json.dumps(describe_library(Path(line.strip()), WordVectors())), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print(json.dumps({"crash": f"status {status}", "seconds": 0.0}), flush=True)


def main(argv: list[str]) -> None:
    """Change or check a library, as the module says."""
    mode, *rest = argv
    if mode == "checks":
        _check_each()
        return
    folder, *rest = rest
    if mode == "change":
        _work(Path(folder), rest[0], int(rest[1]))
    else:
        embedder = None if rest == ["default"] else WordVectors()
        print(json.dumps(describe_library(Path(folder), embedder)))


if __name__ == "__main__":
    main(sys.argv[1:])
