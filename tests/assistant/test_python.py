"""Test batches of questions, notebook output and the examples of docs/python.md."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser

import pytest

from assistant import Answer, Article, Assistant, InputError, Quote
from index.storage.library import Library
from index.text.spans import Span
from tests.assistant.fakes import check_answer
from tests.conftest import ROOT

PROGRAMS = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL
)
QUESTIONS = ["Who opened the Old Bridge of Lund?", "", "What did the Old Bridge of Lund cost?"]


@pytest.fixture
def assistant(bridges: Library, bridge: Article) -> Assistant:
    return Assistant(bridges, [bridge], None)


def test_ask_many_answers_in_order(assistant: Assistant, bridge: Article) -> None:
    expected: list[tuple[int, int]] = []
    first, failed, last = assistant.ask_many(
        QUESTIONS, progress=lambda *done: expected.append(done)
    )
    assert check_answer(first, bridge).question == QUESTIONS[0]
    assert isinstance(failed, InputError)
    assert check_answer(last, bridge).question == QUESTIONS[2]
    assert expected == [(1, 3), (2, 3), (3, 3)]


def test_ask_many_of_no_questions_is_empty(assistant: Assistant) -> None:
    assert assistant.ask_many(iter(())) == []


def test_progress_exception_ends_ask_many(assistant: Assistant) -> None:
    progress: list[int] = []

    def stop(done: int, total: int) -> None:
        progress.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assistant.ask_many(QUESTIONS, progress=stop)
    assert progress == [1]


async def test_aask_many_can_be_cancelled(assistant: Assistant, bridge: Article) -> None:
    first, _, _ = await assistant.aask_many(QUESTIONS)
    check_answer(first, bridge)
    progress: list[int] = []
    task = asyncio.create_task(
        assistant.aask_many(QUESTIONS * 50, progress=lambda done, total: progress.append(done))
    )
    while not progress:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(progress) < 150


class Reading(HTMLParser):
    """Collects the elements, the text and the marked texts of HTML."""

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


def test_notebook_html_marks_quotes(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTIONS[0])
    read = Reading(answer._repr_html_())
    assert read.marked == [quote.text for quote in answer.quotes]
    assert f"characters {answer.quotes[0].start}–{answer.quotes[0].end}" in read.words
    assert read.tags <= {"div", "p", "strong", "em", "blockquote", "mark", "small"}


def test_notebook_html_escapes_hostile_text() -> None:
    evil = '<script>alert(1)</script><img src=x onerror=alert(1)> "&amp; $x$'
    article = Article.from_text(evil, evil)
    quote = Quote.of(article, Span(0, len(evil)), 1)
    read = Reading(
        Answer.from_text(evil, f"{evil} [1]", (quote,), nearest=quote, notes=(evil,))._repr_html_()
    )
    assert read.tags <= {"div", "p", "strong", "em", "blockquote", "mark", "small"}
    assert read.marked == [evil, evil]
    assert read.words.count(evil) == 7
    assert read.open == []


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_docs_programs_run(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PROGRAMS[number], "docs/python.md", "exec"), {"__name__": "__main__"})
    expected = [
        "3 of 3\n“The bridge cost 3 million euros.” [1]\nfailed: The question is empty",
        "['The tower', 'The bridge']\nThe tower: The tower cost 5 million euros.\n"
        "The tower: added\nThe bridge: added\n",
        "3 million euros.",
        "Three million",
    ]
    assert expected[number] in capsys.readouterr().out
