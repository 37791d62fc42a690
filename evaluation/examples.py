"""Provide an article, a case and judged answers for the tests of the evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assistant import Answer, Article, Quote
from evaluation.judgement import JudgedAnswer, judge
from evaluation.sets import Case
from index import Span

ARTICLE = Article.from_text(
    "Ana Ruiz opened the bridge in 1998. It cost 3 million euros.", "The bridge"
)
CASE = Case("1", "How much did it cost?", ARTICLE, True, ("3 million",), ("It cost 3 million",))


def make_answer(
    text: str, *spans: Span, article: Article = ARTICLE, answered: bool = True
) -> Answer:
    """Return an answer with quotes of the spans."""
    quotes = tuple(Quote.of(article, span, number) for number, span in enumerate(spans, 1))
    return Answer.from_text("?", text, quotes, answered, seconds={"reading": 0.4, "total": 1.0})


def make_judged(name: str = "1", **facts: Any) -> JudgedAnswer:
    """Return a judged right answer with its quote, with the fields in `facts` replaced."""
    row = judge(CASE, make_answer("It cost 3 million euros. [1]", ARTICLE.sentences[1]))
    return replace(row, id=name, **facts)


def make_refusal(name: str, **facts: Any) -> JudgedAnswer:
    """Return a judged refusal, with the fields in `facts` replaced."""
    return make_judged(
        name, answered=False, quote_right=False, answer_right=False, quotes=(), **facts
    )
