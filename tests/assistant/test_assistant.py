"""Test `Assistant`: opening and asking articles, with and without a model."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

from assistant import (
    Answer,
    Article,
    ArticleError,
    Assistant,
    InputError,
    ModelError,
    QuotesFound,
    Stage,
    TextDelta,
)
from assistant.models import Model
from assistant.settings import get_settings
from index.storage.library import Library
from tests.assistant.conftest import BRIDGE
from tests.assistant.fakes import (
    ScriptedModel,
    UnloadableModel,
    check_answer,
    get_script,
    make_scoring_model,
    make_small_model,
)
from tests.index.hashing import Hashing, numbered

QUESTION = "Who opened the Old Bridge of Lund?"
OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
FINE = ("Mayor Ana Ruiz ", "opened it.")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one data folder for the module: a process can open a folder only once."""
    return tmp_path_factory.mktemp("assistant")


@pytest.fixture
def plain(bridge: Article, data: Path) -> Assistant:
    return Assistant.open(bridge, model="none", data=data)


def unloadable(capable: bool, problem: Exception) -> Model:
    return Model(
        "fake:unloadable",
        UnloadableModel(pieces=("Bob ", "did."), problem=problem),
        answers_in_one_call=capable,
    )


def test_library_is_asked_without_loading_all(bridge: Article, tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    library.add(bridge)
    for number in range(9):
        library.add(numbered(number, passages=225))
    loaded: list[str] = []
    read = library.store.get

    def get(article_id: str, *, removed: bool = False) -> Article:
        loaded.append(article_id)
        return read(article_id, removed=removed)

    library.store.get = get  # type: ignore[method-assign]
    settings = get_settings().model_copy(update={"candidates": 5})
    assistant = Assistant(library, library.select_all(), None, settings=settings)
    answer = check_answer(assistant.ask(QUESTION), bridge)
    assert OPENED in [quote.text for quote in answer.quotes]
    assert len(set(loaded)) <= 5
    followup = assistant.ask("And when?", [(QUESTION, answer)])
    assert OPENED in [quote.text for quote in followup.quotes]
    assert len(assistant.articles) == 10
    library.close()


def test_article_is_answered_with_quotes(plain: Assistant, bridge: Article) -> None:
    answer = check_answer(plain.ask(QUESTION), bridge)
    assert answer.quotes[0].text == OPENED
    assert (answer.question, answer.model) == (QUESTION, "none")
    assert plain.article == bridge
    assert plain.articles == (bridge,)


@pytest.mark.parametrize("kind", [Path, str])
def test_file_is_opened_by_path(kind: type, tmp_path: Path, data: Path) -> None:
    path = tmp_path / "bridge.txt"
    path.write_text(BRIDGE, encoding="utf-8")
    opened = Assistant.open(kind(path), model="none", data=data)
    answer = check_answer(opened.ask(QUESTION), opened.article)
    assert answer.quotes[0].text == OPENED
    assert opened.article.text == BRIDGE


def test_articles_of_different_formats_are_asked_together(
    bridge: Article, volcano: Article, tmp_path: Path, data: Path
) -> None:
    path = tmp_path / "note.md"
    path.write_text(
        "# A note\n\nThe swimming pool of Lund is closed on Mondays.\n", encoding="utf-8"
    )
    opened = Assistant.open([bridge, volcano, path], model="none", data=data)
    assert [article.title for article in opened.articles] == [
        "The Old Bridge",
        "Etna erupts",
        "A note",
    ]
    for question, title in [
        (QUESTION, "The Old Bridge"),
        ("When is the swimming pool of Lund closed?", "A note"),
    ]:
        assert check_answer(opened.ask(question), *opened.articles).quotes[0].title == title


def test_answers_quote_opened_articles_only(bridge: Article, volcano: Article, data: Path) -> None:
    Assistant.open(bridge, model="none", data=data)
    answer = Assistant.open(volcano, model="none", data=data).ask(QUESTION)
    assert all(
        quote.article_id == volcano.id
        for quote in [*answer.quotes, *([answer.nearest] if answer.nearest else [])]
    )


def test_article_opened_twice_is_quoted_once(bridge: Article, data: Path) -> None:
    answer = check_answer(
        Assistant.open([bridge, bridge], model="none", data=data).ask(QUESTION), bridge
    )
    assert len({quote.start for quote in answer.quotes}) == len(answer.quotes)


def test_embedding_progress_is_reported_once_per_article(data: Path) -> None:
    article = Article.from_text(
        "\n\n".join(
            f"Lamp {number} stands in street {number} of the town." for number in range(100)
        )
    )
    progress: list[tuple[str, float]] = []
    for _ in range(2):
        Assistant.open(
            article,
            model="none",
            data=data,
            progress=lambda step, share: progress.append((step, share)),
        )
    assert progress == [("embedding", 0.64), ("embedding", 1.0)]


@pytest.mark.parametrize("sources", [[], ()])
def test_no_source_raises_input_error(sources: list[str], data: Path) -> None:
    with pytest.raises(InputError, match="No article was given"):
        Assistant.open(sources, model="none", data=data)


@pytest.mark.parametrize("name", ["absent.txt", "."])
def test_unopenable_source_raises_article_error(name: str, tmp_path: Path, data: Path) -> None:
    with pytest.raises(ArticleError):
        Assistant.open(tmp_path / name, model="none", data=data)


def test_unknown_model_raises_input_error(bridge: Article, data: Path) -> None:
    with pytest.raises(InputError, match="There is no model 'gpt'"):
        Assistant.open(bridge, model="gpt", data=data)


@pytest.mark.skipif(
    find_spec("langchain_openai") is not None, reason="langchain-openai is installed here"
)
def test_missing_provider_package_is_named(bridge: Article, data: Path) -> None:
    with pytest.raises(InputError, match="langchain-openai"):
        Assistant.open(bridge, model="openai:gpt-5", data=data)


def test_own_model_writes_answer(bridge: Article, data: Path) -> None:
    answer = check_answer(
        Assistant.open(bridge, model=make_small_model(*FINE), data=data).ask(QUESTION), bridge
    )
    assert answer.model == "fake:small"
    assert answer.text.startswith("Mayor Ana Ruiz opened it. [1]")


async def test_ask_stream_and_async_give_equal_answers(bridge: Article, data: Path) -> None:
    opened = Assistant.open(bridge, model=make_small_model(*FINE), data=data)
    events = list(opened.stream(QUESTION))
    events_too = [event async for event in opened.astream(QUESTION)]
    assert events[:-1] == events_too[:-1]
    answers = [
        events[-1],
        events_too[-1],
        opened.ask(QUESTION),
        await opened.aask(QUESTION),
        opened.runnable.invoke(QUESTION),
    ]
    values = [check_answer(answer, bridge).to_dict() | {"seconds": {}} for answer in answers]
    assert all(value == values[0] for value in values)
    kinds = [type(event) for event in events if not isinstance(event, TextDelta)]
    assert kinds == [Stage, Stage, QuotesFound, Stage, Stage, Answer]


def test_followup_uses_history(plain: Assistant, bridge: Article) -> None:
    first = plain.ask(QUESTION)
    answer = check_answer(plain.ask("And when?", history=[(QUESTION, first)]), bridge)
    assert answer.searched == f"{QUESTION} “{first.quotes[0].text}” And when?"
    assert answer.quotes[0].text == OPENED
    assert plain.ask("And when?", history=[(QUESTION, first.text)]).quotes == answer.quotes


@pytest.mark.parametrize("question", ["", "  ", "w" * 100_000])
def test_invalid_question_raises_input_error(plain: Assistant, question: str) -> None:
    with pytest.raises(InputError):
        plain.ask(question)
    with pytest.raises(InputError):
        list(plain.stream(question))
    with pytest.raises(InputError):
        asyncio.run(plain.aask(question))


@pytest.mark.parametrize("capable", [False, True])
def test_unloadable_model_leaves_quotes_with_reason(
    bridge: Article, data: Path, capable: bool
) -> None:
    model = unloadable(capable, ModelError("The fake model is missing."))
    opened = Assistant.open(bridge, model=model, data=data)
    assert opened.trouble == ""
    answer = check_answer(opened.ask(QUESTION), bridge)
    assert answer.quotes_alone
    assert answer.model == "none"
    assert opened.trouble == "The fake model is missing."


def test_unloadable_model_is_loaded_once(bridge: Article, data: Path) -> None:
    model = unloadable(False, ModelError("The fake model is missing."))
    opened = Assistant.open(bridge, model=model, data=data)
    opened.load()
    opened.ask(QUESTION)
    assert isinstance(model.chat, UnloadableModel)
    assert model.chat.tried == ["load"]
    assert model.chat.prompts == []


def test_stream_without_wait_quotes_until_model_loads(bridge: Article, data: Path) -> None:
    model = make_small_model(*FINE)
    opened = Assistant.open(bridge, model=model, data=data)
    *_, answer = opened.stream(QUESTION, wait=False)
    assert check_answer(answer, bridge).quotes_alone
    assert get_script(model).prompts == []
    opened.load()
    *_, answer = opened.stream(QUESTION, wait=False)
    assert check_answer(answer, bridge).model == "fake:small"


def test_closing_stream_stops_model(bridge: Article, data: Path) -> None:
    model = make_small_model("Mayor ", "Ana ", "Ruiz ", "did.")
    stream = Assistant.open(bridge, model=model, data=data).stream(QUESTION)
    assert any(isinstance(event, TextDelta) for event in stream)
    stream.close()
    assert get_script(model).ended == ["closed"]


@pytest.mark.parametrize(("read_ahead", "whole"), [(True, True), (False, False)])
def test_small_model_reads_short_article_whole(
    bridge: Article, bundled: Article, data: Path, read_ahead: bool, whole: bool
) -> None:
    model = make_scoring_model("Assad leads them.", probabilities=[0.96])
    opened = Assistant.open(bundled, model=model, data=data, read_ahead=read_ahead)
    opened.ask("Who leads the troops that push into rebel-held Aleppo?")
    prompt = get_script(model).prompts[0]
    assert all(bundled.slice(sentence) in prompt for sentence in bundled.sentences) == whole


def test_assistant_answers_several_threads(bridge: Article, data: Path) -> None:
    opened = Assistant.open(
        bridge,
        model=Model("fake", ScriptedModel(pieces=FINE), answers_in_one_call=False),
        data=data,
    )
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(opened.ask, [QUESTION] * 8))
    assert len({check_answer(answer, bridge).text for answer in answers}) == 1


def test_several_assistants_share_a_library(
    bridges: Library, bridge: Article, volcano: Article
) -> None:
    first, second = Assistant(bridges, [bridge], None), Assistant(bridges, [volcano], None)
    assert first.ask(QUESTION).quotes[0].article_id == bridge.id
    assert second.ask("When did Mount Etna erupt again?").quotes[0].article_id == volcano.id
