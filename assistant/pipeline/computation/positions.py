"""Find parts of an article by their position: "the third section", "step 4", "the last item"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.pipeline.computation.interface import ComputationInput
from assistant.text.numbers import parse_ordinal
from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "ARTICLE_NOUN",
    "CARDINALS",
    "FIRST_WORDS",
    "LAST_WORDS",
    "MAX_QUOTED_ITEMS",
    "OF_ARTICLE",
    "ORDINAL",
    "QUESTION_END",
    "parse_position",
    "pick",
    "sentences_in",
    "single_article",
]

Item = TypeVar("Item")

MAX_QUOTED_ITEMS = 20
QUESTION_END = r"\W*$"
ARTICLE_NOUN = (
    r"(?:the |this |that )?(?:(?:news|whole|entire|blog|press) )?(?:article|text|story|document|"
    r"page|report|piece|leaflet|brochure|flyer|manual|guide|handbook|booklet|notice|announcement|"
    r"bulletin|newsletter|release|memo|letter|minutes|post|website|recipe|essay|paper|review|"
    r"transcript|interview|obituary|instructions|file)"
)
OF_ARTICLE = rf"(?: (?:of|in) {ARTICLE_NOUN})?"
ORDINAL = r"(?P<ordinal>first|opening|last|final|closing|next to last|[a-z-]+|\d+(?:st|nd|rd|th))"
CARDINALS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
    )
}
FIRST_WORDS = frozenset(["first", "opening"])
LAST_WORDS = frozenset(["last", "final", "closing"])


def single_article(request: ComputationInput) -> Article | None:
    """Return the article of a question about one article, or None."""
    return request.articles[0] if len(request.articles) == 1 else None


def sentences_in(article: Article, span: Span) -> list[Candidate]:
    """Return the sentences in a span of an article."""
    return make_candidates_at([article], lambda _: article.sentences_in(span))


def pick(items: Sequence[Item], ordinal: str) -> Item | None:
    """Return the item at an ordinal such as "third" or "last", or None."""
    ordinal = ordinal.lower()
    if not items:
        return None
    if ordinal in FIRST_WORDS:
        return items[0]
    if ordinal in LAST_WORDS:
        return items[-1]
    number = parse_position(ordinal)
    return items[number - 1] if number and 0 < number <= len(items) else None


def parse_position(text: str) -> int | None:
    """Return the number of "4", "four", "fourth" or "4th", or None."""
    if text.isdecimal():
        return int(text)
    return parse_ordinal(text) or CARDINALS.get(text.lower())
