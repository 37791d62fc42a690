"""Filter a model's output while it streams."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.verification.evidence import Evidence

__all__ = ["CitationFilter", "EvidenceFilter", "UnsupportedError"]


class UnsupportedError(Exception):
    """The model wrote a number or a name that its evidence lacks."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class EvidenceFilter:
    """Passes a model's output word by word, until a number or name is not in the evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._buffer = ""

    def filter(self, piece: str) -> str:
        """Return the text that may be shown now: all but a word that the next piece may continue.

        Raises UnsupportedError.
        """
        self._buffer += piece
        *whole, self._buffer = re.split(r"(?<=\s)", self._buffer)
        return self._verify("".join(whole))

    def finish(self) -> str:
        """Return the remaining text at the end of the output. Raises UnsupportedError."""
        text, self._buffer = self._buffer, ""
        return self._verify(text)

    def _verify(self, text: str) -> str:
        if word := self._evidence.find_missing_term(text):
            raise UnsupportedError(word)
        return text


class CitationFilter:
    """Replaces the candidate IDs that a model cites with numbers of quotes, in streamed text.

    The result does not depend on how the text is cut into pieces. `[4]`, `[4, 9]` and `[4][9]` are
    citations. An ID that belongs to no candidate is removed.
    """

    _OPEN = re.compile(r"(?<!\s)(?:\s*+\[[\d,;\s]*+|\s++)\Z")
    _CLOSED = re.compile(r"((?<!\s)\s*+)\[(\d{1,9}(?:\s*[,;]\s*\d{1,9})*)\]")

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._by_id = {candidate.id: candidate for candidate in candidates}
        self._buffer = ""
        self.cited: list[Candidate] = []  # in the order of their numbers, from 1

    def filter(self, piece: str) -> str:
        """Return the text that can no longer change."""
        self._buffer += piece
        match = self._OPEN.search(self._buffer)
        end = match.start() if match else len(self._buffer)
        done, self._buffer = self._buffer[:end], self._buffer[end:]
        return self._CLOSED.sub(self._number_citation, done)

    def finish(self) -> str:
        """Return the remaining text at the end of the output."""
        text, self._buffer = self._buffer, ""
        return self._CLOSED.sub(self._number_citation, text)

    def _number_citation(self, match: re.Match[str]) -> str:
        ids = [int(digits) for digits in re.findall(r"\d+", match[2])]
        candidates = [self._by_id[id_] for id_ in dict.fromkeys(ids) if id_ in self._by_id]
        for candidate in candidates:
            if candidate not in self.cited:
                self.cited.append(candidate)
        return (match[1] if candidates else "") + "".join(
            f"[{self.cited.index(candidate) + 1}]" for candidate in candidates
        )
