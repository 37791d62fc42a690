"""A question put to a chain, and what comes of it looked at as it must always be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant import Answer, Event, Found, Stage, Words
from assistant.chain import Chain

from .fakes import checked

QUESTION = "Who opened the Old Bridge?"
OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
FINE = ("Mayor Ana", " Ruiz opened it", " in May 19", "98.")


def steps(events: Sequence[Event]) -> list[str]:
    """The order of events: a stage by its name, words that follow each other once."""
    names = [event.name if isinstance(event, Stage) else type(event).__name__ for event in events]
    return [name for before, name in zip(["", *names], names, strict=False) if (before, name) != ("Words", "Words")]


def words_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Words))


def asked(chain: Chain, question: Any = QUESTION) -> tuple[list[Event], Answer]:
    """The events of an answer, and the answer, with all in it that must always hold."""
    events = list(chain.stream(question))
    answer = checked(events[-1], *[chain.retriever.library.get(one) for one in chain.retriever.article_ids])
    assert [event for event in events if isinstance(event, Answer)] == [answer]
    found = [event for event in events if isinstance(event, Found)]
    assert len(found) <= 1
    names = [event.name for event in events if isinstance(event, Stage)]
    assert len(names) == len(set(names))
    assert set(answer.seconds) == {*names, "total"}
    return events, answer
