"""Handle the answer span: the words of the article that the bundled model quotes first."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing

from assistant.pipeline.candidate import Candidate
from assistant.text.tokens import content_stems

__all__ = [
    "SpanFilter",
    "clause_around_span",
    "contains_span",
    "contains_span_stems",
    "find_candidate_with_span",
    "quote_span",
]

# In the article, speech is in “ and ”, and the model may copy these marks. Then a whole sentence
# follows.
_QUOTED = re.compile(r'\s*(?:"([^"]*)"|“([^”]*[^”,.!?\s])”(?=\s+[A-ZÀ-ÖØ-Þ]))')
_MAY_BE_QUOTED = re.compile(r'\s*(?:"|“[^”]*(?:”\s*)?\Z)')
# Letters and digits of scripts with spaces between words: Latin, Greek, Cyrillic.
_WORD_CHARACTER = "[0-9A-Za-zÀ-ɏͰ-ϿЀ-ӿ]"
_CONJUNCTION = re.compile(r"(?:and|but|while|whereas)\s+", re.IGNORECASE)
_PAUSE = re.compile(r"[,;:](?=\s)|[()\[\]]|\s[-–—]\s|—|(?<![.!?])[.!?]+$")


def quote_span(span: str) -> str:
    """Return a span as the bundled model is trained to write it (`training.adapter_data`)."""
    return f'"{span}"'


class SpanFilter:
    """Removes the quoted span at the beginning of a model's output and stores it in `span`.

    If more quoted words follow the span, the model has no sentence to write and may never end. Then
    the rest of the output is discarded.
    """

    def __init__(self) -> None:
        self.span = ""

    def filter(self, pieces: Generator[str, None, None]) -> Generator[str, None, None]:
        """Yield the output after the span, or all of it if it does not begin with a quoted span."""
        buffer = ""
        with closing(pieces):
            for piece in pieces:
                buffer += piece
                if not self.span and (match := _QUOTED.match(buffer)):
                    self.span, buffer = (match[1] or match[2] or "").strip(), buffer[match.end() :]
                text = buffer.lstrip()
                if text.startswith('"') and self.span:
                    return
                if text and (self.span or not _MAY_BE_QUOTED.match(buffer)):
                    yield text if self.span else buffer
                    yield from pieces
                    return
            yield buffer


def find_candidate_with_span(span: str, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the first candidate that contains a span exactly, except for whitespace, or None."""
    return next(
        (candidate for candidate in candidates if span and _find_span(span, candidate.text)), None
    )


def contains_span(span: str, text: str) -> bool:
    """Return whether a text contains the whole words of a span, ignoring case."""
    return bool(_find_span(span.lower(), text.lower()))


def clause_around_span(span: str, sentence: str) -> str:
    """Return the clause of a sentence that contains a span, with whitespace normalized.

    The clause ends at the punctuation around the span. A conjunction before it is dropped.

    Raises:
        ValueError: the sentence does not contain the span.
    """
    if not (match := _find_span(span, sentence)):
        raise ValueError(f"{span!r} is not in the sentence")
    pauses = list(_PAUSE.finditer(match.string))
    start = max((pause.end() for pause in pauses if pause.end() <= match.start()), default=0)
    end = min(
        (pause.start() for pause in pauses if pause.start() >= match.end()),
        default=len(match.string),
    )
    clause = match.string[start:end].strip()
    conjunction = _CONJUNCTION.match(clause)
    if conjunction and match.start() - start > conjunction.end():
        return clause[conjunction.end() :]
    return clause


def _find_span(span: str, sentence: str) -> re.Match[str] | None:
    """Match the whole words of a span in a sentence with normalized whitespace.

    "200" does not match in "1,200", nor "art" in "party".
    """
    words = re.escape(" ".join(span.split()))
    return re.search(
        rf"(?<!{_WORD_CHARACTER})(?<!\d[.,]){words}(?!{_WORD_CHARACTER}|[.,]\d)",
        " ".join(sentence.split()),
    )


def contains_span_stems(text: str, span: str) -> bool:
    """Return whether a text contains all content stems of a span."""
    return not set(content_stems(span)) - set(content_stems(text))
