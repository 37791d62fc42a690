"""Read and judge the failure cases of `../shared/cases`, the everyday and development questions.

A failure case is a question on a small article, of a kind that users of other products complain of.
The everyday and the development questions have the same form. An answer passes if it has every
quote and text that the case demands. The rules are those of the failure cases' own script,
`run_cases.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from assistant import Answer
from assistant.sources import open_source
from evaluation.sets import SHARED, Case, Expectation
from index.text.article import Article

__all__ = [
    "DEVELOPMENT",
    "EVERYDAY",
    "FOLDER",
    "judge_failure_case",
    "read_development",
    "read_everyday",
    "read_failure_cases",
    "states",
]

FOLDER = SHARED / "cases"
EVERYDAY = Path(__file__).parent / "everyday"
DEVELOPMENT = Path(__file__).parent / "development"
_YES_NO = re.compile(
    r"\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|may|might|must|should|"
    r"могут)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[−-]?[\d.,]+")
_TYPOGRAPHY = str.maketrans({"’": "'", "\u00a0": " ", "“": '"', "”": '"'})


def read_development() -> list[Case]:
    """Return the questions whose failures may be looked at while the program changes."""
    return read_failure_cases(DEVELOPMENT, "questions.jsonl")


def read_everyday() -> list[Case]:
    """Return the everyday questions, which nothing was trained, fitted or tuned on."""
    return read_failure_cases(EVERYDAY, "questions.jsonl")


def read_failure_cases(folder: Path = FOLDER, name: str = "cases.jsonl") -> list[Case]:
    """Return the cases of a folder; their kinds are the classes in the named file.

    Raises:
        OSError: the folder has no such file.
        ArticleError: an article cannot be opened.
    """

    @cache
    def open_article(name: str) -> Article:
        return open_source(folder / name)

    return [
        _make_case(row, tuple(map(open_article, _list_names(row["article"]))))
        for row in map(json.loads, (folder / name).read_text("utf-8").splitlines())
    ]


def _list_names(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def _make_case(row: dict[str, Any], articles: tuple[Article, ...]) -> Case:
    return Case(
        row["id"],
        row["question"],
        articles[0],
        row["expect"] == "answered",
        tuple(row["answers"]),
        tuple(row["quotes"]),
        tuple((question, answer) for question, answer in row.get("history") or ()),
        others=articles[1:],
        kind=row["class"],
        expectation=Expectation(
            tuple(row.get("all_of") or ()),
            tuple(row.get("none_of") or ()),
            tuple(row.get("whole") or ()),
            row.get("occurrence") or 0,
        ),
    )


def judge_failure_case(case: Case, answer: Answer) -> str:
    """Return "pass", or the first reason why an answer does not pass.

    The reasons are "inexact quote", "answered" (the article does not answer), "refused", "wrong
    quote", "wrong answer", "partial sentence" and "other occurrence" (of two equal sentences).

    Args:
        case: a case with an expectation.
        answer: the answer to its question.
    """
    assert case.expectation
    texts = {article.id: article.text for article in case.articles}
    if any(
        texts[quote.article_id][quote.start : quote.end] != quote.text for quote in answer.quotes
    ):
        return "inexact quote"
    if not case.answerable:
        return "answered" if answer.answered else "pass"
    if not answer.answered:
        return "refused"
    return _judge_quotes(case, case.expectation, answer, texts)


def _judge_quotes(
    case: Case, expectation: Expectation, answer: Answer, texts: Mapping[str, str]
) -> str:
    right = [quote for quote in answer.quotes if any(text in quote.text for text in case.evidence)]
    if case.evidence and not right:
        return "wrong quote"
    if not _is_right(answer.plain_text, case, expectation):
        return "wrong answer"
    if expectation.whole and not any(quote.text in expectation.whole for quote in answer.quotes):
        return "partial sentence"
    if right and expectation.occurrence:
        before = texts[right[0].article_id][: right[0].start]
        if before.count(right[0].text) + 1 != expectation.occurrence:
            return "other occurrence"
    return "pass"


def _is_right(text: str, case: Case, expectation: Expectation) -> bool:
    def has(part: str) -> bool:
        return states(text, part, case.question)

    return (
        (not case.answers or any(map(has, case.answers)))
        and all(map(has, expectation.all_of))
        and not any(map(has, expectation.none_of))
    )


def states(text: str, expected: str, question: str) -> bool:
    """Return whether a text has an expected word, number or phrase, ignoring case and typography.

    Yes or no must open the answer to a yes/no question. A number must not be part of a longer one.
    Other texts must begin where a word begins.
    """
    plain, part = _simplify(text), _simplify(expected)
    if part in ("yes", "no") and _YES_NO.match(question):
        return bool(re.match(rf"\W*{part}\b", plain))
    if _NUMBER.fullmatch(part):
        number = rf"(?<!\d)(?<!\d[.,]){re.escape(part)}(?!\d)(?![.,]\d)"
        return bool(re.search(number, plain))
    if re.search(rf"(?<!\w){re.escape(part)}", plain):
        return True
    return not part.isascii() and part in plain  # scripts without spaces between words


def _simplify(text: str) -> str:
    return " ".join(text.translate(_TYPOGRAPHY).lower().split())
