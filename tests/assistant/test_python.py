"""Many questions at once, answers in a notebook, and what docs/python.md says of them."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser

import pytest

from assistant import Answer, Article, Assistant, InputError, Quote
from index.article import Span
from index.library import Library

from ..conftest import ROOT
from .fakes import checked

PROGRAMS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL)
QUESTIONS = ["Who opened the Old Bridge of Lund?", "", "What did the Old Bridge of Lund cost?"]


@pytest.fixture
def assistant(bridges: Library, bridge: Article) -> Assistant:
    return Assistant(bridges, [bridge], None)


def test_many_questions_are_answered_in_their_order(assistant: Assistant, bridge: Article) -> None:
    told: list[tuple[int, int]] = []
    first, failed, last = assistant.ask_many(QUESTIONS, progress=lambda *done: told.append(done))
    assert checked(first, bridge).question == QUESTIONS[0]
    assert isinstance(failed, InputError)
    assert checked(last, bridge).question == QUESTIONS[2]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_no_questions_have_no_answers(assistant: Assistant) -> None:
    assert assistant.ask_many(iter(())) == []


def test_who_watches_can_end_it(assistant: Assistant) -> None:
    asked: list[int] = []

    def stop(done: int, total: int) -> None:
        asked.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assistant.ask_many(QUESTIONS, progress=stop)
    assert asked == [1]


async def test_many_questions_can_be_awaited_and_cancelled(assistant: Assistant, bridge: Article) -> None:
    first, _, _ = await assistant.aask_many(QUESTIONS)
    checked(first, bridge)
    asked: list[int] = []
    task = asyncio.create_task(assistant.aask_many(QUESTIONS * 50, progress=lambda done, total: asked.append(done)))
    while not asked:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(asked) < 150


class Reading(HTMLParser):
    """What an HTML has: its elements, its words, and what is marked."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.words = ""
        self.marked: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data
        self.marked += [data] if self.open[-1] == "mark" else []


def test_a_notebook_shows_the_answer_with_its_quotes_marked(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTIONS[0])
    read = Reading(answer._repr_html_())
    assert read.marked == [quote.text for quote in answer.quotes]
    assert f"characters {answer.quotes[0].start}–{answer.quotes[0].end}" in read.words
    assert read.tags <= {"div", "p", "strong", "em", "blockquote", "mark", "small"}


def test_a_notebook_runs_nothing_of_what_it_shows() -> None:
    evil = '<script>alert(1)</script><img src=x onerror=alert(1)> "&amp; $x$'
    article = Article.from_text(evil, evil)
    quote = Quote.of(article, Span(0, len(evil)), 1)
    read = Reading(Answer(evil, f"{evil} [1]", (quote,), nearest=quote, notes=(evil,))._repr_html_())
    assert read.tags <= {"div", "p", "strong", "em", "blockquote", "mark", "small"}
    assert read.marked == [evil, evil]
    assert read.words.count(evil) == 7
    assert read.open == []


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_the_programs_of_the_documentation_run(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PROGRAMS[number], "docs/python.md", "exec"), {"__name__": "__main__"})
    told = [
        "3 of 3\n“The bridge cost 3 million euros.” [1]\nfailed: The question is empty",
        "['The tower', 'The bridge']\nThe tower: The tower cost 5 million euros.\nThe tower: added\nThe bridge: added\n",
        "3 million euros.",
        "Three million",
    ]
    assert told[number] in capsys.readouterr().out
