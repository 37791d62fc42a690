"""The simpler systems."""

from __future__ import annotations

from itertools import pairwise

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant.pipeline.computation.registry import COMPUTATIONS
from assistant.pipeline.strategy import AnswerStrategy
from evaluation.ablations import WITHOUT, ReaderSelection, WithoutChecks, WithoutOpinion
from evaluation.sets import Case
from evaluation.stuffing_baseline import StuffingBaseline, is_refusal, split_chunks
from evaluation.systems import SYSTEMS, make_system
from index.errors import InputError
from index.storage.library import Library
from index.text.article import Article


@pytest.mark.parametrize("name", ["dense", "bm25", "none"])
def test_system_answer_quotes_article(library: Library, volcano: Article, name: str) -> None:
    case = Case("1", "For how long was the airport of Catania closed?", volcano, True, (), ())
    answer = make_system(name, library)(case)
    assert answer.answered
    assert answer.quotes[0].text == "The airport of Catania closed for one day."
    assert all(quote.text == volcano.text[quote.start : quote.end] for quote in answer.quotes)


def test_stuffing_baseline_answers_without_quotes(library: Library, volcano: Article) -> None:
    replies = ["It erupted on 4 July 2024.", "The context does not mention a mayor."]
    baseline = StuffingBaseline(library.embedder, FakeListChatModel(responses=replies))
    case = Case("1", "When did Etna erupt?", volcano, True, (), ())
    first, second = baseline.ask(case), baseline.ask(case)
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
def test_is_refusal_true(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    ["Nobody was hurt.", "It erupted in July. The article does not say why.", "No one died."],
)
def test_is_refusal_false(text: str) -> None:
    assert not is_refusal(text)


def test_split_chunks_overlap_and_cover_everything() -> None:
    words = [f"word{number}" for number in range(900)]
    pieces = split_chunks(" ".join(words))
    assert all(len(piece) <= 1_000 for piece in pieces)
    assert set(" ".join(pieces).split()) == set(words)
    assert all(after.split()[0] in before.split() for before, after in pairwise(pieces))
    assert split_chunks("short") == ["short"]
    assert split_chunks("x" * 2_500)[0] == "x" * 1_000


def test_make_system_unknown_name_raises(library: Library) -> None:
    with pytest.raises(InputError, match=r"nonsense.*embedded, none"):
        make_system("nonsense", library)


@pytest.mark.parametrize(
    "ablation", [ReaderSelection, WithoutChecks, WithoutOpinion, *WITHOUT.values()]
)
def test_ablation_overrides_methods_of_strategy(ablation: type[AnswerStrategy]) -> None:
    overrides = {name for name in vars(ablation) if not name.startswith("__")}
    assert overrides
    assert all(hasattr(AnswerStrategy, name) for name in overrides)


def test_systems_have_an_ablation_of_each_part() -> None:
    parts = {"computations", "speakers", "corrections", "section-scope", "relative-dates"}
    parts |= {"calculation", "table-query", "verifier"}
    parts |= {name.replace(" ", "-") for name in COMPUTATIONS}
    assert {f"without-{name}" for name in parts} <= set(SYSTEMS)


@pytest.mark.parametrize("name", COMPUTATIONS)
def test_without_computation_leaves_out_that_one(name: str) -> None:
    assert WITHOUT[name.replace(" ", "-")].without_computations == (name,)
