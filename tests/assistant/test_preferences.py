"""What a browser tells of its reader's preferences, and that it acts on that reader's question alone."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from assistant import Answer, Article, Assistant
from assistant.chain import Ask
from assistant.page.preferences import COOKIE, Preferences
from index.embedding import MiniLM
from index.library import Library

from .fakes import chain_of, checked, small

OPENINGS = Article.from_text(
    "The bridge was opened by Ana Ruiz. The library was opened by Bo Lind. The school was opened by Cy Falk.", "Openings"
)


def told(value: object) -> Preferences:
    return Preferences.told_by({COOKIE: quote(json.dumps(value))})


def test_what_the_browser_tells_is_understood() -> None:
    assert told({"quotes": 7, "quotesOnly": True}) == Preferences(7, True)
    assert told({"quotes": 1}) == Preferences(1, False)
    assert told({"length": "short"}) == Preferences(length="short")
    assert Preferences.told_by({}) == Preferences()


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
def test_what_cannot_be_understood_is_as_if_not_told(value: object) -> None:
    assert told(value) == Preferences()


@pytest.mark.parametrize("cookie", ["", "{", "%7B", "[" * 4000, "\x00", "%ff%fe", "NaN"])
def test_a_broken_cookie_does_no_harm(cookie: str) -> None:
    assert Preferences.told_by({COOKIE: cookie}) == Preferences()


def answer(assistant: Assistant, article: Article, **wanted: bool) -> Answer:
    *_, last = assistant.stream("Who opened the Old Bridge of Lund?", **wanted)  # type: ignore[arg-type]
    return checked(last, article)


def test_a_reader_who_wants_quotes_only_is_not_shown_the_models_words(bridge: Article, tmp_path: Path, minilm: MiniLM) -> None:
    library = Library(tmp_path, minilm)
    assistant = Assistant(library, [library.add(bridge)], small("Mayor Ana Ruiz opened it."), read_ahead=False)
    assert answer(assistant, bridge).text.startswith("Mayor Ana Ruiz opened it.")
    assert answer(assistant, bridge, quotes_only=True).quotes_alone
    assert not answer(assistant, bridge).quotes_alone  # of that question alone
    library.close()


@pytest.mark.parametrize("most", [1, 2, 3])
def test_an_answer_carries_as_many_quotes_as_its_reader_wants(tmp_path: Path, minilm: MiniLM, most: int) -> None:
    library = Library(tmp_path, minilm)
    chain = chain_of(library, library.add(OPENINGS))
    for question in ("What was opened?", "Which houses were opened?"):  # a list as well
        *_, last = chain.stream(Ask(question, quotes=most))
        assert len(checked(last, OPENINGS).quotes) == most
    library.close()
