"""What the page says while it opens, and that it answers as soon as it can."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage
from pydantic import Field

from assistant import Answer, Article, ArticleError, AssistantError, ModelError
from assistant.models import Model
from assistant.page.desk import Desk
from assistant.settings import Settings
from index.embedding import MiniLM
from index.library import Library

from .fakes import Scripted, Unloadable, checked, small

QUESTION = "Who opened the Old Bridge of Lund?"


@pytest.fixture
def library(tmp_path: Path, minilm: MiniLM) -> Iterator[Library]:
    library = Library(tmp_path, minilm)
    yield library
    library.close()


def started(article: Article, library: Library, model: Model | None = None) -> Desk:
    desk = Desk(article, library, model, Settings())
    desk.start()
    return desk


def wait(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def asked(desk: Desk, article: Article) -> Answer:
    *_, answer = desk.ask(QUESTION, [])
    return checked(answer, article)


def test_before_it_starts_it_is_opening(bridge: Article, library: Library) -> None:
    desk = Desk(bridge, library, None, Settings())
    assert (desk.state, desk.status, desk.settled, desk.starters) == ("opening", "Opening the article …", False, [])


def test_a_question_that_is_asked_at_once_is_answered_when_the_article_is_open(bridge: Article, library: Library) -> None:
    assert asked(started(bridge, library), bridge).quotes[0].text.startswith("The Old Bridge of Lund was opened")


def test_without_a_model_it_says_that_answers_are_quotes(bridge: Article, library: Library) -> None:
    desk = started(bridge, library)
    wait(lambda: desk.settled)
    assert (desk.state, desk.status) == ("ready", "Answers are quotes alone.")


def test_with_a_model_it_says_which(bridge: Article, library: Library) -> None:
    desk = started(bridge, library, small("Mayor Ana Ruiz opened it."))
    wait(lambda: desk.settled)
    assert (desk.state, desk.status) == ("ready", "Model: fake:small.")
    assert asked(desk, bridge).model == "fake:small"


def test_a_model_that_cannot_be_loaded_leaves_the_quotes_and_says_why(bridge: Article, library: Library) -> None:
    chat = Unloadable(pieces=("No.",), problem=ModelError("The fake model is missing."))
    desk = started(bridge, library, Model("fake", chat, capable=False))
    wait(lambda: desk.settled)
    assert (desk.state, desk.status) == ("ready", "Answers are quotes alone. The fake model is missing.")
    assert desk.writer == "none"
    assert asked(desk, bridge).quotes_alone


def test_a_model_that_breaks_while_it_loads_leaves_the_quotes(bridge: Article, library: Library) -> None:
    chat = Unloadable(pieces=("No.",), problem=RuntimeError("out of memory"))
    desk = started(bridge, library, Model("fake", chat, capable=False))
    wait(lambda: desk.settled)
    assert asked(desk, bridge).quotes_alone
    assert "The article could not be opened" not in desk.status


def test_an_article_that_cannot_be_kept_is_told(bridge: Article, library: Library) -> None:
    library.store.close()
    desk = started(bridge, library)
    wait(lambda: desk.settled)
    assert desk.state == "failed"
    assert "could not be opened" in desk.status
    with pytest.raises(AssistantError, match="could not be opened"):
        list(desk.ask(QUESTION, []))


def test_a_glance_answers_by_quotes_alone_whatever_the_model_and_only_once_the_article_is_open(
    bridge: Article, library: Library
) -> None:
    desk = Desk(bridge, library, small("Mayor Ana Ruiz opened it."), Settings())
    assert desk.glance(QUESTION) is None
    desk.start()
    wait(lambda: desk.settled)
    assert checked(desk.glance(QUESTION), bridge).quotes_alone
    assert desk.glance("???") is None


def test_the_starters_are_questions_that_are_answered(bundled: Article, library: Library) -> None:
    desk = started(bundled, library)
    wait(lambda: desk.settled)
    assert len(desk.starters) <= 3
    for question in desk.starters:
        *_, answer = desk.ask(question, [])
        assert checked(answer, bundled).answered


class Reading(Scripted):
    """Notes each text that it is to read ahead."""

    ahead: list[str] = Field(default_factory=list)

    def load(self, progress: object) -> None:
        pass

    def warm(self, messages: Sequence[BaseMessage]) -> None:
        self.ahead.append("\n".join(message.text for message in messages))


def test_an_article_that_was_not_served_is_read_ahead_once(bridge: Article, volcano: Article, library: Library) -> None:
    chat = Reading(pieces=("It erupted on 4 July 2024.",))
    desk = started(bridge, library, Model("fake", chat, capable=False))
    library.add(volcano)
    wait(lambda: desk.settled)
    assert [bridge.slice(bridge.sentences[0]) in one for one in chat.ahead] == [True]
    for _ in range(2):
        *_, answer = desk.ask("When did Etna erupt?", [], [volcano])
        assert checked(answer, volcano).model == "fake"
    assert [volcano.slice(volcano.sentences[0]) in one for one in chat.ahead] == [False, True]


def test_several_are_asked_together_and_each_quote_names_its_own(bridge: Article, volcano: Article, library: Library) -> None:
    desk = started(bridge, library)
    library.add(volcano)
    titles = {}
    for question, article in ((QUESTION, bridge), ("When did Mount Etna erupt again?", volcano)):
        *_, answer = desk.ask(question, [], [bridge.id, volcano.id])
        titles[article.title] = checked(answer, bridge, volcano).quotes[0].title
    assert titles == {"The Old Bridge": "The Old Bridge", "Etna erupts": "Etna erupts"}


def test_an_article_that_was_removed_is_told_until_it_is_back(bridge: Article, volcano: Article, library: Library) -> None:
    desk = started(bridge, library)
    library.add(volcano)
    library.remove(volcano.id)
    for article in (volcano, volcano.id):
        with pytest.raises(ArticleError, match="no longer in the library"):
            list(desk.ask("Above what does Mount Etna rise?", [], [article]))
    library.restore(volcano.id)
    *_, answer = desk.ask("Above what does Mount Etna rise?", [], [volcano.id])
    assert checked(answer, volcano).answered


def test_quotes_bear_a_new_title_at_once(bridge: Article, library: Library) -> None:
    desk = started(bridge, library)
    assert asked(desk, bridge).quotes[0].title == "The Old Bridge"
    library.rename(bridge.id, "The bridge of Lund")
    assert asked(desk, bridge).quotes[0].title == "The bridge of Lund"


def test_what_is_opened_has_questions_that_it_answers(bridge: Article, bundled: Article, library: Library) -> None:
    desk = started(bridge, library)
    library.add(bundled)
    assert desk.starters_of([bundled.id]) == []
    desk.open([bundled.id])
    wait(lambda: desk.starters_of([bundled.id]) is not None)
    questions = desk.starters_of([bundled.id])
    assert questions
    for question in questions:
        *_, answer = desk.ask(question, [], [bundled.id])
        assert checked(answer, bundled).answered
    desk.open(["0" * 16])  # removed meanwhile
    wait(lambda: desk.starters_of(["0" * 16]) == [])
