"""Articles are opened and asked, with a model or without, from Python."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

from assistant import Answer, Article, ArticleError, Assistant, Found, InputError, ModelError, Stage, Words
from assistant.models import Model
from index.library import Library

from .conftest import BRIDGE
from .fakes import Scripted, Unloadable, checked, judging, script, small

QUESTION = "Who opened the Old Bridge of Lund?"
OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
FINE = ("Mayor Ana Ruiz ", "opened it.")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the module: a process keeps each folder that it opens."""
    return tmp_path_factory.mktemp("assistant")


@pytest.fixture
def plain(bridge: Article, data: Path) -> Assistant:
    return Assistant.open(bridge, model="none", data=data)


def unloadable(capable: bool, problem: Exception) -> Model:
    return Model("fake:unloadable", Unloadable(pieces=("Bob ", "did."), problem=problem), capable=capable)


def test_an_article_is_asked(plain: Assistant, bridge: Article) -> None:
    answer = checked(plain.ask(QUESTION), bridge)
    assert answer.quotes[0].text == OPENED
    assert (answer.question, answer.model) == (QUESTION, "none")
    assert plain.article == bridge
    assert plain.articles == (bridge,)


@pytest.mark.parametrize("kind", [Path, str])
def test_a_file_is_opened_by_its_path(kind: type, tmp_path: Path, data: Path) -> None:
    path = tmp_path / "bridge.txt"
    path.write_text(BRIDGE, encoding="utf-8")
    opened = Assistant.open(kind(path), model="none", data=data)
    answer = checked(opened.ask(QUESTION), opened.article)
    assert answer.quotes[0].text == OPENED
    assert opened.article.text == BRIDGE


def test_several_articles_of_different_kinds_are_asked_together(
    bridge: Article, volcano: Article, tmp_path: Path, data: Path
) -> None:
    path = tmp_path / "note.md"
    path.write_text("# A note\n\nThe swimming pool of Lund is closed on Mondays.\n", encoding="utf-8")
    opened = Assistant.open([bridge, volcano, path], model="none", data=data)
    assert [article.title for article in opened.articles] == ["The Old Bridge", "Etna erupts", "A note"]
    for question, title in [(QUESTION, "The Old Bridge"), ("When is the swimming pool of Lund closed?", "A note")]:
        assert checked(opened.ask(question), *opened.articles).quotes[0].title == title


def test_only_the_articles_that_were_opened_are_asked(bridge: Article, volcano: Article, data: Path) -> None:
    Assistant.open(bridge, model="none", data=data)
    answer = Assistant.open(volcano, model="none", data=data).ask(QUESTION)
    assert all(quote.article_id == volcano.id for quote in [*answer.quotes, *([answer.nearest] if answer.nearest else [])])


def test_an_article_that_was_named_twice_is_quoted_once(bridge: Article, data: Path) -> None:
    answer = checked(Assistant.open([bridge, bridge], model="none", data=data).ask(QUESTION), bridge)
    assert len({quote.start for quote in answer.quotes}) == len(answer.quotes)


def test_progress_of_embedding_is_told_once_for_an_article(data: Path) -> None:
    article = Article.from_text("\n\n".join(f"Lamp {number} stands in street {number} of the town." for number in range(100)))
    told: list[tuple[str, float]] = []
    for _ in range(2):
        Assistant.open(article, model="none", data=data, progress=lambda step, share: told.append((step, share)))
    assert told == [("embedding", 0.64), ("embedding", 1.0)]


@pytest.mark.parametrize("sources", [[], ()])
def test_without_an_article_there_is_nothing_to_ask(sources: list[str], data: Path) -> None:
    with pytest.raises(InputError, match="No article was given"):
        Assistant.open(sources, model="none", data=data)


@pytest.mark.parametrize("name", ["absent.txt", "."])
def test_an_article_that_cannot_be_opened_is_told(name: str, tmp_path: Path, data: Path) -> None:
    with pytest.raises(ArticleError):
        Assistant.open(tmp_path / name, model="none", data=data)


def test_an_unknown_model_is_told(bridge: Article, data: Path) -> None:
    with pytest.raises(InputError, match="There is no model 'gpt'"):
        Assistant.open(bridge, model="gpt", data=data)


@pytest.mark.skipif(find_spec("langchain_openai") is not None, reason="langchain-openai is installed here")
def test_a_missing_package_of_a_provider_is_named(bridge: Article, data: Path) -> None:
    with pytest.raises(InputError, match="langchain-openai"):
        Assistant.open(bridge, model="openai:gpt-5", data=data)


def test_a_model_of_ones_own_writes_the_answer(bridge: Article, data: Path) -> None:
    answer = checked(Assistant.open(bridge, model=small(*FINE), data=data).ask(QUESTION), bridge)
    assert answer.model == "fake:small"
    assert answer.text.startswith("Mayor Ana Ruiz opened it. [1]")


async def test_every_way_of_asking_gives_the_same_answer(bridge: Article, data: Path) -> None:
    opened = Assistant.open(bridge, model=small(*FINE), data=data)
    events = list(opened.stream(QUESTION))
    events_too = [event async for event in opened.astream(QUESTION)]
    assert events[:-1] == events_too[:-1]
    answers = [events[-1], events_too[-1], opened.ask(QUESTION), await opened.aask(QUESTION), opened.runnable.invoke(QUESTION)]
    values = [checked(answer, bridge).to_dict() | {"seconds": {}} for answer in answers]
    assert all(value == values[0] for value in values)
    kinds = [type(event) for event in events if not isinstance(event, Words)]
    assert kinds == [Stage, Stage, Found, Stage, Stage, Answer]


def test_a_follow_up_is_asked_with_what_was_said(plain: Assistant, bridge: Article) -> None:
    first = plain.ask(QUESTION)
    answer = checked(plain.ask("And when?", history=[(QUESTION, first)]), bridge)
    assert answer.searched == f"{QUESTION} “{first.quotes[0].text}” And when?"
    assert answer.quotes[0].text == OPENED
    assert plain.ask("And when?", history=[(QUESTION, first.text)]).quotes == answer.quotes


@pytest.mark.parametrize("question", ["", "  ", "w" * 100_000])
def test_a_question_that_cannot_be_asked_is_told(plain: Assistant, question: str) -> None:
    with pytest.raises(InputError):
        plain.ask(question)
    with pytest.raises(InputError):
        list(plain.stream(question))
    with pytest.raises(InputError):
        asyncio.run(plain.aask(question))


@pytest.mark.parametrize("capable", [False, True])
def test_a_model_that_cannot_be_loaded_leaves_the_quotes_and_says_why(bridge: Article, data: Path, capable: bool) -> None:
    model = unloadable(capable, ModelError("The fake model is missing."))
    opened = Assistant.open(bridge, model=model, data=data)
    assert opened.trouble == ""
    answer = checked(opened.ask(QUESTION), bridge)
    assert answer.quotes_alone
    assert answer.model == "none"
    assert opened.trouble == "The fake model is missing."


def test_a_model_that_cannot_be_loaded_is_tried_once(bridge: Article, data: Path) -> None:
    model = unloadable(False, ModelError("The fake model is missing."))
    opened = Assistant.open(bridge, model=model, data=data)
    opened.load()
    opened.ask(QUESTION)
    assert isinstance(model.chat, Unloadable)
    assert model.chat.tried == ["load"]
    assert model.chat.shown == []


def test_until_the_model_is_loaded_quotes_alone_answer_who_does_not_wait(bridge: Article, data: Path) -> None:
    model = small(*FINE)
    opened = Assistant.open(bridge, model=model, data=data)
    *_, answer = opened.stream(QUESTION, wait=False)
    assert checked(answer, bridge).quotes_alone
    assert script(model).shown == []
    opened.load()
    *_, answer = opened.stream(QUESTION, wait=False)
    assert checked(answer, bridge).model == "fake:small"


def test_closing_a_stream_stops_the_model(bridge: Article, data: Path) -> None:
    model = small("Mayor ", "Ana ", "Ruiz ", "did.")
    stream = Assistant.open(bridge, model=model, data=data).stream(QUESTION)
    assert any(isinstance(event, Words) for event in stream)
    stream.close()  # type: ignore[attr-defined]
    assert script(model).ended == ["closed"]


@pytest.mark.parametrize(("read_ahead", "whole"), [(True, True), (False, False)])
def test_a_short_article_is_shown_whole_to_a_small_model_that_reads_ahead(
    bridge: Article, bundled: Article, data: Path, read_ahead: bool, whole: bool
) -> None:
    model = judging("Assad leads them.", found=[0.96])
    opened = Assistant.open(bundled, model=model, data=data, read_ahead=read_ahead)
    opened.ask("Who leads the troops that push into rebel-held Aleppo?")
    shown = script(model).shown[0]
    assert all(bundled.slice(sentence) in shown for sentence in bundled.sentences) == whole


def test_it_may_be_asked_from_several_threads(bridge: Article, data: Path) -> None:
    opened = Assistant.open(bridge, model=Model("fake", Scripted(pieces=FINE), capable=False), data=data)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(opened.ask, [QUESTION] * 8))
    assert len({checked(answer, bridge).text for answer in answers}) == 1


def test_several_assistants_share_a_library(bridges: Library, bridge: Article, volcano: Article) -> None:
    first, second = Assistant(bridges, [bridge], None), Assistant(bridges, [volcano], None)
    assert first.ask(QUESTION).quotes[0].article_id == bridge.id
    assert second.ask("When did Mount Etna erupt again?").quotes[0].article_id == volcano.id
