"""The confidence: calibrated, monotonous in every signal."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article
from assistant.pipeline.candidate import make_candidates
from assistant.pipeline.evidence.calibration import (
    FITS_FILE,
    Signals,
    compute_confidence,
    compute_retrieval_similarity,
    make_signals,
)
from assistant.pipeline.evidence.selection import select_candidates
from index import Span
from index.embedders.minilm import MiniLM
from index.retrieval.hybrid import Hit
from tests.assistant.fakes import KeywordReader

pytestmark = pytest.mark.unit

shares = st.floats(0, 1)
signals = st.builds(
    Signals, shares, st.booleans(), st.none() | shares, st.none() | shares, st.none() | shares
)


@given(signals)
def test_confidence_is_a_probability(example: Signals) -> None:
    assert 0 < compute_confidence(example) < 1


@given(signals, shares)
def test_confidence_grows_with_the_reader(example: Signals, share: float) -> None:
    low, high = sorted((example.reader, share))
    assert compute_confidence(replace(example, reader=low)) <= compute_confidence(
        replace(example, reader=high)
    )


@given(shares, shares)
def test_confidence_grows_with_the_model(first: float, second: float) -> None:
    low, high = sorted((first, second))
    example = Signals(0.5, False)
    assert compute_confidence(replace(example, model_probability=low)) <= compute_confidence(
        replace(example, model_probability=high)
    )
    checked = replace(example, model_probability=first)
    assert compute_confidence(replace(checked, model_recheck=low)) <= compute_confidence(
        replace(checked, model_recheck=high)
    )


@given(signals, shares)
def test_confidence_grows_with_the_similarity(example: Signals, share: float) -> None:
    low, high = sorted((example.retrieval_similarity or 0.0, share))
    assert compute_confidence(replace(example, retrieval_similarity=low)) <= compute_confidence(
        replace(example, retrieval_similarity=high)
    )


@given(signals)
def test_fits_exist_for_every_set_of_signals(example: Signals) -> None:
    fits, features = json.loads(FITS_FILE.read_text()), example.features
    has_model = example.model_probability is not None
    assert set(features) <= set(fits)
    assert all(len(fits[name]) == 1 + len(values) for name, values in features.items())
    assert ("opinion" in features) is has_model
    assert ("search" in features) is (example.retrieval_similarity is not None and has_model)


def test_similarity_of_another_embedder_is_ignored(bridge: Article) -> None:
    hits = [
        Hit(bridge, Span(*span), 0.03, similarity, 1.0)
        for span, similarity in zip(bridge.sentences, (0.2, 0.7), strict=False)
    ]
    assert compute_retrieval_similarity(hits, MiniLM.fingerprint) == 0.7
    assert compute_retrieval_similarity([], MiniLM.fingerprint) == 0.0
    assert compute_retrieval_similarity(hits, "another:0123") is None


@pytest.mark.parametrize(
    ("question", "has_unknown_term"),
    [
        ("How much did the bridge cost?", False),
        ("During which flood did the bridge close?", False),
        ("What did Queen Zenobia say of the bridge?", True),
        ("How many died in 1755?", True),
        ("?", False),
    ],
)
def test_signals_find_a_term_unknown_to_the_article(
    bridge: Article, question: str, has_unknown_term: bool
) -> None:
    hits = [Hit(bridge, Span(*span), 0.03, 0.5, 1.0) for span in bridge.sentences]
    choice = select_candidates(question, make_candidates(hits), 3, KeywordReader("cost"))
    assert make_signals(question, choice).has_unknown_term == has_unknown_term
