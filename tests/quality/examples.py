"""An article, a case and judged answers for the tests of the harness itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assistant import Answer, Article, Quote
from index import Span

from .measure import Judged, judge
from .sets import Case

ARTICLE = Article.from_text("Ana Ruiz opened the bridge in 1998. It cost 3 million euros.", "The bridge")
CASE = Case("1", "How much did it cost?", ARTICLE, True, ("3 million",), ("It cost 3 million",))


def answered(text: str, *spans: Span, article: Article = ARTICLE, said: bool = True) -> Answer:
    quotes = tuple(Quote.of(article, span, number) for number, span in enumerate(spans, 1))
    return Answer("?", text, quotes, said, seconds={"reading": 0.4, "total": 1.0})


def judged(name: str = "1", **facts: Any) -> Judged:
    """A right answer with its quote, but for `facts`."""
    row = judge(CASE, answered("It cost 3 million euros. [1]", ARTICLE.sentences[1]))
    return replace(row, id=name, **facts)


def refused(name: str, **facts: Any) -> Judged:
    return judged(name, answered=False, quote_right=False, answer_right=False, quotes=(), **facts)
