"""Answer a yes/no question with a verdict of a small model and the quotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.answer.answer import Event, QuotesFound, Stage, TextDelta
from assistant.answer.statement import Statement, join_statements, make_quote_statements
from assistant.pipeline.candidate import Candidate
from assistant.pipeline.evidence.context_sentences import add_context
from assistant.pipeline.generation.actions import Action
from assistant.pipeline.generation.calls import verdict_messages
from assistant.pipeline.generation.checks import VERDICT_CHECKS
from assistant.pipeline.generation.draft import Draft
from assistant.pipeline.generation.draft_writer import DraftWriter
from assistant.pipeline.state import UNCLEAR
from assistant.pipeline.verification.names import find_choice_with_all_names
from assistant.text.numbers import find_amounts

__all__ = ["VerdictWriter"]


class VerdictWriter(DraftWriter):
    """Asks a small model that reports probabilities for Yes or No."""

    def write(self) -> Iterator[Event]:
        """Yield events; the last is the answer."""
        state = self._state
        is_unsure = state.confidence < self._limits.min_confidence_unverified
        if is_unsure and state.may_be_denied:
            yield from state.quotes_for_review()
            return
        if any(amount.bound for amount in find_amounts(state.searched)):
            # "More than 30?": a small model compares numbers badly, and nothing was computed.
            yield QuotesFound(state.make_quotes(add_context(state.choice.selected)))
            yield state.fall_back_to_quotes(UNCLEAR, "unclear")
            return
        state.choice = replace(state.choice, selected=self._select_with_names())
        selected = add_context(state.choice.selected)
        quotes = state.make_quotes(selected)
        yield QuotesFound(quotes)
        yield Stage("writing")
        with state.measure_time("writing"):
            probability = self._judge(selected)
            if state.corrections:
                corrected = self._judge(add_context(state.corrections))
                probability = self._judge_corrected(probability, corrected)
        verdict = self._find_verdict(probability)
        draft, evidence = Draft(verdict), self._make_evidence_set(selected)
        findings = self._check(VERDICT_CHECKS, draft, evidence)
        if not verdict or is_unsure:
            self._record(draft, findings, Action.ABSTAIN if is_unsure else Action.QUOTES_ONLY)
            yield state.fall_back_to_quotes(UNCLEAR, "unclear")
        elif findings:
            yield self._conclude(findings, draft, evidence)
        else:
            self._record(draft)
            statement = replace(Statement.of("verdict", f"{verdict}."), verified_by="checks")
            first, *following = make_quote_statements(quotes)
            statements = [statement, replace(first, begins_line=False), *following]
            yield TextDelta(join_statements(statements))
            yield state.make_answer(statements, quotes=quotes)

    def _select_with_names(self) -> tuple[Candidate, ...]:
        """Return the selection, or a better candidate that has all names of the question."""
        choice = self._state.choice
        if self._state.corrections:
            return choice.selected
        best = (
            (candidate,) for candidate in choice.ranked[: self._limits.max_candidates_to_review]
        )
        return (
            find_choice_with_all_names(self._state.searched, [choice.selected, *best])
            or choice.selected
        )

    def _judge(self, candidates: Sequence[Candidate]) -> float | None:
        """Return the probability of Yes, by sentences alone."""
        prompt = verdict_messages(self._state.searched, candidates)
        return self._model.likelihood(prompt, "Yes", "No")

    def _judge_corrected(self, together: float | None, correction: float | None) -> float | None:
        """Return the probability of Yes if a sentence is corrected; None if it is unclear.

        Yes needs the correction's support. The correction alone decides for No.
        """
        if together is None or correction is None:
            return None
        if correction <= self._limits.max_no_probability:
            return correction
        return min(together, correction)

    def _find_verdict(self, probability: float | None) -> str:
        """Return Yes or No, or an empty string if the probability is between the thresholds."""
        if probability is None:
            return ""
        if probability >= self._limits.min_yes_probability:
            return "Yes"
        return "No" if probability <= self._limits.max_no_probability else ""
