"""Define quotes of an article and quoted phrases of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "NOT_STATED",
    "Quote",
    "QuotedPhrase",
    "Status",
    "render_quote_markdown",
    "render_quotes_text",
]

Status = Literal["verified", "elsewhere", "not found"]

NOT_STATED = "The article does not say."


@dataclass(frozen=True)
class Quote:
    """An exact excerpt: `text == article.text[start:end]`, with offsets in code points."""

    number: int  # n of the marker [n] that cites it
    text: str
    start: int
    end: int
    article_id: str
    title: str = ""
    status: Status = "verified"
    score: float = 0.0  # retrieval score; higher is better, comparable within one answer only
    page: int | None = None  # page that it begins on, from 1, if the source has pages
    context: bool = False  # no evidence of its own: it names what another quote refers to
    # Where the words that answer the question are, as offsets in the article; None: not known.
    answer_start: int | None = None
    answer_end: int | None = None

    @classmethod
    def of(
        cls,
        article: Article,
        span: Span,
        number: int,
        score: float = 0.0,
        *,
        context: bool = False,
    ) -> Quote:
        """Return the verified quote of a span of an article."""
        page = article.page_of(span.start)
        return cls(
            number,
            article.slice(span),
            span.start,
            span.end,
            article.id,
            article.title,
            "verified",
            score,
            page,
            context,
        )

    @property
    def answer_words(self) -> str:
        """Return the words of the quote that answer the question, or an empty text."""
        return self.split_at_answer()[1]

    def split_at_answer(self) -> tuple[str, str, str]:
        """Return the text before the words that answer, these words, and the text after them.

        If the words are not known, the last two are empty.
        """
        if self.answer_start is None or self.answer_end is None:
            return self.text, "", ""
        start, end = self.answer_start - self.start, self.answer_end - self.start
        return self.text[:start], self.text[start:end], self.text[end:]

    @property
    def where(self) -> str:
        """Return the location for display: title, page and character offsets."""
        page = f"page {self.page}" if self.page else ""
        return ", ".join(filter(None, [self.title, page, f"characters {self.start}–{self.end}"]))


@dataclass(frozen=True)
class QuotedPhrase:
    """A phrase that an answer has in quotation marks, and its location in an article.

    The words match the article exactly, except for typography. The status is `verified` if the
    phrase is in an article that was asked, `elsewhere` if it is in another article of the library,
    and `not found` otherwise. A phrase that was not found has no location.
    """

    words: str  # as in the answer
    status: Status
    article_id: str = ""
    title: str = ""
    start: int = 0  # offset in the text of that article, in code points
    end: int = 0


def render_quotes_text(quotes: Sequence[Quote]) -> str:
    """Return one line per quote with its marker: the text of an answer that no model wrote."""
    return "\n".join(f"“{' '.join(quote.text.split())}” [{quote.number}]" for quote in quotes)


def render_quote_markdown(quote: Quote, label: str) -> str:
    """Return a quote as a Markdown blockquote with a label before it and its location after it."""
    text = " ".join(quote.text.split())
    return f"> {label} “{text}” ({quote.where})"
