"""The product with one part of it switched off or done by another, to see what that part is worth."""

from __future__ import annotations

from collections.abc import Generator

from langchain_core.language_models import BaseChatModel

from assistant.evidence import Candidate
from assistant.work import Work
from assistant.writing import write_from

__all__ = ["Believing", "ReaderChooses", "Unchecked"]


class ReaderChooses(Work):
    """The reader's choice is what the model writes from; the model still says whether there is an answer."""

    def _named(self, chat: BaseChatModel) -> tuple[tuple[Candidate, ...], Generator[str, None, None]]:
        chosen = self.choice.chosen
        ids = [candidate.id for candidate in chosen]
        return chosen, write_from(self.searched, self._shown(), chat, self._manner, ids)


class Unchecked(Work):
    """What the model writes is not checked as a whole; numbers and names still are, word by word."""

    def _unsupported(self, text: str, evidence: object) -> list[str]:
        return []


class Believing(Work):
    """The model is not asked whether there is an answer: the reader alone decides."""

    def _opinion(self) -> float | None:
        return None
