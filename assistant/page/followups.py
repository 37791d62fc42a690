"""Questions to go on with, after an answer: about what it mentions, and each of them answered by something new."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Event as Flag

from index.article import Article, Span

from ..answer import Answer, Quote
from ..export import Talk
from .starters import COUNT, about, names_in

__all__ = ["followups"]

NEAR = 2  # sentences before and after a quote that are looked at for names
MOST = 12  # questions that are tried, each a fraction of a second by quotes alone


def followups(talk: Talk, articles: Sequence[Article], answer: Callable[[str], Answer | None], flag: Flag) -> list[str]:
    """At most three questions that `answer` answers with quotes not shown in the talk yet; none once the flag is set.

    Args:
        answer: by quotes alone, so that it takes no model's time.
    """
    seen = {_place(quote) for _, said in talk for quote in said.quotes}
    found: list[str] = []
    tried = 0
    for group in _groups(talk, articles):
        for question in group:
            if flag.is_set() or tried == MOST or len(found) == COUNT:
                return [] if flag.is_set() else found
            tried += 1
            said = answer(question)
            new = {_place(quote) for quote in said.quotes} - seen if said and said.answered else set()
            if new:
                seen |= new
                found.append(question)
                break
    return found


def _groups(talk: Talk, articles: Sequence[Article]) -> Iterator[list[str]]:
    """Groups of questions, each about one name near the last answer's quotes that no question was about."""
    known = {article.id: article for article in articles}
    asked = " ".join(question for question, _ in talk).lower()
    quotes = talk[-1][1].quotes if talk else ()
    quoted = [quote for quote in quotes if quote.article_id in known]
    text = "\n".join(known[one].text for one in dict.fromkeys(quote.article_id for quote in quoted))
    for name in names_in(" ".join(_around(known[quote.article_id], quote) for quote in quoted)):
        if name.lower().removeprefix("the ") not in asked:
            yield about(name, text)


def _around(article: Article, quote: Quote) -> str:
    touched = article.sentences_in(Span(quote.start, quote.end))
    first, last = max(touched.start - NEAR, 0), min(touched.stop + NEAR, len(article.sentences)) - 1
    return article.text[article.sentences[first].start : article.sentences[last].end]


def _place(quote: Quote) -> tuple[str, int, int]:
    return quote.article_id, quote.start, quote.end
