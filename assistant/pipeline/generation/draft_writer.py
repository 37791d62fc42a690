"""Define what all writers share: streaming, drafts, their checks and what follows from findings."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing

from assistant.answer.answer import Answer, Event, TextDelta
from assistant.answer.trace import DraftTrace, FindingTrace
from assistant.models import Model
from assistant.pipeline.candidate import Candidate
from assistant.pipeline.generation.actions import ACTIONS, Action, format_note
from assistant.pipeline.generation.checks import make_checks, run_checks
from assistant.pipeline.generation.draft import (
    Draft,
    EvidenceSet,
    Finding,
    FindingCode,
    Query,
)
from assistant.pipeline.generation.output import may_become_refusal
from assistant.pipeline.generation.streaming import EvidenceFilter
from assistant.pipeline.prompting.protocol import is_not_stated
from assistant.pipeline.state import QuestionState
from assistant.pipeline.verification.evidence import Evidence

__all__ = ["DraftWriter"]

_YES_OR_NO = re.compile(r"^\W*(?:yes|no)\b\W*", re.IGNORECASE)


class DraftWriter(ABC):
    """Writes drafts with a model, checks them and makes the answer.

    Args:
        state: the question and the results of the stages before.
        model: writes the drafts.
    """

    def __init__(self, state: QuestionState, model: Model) -> None:
        self._state = state
        self._model = model
        self._limits = state.thresholds
        self._checks = make_checks(
            state.thresholds, state.verifier, state.span_reader, state.without_checks
        )

    @abstractmethod
    def write(self) -> Iterator[Event]:
        """Yield events; the last is the answer."""

    @property
    def _query(self) -> Query:
        return Query(self._state.searched, self._state.kind)

    def _make_draft(self, text: str, span: str = "", source: Candidate | None = None) -> Draft:
        """Return a draft. The Yes or No that opens the answer to a yes/no question is no claim."""
        claims = _YES_OR_NO.sub("", text) if self._state.kind == "yes-no" else text
        return Draft(text, span, source, claims)

    def _make_evidence_set(
        self, candidates: Sequence[Candidate], words: Evidence | None = None
    ) -> EvidenceSet:
        """Return the evidence of a draft from its sentences.

        Args:
            candidates: the sentences that the draft is written from.
            words: the words that the draft may use; by default those of the sentences.
        """
        state = self._state
        return EvidenceSet(
            tuple(candidates),
            words or state.make_evidence(candidates),
            state.confidence if state.has_model_probability else None,
            state.choice.selected,
            state.corrections,
        )

    def _check(
        self, codes: Collection[FindingCode], draft: Draft, evidence: EvidenceSet
    ) -> tuple[Finding, ...]:
        """Return the findings of the checks of these names, in their order."""
        return run_checks(self._checks, codes, draft, evidence, self._query)

    def _conclude(self, findings: Sequence[Finding], draft: Draft, evidence: EvidenceSet) -> Answer:
        """Return the answer that replaces a draft, by the first action that is possible."""
        action = next(
            action
            for action in ACTIONS[findings[0].code]
            if self._is_possible(action, findings, draft)
        )
        self._record(draft, findings, action)
        return self._act(action, findings, draft, evidence)

    def _record(
        self, draft: Draft, findings: Sequence[Finding] = (), action: Action = Action.ACCEPT
    ) -> None:
        """Add a draft to the trace of the answer."""
        traced = tuple(FindingTrace(finding.code, finding.words) for finding in findings)
        self._state.drafts.append(
            DraftTrace(draft.text, draft.span, traced, action.value, draft.supported)
        )

    def _is_possible(self, action: Action, findings: Sequence[Finding], draft: Draft) -> bool:
        """Return whether an action may conclude the answer."""
        if action is Action.ABSTAIN:
            return self._state.confidence < self._limits.min_confidence_unverified
        return action is Action.QUOTES_ONLY

    def _act(
        self,
        action: Action,
        findings: Sequence[Finding],
        draft: Draft,
        evidence: EvidenceSet,
    ) -> Answer:
        """Return the answer of an action."""
        if action is Action.QUOTES_ONLY:
            is_unclear = findings[0].code == "denied-verdict"
            return self._state.answer_with_quotes(
                format_note(findings), outcome="unclear" if is_unclear else "quotes_only"
            )
        return self._state.answer_not_stated()

    def _stream_verified(
        self, pieces: Generator[str, None, None], evidence_filter: EvidenceFilter
    ) -> Generator[Event, None, str]:
        """Yield text deltas that cannot become a refusal, and return the whole text.

        Closing the generator stops the model. Raises UnsupportedError.
        """
        emitted = buffer = ""
        with closing(pieces), self._state.measure_time("writing"):
            for piece in pieces:
                buffer += evidence_filter.filter(piece)
                new = buffer.rstrip() if emitted else buffer.strip()
                if new and (emitted or not may_become_refusal(buffer)):
                    emitted, buffer = emitted + new, buffer[len(buffer.rstrip()) :]
                    yield TextDelta(new)
            buffer += evidence_filter.finish()
        new = buffer.rstrip() if emitted else buffer.strip()
        if new and not is_not_stated(emitted + new):
            yield TextDelta(new)
        return emitted + new
