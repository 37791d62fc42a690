"""LexRank with MMR: central, diverse, deterministic."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.pipeline.evidence.lexrank import MAX_SENTENCES, rank_central_sentences

pytestmark = pytest.mark.unit


def circle(*degrees: float) -> NDArray[np.float32]:
    """Return a unit vector for each angle; close angles stand for similar sentences."""
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_lexrank_prefers_the_most_similar_sentence() -> None:
    assert rank_central_sentences(circle(80, 30, 50, 10, 30), 1) == (1,)


def test_lexrank_breaks_ties_by_position() -> None:
    assert rank_central_sentences(np.eye(5), 2) == (0, 1)


def test_lexrank_skips_repetitions() -> None:
    vectors = np.concatenate([circle(30, 30, 30, 31), circle(85, 86)])
    selected = rank_central_sentences(vectors, 6)
    assert len(selected) == 2
    assert selected[0] < 4 <= selected[1]


def test_lexrank_returns_text_order() -> None:
    selected = rank_central_sentences(np.random.default_rng(1).normal(size=(40, 8)), 7)
    assert list(selected) == sorted(set(selected))


@pytest.mark.parametrize("vectors", [np.zeros((0, 4)), np.zeros(0), np.eye(3)[:0]])
def test_lexrank_without_sentences_is_empty(vectors: NDArray[np.float64]) -> None:
    assert rank_central_sentences(vectors, 3) == ()


def test_lexrank_of_a_book_is_fast() -> None:
    vectors = np.random.default_rng(2).normal(size=(MAX_SENTENCES * 3, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    started = time.perf_counter()
    assert len(rank_central_sentences(vectors, 3)) == 3
    assert time.perf_counter() - started < 20


@given(st.integers(0, 30), st.integers(-1, 12), st.integers(0, 2**32 - 1))
def test_lexrank_is_deterministic(sentences: int, count: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(sentences, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    selected = rank_central_sentences(vectors, count)
    assert selected == rank_central_sentences(vectors.copy(), count)
    assert set(selected) <= set(range(sentences))
    assert list(selected) == sorted(set(selected))
    assert bool(selected) == (sentences > 0 and count > 0)
    assert len(selected) <= max(count, 0)
