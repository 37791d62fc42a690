"""How likely it is that the article answers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article
from assistant.confidence import FITS, Signals, confidence, signals_of
from assistant.evidence import candidates_of, choose
from index import Span
from index.search import Hit

from .fakes import Holds

shares = st.floats(0, 1)
signals = st.builds(Signals, shares, st.booleans(), st.none() | shares)


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


def test_there_is_a_fit_for_every_set_of_signals() -> None:
    fits = json.loads(FITS.read_text())
    for known in (Signals(0.5, False, 0.5), Signals(0.5, False, 0.5, 0.5)):
        assert len(fits["reader"]) - 1 == len(known.of_reader)
        assert len(fits["opinion"]) - 1 == len(known.of_model)
    assert Signals(0.5, False).of_model == []


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
