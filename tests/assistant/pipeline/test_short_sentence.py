"""Test that a short sentence of the article that clearly answers is quoted verbatim."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from assistant import Article, TextDelta
from assistant.answer.answer import QuotesFound
from assistant.pipeline.pipeline import PipelineInput
from assistant.pipeline.state import Length
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from tests.assistant.fakes import (
    ScoringModel,
    check_answer,
    make_scoring_model,
    make_trusting_pipeline,
)

QUESTION = "Who opened the Old Bridge?"


def test_short_answering_sentence_is_quoted_verbatim(bridges: Library, bridge: Article) -> None:
    model = make_scoring_model("Mayor Ana Ruiz.", probabilities=[0.96], names="1")
    *events, last = make_trusting_pipeline(bridges, bridge, model=model).stream(QUESTION)
    answer = check_answer(last, bridge)
    assert answer.quotes_alone
    assert answer.text == "“The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998.” [1]"
    assert (answer.notes, answer.confidence) == ((), 0.96)
    assert any(isinstance(event, QuotesFound) for event in events)
    assert not any(isinstance(event, TextDelta) for event in events)
    assert isinstance(model.chat, ScoringModel)
    assert len(model.chat.prompts) == 2  # how likely it is, and which sentence


@pytest.mark.parametrize(
    ("question", "names", "probabilities"),
    [
        (QUESTION, "1", [0.6, 0.7]),  # it is not sure
        (QUESTION, "1][4", [0.96]),  # two sentences
        (
            "Who built the long road from Lund to the bridge?",
            "4",
            [0.96],
        ),  # few of the words that are asked for
        ("What did it cost in euros?", "2", [0.96]),  # "It"
        ("Which mayors opened the Old Bridge of Lund?", "1", [0.96]),  # a list
    ],
)
def test_unclear_sentence_is_written_by_model(
    bridges: Library, bridge: Article, question: str, names: str, probabilities: list[float]
) -> None:
    model = make_scoring_model("Mayor Ana Ruiz.", probabilities=probabilities, names=names)
    make_trusting_pipeline(bridges, bridge, model=model).invoke(question)
    assert isinstance(model.chat, ScoringModel)
    assert model.chat.ended


@pytest.mark.parametrize(
    ("sentence", "whole"),
    [
        ("Ana Ruiz opened it (in May).", True),
        ("Who opened it with Ana Ruiz?", False),
        ("It was Ana Ruiz.", False),
        ("Opened by Ana Ruiz", False),
        ("opened by Ana Ruiz.", False),
    ],
)
def test_incomplete_sentence_is_written_by_model(
    tmp_path: Path, minilm: MiniLM, sentence: str, whole: bool
) -> None:
    article = Article.from_text(f"{sentence}\n\nIt was long.", "The bridge")
    with closing(Library(tmp_path, minilm)) as library:
        library.add(article)
        model = make_scoring_model("Ana Ruiz did.", probabilities=[0.96], names="1")
        make_trusting_pipeline(library, article, model=model).invoke("Who opened it?")
    assert isinstance(model.chat, ScoringModel)
    assert bool(model.chat.ended) is not whole


@pytest.mark.parametrize("length", ["short", "long"])
def test_short_or_long_answer_is_written_by_model(
    bridges: Library, bridge: Article, length: Length
) -> None:
    model = make_scoring_model("Mayor Ana Ruiz.", probabilities=[0.96], names="1")
    make_trusting_pipeline(bridges, bridge, model=model).invoke(
        PipelineInput(QUESTION, length=length)
    )
    assert isinstance(model.chat, ScoringModel)
    assert model.chat.ended
