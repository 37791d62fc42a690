"""Parse a text with markers into statements.

This is needed where a text comes from outside: what a model wrote with its own citations, an answer
that an earlier version stored, and an answer that is still being written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from assistant.answer.quote import Quote, render_quotes_text
from assistant.answer.statement import (
    NO_EVIDENCE_NEEDED,
    UNANSWERED,
    UNANSWERED_PREFIX,
    Outcome,
    Piece,
    Statement,
    StatementKind,
    join_statements,
    make_quote_statements,
    make_unanswered_part,
)

__all__ = ["infer_outcome", "parse_cited_text", "parse_statements"]

_MARKER = re.compile(r"\[([1-9]\d{0,2})\]")
_OPENING_VERDICT = re.compile(r"(Yes\.|No\.)(?:[ \n](?=\S)|$)")
# After a sentence with markers. Other white space, as in a list, stays inside of a statement.
_SENTENCE_END = re.compile(
    r"(?:[.!?…][\"”’»)]*(?: ?\[\d{1,3}\])+|\[\d{1,3}\][.!?…])(?P<space>[ \n])(?=[^\s\[])"
)


def parse_cited_text(
    text: str, numbers: Collection[int], kind: StatementKind = "generated"
) -> tuple[Statement, ...]:
    """Return the sentences of a text that a model wrote and cited, one statement each.

    Args:
        text: with `[n]` markers.
        numbers: of the quotes. Other markers are words.
        kind: of the statements, except for a Yes or No at the beginning.
    """
    ends = [match.start("space") for match in _SENTENCE_END.finditer(text)]
    if kind == "generated" and (verdict := _OPENING_VERDICT.match(text)):
        ends = sorted({*ends, verdict.end(1)})
    statements: list[Statement] = []
    start = 0
    for end in [*ends, len(text)]:
        if sentence := text[start:end]:
            is_verdict = kind == "generated" and not start and _OPENING_VERDICT.fullmatch(sentence)
            pieces = tuple(_split_pieces(sentence, numbers))
            begins_line = bool(start) and text[start - 1] == "\n"
            statements.append(Statement("verdict" if is_verdict else kind, pieces, begins_line))
        start = end + 1
    return tuple(statements)


def infer_outcome(
    answered: bool, *, has_nearest: bool, has_evidence: bool, is_measured: bool
) -> Outcome:
    """Return the outcome of an answer that has none.

    Args:
        answered: whether the article states the answer.
        has_nearest: whether a related passage is shown.
        has_evidence: whether there are quotes or a confidence.
        is_measured: whether the answer is complete and has its times.
    """
    if not answered:
        return "nearest_passage" if has_nearest else "not_stated"
    return "metadata" if is_measured and not has_evidence else "answered"


def parse_statements(text: str, quotes: Sequence[Quote], outcome: Outcome) -> tuple[Statement, ...]:
    """Return the statements of a composed text: sentences, unanswered parts and the quotes.

    Their joined text is the text.
    """
    kind: StatementKind = "generated"
    if outcome in UNANSWERED:
        kind = "unanswered"
    elif outcome in NO_EVIDENCE_NEEDED:
        kind = "metadata"
    statements = tuple(_parse_parts(text, quotes, kind))
    if join_statements(statements) == text:
        return statements
    return (Statement(kind, tuple(_split_pieces(text, {quote.number for quote in quotes}))),)


def _parse_parts(text: str, quotes: Sequence[Quote], kind: StatementKind) -> Iterator[Statement]:
    if kind == "metadata":
        for line in text.split("\n"):
            yield replace(Statement.of(kind, line), begins_line=True)
        return
    listed: tuple[Statement, ...] = ()
    ending = render_quotes_text(quotes)
    if ending and text.endswith(ending):
        text = text.removesuffix(ending)
        first, *following = make_quote_statements(quotes)
        listed = replace(first, begins_line=not text or text.endswith("\n")), *following
        text = text.rstrip()
    numbers = {quote.number for quote in quotes}
    stated, *unanswered = text.split(UNANSWERED_PREFIX)
    yield from parse_cited_text(stated.removesuffix(" ") if unanswered else stated, numbers, kind)
    for part in unanswered:
        yield make_unanswered_part(part.removesuffix(" ").removesuffix("”"))
    yield from listed


def _split_pieces(text: str, numbers: Collection[int]) -> Iterator[Piece]:
    start = 0
    for marker in _MARKER.finditer(text):
        if (number := int(marker[1])) in numbers:
            if words := text[start : marker.start()]:
                yield words
            yield number
            start = marker.end()
    if words := text[start:]:
        yield words
