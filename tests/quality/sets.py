"""Question sets, read from `../shared/eval`; nothing of them is kept here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.article import Article, Span

from .words import normal

__all__ = ["SHARED", "Case", "article_dev", "read", "rows"]

SHARED = Path(__file__).parents[3] / "shared"

_QUOTED_PIECE = re.compile(r"\[ (\d+) (.*?) \]")


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
    planted: Span | None = None  # of the article's text: what an attacker put there

    @property
    def alone(self) -> str:
        """The question after those before it, for systems that rewrite nothing."""
        return " ".join([*(asked for asked, _ in self.history), self.question])


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
        for row in rows("article_dev.jsonl")
    ]


def read(name: str, *, held_out: bool = False) -> list[Case]:
    """Every question of a set that can be judged: one with an answer needs a place where it stands.

    Args:
        held_out: only questions that nothing was trained or fitted on.
    """
    language = name.removeprefix("xquad_") if name.startswith("xquad_") else "en"
    articles = {
        row["doc_id"]: Article.from_text(row["text"], row.get("title") or "", language=language)
        for row in rows(f"{name}.docs.jsonl")
    }
    asked = rows(f"{name}.questions.jsonl")
    found = [_case(row, articles[row["doc_id"]]) for row in asked if not held_out or _untrained(name, row)]
    return _merged(case for case in found if not case.answerable or case.evidence)


def _untrained(name: str, row: dict[str, Any]) -> bool:
    from training.confidence import COUNTS, fitted_on
    from training.examples import group
    from training.splits import held_out

    return held_out(group(row)) and not (name in COUNTS and fitted_on(row["qid"]))


def _case(row: dict[str, Any], article: Article) -> Case:
    evidence = tuple(_evidence(row, article)) if row["answerable"] else ()
    return Case(row["qid"], row["question"], article, row["answerable"], tuple(row["answers"]), evidence)


def _merged(found: Iterable[Case]) -> list[Case]:
    """A question that several people answered is one case: what any of them took is right."""
    cases: dict[tuple[str, str, bool], Case] = {}
    for case in found:
        key = (case.article.id, case.question, case.answerable)
        first = cases.setdefault(key, case)
        answers, evidence = (*first.answers, *case.answers), (*first.evidence, *case.evidence)
        cases[key] = replace(first, answers=tuple(dict.fromkeys(answers)), evidence=tuple(dict.fromkeys(evidence)))
    return list(cases.values())


def _evidence(row: dict[str, Any], article: Article) -> list[str]:
    """People's evidence where the set has it, else the sentence that the marked answer begins in."""
    marked = [text for text in row["extra"].get("evidence") or [] if text]
    if "summary_with_quotes" in row["extra"]:
        marked = list(_summarised(row, article))
    if marked or row["answer_start"] is None:
        return marked
    return list(_sentence_at(article, row["answer_start"]))


def _summarised(row: dict[str, Any], article: Article) -> Iterator[str]:
    """QuoteSum: the sentences with the pieces that a person quoted, of those pieces that have an answer in them."""
    sources = {number: (start, end) for number, start, end in row["extra"]["sources"]}
    for number, piece in _QUOTED_PIECE.findall(row["extra"]["summary_with_quotes"]):
        place = article.text.find(piece, *sources.get(int(number), (0, len(article.text))))
        if place >= 0 and _any_in(row["answers"], piece):
            yield from _sentence_at(article, place)


def _any_in(answers: Sequence[str], piece: str) -> bool:
    return any(normal(answer) in normal(piece) for answer in answers if normal(answer))


def _sentence_at(article: Article, place: int) -> Iterator[str]:
    for start, end in article.sentences:
        if start <= place < end:
            yield article.text[start:end]


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SHARED / "eval" / name).read_text(encoding="utf-8").splitlines()]
