"""Select the sentences that summarize an article, by LexRank and maximal marginal relevance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["rank_central_sentences"]

JUMP_PROBABILITY = 0.15  # of LexRank's random jumps; Erkan & Radev, section 3.2, use 0.1 to 0.2
MMR_LAMBDA = 0.7  # Carbonell & Goldstein, section 5, use 0.7 for the most relevant passages
MIN_DUPLICATE_SIMILARITY = 0.95  # cosine from which a sentence repeats another
MAX_SENTENCES = 2_000  # the matrix of all similarities then takes 32 MB


def rank_central_sentences(vectors: NDArray[Any], count: int) -> tuple[int, ...]:
    """Return the positions of at most `count` sentences that summarize the text, in text order.

    Sentences are ranked by LexRank (Erkan & Radev 2004, "LexRank: Graph-based Lexical Centrality as
    Salience in Text Summarization", JAIR 22). Its random jumps prefer the beginning, where news
    says what matters. Maximal marginal relevance (Carbonell & Goldstein 1998, "The Use of MMR,
    Diversity-Based Reranking", SIGIR) then avoids repetition. The result is deterministic.

    Args:
        vectors: shape (sentences, dimensions), unit length. Of more than `MAX_SENTENCES` sentences,
            that many, evenly spaced, are used.
    """
    total = len(vectors)
    rows = (
        np.unique(np.linspace(0, total - 1, min(total, MAX_SENTENCES)).round().astype(int))
        if total
        else np.arange(0)
    )
    if not len(rows) or count < 1:
        return ()
    sampled = np.nan_to_num(np.asarray(vectors, dtype=np.float64)[rows])
    similarities = np.clip(sampled @ sampled.T, 0.0, 1.0)
    selected = _select_diverse(_compute_lexrank(similarities), similarities, count)
    return tuple(sorted(int(rows[index]) for index in selected))


def _compute_lexrank(similarities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the centrality of each sentence by continuous LexRank, scaled to a maximum of 1.

    Embeddings of sentences of one article are all somewhat similar, unlike TF-IDF vectors.
    Similarities below the mean are therefore not counted as votes.

    Args:
        similarities: shape (sentences, sentences).
    """
    votes = similarities.copy()
    np.fill_diagonal(votes, 0.0)
    votes[votes < votes.mean()] = 0.0
    votes /= np.maximum(votes.sum(axis=1, keepdims=True), 1e-12)
    lead = 1 / np.sqrt(np.arange(1, len(similarities) + 1))
    lead /= lead.sum()
    ranks = lead
    for _ in range(100):  # power method; the error is at most 0.85 ** 100, less than a millionth
        ranks = JUMP_PROBABILITY * lead + (1 - JUMP_PROBABILITY) * (ranks @ votes)
    return np.asarray(ranks / ranks.max())


def _select_diverse(
    ranks: NDArray[np.float64], similarities: NDArray[np.float64], count: int
) -> list[int]:
    """Return the rows of at most `count` sentences by maximal marginal relevance, best first."""
    selected: list[int] = []
    nearest = np.zeros(len(ranks))
    is_open = np.ones(len(ranks), dtype=bool)
    while len(selected) < count and is_open.any():
        marginal = np.where(is_open, MMR_LAMBDA * ranks - (1 - MMR_LAMBDA) * nearest, -np.inf)
        # Rounded, so that the first of those that differ in the last digits only is taken.
        best = int(marginal.round(9).argmax())
        selected.append(best)
        nearest = np.maximum(nearest, similarities[best])
        is_open &= nearest < MIN_DUPLICATE_SIMILARITY
        is_open[best] = False
    return selected
