"""Ask a pipeline a question and check what always holds for its events and answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant import Answer, Event, QuotesFound, Stage, TextDelta
from assistant.pipeline.pipeline import AnswerPipeline
from tests.assistant.fakes import check_answer

QUESTION = "Who opened the Old Bridge?"
OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
ANSWER_PIECES = ("Mayor Ana", " Ruiz opened it", " in May 19", "98.")


def list_steps(events: Sequence[Event]) -> list[str]:
    """Return the order of events: stages by name, consecutive text deltas once."""
    names = [event.name if isinstance(event, Stage) else type(event).__name__ for event in events]
    return [
        name
        for before, name in zip(["", *names], names, strict=False)
        if (before, name) != ("TextDelta", "TextDelta")
    ]


def join_text(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def ask(chain: AnswerPipeline, question: Any = QUESTION) -> tuple[list[Event], Answer]:
    """Return the events and the answer, after checking what always holds."""
    events = list(chain.stream(question))
    answer = check_answer(
        events[-1],
        *[
            chain.retriever.library.get(article_id)
            for article_id in chain.retriever.article_ids or ()
        ],
    )
    assert [event for event in events if isinstance(event, Answer)] == [answer]
    quote_events = [event for event in events if isinstance(event, QuotesFound)]
    assert len(quote_events) <= 1
    names = [event.name for event in events if isinstance(event, Stage)]
    assert len(names) == len(set(names))
    assert set(answer.seconds) == {*names, "total"}
    return events, answer
