"""Write answers with a language model, and answer with quotes if the model fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.answer.answer import Answer, Event
from assistant.answer.quotations import quoted_phrases
from assistant.answer.quote import QuotedPhrase
from assistant.answer.trace import DraftTrace, FindingTrace
from assistant.models import Model
from assistant.pipeline.generation.actions import Action, format_note
from assistant.pipeline.generation.draft import Finding
from assistant.pipeline.generation.draft_writer import DraftWriter
from assistant.pipeline.generation.gist_writer import GistWriter
from assistant.pipeline.generation.one_call_writer import OneCallWriter
from assistant.pipeline.generation.sentence_writer import SentenceWriter
from assistant.pipeline.generation.streaming import UnsupportedError
from assistant.pipeline.generation.verdict_writer import VerdictWriter
from assistant.pipeline.state import QuestionState
from index.errors import ModelError

__all__ = ["AnswerWriter"]


class AnswerWriter:
    """Writes an answer with a model.

    Each public method yields events. The last one is the answer: the model's words, the quotes
    only, or "not stated".

    Args:
        state: the question and the results of the stages before.
        model: writes the answer.
    """

    def __init__(self, state: QuestionState, model: Model) -> None:
        self._state = state
        self._model = model

    def write_gists(self) -> Iterator[Event]:
        """Paraphrase each selected sentence, or quote it if its paraphrase fails verification."""
        return self._handle_errors(GistWriter(self._state, self._model))

    def write_from_selection(self) -> Iterator[Event]:
        """Let a small model write one sentence from the selected candidates.

        A yes/no question is answered with Yes or No instead if the model reports probabilities.
        """
        if self._state.kind == "yes-no" and self._state.has_model_probability:
            return self._handle_errors(VerdictWriter(self._state, self._model))
        return self._handle_errors(SentenceWriter(self._state, self._model))

    def write_in_one_call(self) -> Iterator[Event]:
        """Let a model read, write and cite in one call."""
        return self._handle_errors(OneCallWriter(self._state, self._model))

    def _handle_errors(self, writer: DraftWriter) -> Iterator[Event]:
        """Yield events. On an error, the answer has quotes only or is "not stated"."""
        state = self._state
        try:
            for event in writer.write():
                yield event if not isinstance(event, Answer) else self._look_up_quotations(event)
        except UnsupportedError as error:
            finding = Finding("unsupported-term", (error.word,))
            is_unsure = state.confidence < state.thresholds.min_confidence_unverified
            action = Action.ABSTAIN if is_unsure else Action.QUOTES_ONLY
            state.drafts.append(
                DraftTrace(
                    "", findings=(FindingTrace(finding.code, finding.words),), action=action.value
                )
            )
            yield state.fall_back_to_quotes(format_note([finding]))
        except ModelError as error:
            is_likely = state.choice.selected and (
                state.confidence >= state.thresholds.min_confidence
            )
            yield (
                state.answer_with_quotes(str(error), outcome="quotes_only")
                if is_likely
                else state.answer_not_stated(str(error))
            )

    def _look_up_quotations(self, answer: Answer) -> Answer:
        """Look up the answer's phrases in quotation marks, and add a note for each missing one."""
        quoted = tuple(
            self._state.look_up_quotation(phrase)
            for statement in answer.own_statements
            for phrase in quoted_phrases(statement.marked_text)
        )
        notes = tuple(filter(None, map(_note_missing_phrase, quoted)))
        return replace(answer, quoted=quoted, notes=answer.notes + notes)


def _note_missing_phrase(quoted: QuotedPhrase) -> str:
    """Return the note for a phrase that the articles lack, or an empty string."""
    if quoted.status == "elsewhere":
        return f"“{quoted.words}” is not in the article that was asked, but in “{quoted.title}”."
    return f"“{quoted.words}” is not found in the article." if quoted.status == "not found" else ""
