"""Merge the answers to the sub-questions of a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from assistant.answer.answer import Answer, Event, QuotesFound, TextDelta
from assistant.answer.quote import NOT_STATED, Quote
from assistant.answer.statement import (
    Outcome,
    Statement,
    join_statements,
    make_quote_statements,
    make_unanswered_part,
    renumber_statements,
)
from assistant.answer.trace import QuestionTrace, Trace

__all__ = ["AnswerMerger", "merge_answers", "renumber_answer"]


class AnswerMerger:
    """Merges the event streams of several sub-questions into one."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self._quotes: list[Quote] = []
        self._emitted = ""  # text of the current sub-question
        self._texts: set[str] = set()  # of the earlier sub-questions

    def merge_event(self, event: Event) -> Iterator[Event]:
        """Yield the events of the merged stream for an event of a sub-question.

        An `Answer` ends the sub-question. It is collected in `answers` and not yielded.
        """
        match event:
            case Answer():
                statements = renumber_answer(event, self._quotes) if event.answered else ()
                text = join_statements(statements)
                is_repeated = not self._emitted and text in self._texts
                # Otherwise a check replaced the emitted text.
                if text.startswith(self._emitted) and not is_repeated:
                    yield from self._emit(text[len(self._emitted) :])
                self._texts.add(text)
                self.answers.append(event)
                self._emitted = ""
            case QuotesFound():
                count = len(self._quotes)
                yield QuotesFound(
                    (
                        *self._quotes,
                        *(replace(quote, number=count + quote.number) for quote in event.quotes),
                    )
                )
            case TextDelta():
                yield from self._emit(event.text)
            case _:
                yield event

    def _emit(self, text: str) -> Iterator[TextDelta]:
        if text:
            follows = not self._emitted and any(answer.answered for answer in self.answers)
            gap = " " if follows else ""
            self._emitted += text
            yield TextDelta(gap + text)


def merge_answers(question: str, answers: Sequence[Answer]) -> Answer:
    """Merge several answers into one: what is answered first, then what the article does not say.

    The merged answer is answered if any of the answers is. Its confidence is the lowest of theirs.
    """
    quotes: list[Quote] = []
    stated = [answer for answer in answers if answer.answered]
    parts = [renumber_answer(answer, quotes) for answer in stated]
    parts += [(make_unanswered_part(answer.question),) for answer in answers if not answer.answered]
    confidences = [answer.confidence for answer in answers if answer.confidence is not None]
    seconds: Counter[str] = Counter()
    for answer in answers:
        seconds.update(dict(answer.seconds))
    has_quotes_at_end = any(
        answer.statements != answer.own_statements and not answer.quotes_alone for answer in stated
    )
    return replace(
        answers[0],
        question=question,
        statements=(
            *(statement for part in _drop_repeated(parts) for statement in part),
            *(make_quote_statements(quotes) if has_quotes_at_end else ()),
        )
        if stated
        else (Statement.of("unanswered", NOT_STATED),),
        quotes=tuple(quotes),
        outcome=_merge_outcomes(answers),
        nearest=None if stated else answers[0].nearest,
        searched=" ".join(answer.searched for answer in answers),
        notes=tuple(dict.fromkeys(note for answer in answers for note in answer.notes)),
        quoted=tuple(phrase for answer in stated for phrase in answer.quoted),
        confidence=min(confidences, default=None),
        seconds=dict(seconds),
        trace=_merge_traces(question, answers, dict(seconds)),
    )


def _drop_repeated(parts: Iterable[tuple[Statement, ...]]) -> Iterable[tuple[Statement, ...]]:
    """Return the parts without repetitions: two sub-questions may be answered by one quote."""
    return {tuple(statement.pieces for statement in part): part for part in parts}.values()


def _merge_outcomes(answers: Sequence[Answer]) -> Outcome:
    outcomes = {answer.outcome for answer in answers}
    if not any(answer.answered for answer in answers):
        return answers[0].outcome
    if not all(answer.answered for answer in answers):
        return "partly"
    return outcomes.pop() if len(outcomes) == 1 else "answered"


def _merge_traces(question: str, answers: Sequence[Answer], seconds: Mapping[str, float]) -> Trace:
    """Return the trace of a compound question: those of its sub-questions."""
    confidences = [answer.confidence for answer in answers if answer.confidence is not None]
    return Trace(
        QuestionTrace(question, " ".join(answer.searched for answer in answers), "compound"),
        confidence=min(confidences, default=None),
        seconds=seconds,
        parts=tuple(answer.trace for answer in answers if answer.trace),
    )


def renumber_answer(answer: Answer, quotes: list[Quote]) -> tuple[Statement, ...]:
    """Return the statements of an answer with its citations renumbered to match a list of quotes.

    The result is the answer's own statements, or its quotes if it has none. The first one
    continues the line.

    Args:
        quotes: extended in place with the quotes of the answer that it lacks.
    """
    numbers_by_span = {(quote.article_id, quote.start, quote.end): quote.number for quote in quotes}
    numbers = {}
    for quote in answer.quotes:
        key = quote.article_id, quote.start, quote.end
        if key not in numbers_by_span:
            numbers_by_span[key] = len(quotes) + 1
            quotes.append(replace(quote, number=len(quotes) + 1))
        numbers[quote.number] = numbers_by_span[key]
    statements = list(renumber_statements(answer.shown_statements, numbers))
    return tuple(
        replace(statement, begins_line=statement.begins_line and position > 0)
        for position, statement in enumerate(statements)
    )
