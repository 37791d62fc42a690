"""Clean a model's output while it streams."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing

from assistant.models.errors import explain_error
from assistant.models.reasoning import strip_thinking
from assistant.pipeline.candidate import Candidate
from assistant.pipeline.generation.streaming import CitationFilter
from assistant.text.numbers import restore_hedges
from index.errors import ModelError

__all__ = [
    "clean_output",
    "may_become_refusal",
    "number_citations",
    "prepend_piece",
    "restore_source_hedges",
]


def clean_output(pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    """Yield a model's output without its thinking.

    Raises:
        ModelError: the provider raised an error.
    """
    try:
        yield from strip_thinking(pieces)
    except Exception as error:
        raise ModelError(explain_error(error)) from error


def prepend_piece(first: str, pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    """Yield a piece and then the others."""
    with closing(pieces):
        yield first
        yield from pieces


def number_citations(
    pieces: Generator[str, None, None], citations: CitationFilter
) -> Generator[str, None, None]:
    """Yield the output with its citations numbered by a filter."""
    with closing(pieces):
        for piece in pieces:
            yield citations.filter(piece)
    yield citations.finish()


def may_become_refusal(text: str) -> bool:
    """Return whether the beginning of an output may become "Not stated"."""
    beginning = text.lstrip(" \t\r\n\"'“”‘’*_#>-").lower()
    return any(
        phrase.startswith(beginning[: len(phrase)])
        for phrase in ("not stated", "the article does not")
    )


def restore_source_hedges(text: str, candidates: Sequence[Candidate]) -> str:
    """Return a text with the hedges of its sources, such as "about", before its numbers."""
    return restore_hedges(text, [candidate.text for candidate in candidates])
