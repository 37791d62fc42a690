"""Define the rows of an answer that is given for several articles one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.answer.quote import NOT_STATED, Quote
from assistant.answer.statement import Statement, StatementKind, make_quote_statements

__all__ = ["ArticleRow", "make_row_statements", "open_row", "select_row_quotes"]


@dataclass(frozen=True)
class ArticleRow:
    """What one article says: its quotes, or nothing if it does not say."""

    article_id: str
    title: str
    verdict: str = ""  # a short answer before the quotes, such as "No."; empty if there is none
    quotes: tuple[int, ...] = ()  # the numbers of its quotes; empty: the article does not say
    kind: StatementKind = "verdict"  # of the short answer


def select_row_quotes(row: ArticleRow, quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Return the quotes of a row, in their order in the answer."""
    return tuple(quote for quote in quotes if quote.number in row.quotes)


def make_row_statements(
    rows: Sequence[ArticleRow], quotes: Sequence[Quote]
) -> tuple[Statement, ...]:
    """Return the rows as statements: the title of each article, then what it says."""
    return tuple(
        statement
        for row in rows
        for statement in (
            *open_row(row),
            *make_quote_statements(select_row_quotes(row, quotes)),
        )
    )


def open_row(row: ArticleRow) -> Iterator[Statement]:
    """Yield the statements of a row before its quotes: the title, and what the article says."""
    yield replace(Statement.of("metadata", f"{row.title}:"), begins_line=True)
    if not row.quotes:
        yield Statement.of("unanswered", NOT_STATED)
    elif row.verdict:
        yield Statement.of(row.kind, row.verdict)
