"""An answer that was kept outside the program comes back: nothing in it is believed that the article does not bear out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from index.article import Article, Span
from index.errors import InputError

from .answer import Answer, Quote, Quoted, Status, quotes_as_text
from .checking import looked_up

__all__ = ["GONE", "restored"]

GONE = "The quotes of this kept answer are not in the article, so its words are not shown."

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


class _Quoted(BaseModel):
    words: str = Field(min_length=1, max_length=2_000)
    status: Status
    article_id: str = Field("", max_length=64)


class _Answer(BaseModel):
    question: _Text
    text: _Text
    quotes: list[_Quote] = Field(default=[], max_length=200)
    answered: bool = True
    nearest: _Quote | None = None
    searched: _Text = ""
    model: Annotated[str, Field(max_length=200)] = ""
    notes: list[_Line] = Field(default=[], max_length=50)
    partial: bool = False
    confidence: float | None = Field(None, ge=0, le=1)
    seconds: dict[Annotated[str, Field(max_length=50)], _Finite] = Field(default={}, max_length=50)
    quoted: list[_Quoted] = Field(default=[], max_length=200)


def restored(data: object, articles: Iterable[Article], other: Callable[[str], Article | None]) -> Answer:
    """The answer that `Answer.to_dict` gave, checked anew. A quote's title and page are taken from the article.

    Args:
        articles: whose quotes are believed, where they are the article's words to the letter; any other is dropped, and a
            note says so.
        other: an article of the library by its id, for words that were found elsewhere.

    Raises:
        InputError: the data is no answer.
    """
    try:
        kept = _Answer.model_validate(data)
    except (ValidationError, RecursionError) as error:
        raise InputError("A kept answer cannot be read: it is not what this program wrote. Ask the question again.") from error
    known = {article.id: article for article in articles}
    answer = _checked(kept, known)
    return replace(answer, quoted=tuple(_quoted(one, known, other) for one in kept.quoted if one.words in answer.text))


def _quoted(kept: _Quoted, known: Mapping[str, Article], other: Callable[[str], Article | None]) -> Quoted:
    """Where the words stand now; no further than they did, for a library is not gone through again for each kept answer."""
    elsewhere = other(kept.article_id) if kept.status == "elsewhere" else None
    return looked_up(_plain(kept.words), list(known.values()), [elsewhere] if elsewhere else [])


def _checked(kept: _Answer, known: Mapping[str, Article]) -> Answer:
    quotes = tuple(quote for one in kept.quotes if (quote := _quote(one, known)))
    nearest = _quote(kept.nearest, known) if kept.nearest else None
    lost = len(kept.quotes) - len(quotes) + (kept.nearest is not None and nearest is None)
    notes = (*map(_plain, kept.notes), *([_told(lost)] if lost else []))
    answer = Answer(
        _plain(kept.question),
        _plain(kept.text),
        quotes,
        kept.answered,
        nearest,
        _plain(kept.searched or kept.question),
        _plain(kept.model),
        notes,
        kept.partial,
        kept.confidence,
        {_plain(stage): took for stage, took in kept.seconds.items()},
    )
    return _without_evidence(answer, kept) if lost else answer


def _without_evidence(answer: Answer, kept: _Answer) -> Answer:
    """An answer some of whose quotes were dropped: nothing is said that had no other evidence."""
    if kept.quotes and not answer.quotes:
        return replace(answer, text=GONE, answered=False)
    before = quotes_as_text([Quote(one.number, one.text, one.start, one.end, one.article_id) for one in kept.quotes])
    if not kept.quotes or not kept.text.endswith(before):
        return answer
    return replace(answer, text=_plain(kept.text.removesuffix(before)) + quotes_as_text(answer.quotes))


def _quote(kept: _Quote, known: Mapping[str, Article]) -> Quote | None:
    article = known.get(kept.article_id)
    if not article or not 0 <= kept.start < kept.end or article.text[kept.start : kept.end] != kept.text:
        return None
    return Quote.of(article, Span(kept.start, kept.end), kept.number, kept.score)


def _told(lost: int) -> str:
    if lost == 1:
        return "1 kept quote is not in the article as it is now, and was left out."
    return f"{lost} kept quotes are not in the article as it is now, and were left out."


def _plain(text: str) -> str:
    """Lone surrogates, which no page takes, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
