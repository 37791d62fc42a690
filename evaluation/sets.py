"""Read the question sets from `../shared/eval`. The repository has no copy of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluation.token_f1 import normalise
from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "Case",
    "Expectation",
    "SHARED",
    "read_article_dev",
    "read_articles",
    "read_rows",
    "read_set",
]

SHARED = Path(__file__).parents[2] / "shared"

_QUOTED_PIECE = re.compile(r"\[ (\d+) (.*?) \]")


# The right answers of these sets are spans of the text, which SQuAD's scorer can judge.
SPAN_SETS = ("squad2", "xquad_en")


@dataclass(frozen=True)
class Expectation:
    """What the answer to a failure case must and must not have, apart from `Case.answers`.

    Attributes:
        all_of: texts that the answer must have.
        none_of: texts that the answer must not have.
        whole: sentences, one of which must be a quote without anything missing; empty for any.
        occurrence: which of several equal sentences must be quoted, from 1; 0 for any.
    """

    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    occurrence: int = 0


@dataclass(frozen=True)
class Case:
    """A question, the article it is put to, and what would be right."""

    id: str
    question: str
    article: Article
    answerable: bool
    answers: tuple[str, ...]  # a right answer has one of these
    evidence: tuple[str, ...]  # a right quote has, or lies in, one of these
    history: tuple[tuple[str, str], ...] = ()
    planted: Span | None = None  # where an attacker's text is in the article
    others: tuple[Article, ...] = ()  # further articles that the question is put to
    kind: str = ""  # figures are also computed for each kind
    reference: str = ""  # a long right answer, which the token F1 compares with
    spans: tuple[Span, ...] | None = None  # what people chose to quote, perhaps nothing
    has_span_answers: bool = False  # the answers are spans of the text
    expectation: Expectation | None = None  # of a failure case

    @property
    def articles(self) -> tuple[Article, ...]:
        """All articles that the question is put to."""
        return self.article, *self.others

    @property
    def standalone_question(self) -> str:
        """The earlier questions and this one as a text, for systems that rewrite nothing."""
        return " ".join([*(question for question, _ in self.history), self.question])


def read_article_dev() -> list[Case]:
    """Return the questions on the shared article."""
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
        for row in read_rows("article_dev.jsonl")
    ]


def read_set(name: str, *, held_out: bool = False) -> list[Case]:
    """Return the questions of a set that can be judged.

    An answerable question is left out if its evidence is not found in the article.

    Args:
        held_out: leave out questions that anything was trained or fitted on.
    """
    language = name.removeprefix("xquad_") if name.startswith("xquad_") else "en"
    articles = read_articles(name, language)
    cases = [
        _make_case(row, articles[row["doc_id"]], name in SPAN_SETS)
        for row in read_rows(f"{name}.questions.jsonl")
        if not held_out or _is_untrained(name, row)
    ]
    return _merge_duplicates(case for case in cases if not case.answerable or case.evidence)


def read_articles(name: str, language: str = "en") -> dict[str, Article]:
    """Return the articles of a set by their document IDs."""
    return {
        row["doc_id"]: Article.from_text(row["text"], row.get("title") or "", language=language)
        for row in read_rows(f"{name}.docs.jsonl")
    }


def _is_untrained(name: str, row: dict[str, Any]) -> bool:
    from training.confidence import QUESTION_COUNTS, is_fitted_on
    from training.reader_data import get_group
    from training.splits import is_held_out

    group = get_group(row)
    return is_held_out(group) and not (name in QUESTION_COUNTS and is_fitted_on(row["qid"]))


def _make_case(row: dict[str, Any], article: Article, has_span_answers: bool) -> Case:
    evidence = tuple(_find_evidence(row, article)) if row["answerable"] else ()
    return Case(
        row["qid"],
        row["question"],
        article,
        row["answerable"],
        tuple(row["answers"]),
        evidence,
        has_span_answers=has_span_answers,
    )


def _merge_duplicates(duplicates: Iterable[Case]) -> list[Case]:
    """Merge the rows of a question that several people answered: any of their choices is right."""
    cases: dict[tuple[str, str, bool], Case] = {}
    for case in duplicates:
        key = (case.article.id, case.question, case.answerable)
        first = cases.setdefault(key, case)
        answers, evidence = (*first.answers, *case.answers), (*first.evidence, *case.evidence)
        cases[key] = replace(
            first, answers=tuple(dict.fromkeys(answers)), evidence=tuple(dict.fromkeys(evidence))
        )
    return list(cases.values())


def _find_evidence(row: dict[str, Any], article: Article) -> list[str]:
    """Return the marked evidence, or else the sentence in which the marked answer begins."""
    marked = [text for text in row["extra"].get("evidence") or [] if text]
    if "summary_with_quotes" in row["extra"]:
        marked = list(_find_quoted_sentences(row, article))
    if marked or row["answer_start"] is None:
        return marked
    return list(_find_sentence(article, row["answer_start"]))


def _find_quoted_sentences(row: dict[str, Any], article: Article) -> Iterator[str]:
    """Yield, for QuoteSum, the sentences of the quoted pieces that contain an answer."""
    sources = {number: (start, end) for number, start, end in row["extra"]["sources"]}
    for number, piece in _QUOTED_PIECE.findall(row["extra"]["summary_with_quotes"]):
        start = article.text.find(piece, *sources.get(int(number), (0, len(article.text))))
        if start >= 0 and _has_answer(row["answers"], piece):
            yield from _find_sentence(article, start)


def _has_answer(answers: Sequence[str], piece: str) -> bool:
    return any(normalise(answer) in normalise(piece) for answer in answers if normalise(answer))


def _find_sentence(article: Article, offset: int) -> Iterator[str]:
    for start, end in article.sentences:
        if start <= offset < end:
            yield article.text[start:end]


def read_rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a JSON Lines file of `../shared/eval`."""
    return [
        json.loads(line)
        for line in (SHARED / "eval" / name).read_text(encoding="utf-8").splitlines()
    ]
