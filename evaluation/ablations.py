"""The assistant with one part switched off or replaced, to measure what that part contributes."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from langchain_core.language_models import BaseChatModel

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.registry import COMPUTATIONS
from assistant.pipeline.strategy import AnswerStrategy

__all__ = ["ReaderSelection", "WithoutChecks", "WithoutComputations", "WithoutOpinion"]


class ReaderSelection(AnswerStrategy):
    """Let the model write from the reader's selection.

    The model still says whether there is an answer.
    """

    def _select_by_model(self, chat: BaseChatModel) -> tuple[Candidate, ...]:
        return ()


class WithoutChecks(AnswerStrategy):
    """Skip the check of the whole generated text.

    Numbers and names are still checked word by word.
    """

    def find_unsupported(self, text: str, evidence: object) -> list[str]:
        return []


class WithoutComputations(AnswerStrategy):
    """Compute nothing: the model or the quotes answer questions about tables, lists and numbers."""

    without_computations: ClassVar[Collection[str]] = COMPUTATIONS


class WithoutOpinion(AnswerStrategy):
    """Do not ask the model whether there is an answer: the reader alone decides."""

    def _ask_model(self) -> tuple[float | None, float | None]:
        return None, None
