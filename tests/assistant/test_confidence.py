"""How likely it is that the article answers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article
from assistant.confidence import FITS, Signals, confidence, nearness, signals_of
from assistant.evidence import candidates_of, choose
from index import Span
from index.embedding import MiniLM
from index.search import Hit

from .fakes import Holds

shares = st.floats(0, 1)
signals = st.builds(Signals, shares, st.booleans(), st.none() | shares, st.none() | shares, st.none() | shares)


@given(signals)
def test_it_is_a_probability(given: Signals) -> None:
    assert 0 < confidence(given) < 1


@given(signals, shares)
def test_a_surer_reader_never_makes_it_less_likely(given: Signals, other: float) -> None:
    low, high = sorted((given.reader, other))
    assert confidence(replace(given, reader=low)) <= confidence(replace(given, reader=high))


@given(shares, shares)
def test_a_model_that_says_yes_never_makes_it_less_likely(one: float, other: float) -> None:
    low, high = sorted((one, other))
    held = Signals(0.5, False)
    assert confidence(replace(held, opinion=low)) <= confidence(replace(held, opinion=high))
    assert confidence(replace(held, opinion=one, again=low)) <= confidence(replace(held, opinion=one, again=high))


@given(signals, shares)
def test_a_passage_that_is_nearer_never_makes_it_less_likely(given: Signals, other: float) -> None:
    low, high = sorted((given.near or 0.0, other))
    assert confidence(replace(given, near=low)) <= confidence(replace(given, near=high))


@given(signals)
def test_there_is_a_fit_for_every_set_of_signals(given: Signals) -> None:
    fits = json.loads(FITS.read_text())
    assert set(given.known) <= set(fits)
    assert all(len(fits[name]) == 1 + len(values) for name, values in given.known.items())
    assert ("opinion" in given.known) is (given.opinion is not None)
    assert ("search" in given.known) is (given.near is not None and given.opinion is not None)


def test_how_near_a_passage_is_counts_only_for_the_vectors_that_it_was_fitted_with(bridge: Article) -> None:
    hits = [
        Hit(bridge, Span(*span), 0.03, similarity, 1.0) for span, similarity in zip(bridge.sentences, (0.2, 0.7), strict=False)
    ]
    assert nearness(hits, MiniLM.fingerprint) == 0.7
    assert nearness([], MiniLM.fingerprint) == 0.0
    assert nearness(hits, "another:0123") is None


@pytest.mark.parametrize(
    ("question", "foreign"),
    [
        ("How much did the bridge cost?", False),
        ("During which flood did the bridge close?", False),
        ("What did Queen Zenobia say of the bridge?", True),
        ("How many died in 1755?", True),
        ("?", False),
    ],
)
def test_a_name_or_number_that_the_article_has_nowhere_is_noticed(bridge: Article, question: str, foreign: bool) -> None:
    hits = [Hit(bridge, Span(*span), 0.03, 0.5, 1.0) for span in bridge.sentences]
    found = signals_of(question, choose(question, candidates_of(hits), 3, Holds("cost")))
    assert found.foreign == foreign
