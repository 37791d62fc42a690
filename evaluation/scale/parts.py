"""Measure what each part of indexing costs: `python -m evaluation.scale.parts`.

The figures are milliseconds of processor time and bytes for one article, and go to standard output.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np

from evaluation.scale.corpus import generate_texts
from evaluation.scale.embedder import HashEmbedder
from index.storage.library import Library
from index.storage.passage_vectors import batch_passages
from index.text.article import Article

__all__ = ["main", "measure_parts"]

WRITE_ARTICLES = 250  # in one transaction


def main() -> None:
    """Measure the parts and print them as JSON."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.scale.parts", description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000)
    parser.add_argument("--passages", type=int, default=20, help="of each article")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        print(json.dumps(measure_parts(Path(folder), options.articles, options.passages), indent=1))


def measure_parts(folder: Path, count: int, passages: int) -> dict[str, float]:
    """Return the cost of each part for one article.

    Args:
        folder: an empty folder for the library.
        count: the number of articles.
        passages: the number of passages of each.
    """
    embedder = HashEmbedder()
    articles: list[Article] = []

    def split() -> None:
        texts = generate_texts(count, passages)
        articles.extend(Article.from_text(text, f"{n}") for n, text in enumerate(texts))

    figures = {"split, ms": _measure(split, count)}
    batch = [
        (article, np.concatenate([embedder.embed(texts) for texts in batch_passages(article)]))
        for article in articles
    ]
    with closing(Library(folder, embedder)) as library:

        def store() -> None:
            for first in range(0, count, WRITE_ARTICLES):
                library.store.add_batch(batch[first : first + WRITE_ARTICLES], embedder.fingerprint)

        figures["store, ms"] = _measure(store, count)
        figures["vector index, ms"] = _measure(library.vectors.rebuild, count)
    database, index = folder.glob("articles.sqlite*"), (folder / "chroma").rglob("*")
    figures["database, bytes"] = round(sum(file.stat().st_size for file in database) / count)
    sizes = (file.stat().st_size for file in index if file.is_file())
    return figures | {"vector index, bytes": round(sum(sizes) / count)}


def _measure(work: Callable[[], object], count: int) -> float:
    """Return the milliseconds of processor time that a call takes for each of `count`."""
    started = process_time()
    work()
    return round(1000 * (process_time() - started) / count, 2)


if __name__ == "__main__":
    main()
