"""Which sentences sum an article up."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.gist import MOST_SENTENCES, central


def circle(*degrees: float) -> NDArray[np.float32]:
    """A unit vector for each angle: near angles stand for sentences that say alike."""
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_the_sentence_that_most_others_resemble_is_central() -> None:
    assert central(circle(80, 30, 50, 10, 30), 1) == (1,)


def test_of_equal_sentences_the_earlier_is_taken() -> None:
    assert central(np.eye(5), 2) == (0, 1)


def test_what_repeats_another_sentence_is_left_out() -> None:
    vectors = np.concatenate([circle(30, 30, 30, 31), circle(85, 86)])
    chosen = central(vectors, 6)
    assert len(chosen) == 2
    assert chosen[0] < 4 <= chosen[1]


def test_central_sentences_come_in_the_order_of_the_text() -> None:
    chosen = central(np.random.default_rng(1).normal(size=(40, 8)), 7)
    assert list(chosen) == sorted(set(chosen))


@pytest.mark.parametrize("vectors", [np.zeros((0, 4)), np.zeros(0), np.eye(3)[:0]])
def test_no_sentences_have_no_centre(vectors: NDArray[np.float64]) -> None:
    assert central(vectors, 3) == ()


def test_a_book_is_sampled_evenly() -> None:
    vectors = np.random.default_rng(2).normal(size=(MOST_SENTENCES * 3, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    begun = time.perf_counter()
    assert len(central(vectors, 3)) == 3
    assert time.perf_counter() - begun < 20


@given(st.integers(0, 30), st.integers(-1, 12), st.integers(0, 2**32 - 1))
def test_any_vectors_have_a_centre_and_always_the_same(sentences: int, count: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(sentences, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chosen = central(vectors, count)
    assert chosen == central(vectors.copy(), count)
    assert set(chosen) <= set(range(sentences))
    assert list(chosen) == sorted(set(chosen))
    assert bool(chosen) == (sentences > 0 and count > 0)
    assert len(chosen) <= max(count, 0)
