"""The assistant with one part switched off or replaced, to measure what that part contributes."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from langchain_core.language_models import BaseChatModel

from assistant.pipeline.calculation import Ask
from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.computation.registry import COMPUTATIONS
from assistant.pipeline.generation.checks import CHECKS, CLAIM_CHECKS
from assistant.pipeline.strategy import AnswerStrategy

__all__ = [
    "ReaderSelection",
    "WITHOUT",
    "WithoutBestSentence",
    "WithoutChecks",
    "WithoutComputations",
    "WithoutCorrections",
    "WithoutOpinion",
    "WithoutReaderLimit",
    "WithoutSectionScope",
    "WithoutSpeakers",
]


class ReaderSelection(AnswerStrategy):
    """Let the model write from the reader's selection.

    The model still says whether there is an answer.
    """

    def _select_by_model(self, chat: BaseChatModel) -> tuple[Candidate, ...]:
        return ()


class WithoutChecks(AnswerStrategy):
    """Skip the checks of the claims of the whole generated text.

    Numbers and names are still checked word by word.
    """

    without_checks: ClassVar[Collection[str]] = CLAIM_CHECKS


class WithoutComputations(AnswerStrategy):
    """Compute nothing: the model or the quotes answer questions about tables, lists and numbers."""

    without_computations: ClassVar[Collection[str]] = COMPUTATIONS


class WithoutCorrections(AnswerStrategy):
    """Add no sentences that correct or contradict the selected ones."""

    def _add_corrections(self) -> None:
        return


class WithoutSectionScope(AnswerStrategy):
    """Read parallel sections, although the question names one of them."""

    without_section_scope: ClassVar[bool] = True


class WithoutReaderLimit(AnswerStrategy):
    """Select each sentence that the model names, however unlikely the reader finds it."""

    def _select_by_model(self, chat: BaseChatModel) -> tuple[Candidate, ...]:
        return self._find_named(chat)[: self._max_selected]


class WithoutBestSentence(AnswerStrategy):
    """Select only what the model names, although the reader finds another sentence more likely."""

    def _add_best(self, named: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        return named


class WithoutSpeakers(AnswerStrategy):
    """Select sentences whoever says them, and look up no speaker of a quoted phrase."""

    def _name_speaker(self) -> Computed | None:
        return None

    def _drop_other_speakers(self) -> None:
        return


class WithoutCalculation(AnswerStrategy):
    """Let the model plan no calculation and no comparison."""

    def _calculate(self, ask: Ask) -> Computed | None:
        return None


class WithoutTableQuery(AnswerStrategy):
    """Let the model write no query of a table."""

    def _query_table(self) -> Computed | None:
        return None


class WithoutRelativeDates(AnswerStrategy):
    """Quote "last Friday" without the date that it means."""

    def _resolve_time(self) -> Computed | None:
        return None


class WithoutOpinion(AnswerStrategy):
    """Do not ask the model whether there is an answer: the reader alone decides."""

    def _ask_model(self) -> tuple[float | None, float | None]:
        return None, None


def _make_without(computation: str) -> type[AnswerStrategy]:
    """Return a strategy that leaves out one of `COMPUTATIONS`."""
    attributes = {"without_computations": (computation,), "__doc__": f"Leave out {computation}."}
    return type("WithoutComputation", (AnswerStrategy,), attributes)


def _make_without_check(check: str) -> type[AnswerStrategy]:
    """Return a strategy that leaves out one of `CHECKS`."""
    attributes = {"without_checks": (check,), "__doc__": f"Leave out the check {check}."}
    return type("WithoutCheck", (AnswerStrategy,), attributes)


# The part that is switched off, as in the names of systems such as `without-item-count`.
WITHOUT: dict[str, type[AnswerStrategy]] = {
    "computations": WithoutComputations,
    "best-sentence": WithoutBestSentence,
    "reader-limit": WithoutReaderLimit,
    "speakers": WithoutSpeakers,
    "corrections": WithoutCorrections,
    "section-scope": WithoutSectionScope,
    "relative-dates": WithoutRelativeDates,
    "calculation": WithoutCalculation,
    "table-query": WithoutTableQuery,
    **{name.replace(" ", "-"): _make_without(name) for name in COMPUTATIONS},
    "verifier": _make_without_check("unsupported-statement"),
    **{name: _make_without_check(name) for name in CHECKS if name != "unsupported-statement"},
}
