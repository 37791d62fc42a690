"""The simpler systems."""

from __future__ import annotations

from itertools import pairwise

import pytest
from langchain_core.language_models import FakeListChatModel

from index.article import Article
from index.errors import InputError
from index.library import Library

from .plain import Plain, chunks, refuses
from .sets import Case
from .systems import make_system


@pytest.mark.parametrize("name", ["dense", "bm25", "none"])
def test_a_system_quotes_the_article(library: Library, volcano: Article, name: str) -> None:
    case = Case("1", "For how long was the airport of Catania closed?", volcano, True, (), ())
    answer = make_system(name, library)(case)
    assert answer.answered
    assert answer.quotes[0].text == "The airport of Catania closed for one day."
    assert all(quote.text == volcano.text[quote.start : quote.end] for quote in answer.quotes)


def test_the_tutorial_way_answers_without_quotes(library: Library, volcano: Article) -> None:
    said = iter(["It erupted on 4 July 2024.", "The context does not mention a mayor."])
    plain = Plain(library.embedder, FakeListChatModel(responses=list(said)))
    case = Case("1", "When did Etna erupt?", volcano, True, (), ())
    first, second = plain.ask(case), plain.ask(case)
    assert (first.answered, first.quotes, second.answered) == (True, (), False)
    assert set(first.seconds) == {"searching", "writing", "total"}


@pytest.mark.parametrize(
    "text",
    [
        "The context does not say who the mayor is.",
        "I don't know.",
        "It is not specified in the article.",
        "There is no information about that in the text.",
        "I'm sorry, but the provided text doesn’t contain this.",
    ],
)
def test_words_that_refuse(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize("text", ["Nobody was hurt.", "It erupted in July. The article does not say why.", "No one died."])
def test_words_that_do_not_refuse(text: str) -> None:
    assert not refuses(text)


def test_chunks_overlap_and_hold_everything() -> None:
    words = [f"word{number}" for number in range(900)]
    pieces = chunks(" ".join(words))
    assert all(len(piece) <= 1_000 for piece in pieces)
    assert set(" ".join(pieces).split()) == set(words)
    assert all(after.split()[0] in before.split() for before, after in pairwise(pieces))
    assert chunks("short") == ["short"]
    assert chunks("x" * 2_500)[0] == "x" * 1_000


def test_a_system_that_is_not_there_is_told(library: Library) -> None:
    with pytest.raises(InputError, match=r"nonsense.*embedded, none"):
        make_system("nonsense", library)
