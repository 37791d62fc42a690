"""Define the statements that an answer consists of, and the outcome of a question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from assistant.answer.quote import NOT_STATED, Quote

__all__ = [
    "NO_EVIDENCE_NEEDED",
    "Outcome",
    "Piece",
    "Statement",
    "StatementKind",
    "UNANSWERED",
    "UNANSWERED_PREFIX",
    "VerifiedBy",
    "join_statements",
    "list_pieces",
    "make_quote_statements",
    "make_unanswered_part",
    "renumber_statements",
    "split_quote_list",
]

StatementKind = Literal["generated", "quote", "computed", "verdict", "metadata", "unanswered"]
# What verified a statement: it is copied from the article, or the program computed it, or it passed
# the rules only, or the trained verifier judged it, too. Empty: nothing, because it needs no
# evidence or comes from elsewhere.
VerifiedBy = Literal["", "copy", "computation", "checks", "verifier"]
# What became of a question. The codes are stable.
Outcome = Literal[
    "answered",
    "partly",  # some of its sub-questions are answered
    "quotes_only",  # the model failed, or its words failed a check: the quotes are the answer
    "unclear",  # whether it is a yes or a no is not clear enough: the user may judge the quotes
    "metadata",  # answered from what is known of the article, without its text
    "courtesy",  # a greeting or thanks
    "not_stated",
    "nearest_passage",  # not stated, with a related passage
    "quotes_lost",  # the article no longer has the quotes of a restored answer
]
UNANSWERED: tuple[Outcome, ...] = ("not_stated", "nearest_passage", "quotes_lost")
NO_EVIDENCE_NEEDED: tuple[Outcome, ...] = ("metadata", "courtesy")
# One of several questions that the article does not answer follows, in quotation marks.
UNANSWERED_PREFIX = f"{NOT_STATED.rstrip('.')}: “"

Piece = str | int  # words, or the number of a quote, whose marker stands there


@dataclass(frozen=True)
class Statement:
    """A part of an answer that is of one kind and has its own citations.

    Attributes:
        kind: "generated" (by a model), "quote" (words of the article in quotation marks),
            "computed", "verdict" (yes or no), "metadata" (what the program says without evidence,
            such as the title of an article) or "unanswered" (that the article does not say).
        pieces: its words and the numbers of the quotes that it cites, in the order in which they
            are shown.
        begins_line: whether it begins a line of its own.
        verified_by: what verified it.
        confidence: the verifier's probability, 0 to 1, that the quotes support it; None if the
            verifier did not judge it.
    """

    kind: StatementKind
    pieces: tuple[Piece, ...]
    begins_line: bool = False
    verified_by: VerifiedBy = ""
    confidence: float | None = None

    @classmethod
    def of(cls, kind: StatementKind, text: str, citations: Iterable[int] = ()) -> Statement:
        """Return a statement with its citations after its text."""
        numbers = tuple(citations)
        return cls(kind, (f"{text} ", *numbers) if numbers else (text,))

    @property
    def text(self) -> str:
        """Return its words without markers."""
        following = (*self.pieces[1:], "")
        return "".join(
            piece.rstrip() if isinstance(after, int) else piece
            for piece, after in zip(self.pieces, following, strict=True)
            if isinstance(piece, str)
        )

    @property
    def citations(self) -> tuple[int, ...]:
        """Return the numbers of the quotes that it cites, each once."""
        return tuple(dict.fromkeys(piece for piece in self.pieces if isinstance(piece, int)))

    @property
    def marked_text(self) -> str:
        """Return its words with `[n]` markers."""
        return join_statements([self])

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, the text and the citations as plain values, ready for JSON."""
        return {
            "kind": self.kind,
            "text": self.text,
            "citations": list(self.citations),
            "pieces": list(self.pieces),
            "begins_line": self.begins_line,
            "verified_by": self.verified_by,
            "confidence": self.confidence,
        }


def list_pieces(statements: Iterable[Statement]) -> Iterator[Piece]:
    """Yield the pieces of statements, with the white space between two statements."""
    for position, statement in enumerate(statements):
        if position:
            yield "\n" if statement.begins_line else " "
        yield from statement.pieces


def join_statements(statements: Iterable[Statement], *, with_markers: bool = True) -> str:
    """Return the text of statements, with or without the markers of their citations."""
    if with_markers:
        pieces = list_pieces(statements)
        return "".join(f"[{piece}]" if isinstance(piece, int) else piece for piece in pieces)
    unmarked = (replace(statement, pieces=(statement.text,)) for statement in statements)
    return join_statements(unmarked)


def make_quote_statements(quotes: Iterable[Quote]) -> tuple[Statement, ...]:
    """Return a statement for each quote, on a line of its own."""
    return tuple(
        Statement("quote", _quote_pieces(quote), begins_line=True, verified_by="copy")
        for quote in quotes
    )


def make_unanswered_part(question: str) -> Statement:
    """Return the statement that the article does not answer one of several questions."""
    return Statement.of("unanswered", f"{UNANSWERED_PREFIX}{question}”")


def split_quote_list(
    statements: Sequence[Statement], quotes: Sequence[Quote]
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Return the statements before the list of all quotes at the end, and that list.

    The list is empty if the statements do not end with all quotes, each on its own line.
    """
    start = len(statements) - len(quotes)
    listed = tuple(statements[start:]) if start >= 0 else ()
    is_list = bool(listed) and all(
        statement.kind == "quote"
        and statement.pieces == _quote_pieces(quote)
        and (statement.begins_line or not position)
        for position, (statement, quote) in enumerate(zip(listed, quotes, strict=True))
    )
    return (tuple(statements[:start]), listed) if is_list else (tuple(statements), ())


def renumber_statements(
    statements: Iterable[Statement], numbers: Mapping[int, int]
) -> Iterator[Statement]:
    """Yield statements that cite other numbers; the marker of an unknown number becomes words."""
    for statement in statements:
        pieces = (
            numbers.get(piece, f"[{piece}]") if isinstance(piece, int) else piece
            for piece in statement.pieces
        )
        yield replace(statement, pieces=tuple(pieces))


def _quote_pieces(quote: Quote) -> tuple[Piece, ...]:
    return f"“{' '.join(quote.text.split())}” ", quote.number
