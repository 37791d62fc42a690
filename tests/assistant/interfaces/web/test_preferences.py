"""Test the preferences in a user's cookie and their effect on that user's answers."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from assistant import Answer, Article, Assistant
from assistant.interfaces.web.preferences import COOKIE_NAME, Preferences
from assistant.pipeline.pipeline import PipelineInput
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from tests.assistant.fakes import check_answer, make_pipeline, make_small_model

OPENINGS = Article.from_text(
    "The bridge was opened by Ana Ruiz. The library was opened by Bo Lind. "
    "The school was opened by Cy Falk.",
    "Openings",
)


def parse(value: object) -> Preferences:
    return Preferences.from_cookies({COOKIE_NAME: quote(json.dumps(value))})


def test_from_cookies_valid_values_are_parsed() -> None:
    assert parse({"quotes": 7, "quotesOnly": True}) == Preferences(7, True)
    assert parse({"quotes": 1}) == Preferences(1, False)
    assert parse({"length": "short"}) == Preferences(length="short")
    assert Preferences.from_cookies({}) == Preferences()


@pytest.mark.parametrize(
    "value",
    [
        {"quotes": 0},
        {"quotes": 11},
        {"quotes": "3"},
        {"quotes": True},
        {"quotes": 2.5},
        {"quotesOnly": "yes"},
        {"length": "huge"},
        {"length": ["long"]},
        [],
        None,
        3,
        "x",
    ],
)
def test_from_cookies_invalid_value_is_ignored(value: object) -> None:
    assert parse(value) == Preferences()


@pytest.mark.parametrize("cookie", ["", "{", "%7B", "[" * 4000, "\x00", "%ff%fe", "NaN"])
def test_from_cookies_broken_cookie_returns_defaults(cookie: str) -> None:
    assert Preferences.from_cookies({COOKIE_NAME: cookie}) == Preferences()


def ask(assistant: Assistant, article: Article, **options: bool) -> Answer:
    *_, last = assistant.stream("Who opened the Old Bridge of Lund?", **options)  # type: ignore[arg-type]
    return check_answer(last, article)


def test_quotes_only_applies_to_one_question(
    bridge: Article, tmp_path: Path, minilm: MiniLM
) -> None:
    library = Library(tmp_path, minilm)
    assistant = Assistant(
        library,
        [library.add(bridge)],
        make_small_model("Mayor Ana Ruiz opened it."),
        read_ahead=False,
    )
    assert ask(assistant, bridge).text.startswith("Mayor Ana Ruiz opened it.")
    assert ask(assistant, bridge, quotes_only=True).quotes_alone
    assert not ask(assistant, bridge).quotes_alone  # the option applied to one question only
    library.close()


@pytest.mark.parametrize("max_quotes", [1, 2, 3])
def test_answer_has_requested_number_of_quotes(
    tmp_path: Path, minilm: MiniLM, max_quotes: int
) -> None:
    library = Library(tmp_path, minilm)
    chain = make_pipeline(library, library.add(OPENINGS))
    for question in ("What was opened?", "Which houses were opened?"):  # a list as well
        *_, last = chain.stream(PipelineInput(question, quotes=max_quotes))
        assert len(check_answer(last, OPENINGS).quotes) == max_quotes
    library.close()
