"""Write a generated corpus as JSONL, Parquet and text files, and compare libraries made of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index.loaders import BUNDLED_ARTICLE, load
from index.storage.store import ArticleStore

__all__ = ["compare_stores", "generate_texts", "write_corpus"]

WORDS_PER_SENTENCE = 16
# Of ten articles, eight are lines, one is a row and one is a file.
LINES, ROWS = 8, 9


def write_corpus(folder: Path, articles: int, passages: int) -> None:
    """Write articles of so many sentences."""
    from pyarrow import table
    from pyarrow.parquet import write_table

    folder.mkdir(parents=True)
    rows: list[dict[str, str]] = []
    with (folder / "lines.jsonl").open("w", encoding="utf-8") as lines:
        for number, text in enumerate(generate_texts(articles, passages)):
            record = {"title": f"Article {number}", "text": text, "date": "2026-01-01"}
            if number % 10 < LINES:
                lines.write(json.dumps(record) + "\n")
            elif number % 10 < ROWS:
                rows.append(record)
            else:
                (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    columns = {name: [row[name] for row in rows] for name in ("title", "text", "date")}
    write_table(table(columns), folder / "rows.parquet")


def generate_texts(articles: int, passages: int) -> Iterator[str]:
    """Yield texts of so many sentences. The words are those of the bundled article."""
    vocabulary = [word for word in load(BUNDLED_ARTICLE).text.split() if word.isalpha()]
    words = random.Random(0)
    for number in range(articles):
        sentences = (
            f"{' '.join(words.choices(vocabulary, k=WORDS_PER_SENTENCE))} {number}-{position}."
            for position in range(passages)
        )
        yield " ".join(sentence.capitalize() for sentence in sentences)


def compare_stores(first: ArticleStore, second: ArticleStore) -> dict[str, float]:
    """Return how many articles of two stores differ, and the largest difference of two numbers.

    The ID of an article is a hash of its text and title, which the store checks when it is read.
    """
    ids = first.ids()
    result = {
        "articles": len(ids),
        "other articles": len(set(ids) ^ set(second.ids())),
        "other texts or metadata": 0,
        "other vectors": 0,
        "largest difference": 0.0,
    }
    for article_id in sorted(set(ids) & set(second.ids())):
        result["other texts or metadata"] += first.get(article_id) != second.get(article_id)
        vectors, others = first.vectors(article_id), second.vectors(article_id)
        result["other vectors"] += not np.array_equal(vectors, others)
        difference = float(np.abs(vectors - others).max())
        result["largest difference"] = max(result["largest difference"], difference)
    return result
