"""An answer on its way, as the page shows it after each event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event as Flag
from typing import NamedTuple

from index.article import Article
from index.errors import AssistantError

from ..answer import Answer, Found, Quote, Stage, Words
from ..followup import History
from .desk import Desk
from .preferences import Preferences
from .render import answer_html, notice_html
from .stopping import until

__all__ = ["STAGES", "Step", "answering"]

STAGES = {
    "rephrasing": "Understanding the follow-up …",
    "searching": "Searching the article …",
    "reading": "Reading what was found …",
    "writing": "Writing …",
    "checking": "Checking the words against the quotes …",
}


class Step(NamedTuple):
    """The reply as it is shown now."""

    html: str
    last: bool = False
    answer: Answer | None = None  # with the last step, unless that tells why there is none


def answering(
    desk: Desk,
    asked: str,
    history: History,
    flag: Flag,
    articles: Sequence[Article] = (),
    wanted: Preferences = Preferences(),
) -> Iterator[Step]:
    """The reply after each event; where the flag is set, what is there of it as a part."""
    quotes: tuple[Quote, ...] = ()
    text, stage = "", "searching"
    yield Step(notice_html(STAGES[stage], "working"))
    try:
        for event in until(flag, desk.ask(asked, history, articles, **wanted.asked)):
            if isinstance(event, Answer):
                yield Step(answer_html(event), True, event)
                return
            quotes = event.quotes if isinstance(event, Found) else quotes
            text += event.text if isinstance(event, Words) else ""
            stage = event.name if isinstance(event, Stage) else stage
            begun = answer_html(Answer(asked, text, quotes, searched=asked)) if text or quotes else ""
            yield Step(begun + notice_html(STAGES[stage], "working"))
        part = Answer(asked, text, quotes, partial=True, searched=asked)
        yield Step(answer_html(part), True, part)
    except AssistantError as error:
        yield Step(notice_html(str(error), "error"), True)
