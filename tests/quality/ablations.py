"""The product with one part of it switched off or done by another, to see what that part is worth."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel

from assistant.evidence import Candidate
from assistant.work import Work

__all__ = ["Believing", "ReaderChooses", "Unchecked"]


class ReaderChooses(Work):
    """The reader's choice is what the model writes from; the model still says whether there is an answer."""

    def _named(self, chat: BaseChatModel) -> tuple[Candidate, ...]:
        return ()


class Unchecked(Work):
    """What the model writes is not checked as a whole; numbers and names still are, word by word."""

    def unsupported(self, text: str, evidence: object) -> list[str]:
        return []


class Believing(Work):
    """The model is not asked whether there is an answer: the reader alone decides."""

    def _opinions(self) -> tuple[float | None, float | None]:
        return None, None
