"""Restore a serialized answer. Verify every quote again and drop those that the article lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from assistant.answer.quotations import look_up_phrase
from assistant.answer.quote import Quote, QuotedPhrase, Status
from assistant.answer.rows import ArticleRow, make_row_statements
from assistant.answer.statement import (
    Outcome,
    Statement,
    StatementKind,
    VerifiedBy,
    join_statements,
    renumber_statements,
    split_quote_list,
)
from assistant.answer.statement_parser import infer_outcome, parse_statements
from index.errors import InputError
from index.text.article import Article
from index.text.spans import Span

__all__ = ["QUOTES_LOST", "restore_fields"]

QUOTES_LOST = "The quotes of this kept answer are not in the article, so its words are not shown."

_Line = Annotated[str, Field(max_length=2_000)]
_Text = Annotated[str, Field(max_length=20_000)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Quote(BaseModel):
    number: int = Field(ge=1, le=999)
    text: str = Field(min_length=1, max_length=100_000)
    start: int
    end: int
    article_id: str = Field(max_length=64)
    score: _Finite = 0.0
    context: bool = False
    answer_start: int | None = None
    answer_end: int | None = None


class _QuotedPhrase(BaseModel):
    words: str = Field(min_length=1, max_length=2_000)
    status: Status
    article_id: str = Field("", max_length=64)


class _ArticleRow(BaseModel):
    article_id: str = Field(max_length=64)
    verdict: Annotated[str, Field(max_length=500)] = ""
    quotes: list[int] = Field(default=[], max_length=200)
    kind: StatementKind = "verdict"


class _Statement(BaseModel):
    kind: StatementKind
    pieces: list[Annotated[int, Field(strict=True, ge=1, le=999)] | _Text] = Field(max_length=1_000)
    begins_line: bool = False
    verified_by: VerifiedBy = ""
    confidence: float | None = Field(None, ge=0, le=1)

    def restore(self) -> Statement:
        pieces = (_clean(piece) if isinstance(piece, str) else piece for piece in self.pieces)
        return Statement(
            self.kind, tuple(pieces), self.begins_line, self.verified_by, self.confidence
        )


class _Answer(BaseModel):
    question: _Text
    text: _Text
    statements: list[_Statement] | None = Field(None, max_length=500)
    quotes: list[_Quote] = Field(default=[], max_length=200)
    outcome: Outcome | None = None
    answered: bool = True
    nearest: _Quote | None = None
    searched: _Text = ""
    model: Annotated[str, Field(max_length=200)] = ""
    notes: list[_Line] = Field(default=[], max_length=50)
    partial: bool = False
    confidence: float | None = Field(None, ge=0, le=1)
    seconds: dict[Annotated[str, Field(max_length=50)], _Finite] = Field(default={}, max_length=50)
    quoted: list[_QuotedPhrase] = Field(default=[], max_length=200)
    rows: list[_ArticleRow] = Field(default=[], max_length=200)


def restore_fields(
    data: object, articles: Iterable[Article], find_article: Callable[[str], Article | None]
) -> dict[str, Any]:
    """Return the fields of an `Answer` from the output of `Answer.to_dict`, verified again.

    The title and page of a quote are taken from the article.

    Args:
        data: untrusted values, as JSON has them.
        articles: the articles that the quotes must be in, to the letter. Other quotes are dropped,
            and a note says so.
        find_article: returns an article of the library by its ID, for phrases that were found in
            another article.

    Raises:
        InputError: the data is not a serialized answer.
    """
    try:
        stored = _Answer.model_validate(data)
    except (ValidationError, RecursionError) as error:
        raise InputError(
            "A stored answer cannot be read: it is not in the form that this program writes. "
            "Ask the question again."
        ) from error
    by_id = {article.id: article for article in articles}
    quotes = tuple(quote for entry in stored.quotes if (quote := _restore_quote(entry, by_id)))
    nearest = _restore_quote(stored.nearest, by_id) if stored.nearest else None
    lost = len(stored.quotes) - len(quotes) + (stored.nearest is not None and nearest is None)
    rows = _restore_rows(stored, quotes, by_id)
    outcome = _restore_outcome(stored, quotes, nearest)
    statements = (
        make_row_statements(rows, quotes)
        if rows
        else _restore_statements(stored, quotes, outcome, bool(lost))
    )
    text = join_statements(statements)
    return {
        "question": _clean(stored.question),
        "statements": statements,
        "quotes": quotes,
        "outcome": outcome,
        "nearest": nearest,
        "searched": _clean(stored.searched or stored.question),
        "model": _clean(stored.model),
        "notes": (*map(_clean, stored.notes), *([_describe_loss(lost)] if lost else [])),
        "partial": stored.partial,
        "confidence": stored.confidence,
        "seconds": {_clean(stage): seconds for stage, seconds in stored.seconds.items()},
        "quoted": tuple(
            _restore_phrase(phrase, by_id, find_article)
            for phrase in stored.quoted
            if phrase.words in text
        ),
        "rows": rows,
    }


def _restore_rows(
    stored: _Answer, quotes: tuple[Quote, ...], by_id: Mapping[str, Article]
) -> tuple[ArticleRow, ...]:
    """Return the rows of articles with their quotes that are left; none if no quote is left.

    A row that had quotes and has lost all of them is left out: its article may say something.
    """
    numbers = {(quote.article_id, quote.number) for quote in quotes}
    rows = []
    for row in stored.rows if quotes else []:
        left = tuple(number for number in row.quotes if (row.article_id, number) in numbers)
        if row.article_id in by_id and (left or not row.quotes):
            title = by_id[row.article_id].title
            rows.append(ArticleRow(row.article_id, title, _clean(row.verdict), left, row.kind))
    return tuple(rows)


def _restore_phrase(
    phrase: _QuotedPhrase,
    by_id: Mapping[str, Article],
    find_article: Callable[[str], Article | None],
) -> QuotedPhrase:
    """Look up a phrase in the articles and in the article that it was found in before.

    The rest of the library is not searched: that would cost too much for each restored answer.
    """
    elsewhere = find_article(phrase.article_id) if phrase.status == "elsewhere" else None
    return look_up_phrase(
        _clean(phrase.words), list(by_id.values()), [elsewhere] if elsewhere else []
    )


def _restore_outcome(stored: _Answer, quotes: tuple[Quote, ...], nearest: Quote | None) -> Outcome:
    """Return the outcome; that of an answer which was stored without one follows from its fields.

    If all quotes are lost, the answer has no evidence.
    """
    if stored.quotes and not quotes:
        return "quotes_lost"
    if stored.outcome is None:
        return infer_outcome(
            stored.answered,
            has_nearest=nearest is not None,
            has_evidence=bool(quotes) or stored.confidence is not None,
            is_measured=bool(stored.seconds) and not stored.partial,
        )
    if stored.outcome == "nearest_passage" and not nearest:
        return "not_stated"
    return stored.outcome


def _restore_statements(
    stored: _Answer, quotes: tuple[Quote, ...], outcome: Outcome, is_altered: bool
) -> tuple[Statement, ...]:
    """Return the statements without the lost quotes of the list at their end.

    If all quotes are lost, a fixed sentence replaces them.
    """
    if outcome == "quotes_lost":
        return (Statement.of("unanswered", QUOTES_LOST),)
    before = [
        Quote(entry.number, entry.text, entry.start, entry.end, entry.article_id)
        for entry in stored.quotes
    ]
    if stored.statements is None:
        statements = parse_statements(_clean(stored.text), before, outcome)
    else:
        statements = tuple(entry.restore() for entry in stored.statements)
    numbers = {quote.number: quote.number for quote in quotes}
    if is_altered:
        own, listed = split_quote_list(statements, before)
        kept = (statement for statement in listed if numbers.keys() & {*statement.citations})
        statements = (*own, *kept)
    return tuple(renumber_statements(statements, numbers))


def _restore_quote(entry: _Quote, by_id: Mapping[str, Article]) -> Quote | None:
    article = by_id.get(entry.article_id)
    if (
        not article
        or not 0 <= entry.start < entry.end
        or article.text[entry.start : entry.end] != entry.text
    ):
        return None
    span = Span(entry.start, entry.end)
    quote = Quote.of(article, span, entry.number, entry.score, context=entry.context)
    start, end = entry.answer_start, entry.answer_end
    if start is None or end is None or not entry.start <= start < end <= entry.end:
        return quote
    return replace(quote, answer_start=start, answer_end=end)


def _describe_loss(lost: int) -> str:
    if lost == 1:
        return "1 kept quote is not in the article as it is now, and was left out."
    return f"{lost} kept quotes are not in the article as it is now, and were left out."


def _clean(text: str) -> str:
    """Replace lone surrogates, which cannot be encoded as UTF-8, with question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
