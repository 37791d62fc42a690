"""Select the evidence for a question and decide how it is answered."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from assistant.answer.answer import Answer, Event, QuotesFound
from assistant.answer.statement import join_statements
from assistant.pipeline.calculation import Ask, Calculator
from assistant.pipeline.candidate import Candidate, Choice, resolve_ids
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.registry import compute_answer
from assistant.pipeline.computation.relative_date import resolve_answer_words
from assistant.pipeline.computation.relative_expressions import asks_for_date, find_expression
from assistant.pipeline.computation.table_query import answer_from_table
from assistant.pipeline.evidence.answer_words import find_in_passages, is_prose, mark_answer_words
from assistant.pipeline.evidence.attribution import (
    find_quoted_speaker,
    find_requested_speaker,
    keep_words_of,
)
from assistant.pipeline.evidence.calibration import make_signals
from assistant.pipeline.evidence.context_sentences import add_context
from assistant.pipeline.evidence.corrections import find_contradictions, find_corrections
from assistant.pipeline.evidence.reader import Reader
from assistant.pipeline.evidence.selection import add_best, keep_likely, select_candidates
from assistant.pipeline.generation.answer_span import contains_span_stems
from assistant.pipeline.generation.calls import (
    choose_sentence_ids,
    question_message,
    verdict_messages,
)
from assistant.pipeline.generation.writer import AnswerWriter
from assistant.pipeline.prompting.context import make_context_messages
from assistant.pipeline.prompting.protocol import FOUND, NOT_FOUND
from assistant.pipeline.query.answer_type import has_reason, lacks_expected_type, needs_reason
from assistant.pipeline.query.rewrite import has_unresolved_pronoun
from assistant.pipeline.state import QuestionState
from assistant.text.tokens import content_stems
from index.errors import ModelError

__all__ = ["AnswerStrategy"]

# A sentence, not a heading, a row of a table or a question.
_COMPLETE_SENTENCE = re.compile(r"[^a-z].*[.!…。][\"'”’»)\]]*\s*", re.DOTALL)
_QUOTED = re.compile(r" “[^“”]*”(?= )")


class AnswerStrategy(QuestionState):
    """Selects the evidence for a question, then answers it."""

    # Parts that are switched off; `evaluation/ablations.py` sets them.
    without_computations: ClassVar[Collection[str]] = ()  # names of computations
    without_section_scope: ClassVar[bool] = False

    def select_evidence(self, reader: Reader, ask: Ask | None = None) -> None:
        """Select sentences and compute the confidence.

        The reader selects. A small model that reports probabilities is asked, too.

        Args:
            reader: selects the sentences.
            ask: reads the articles for a simple question of a calculation; None: nothing is
                calculated that needs one.
        """
        limits = self.thresholds
        self.choice = select_candidates(
            self._question_for_reader,
            self.candidates,
            self._max_selected,
            reader,
            limits.min_list_share_of_best if self.kind == "list" else limits.min_share_of_best,
            limits.min_share_of_expected_type,
        )
        request = ComputationInput(self.searched, self.kind, self.articles, self.choice)
        self.computed = (
            self._name_speaker()
            or compute_answer(request, self.without_computations)
            or (ask and self._calculate(ask))
        )
        if self.computed and self.computed.is_blank:
            self.choice = Choice(ranked=self.computed.evidence)  # the nearest passage
            self.computed, self.confidence = None, 1 - limits.computed_confidence
        elif self.computed:
            self.choice = replace(self.choice, selected=self.computed.evidence)
            self.confidence = limits.computed_confidence
        elif self.choice.ranked:
            probability, recheck = self._ask_model()
            self.signals = replace(
                make_signals(self.searched, self.choice, self.retrieval_similarity),
                model_probability=probability,
                model_recheck=recheck,
            )
            self.confidence = self.calibration(self.signals)
            self._drop_other_speakers()
            self._add_corrections()

    def _name_speaker(self) -> Computed | None:
        """Return the speaker of the words that the question quotes; None for other questions."""
        quoted = find_quoted_speaker(self.searched, self.articles)
        return Computed(f"“{quoted.name}”", quoted.evidence) if quoted else None

    def _calculate(self, ask: Ask) -> Computed | None:
        """Return the answer that is calculated from the answers to simple questions."""
        if not self.model or self.model.answers_in_one_call or not self.span_reader:
            return None
        calculator = Calculator(
            self.model.chat, ask, self.span_reader, self.thresholds.min_operand_probability
        )
        try:
            if self.kind == "yes-no":
                return calculator.compare(self.searched)
            if self.kind not in ("fact", "list"):
                return None
            text = " ".join(article.text for article in self.quotable_articles.values())
            best = next(iter(self.choice.ranked), None)
            return calculator.calculate(self.searched, text, best)
        except ModelError:  # it will occur again, and be reported, when the model writes
            return None

    def _drop_other_speakers(self) -> None:
        """Select no words of another person if the question asks what somebody says."""
        if requested := find_requested_speaker(self.searched):
            selected = keep_words_of(*requested, self.choice.selected, self.choice.ranked)
            self.choice = replace(self.choice, selected=selected)

    def _add_corrections(self) -> None:
        """Select the sentences that correct or contradict the selected ones, in text order."""
        selected = self.choice.selected
        corrections = find_corrections(self.searched, selected)
        if self.kind == "yes-no" and self.has_model_probability:
            corrections += tuple(
                candidate
                for candidate in find_contradictions(self.searched, selected)
                if candidate not in corrections and self._is_denied_by(candidate)
            )
        if not corrections or self.kind == "list":
            return
        self.corrections = corrections
        order = sorted({*selected, *corrections}, key=lambda item: (item.article.id, item.position))
        self.choice = replace(self.choice, selected=tuple(order))

    def _is_denied_by(self, candidate: Candidate) -> bool:
        """Return whether the model answers No from a sentence alone."""
        assert self.model
        prompt = verdict_messages(self.searched, add_context([candidate]))
        probability = self.model.likelihood(prompt, "Yes", "No")
        return probability is not None and probability <= self.thresholds.max_no_probability

    @property
    def is_answered(self) -> bool:
        """Return whether the selected evidence answers the question."""
        return self.computed is not None or (
            self.confidence >= self.thresholds.min_confidence and not self._lacks_answer
        )

    def write_answer(self) -> Iterator[Event]:
        """Yield events; the last is the answer."""
        for event in self._write_answer():
            yield self._mark_answer_words(event) if isinstance(event, Answer) else event

    def _mark_answer_words(self, answer: Answer) -> Answer:
        """Return the answer with the words marked that answer a question for a fact.

        Words that the answer in the model's words lacks are not marked beside it.
        """
        if not self.span_reader or not answer.answered or self.computed or self.kind != "fact":
            return answer
        limit = self.thresholds.min_answer_words_probability
        with self.measure_time("checking"):
            quotes = mark_answer_words(
                self._question_for_reader,
                answer.quotes,
                self.quotable_articles,
                self.span_reader,
                limit,
            )
        marked = " ".join(quote.answer_words for quote in quotes)
        own = join_statements(answer.own_statements, with_markers=False)
        if own and not contains_span_stems(own, marked):
            return answer
        return replace(answer, quotes=quotes)

    def _write_answer(self) -> Iterator[Event]:
        if self.computed:
            yield QuotesFound(self.make_quotes(self.computed.evidence))
            yield self.answer_with_computed(self.computed)
        elif self.model and self.model.answers_in_one_call:
            yield from AnswerWriter(self, self.model).write_in_one_call()
        elif not self.is_answered:
            yield from (
                self.quotes_for_review() if self.may_be_denied else [self.answer_not_stated()]
            )
        elif computed := self._resolve_time() or self._query_table():
            yield QuotesFound(self.make_quotes(computed.evidence))
            yield self.answer_with_computed(computed)
        elif self.model and not self._is_answered_by_sentence:
            yield from AnswerWriter(self, self.model).write_from_selection()
        else:
            yield QuotesFound(self.make_quotes(add_context(self.choice.selected)))
            yield self.answer_with_quotes()

    def _resolve_time(self) -> Computed | None:
        """Return the date that "last Friday" means, if these words of the selection answer."""
        if not self.span_reader or self.kind != "fact" or not asks_for_date(self.searched):
            return None
        candidates = [candidate for candidate in self.choice.selected if is_prose(candidate)]
        if not candidates:
            return None
        candidates.sort(key=lambda candidate: candidate != self.choice.best_selected)
        located = find_in_passages(
            self._question_for_reader,
            [candidate.text for candidate in candidates],
            candidates[0].article.title,
            self.span_reader,
            self.thresholds.min_answer_words_probability,
        )
        expression = find_expression(self.searched, candidates, located)
        if not expression:
            return None
        number, words = expression
        return resolve_answer_words(candidates[number], words, self.searched)

    def _query_table(self) -> Computed | None:
        """Return the answer of a query that the model writes, if the best sentence is a row."""
        if not self.model or self.kind not in ("fact", "list") or not self.choice.selected:
            return None
        try:
            return answer_from_table(self.searched, self.choice.best_selected, self.model.chat)
        except ModelError:  # it will occur again, and be reported, when the model writes
            return None

    def summarize(self, candidates: Sequence[Candidate]) -> Iterator[Event]:
        """Yield a summary: each sentence in the model's words, with its quote.

        A sentence is quoted instead if the model's words fail verification, or if the model is a
        small one, which takes seconds to repeat the sentences.
        """
        if not (self.model and self.model.answers_in_one_call):
            yield from self.quote_all(candidates, "The article has no sentences to sum up.")
            return
        self.candidates = [replace(candidate, is_context=False) for candidate in candidates]
        chosen = tuple(self.candidates)
        self.choice, self.confidence = Choice(chosen, chosen, 0.0), 1.0
        yield from AnswerWriter(self, self.model).write_gists()

    @property
    def _is_answered_by_sentence(self) -> bool:
        """Return whether one sentence of the article is as good an answer as a small model's.

        It must be short, need no context, and have words of the question as well as other words.
        Without a model's probability it is unknown whether the sentence answers.
        """
        if not (
            self.has_model_probability
            and self.confidence >= self.thresholds.high_confidence
            and self.kind == "fact"
            and self.length == "normal"
        ):
            return False
        if len(self.choice.selected) != 1:
            return False
        text, question_stems = self.choice.selected[0].text, set(content_stems(self.searched))
        stems = set(content_stems(text))
        complete = bool(_COMPLETE_SENTENCE.fullmatch(text)) and not has_unresolved_pronoun(text)
        adds = bool(stems - question_stems) and (
            not needs_reason(self.searched) or has_reason(text)
        )
        return (
            complete
            and adds
            and len(text.split()) <= self.thresholds.max_verbatim_words
            and len(stems & question_stems)
            >= self.thresholds.min_share_of_question * len(question_stems)
        )

    @property
    def _question_for_reader(self) -> str:
        """Return the question without the quotes that a rewritten follow-up contains.

        They help the search but confuse the reader.
        """
        return self.searched if self.searched == self.question else _QUOTED.sub("", self.searched)

    @property
    def _lacks_answer(self) -> bool:
        """Return whether the selection is empty or lacks the expected answer type."""
        return (
            lacks_expected_type(
                self.searched, " ".join(candidate.text for candidate in self.choice.selected)
            )
            if self.choice.selected
            else True
        )

    def _ask_model(self) -> tuple[float | None, float | None]:
        """Return a small model's probabilities that the article answers.

        The first is for all that it reads, the second for the sentences that it selected only. A
        probability that was not asked for is None.
        """
        if not self.model or self.model.answers_in_one_call:
            return None, None
        try:
            probability = self._stated_probability(self._make_messages())
            if probability is None or probability < self.thresholds.max_certain_no_probability:
                return probability, None
            selected = self._select_by_model(self.model.chat)
            self.model_selected, self.choice = (
                bool(selected),
                replace(self.choice, selected=selected or self.choice.selected),
            )
            recheck = (
                self._stated_probability(self.evidence_only_messages)
                if probability < self.thresholds.min_certain_probability
                else None
            )
            return probability, recheck
        except ModelError:  # it will occur again, and be reported, when the model writes
            return None, None

    def _stated_probability(self, messages: Sequence[BaseMessage]) -> float | None:
        assert self.model
        return self.model.likelihood([*messages, question_message(self.searched)], FOUND, NOT_FOUND)

    def _select_by_model(self, chat: BaseChatModel) -> tuple[Candidate, ...]:
        """Return the sentences that the model names, without those that the reader rules out."""
        named = self._find_named(chat)
        likely = keep_likely(named, self.choice, self.thresholds.min_share_of_best_named)
        if self.kind != "yes-no":  # whose verdict is about the named sentences
            likely = self._add_best(likely)
        return likely[: self._max_selected]

    def _add_best(self, named: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        return add_best(named, self.choice)

    def _find_named(self, chat: BaseChatModel) -> tuple[Candidate, ...]:
        """Return the sentences that the model names."""
        try:
            ids = choose_sentence_ids(self.searched, self._make_messages(), chat)
        except Exception:  # any error of a provider; it will occur again when the model writes
            return ()
        return tuple(resolve_ids(ids, self.candidates, self.whole))

    def _make_messages(self, name: str = "read") -> list[BaseMessage]:
        """Return the messages before the question."""
        return make_context_messages(self.candidates, self.whole, name)

    @property
    def _max_selected(self) -> int:
        return self.requested_quotes or (
            max(self.max_quotes, self.thresholds.max_list_sentences)
            if self.kind == "list"
            else self.max_quotes
        )
