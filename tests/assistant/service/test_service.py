"""Test the loading states of the service and the articles that it answers from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage
from pydantic import Field

from assistant import Answer, Article, ArticleError, AssistantError, ModelError
from assistant.models import Model
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from tests.assistant.fakes import ScriptedModel, UnloadableModel, check_answer, make_small_model
from tests.index.hashing import Hashing, numbered

QUESTION = "Who opened the Old Bridge of Lund?"


@pytest.fixture
def library(tmp_path: Path, minilm: MiniLM) -> Iterator[Library]:
    library = Library(tmp_path, minilm)
    yield library
    library.close()


def start_service(
    article: Article, library: Library, model: Model | None = None
) -> AssistantService:
    service = AssistantService(article, library, model, Settings())
    service.start()
    return service


def wait(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def ask_question(service: AssistantService, article: Article) -> Answer:
    *_, answer = service.ask(QUESTION, [])
    return check_answer(answer, article)


def test_new_service_has_state_opening(bridge: Article, library: Library) -> None:
    service = AssistantService(bridge, library, None, Settings())
    assert (service.state, service.status, service.is_settled, service.starters) == (
        "opening",
        "Opening the article …",
        False,
        None,
    )


def test_ask_before_article_is_open_waits_for_it(bridge: Article, library: Library) -> None:
    assert (
        ask_question(start_service(bridge, library), bridge)
        .quotes[0]
        .text.startswith("The Old Bridge of Lund was opened")
    )


def test_status_without_model_names_quotes_only(bridge: Article, library: Library) -> None:
    service = start_service(bridge, library)
    wait(lambda: service.is_settled)
    assert (service.state, service.status) == ("ready", "Answers are quotes alone.")


def test_status_with_model_names_the_model(bridge: Article, library: Library) -> None:
    service = start_service(bridge, library, make_small_model("Mayor Ana Ruiz opened it."))
    wait(lambda: service.is_settled)
    assert (service.state, service.status) == ("ready", "Model: fake:small.")
    assert ask_question(service, bridge).model == "fake:small"


def test_unloadable_model_leaves_quotes_and_status(bridge: Article, library: Library) -> None:
    chat = UnloadableModel(pieces=("No.",), problem=ModelError("The fake model is missing."))
    service = start_service(bridge, library, Model("fake", chat, answers_in_one_call=False))
    wait(lambda: service.is_settled)
    assert (service.state, service.status) == (
        "ready",
        "Answers are quotes alone. The fake model is missing.",
    )
    assert service.writer == "none"
    assert ask_question(service, bridge).quotes_alone


def test_model_crash_during_load_leaves_quotes(bridge: Article, library: Library) -> None:
    chat = UnloadableModel(pieces=("No.",), problem=RuntimeError("out of memory"))
    service = start_service(bridge, library, Model("fake", chat, answers_in_one_call=False))
    wait(lambda: service.is_settled)
    assert ask_question(service, bridge).quotes_alone
    assert "The article could not be opened" not in service.status


def test_library_failure_sets_state_failed(bridge: Article, library: Library) -> None:
    library.store.close()
    service = start_service(bridge, library)
    wait(lambda: service.is_settled)
    assert service.state == "failed"
    assert "cannot be read" in service.status
    with pytest.raises(AssistantError, match="cannot be read"):
        list(service.ask(QUESTION, []))


def test_answer_with_quotes_uses_no_model(bridge: Article, library: Library) -> None:
    service = AssistantService(
        bridge, library, make_small_model("Mayor Ana Ruiz opened it."), Settings()
    )
    assert service.answer_with_quotes(QUESTION) is None
    service.start()
    wait(lambda: service.is_settled)
    assert check_answer(service.answer_with_quotes(QUESTION), bridge).quotes_alone
    assert service.answer_with_quotes("???") is None


def make_local_model(*pieces: str) -> Model:
    return replace(make_small_model(*pieces), is_local=True)


def test_bundled_model_writes_starters_once(bridge: Article, library: Library) -> None:
    service = start_service(bridge, library, make_local_model(QUESTION))
    assert service.get_starters([bridge.id]) is None
    wait(lambda: service.starters is not None)
    assert service.starters == library.store.written_questions(bridge.id) == [QUESTION]
    again = make_local_model("Never asked?")
    service = start_service(bridge, library, again)
    wait(lambda: service.starters is not None)
    assert service.starters == [QUESTION]


def test_hosted_model_writes_no_starters(bridge: Article, library: Library) -> None:
    service = start_service(bridge, library, make_small_model(QUESTION))
    wait(lambda: service.starters is not None)
    assert service.starters == []
    assert library.store.written_questions(bridge.id) is None


class Reading(ScriptedModel):
    """A model that records each text that it processes ahead."""

    ahead: list[str] = Field(default_factory=list)

    def load(self, progress: object) -> None:
        pass

    def warm(self, messages: Sequence[BaseMessage]) -> None:
        self.ahead.append("\n".join(message.text for message in messages))


def test_other_article_is_processed_ahead_once(
    bridge: Article, volcano: Article, library: Library
) -> None:
    chat = Reading(pieces=("It erupted on 4 July 2024.",))
    service = start_service(bridge, library, Model("fake", chat, answers_in_one_call=False))
    library.add(volcano)
    wait(lambda: service.is_settled)
    assert [bridge.slice(bridge.sentences[0]) in text for text in chat.ahead] == [True]
    for _ in range(2):
        *_, answer = service.ask("When did Etna erupt?", [], [volcano])
        assert check_answer(answer, volcano).model == "fake"
    assert [volcano.slice(volcano.sentences[0]) in text for text in chat.ahead] == [False, True]


def test_ask_several_articles_quotes_name_their_article(
    bridge: Article, volcano: Article, library: Library
) -> None:
    service = start_service(bridge, library)
    library.add(volcano)
    titles = {}
    for question, article in ((QUESTION, bridge), ("When did Mount Etna erupt again?", volcano)):
        *_, answer = service.ask(question, [], [bridge.id, volcano.id])
        titles[article.title] = check_answer(answer, bridge, volcano).quotes[0].title
    assert titles == {"The Old Bridge": "The Old Bridge", "Etna erupts": "Etna erupts"}


def test_ask_removed_article_raises_error_until_restored(
    bridge: Article, volcano: Article, library: Library
) -> None:
    service = start_service(bridge, library)
    library.add(volcano)
    library.remove(volcano.id)
    for article in (volcano, volcano.id):
        with pytest.raises(ArticleError, match="no longer in the library"):
            list(service.ask("Above what does Mount Etna rise?", [], [article]))
    library.restore(volcano.id)
    *_, answer = service.ask("Above what does Mount Etna rise?", [], [volcano.id])
    assert check_answer(answer, volcano).answered


def test_quotes_have_new_title_after_rename(bridge: Article, library: Library) -> None:
    service = start_service(bridge, library)
    assert ask_question(service, bridge).quotes[0].title == "The Old Bridge"
    library.rename(bridge.id, "The bridge of Lund")
    assert ask_question(service, bridge).quotes[0].title == "The bridge of Lund"


def test_prepare_articles_finds_written_starters(
    bridge: Article, volcano: Article, library: Library
) -> None:
    question = "Which airport closed for one day?"
    service = start_service(bridge, library, make_local_model(question))
    library.add(volcano)
    wait(lambda: service.starters is not None)
    assert service.get_starters([volcano.id]) == []
    service.prepare_articles([volcano.id])
    wait(lambda: service.get_starters([volcano.id]) is not None)
    assert service.get_starters([volcano.id]) == [question]
    service.prepare_articles(["0" * 16])  # an article that is not in the library
    wait(lambda: service.get_starters(["0" * 16]) == [])


def test_recipients_are_models_outside_this_program(bridge: Article, library: Library) -> None:
    hosted = make_small_model("Mayor Ana Ruiz opened it.")
    local = replace(hosted, is_local=True)
    assert AssistantService(bridge, library, None, Settings()).recipients == ()
    assert AssistantService(bridge, library, local, Settings()).recipients == ()
    assert AssistantService(bridge, library, hosted, Settings()).recipients == ("fake:small",)


def test_wide_answer_may_have_twice_as_many_quotes(bundled: Article, library: Library) -> None:
    service = start_service(bundled, library, None)
    wait(lambda: service.is_settled)
    question = "Which areas do the rebels hold?"
    *_, usual = service.ask(question, quotes=1)
    *_, wide = service.ask(question, quotes=1, is_wide=True)
    assert isinstance(usual, Answer)
    assert isinstance(wide, Answer)
    assert len(usual.quotes) == 1
    assert len(wide.quotes) == 2


def test_starters_of_a_private_article_are_its_owners(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    service = AssistantService(numbered(0), library, None, Settings())
    private = library.add(numbered(1).owned_by("ana"))
    ana, bob = service.for_user("ana"), service.for_user("bob")
    ana.prepare_articles([private.id])  # it waits for the service
    assert ana.get_starters([private.id]) is None
    assert bob.get_starters([private.id]) == bob.get_starters(["0" * 16]) == []
    service.start()
    wait(lambda: ana.get_starters([private.id]) == [])
    assert (ana.state, ana.article.id) == (service.state, numbered(0).id)
    library.close()


def test_assistant_of_shared_articles_sees_no_private_ones(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    shared, private = library.add(numbered(0)), library.add(numbered(1).owned_by("ana"))
    service = start_service(numbered(0), library)
    wait(lambda: service.is_settled)
    ana = service.for_user("ana")
    for articles, ids in (([shared], [shared.id]), ([shared, private], [shared.id, private.id])):
        assistant = ana._assistants.get(articles)
        assert assistant.library.store.ids() == ids
        assert service.for_user("bob")._assistants.get(articles) is assistant
    with pytest.raises(ArticleError):
        next(service.for_user("bob").ask("Which house?", articles=[private]))
    library.close()
