"""A short sentence of the article that plainly says it is the answer as it stands."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from assistant import Article, Words
from assistant.answer import Found
from assistant.chain import Ask
from assistant.task import Length
from index.embedding import MiniLM
from index.library import Library

from .fakes import Judging, chain_of, checked, judging

QUESTION = "Who opened the Old Bridge?"

pytestmark = pytest.mark.usefixtures("believing")


def test_what_the_article_says_in_a_short_sentence_is_not_written_again(bridges: Library, bridge: Article) -> None:
    model = judging("Mayor Ana Ruiz.", found=[0.96], names="1")
    *events, last = chain_of(bridges, bridge, model=model).stream(QUESTION)
    answer = checked(last, bridge)
    assert answer.quotes_alone
    assert answer.text == "“The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998.” [1]"
    assert (answer.notes, answer.confidence) == ((), 0.96)
    assert any(isinstance(event, Found) for event in events)
    assert not any(isinstance(event, Words) for event in events)
    assert isinstance(model.chat, Judging)
    assert len(model.chat.shown) == 2  # how likely it is, and which sentence


@pytest.mark.parametrize(
    ("question", "names", "found"),
    [
        (QUESTION, "1", [0.6, 0.7]),  # it is not sure
        (QUESTION, "1][4", [0.96]),  # two sentences
        ("Who built the long road from Lund to the bridge?", "4", [0.96]),  # few of the words that are asked for
        ("What did it cost in euros?", "2", [0.96]),  # "It"
        ("Which mayors opened the Old Bridge of Lund?", "1", [0.96]),  # a list
    ],
)
def test_what_it_does_not_plainly_say_is_written(
    bridges: Library, bridge: Article, question: str, names: str, found: list[float]
) -> None:
    model = judging("Mayor Ana Ruiz.", found=found, names=names)
    chain_of(bridges, bridge, model=model).invoke(question)
    assert isinstance(model.chat, Judging)
    assert model.chat.ended


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("Ana Ruiz opened it (in May).", True),
        ("Who opened it with Ana Ruiz?", False),
        ("It was Ana Ruiz.", False),
        ("Opened by Ana Ruiz", False),
        ("opened by Ana Ruiz.", False),
    ],
)
def test_a_heading_or_a_piece_of_a_sentence_is_no_answer_as_it_stands(
    tmp_path: Path, minilm: MiniLM, said: str, whole: bool
) -> None:
    article = Article.from_text(f"{said}\n\nIt was long.", "The bridge")
    with closing(Library(tmp_path, minilm)) as library:
        library.add(article)
        model = judging("Ana Ruiz did.", found=[0.96], names="1")
        chain_of(library, article, model=model).invoke("Who opened it?")
    assert isinstance(model.chat, Judging)
    assert bool(model.chat.ended) is not whole


@pytest.mark.parametrize("length", ["short", "long"])
def test_another_length_is_written(bridges: Library, bridge: Article, length: Length) -> None:
    model = judging("Mayor Ana Ruiz.", found=[0.96], names="1")
    chain_of(bridges, bridge, model=model).invoke(Ask(QUESTION, length=length))
    assert isinstance(model.chat, Judging)
    assert model.chat.ended
