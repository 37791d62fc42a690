"""A question that asks several things at once: each is answered by itself, and what the article does not say is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .answer import NOT_STATED, Answer, Event, Found, Quote, Words, quotes_as_text

__all__ = ["Parts", "UNSTATED", "joined", "parts_of", "renumbered"]

UNSTATED = f"{NOT_STATED.rstrip('.')}: “"
MOST = 4  # parts; what follows stays with the last
LEAST = 3  # words of a first part: "When and where …?" is one question

_WH = r"(?:who|whom|whose|what|when|where|why|which|how)\b"
_BETWEEN = re.compile(
    rf"\?\s+(?=(?:and\s+|or\s+)?{_WH})|[,;]?\s+(?:and|but)\s+(?=(?:also\s+)?{_WH})|;\s+(?={_WH})", re.IGNORECASE
)
_OPENING = re.compile(rf"(?:(?:please|and|but|so|well|tell|explain|say|show|me|us)\W+)*{_WH}", re.IGNORECASE)


def parts_of(question: str) -> tuple[str, ...]:
    """The questions in a question, in order; itself alone if it is one.

    It is cut before a question word that begins another clause: "Who opened it, and what did it cost?".
    """
    first, *others = _BETWEEN.split(question.strip(), maxsplit=MOST - 1)
    opening = _OPENING.match(first)
    if not others or not opening or len(first.split()) < LEAST or _goes_on(first[opening.end() :], others):
        return (question,)
    return tuple(_asked(part) for part in (first, *others) if part.strip(" ?.,"))


def _goes_on(first: str, others: Sequence[str]) -> bool:
    """Whether a clause of the first part is what goes on: "the man who built it and who died"."""
    words = first.lower().split()
    return any(other.split()[0].lower() in words for other in others if other.split())


def _asked(part: str) -> str:
    part = re.sub(r"^(?:(?:and|or|but|also)\s+)+", "", part.strip(" ,;"), flags=re.IGNORECASE)
    return part[:1].upper() + part[1:].rstrip("?. ") + "?"


class Parts:
    """Several answers on their way to be one."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self._quotes: list[Quote] = []
        self._shown = ""  # of the part under way

    def told(self, event: Event) -> Iterator[Event]:
        """What an event of a part is in the whole; an answer ends the part."""
        match event:
            case Answer():
                text = renumbered(event, self._quotes) if event.answered else ""
                if text.startswith(self._shown):  # else a check failed, and the whole answer replaces the words
                    yield from self._words(text[len(self._shown) :])
                self.answers.append(event)
                self._shown = ""
            case Found():
                count = len(self._quotes)
                yield Found((*self._quotes, *(replace(quote, number=count + quote.number) for quote in event.quotes)))
            case Words():
                yield from self._words(event.text)
            case _:
                yield event

    def _words(self, text: str) -> Iterator[Words]:
        if text:
            gap = " " if not self._shown and any(one.answered for one in self.answers) else ""
            self._shown += text
            yield Words(gap + text)


def joined(question: str, answers: Sequence[Answer]) -> Answer:
    """One answer of several: what is answered, then what the article does not say. `confidence` is the least of theirs.

    Where nothing is answered, neither is the whole.
    """
    quotes: list[Quote] = []
    texts = [renumbered(one, quotes) for one in answers if one.answered]
    texts += [f"{UNSTATED}{one.question}”" for one in answers if not one.answered]
    known = [one.confidence for one in answers if one.confidence is not None]
    seconds: Counter[str] = Counter()
    for one in answers:
        seconds.update(dict(one.seconds))
    some = any(one.answered for one in answers)
    goes_on = any(one.answered and one.text != one.words and not one.quotes_alone for one in answers)
    return replace(
        answers[0],
        question=question,
        text=" ".join(texts) + (f"\n{quotes_as_text(quotes)}" if goes_on else "") if some else NOT_STATED,
        quotes=tuple(quotes),
        answered=some,
        nearest=None if some else answers[0].nearest,
        searched=" ".join(one.searched for one in answers),
        notes=tuple(dict.fromkeys(note for one in answers for note in one.notes)),
        quoted=tuple(quoted for one in answers if one.answered for quoted in one.quoted),
        confidence=min(known, default=None),
        seconds=dict(seconds),
    )


def renumbered(answer: Answer, quotes: list[Quote]) -> str:
    """The answer's words, or where it has none its quotes, with the markers that these have among `quotes`; new ones are added there."""
    places = {(quote.article_id, quote.start, quote.end): quote.number for quote in quotes}
    numbers = {}
    for quote in answer.quotes:
        key = quote.article_id, quote.start, quote.end
        if key not in places:
            places[key] = len(quotes) + 1
            quotes.append(replace(quote, number=len(quotes) + 1))
        numbers[quote.number] = places[key]
    return "".join(_with_numbers(answer, numbers))


def _with_numbers(answer: Answer, numbers: dict[int, int]) -> Iterator[str]:
    said, end = answer.text if answer.quotes_alone else answer.words, 0
    for span, quote in answer.citations:
        if span.end > len(said):
            break
        yield said[end : span.start]
        yield f"[{numbers[quote.number]}]"
        end = span.end
    yield said[end:]
