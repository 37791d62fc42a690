"""Question sets, read from `../shared/eval`; nothing of them is kept here."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import Article

__all__ = ["SHARED", "Case", "article_dev", "cases"]

SHARED = Path(__file__).parents[3] / "shared"


@dataclass(frozen=True)
class Case:
    """A question, the article it is put to, and what would be right."""

    id: str
    question: str
    article: Article
    answerable: bool
    answers: tuple[str, ...]  # a right answer holds one of these
    evidence: tuple[str, ...]  # a right quote holds, or lies in, one of these
    history: tuple[tuple[str, str], ...] = ()


def cases(name: str, count: int, seed: int = 0) -> list[Case]:
    """`article_dev` whole, or `count` questions of another set, chosen by `seed`."""
    if name == "article_dev":
        return article_dev()
    documents = {row["doc_id"]: row for row in _rows(f"{name}.docs.jsonl")}
    rows = [row for row in _rows(f"{name}.questions.jsonl") if not row["answerable"] or _evidence(row, documents)]
    chosen = random.Random(seed).sample(rows, min(count, len(rows)))
    return [_case(row, documents) for row in sorted(chosen, key=lambda row: str(row["doc_id"]))]


def article_dev() -> list[Case]:
    article = Article.from_text((SHARED / "article.txt").read_text(encoding="utf-8"), "")
    return [
        Case(
            row["id"],
            row["question"],
            article,
            row["answerable"],
            tuple(row["answers"]),
            tuple(row["quotes"]),
            tuple((question, answer) for question, answer in row["history"]),
        )
        for row in _rows("article_dev.jsonl")
    ]


def _case(row: dict[str, Any], documents: dict[str, dict[str, Any]]) -> Case:
    document = documents[row["doc_id"]]
    article = Article.from_text(document["text"], document.get("title") or "")
    evidence = tuple(_evidence(row, documents)) if row["answerable"] else ()
    return Case(row["qid"], row["question"], article, row["answerable"], tuple(row["answers"]), evidence)


def _evidence(row: dict[str, Any], documents: dict[str, dict[str, Any]]) -> list[str]:
    """People's evidence where the set has it, else the sentence that the marked answer begins in."""
    marked = [text for text in row["extra"].get("evidence") or [] if text]
    if marked or row["answer_start"] is None:
        return marked
    document = documents[row["doc_id"]]
    return list(_sentence_at(document["text"], row["answer_start"]))


def _sentence_at(text: str, place: int) -> Iterator[str]:
    for start, end in Article.from_text(text).sentences:
        if start <= place < end:
            yield text[start:end]


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SHARED / "eval" / name).read_text(encoding="utf-8").splitlines()]
