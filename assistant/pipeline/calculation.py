"""Answer a question by a calculation that a small language model plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from langchain_core.language_models import BaseChatModel

from assistant.pipeline.candidate import Candidate, Choice
from assistant.pipeline.computation.comparison import compare_value, parse_comparison
from assistant.pipeline.computation.dates import StatedDate, find_dates
from assistant.pipeline.computation.formula import StatedValue, evaluate_plan
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.computation.plan import (
    ask_for_number,
    asks_for_quantity,
    drop_compared_number,
    is_unanswered_by_one_value,
    plan_calculation,
    states_difference,
)
from assistant.pipeline.computation.quantities import Quantity, find_quantities
from assistant.pipeline.computation.relative_date import resolve_day
from assistant.pipeline.computation.subject import remove_spans
from assistant.pipeline.computation.table_query import answer_from_table
from assistant.pipeline.computation.tables import look_up_in_row
from assistant.pipeline.evidence.answer_words import is_prose
from assistant.pipeline.evidence.span_reader import SpanReader
from index.text.spans import Span

__all__ = ["Ask", "Calculator", "Reading"]

MAX_SENTENCES_READ = 3  # for each simple question


class Reading(NamedTuple):
    """What the article says to a simple question: a computed answer, if any, and the sentences."""

    computed: Computed | None
    choice: Choice


Ask = Callable[[str], Reading]  # reads the article for a simple question


# Sentences, by article and position, and a value in them.
_Place = tuple[tuple[tuple[str, int], ...], Quantity | StatedDate]


class _Operand(NamedTuple):
    """The value that answers a simple question, and how probable that is, 0 to 1."""

    stated: StatedValue
    probability: float

    @property
    def place(self) -> _Place:
        return _locate(self.stated.evidence), self.stated.value


class Calculator:
    """Answers questions whose operands it reads from the articles.

    Args:
        model: a small local model, which writes the simple questions. Larger ones calculate
            themselves.
        ask: reads the articles for a simple question.
        span_reader: finds the words that answer it.
        min_probability: a simple question has no answer if the words are less likely to answer it:
            the probability of the sentence, by the reader, times that of the words in it.
    """

    def __init__(
        self, model: BaseChatModel, ask: Ask, span_reader: SpanReader, min_probability: float
    ) -> None:
        self._model = model
        self._ask = ask
        self._span_reader = span_reader
        self._min_probability = min_probability

    def compare(self, question: str) -> Computed | None:
        """Return the answer to a yes/no question that compares with a number, or None.

        The model turns "Is the wall more than 50 metres high?" into "How high is the wall?", the
        reader finds the number, and the program compares.

        Args:
            question: the standalone question.

        Raises:
            ModelError: the model or the span reader cannot be run.
        """
        comparison = parse_comparison(question)
        if not comparison or not comparison.quantity or comparison.is_equality:
            return None
        simple = drop_compared_number(
            ask_for_number(question, self._model), question, comparison.quantity
        )
        operand = self._read(simple, self._ask(simple))
        if not operand or not isinstance(operand.stated.value, Quantity):
            return None
        verdict = compare_value(operand.stated.value, comparison, comparison.quantity)
        if not verdict:
            return None
        text = "Yes." if verdict.is_yes else "No."
        return Computed(text, operand.stated.evidence, verdict.calculation)

    def calculate(self, question: str, text: str, best: Candidate | None) -> Computed | None:
        """Return the calculated answer; None if none is needed, or if it may be stated as it is.

        If an operand is missing, the evidence of the others is returned with a blank.

        Args:
            question: the standalone question.
            text: of the articles.
            best: the sentence that answers the whole question best; None if there is none.

        Raises:
            ModelError: the model or the span reader cannot be run.
        """
        if not asks_for_quantity(question):
            return None
        plan = plan_calculation(question, text, self._model)
        if not plan:
            return None
        operands = self._read_operands(plan.questions)
        if len(operands) == len(plan.questions):
            return evaluate_plan(plan, operands, question)
        if not is_unanswered_by_one_value(question) or (
            best and self._states_result(question, best)
        ):
            return None
        found = operands[0].evidence if operands else (best,) if best else ()
        return Computed("", found, is_blank=True) if found else None

    def _states_result(self, question: str, best: Candidate) -> bool:
        """Return whether a sentence itself says how much more, or how long after."""
        if not is_prose(best):
            return True  # its cells may have anything
        words = self._span_reader.find(question, best.text, best.article.title).span
        return words is not None and states_difference(best.text, words)

    def _read_operands(self, questions: Sequence[str]) -> list[StatedValue]:
        """Return a value for each question, no two of them the same words.

        Fewer values than questions are returned if a question has none.

        Of two questions with the same value, the surer one keeps it: in "It had £40, against £30 a
        year ago", both find the first amount.
        """
        readings = [self._ask(question) for question in questions]
        operands = [
            operand
            for question, reading in zip(questions, readings, strict=True)
            if (operand := self._read(question, reading))
        ]
        if len(operands) < len(questions):
            return [operand.stated for operand in operands]
        taken: dict[int, _Operand] = {}
        for index in sorted(range(len(operands)), key=lambda index: -operands[index].probability):
            chosen: _Operand | None = operands[index]
            places = [other.place for other in taken.values()]
            if chosen and chosen.place in places:
                chosen = self._read(questions[index], readings[index], places)
            if not chosen or chosen.place in places:
                return [operand.stated for operand in taken.values()]
            taken[index] = chosen
        return [taken[index].stated for index in range(len(questions))]

    def _read(
        self, question: str, reading: Reading, excluded: Sequence[_Place] = ()
    ) -> _Operand | None:
        """Return the quantity or date that answers, from one of the reader's best sentences.

        Args:
            question: the simple question.
            reading: what the article says to it.
            excluded: values that answer another question; their words are not read.
        """
        is_time = question.startswith("When")
        if reading.computed:
            value = _find_value(reading.computed.text, None, is_time)
            return _Operand(StatedValue(value, reading.computed.evidence), 1.0) if value else None
        choice = reading.choice
        if choice.ranked and (operand := self._query_table(question, choice.ranked[0])):
            return operand
        chances = list(zip(choice.ranked, choice.probabilities, strict=False))
        operands = [
            self._read_candidate(question, candidate, chance, is_time, excluded)
            for candidate, chance in chances[:MAX_SENTENCES_READ]
        ]
        return max(
            (
                operand
                for operand in operands
                if operand and operand.probability >= self._min_probability
            ),
            key=lambda operand: operand.probability,
            default=None,
        )

    def _query_table(self, question: str, best: Candidate) -> _Operand | None:
        """Return the value of a table's cells, if the best sentence is a row of the table."""
        computed = None if is_prose(best) else answer_from_table(question, best, self._model)
        value = _find_value(computed.text, None, question.startswith("When")) if computed else None
        return _Operand(StatedValue(value, computed.evidence), 1.0) if computed and value else None

    def _read_candidate(
        self,
        question: str,
        candidate: Candidate,
        chance: float,
        is_time: bool,
        excluded: Sequence[_Place],
    ) -> _Operand | None:
        if not is_prose(candidate):
            cell = look_up_in_row(candidate, question)
            value = _find_value(cell, None, is_time) if cell else None
            return _Operand(StatedValue(value, (candidate,)), chance) if value else None
        taken = [value for place, value in excluded if place == _locate([candidate])]
        text = remove_spans(candidate.text, [(value.start, value.end) for value in taken])
        words = self._span_reader.find(question, text, candidate.article.title)
        value = _find_value(text, words.span, is_time) if words.span else None
        if not value and words.span and is_time and (day := resolve_day(candidate, words.span)):
            return _Operand(StatedValue(*day), chance * words.probability)
        if not value:
            return None
        return _Operand(StatedValue(value, (candidate,)), chance * words.probability)


def _locate(candidates: Sequence[Candidate]) -> tuple[tuple[str, int], ...]:
    return tuple((candidate.article.id, candidate.position) for candidate in candidates)


def _find_value(text: str, words: Span | None, is_time: bool) -> Quantity | StatedDate | None:
    """Return the first date or quantity of a text that overlaps with words of it."""
    values = find_dates(text) if is_time else find_quantities(text)
    return next(
        (
            value
            for value in values
            if words is None or (value.start < words.end and words.start < value.end)
        ),
        None,
    )
