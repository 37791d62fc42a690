"""The few words of the article that are the answer: the embedded model quotes them before it writes its sentence."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing

from .evidence import Candidate
from .words import meaning

__all__ = ["Opening", "clause_of", "holds", "in_quotes", "in_text", "stating"]

# What a speaker said stands in “ and ” in the article, and the model may copy these: then a whole sentence comes after it.
_QUOTED = re.compile(r'\s*(?:"([^"]*)"|“([^”]*[^”,.!?\s])”(?=\s+[A-ZÀ-ÖØ-Þ]))')
_MAY_BE_QUOTED = re.compile(r'\s*(?:"|“[^”]*(?:”\s*)?\Z)')
_SPACED = "[0-9A-Za-zÀ-ɏͰ-ϿЀ-ӿ]"  # of scripts that put spaces between words: Latin, Greek, Cyrillic
_JOINED = re.compile(r"(?:and|but|while|whereas)\s+", re.IGNORECASE)
_PAUSE = re.compile(r"[,;:](?=\s)|[()\[\]]|\s[-–—]\s|—|[.!?]+$")


def in_quotes(span: str) -> str:
    """As the embedded model was taught to write them (`training.lessons`)."""
    return f'"{span}"'


class Opening:
    """A model's words without those in quotation marks that they begin with, which are kept in `span`.

    One that goes on with other words in quotation marks has no sentence to write, and may never end: nothing more is taken of it.
    """

    def __init__(self) -> None:
        self.span = ""

    def after(self, pieces: Generator[str, None, None]) -> Generator[str, None, None]:
        """What follows the opening words, as it comes; all of it where it does not open with a quotation mark."""
        held = ""
        with closing(pieces):
            for piece in pieces:
                held += piece
                if not self.span and (found := _QUOTED.match(held)):
                    self.span, held = (found[1] or found[2] or "").strip(), held[found.end() :]
                begun = held.lstrip()
                if begun.startswith('"') and self.span:
                    return
                if begun and (self.span or not _MAY_BE_QUOTED.match(held)):
                    yield begun if self.span else held
                    yield from pieces
                    return
            yield held


def stating(span: str, candidates: Sequence[Candidate]) -> Candidate | None:
    """The first of the candidates that has these words to the letter, but for white space; None if none has."""
    return next((one for one in candidates if span and _found(span, one.text)), None)


def in_text(span: str, text: str) -> bool:
    """Whether a text has these words whole and in their order, in whatever case."""
    return bool(_found(span.lower(), text.lower()))


def clause_of(span: str, sentence: str) -> str:
    """The words of a sentence between the pauses around a span of it: what the span is said of. White space is single.

    Raises ValueError if the sentence has no such words.
    """
    if not (found := _found(span, sentence)):
        raise ValueError(f"{span!r} is not in the sentence")
    pauses = list(_PAUSE.finditer(found.string))
    begun = max((pause.end() for pause in pauses if pause.end() <= found.start()), default=0)
    over = min((pause.start() for pause in pauses if pause.start() >= found.end()), default=len(found.string))
    clause = found.string[begun:over].strip()
    joined = _JOINED.match(clause)
    return clause[joined.end() :] if joined and found.start() - begun > joined.end() else clause


def _found(span: str, sentence: str) -> re.Match[str] | None:
    """Where a sentence, its white space made single, has these words whole: "200" is not in "1,200", nor "art" in "party"."""
    words = re.escape(" ".join(span.split()))
    return re.search(rf"(?<!{_SPACED})(?<!\d[.,]){words}(?!{_SPACED}|[.,]\d)", " ".join(sentence.split()))


def holds(text: str, span: str) -> bool:
    """Whether a sentence says all of the words of a span that carry meaning."""
    return not set(meaning(span)) - set(meaning(text))
