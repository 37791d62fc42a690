"""Which sentences sum an article up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["central"]

JUMP = 0.15  # the share of LexRank's random jumps: Erkan & Radev, section 3.2, take 0.1 to 0.2
RELEVANCE = 0.7  # MMR's lambda: Carbonell & Goldstein, section 5, read with 0.7 for what is most relevant
REPEATED = 0.95  # cosine from which a sentence says the same again
MOST_SENTENCES = 2_000  # the matrix of all similarities then takes 32 MB


def central(vectors: NDArray[Any], count: int) -> tuple[int, ...]:
    """Positions of at most `count` sentences that sum the text up, in its order; the same for the same vectors.

    LexRank (Erkan & Radev 2004, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization", JAIR 22),
    whose random jumps prefer the beginning, where news says what matters; then maximal marginal relevance (Carbonell &
    Goldstein 1998, "The Use of MMR, Diversity-Based Reranking", SIGIR), so that no two say the same.

    Args:
        vectors: shape (sentences, dimensions), unit length. Of more than 2,000 sentences, 2,000 spread evenly are read.
    """
    total = len(vectors)
    rows = np.unique(np.linspace(0, total - 1, min(total, MOST_SENTENCES)).round().astype(int)) if total else np.arange(0)
    if not len(rows) or count < 1:
        return ()
    read = np.nan_to_num(np.asarray(vectors, dtype=np.float64)[rows])
    alike = np.clip(read @ read.T, 0.0, 1.0)
    chosen = _apart(_lexrank(alike), alike, count)
    return tuple(sorted(int(rows[place]) for place in chosen))


def _lexrank(alike: NDArray[np.float64]) -> NDArray[np.float64]:
    """How central each sentence is, 1 for the most; continuous LexRank by the power method.

    Sentences of one article are all somewhat alike as embeddings, which TF-IDF's are not; a likeness below the mean is no vote.
    """
    votes = alike.copy()
    np.fill_diagonal(votes, 0.0)
    votes[votes < votes.mean()] = 0.0
    votes /= np.maximum(votes.sum(axis=1, keepdims=True), 1e-12)
    lead = 1 / np.sqrt(np.arange(1, len(alike) + 1))
    lead /= lead.sum()
    ranks = lead
    for _ in range(100):  # leaves 0.85 ** 100, less than a millionth
        ranks = JUMP * lead + (1 - JUMP) * (ranks @ votes)
    return np.asarray(ranks / ranks.max())


def _apart(ranks: NDArray[np.float64], alike: NDArray[np.float64], count: int) -> list[int]:
    chosen: list[int] = []
    nearest = np.zeros(len(ranks))
    open_ = np.ones(len(ranks), dtype=bool)
    while len(chosen) < count and open_.any():
        marginal = np.where(open_, RELEVANCE * ranks - (1 - RELEVANCE) * nearest, -np.inf)
        best = int(marginal.round(9).argmax())  # the first of those that differ in nothing but the last digits
        chosen.append(best)
        nearest = np.maximum(nearest, alike[best])
        open_ &= nearest < REPEATED
        open_[best] = False
    return chosen
