"""Merge the answers to the sub-questions of a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from assistant.answer.answer import Answer, Event, QuotesFound, TextDelta
from assistant.answer.quote import NOT_STATED, Quote, render_quotes_text
from assistant.answer.trace import QuestionTrace, Trace

__all__ = ["AnswerMerger", "UNSTATED_PREFIX", "merge_answers", "renumber_citations"]

UNSTATED_PREFIX = f"{NOT_STATED.rstrip('.')}: “"


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
                text = renumber_citations(event, self._quotes) if event.answered else ""
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
    """Merge several answers into one: the answered texts first, then what the article does not say.

    The merged answer is answered if any of the answers is. Its confidence is the lowest of theirs.
    """
    quotes: list[Quote] = []
    stated = [answer for answer in answers if answer.answered]
    texts = [renumber_citations(answer, quotes) for answer in stated]
    texts += [f"{UNSTATED_PREFIX}{answer.question}”" for answer in answers if not answer.answered]
    confidences = [answer.confidence for answer in answers if answer.confidence is not None]
    seconds: Counter[str] = Counter()
    for answer in answers:
        seconds.update(dict(answer.seconds))
    has_quotes_at_end = any(
        answer.text != answer.words and not answer.quotes_alone for answer in stated
    )
    ending = f"\n{render_quotes_text(quotes)}" if has_quotes_at_end else ""
    return replace(
        answers[0],
        question=question,
        # Two sub-questions may be answered by the same quote.
        text=" ".join(dict.fromkeys(texts)) + ending if stated else NOT_STATED,
        quotes=tuple(quotes),
        answered=bool(stated),
        nearest=None if stated else answers[0].nearest,
        searched=" ".join(answer.searched for answer in answers),
        notes=tuple(dict.fromkeys(note for answer in answers for note in answer.notes)),
        quoted=tuple(phrase for answer in stated for phrase in answer.quoted),
        confidence=min(confidences, default=None),
        seconds=dict(seconds),
        trace=_merge_traces(question, answers, dict(seconds)),
    )


def _merge_traces(question: str, answers: Sequence[Answer], seconds: Mapping[str, float]) -> Trace:
    """Return the trace of a compound question: those of its sub-questions."""
    confidences = [answer.confidence for answer in answers if answer.confidence is not None]
    return Trace(
        QuestionTrace(question, " ".join(answer.searched for answer in answers), "compound"),
        confidence=min(confidences, default=None),
        seconds=seconds,
        parts=tuple(answer.trace for answer in answers if answer.trace),
    )


def renumber_citations(answer: Answer, quotes: list[Quote]) -> str:
    """Return the text of an answer with its markers renumbered to match a list of quotes.

    The result is the answer's words, or its quotes if it has no words.

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
    return "".join(_renumber(answer, numbers))


def _renumber(answer: Answer, numbers: dict[int, int]) -> Iterator[str]:
    text, end = answer.text if answer.quotes_alone else answer.words, 0
    for span, quote in answer.citations:
        if span.end > len(text):
            break
        yield text[end : span.start]
        yield f"[{numbers[quote.number]}]"
        end = span.end
    yield text[end:]
