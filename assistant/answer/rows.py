"""Define the rows of an answer that is given for several articles one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answer.quote import NOT_STATED, Quote, render_quotes_text

__all__ = ["ArticleRow", "render_rows_text", "select_row_quotes"]


@dataclass(frozen=True)
class ArticleRow:
    """What one article says: its quotes, or nothing if it does not say."""

    article_id: str
    title: str
    verdict: str = ""  # a short answer before the quotes, such as "No."; empty if there is none
    quotes: tuple[int, ...] = ()  # the numbers of its quotes; empty: the article does not say


def select_row_quotes(row: ArticleRow, quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Return the quotes of a row, in their order in the answer."""
    return tuple(quote for quote in quotes if quote.number in row.quotes)


def render_rows_text(rows: Sequence[ArticleRow], quotes: Sequence[Quote]) -> str:
    """Return the rows as text: the title of each article, then its quotes on lines of their own."""
    return "\n".join(line for row in rows for line in _render_row(row, quotes))


def _render_row(row: ArticleRow, quotes: Sequence[Quote]) -> list[str]:
    row_quotes = select_row_quotes(row, quotes)
    first = " ".join(filter(None, [f"{row.title}:", row.verdict if row_quotes else NOT_STATED]))
    return [first, render_quotes_text(row_quotes)] if row_quotes else [first]
