"""Measure search without a language model, for each ranking and each unit of text.

`recall@k` is the share of questions with a right sentence among the first k. `nDCG@10` (Järvelin
and Kekäläinen, 2002) gives every right sentence of the article the same relevance.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
from tqdm import tqdm

from assistant.pipeline.candidate import make_candidates
from assistant.pipeline.evidence.selection import select_candidates
from assistant.resources import default_resources
from assistant.settings import get_settings
from evaluation.judgement import has_evidence
from evaluation.sets import Case
from index.retrieval.bm25 import KeywordIndex
from index.retrieval.hybrid import HybridRetriever
from index.storage.library import Library
from index.text.article import Article
from index.text.spans import Span

__all__ = ["UNITS", "make_windows", "measure_search", "measure_units", "ndcg"]

DEPTH = 10
TOP_PASSAGES = 8

# Returns the spans of a case's article, best first.
Ranking = Callable[[Library, Case], list[Span]]


def measure_search(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Return the figures of each ranking over the answerable questions."""
    answerable = [case for case in cases if case.answerable]
    with tempfile.TemporaryDirectory() as folder, closing(Library(Path(folder))) as library:
        for case in tqdm(answerable, desc="embedding", disable=None):
            library.add(case.article)
        return {
            name: _compute_figures(answerable, [ranking(library, case) for case in answerable])
            for name, ranking in RANKINGS.items()
        }


def _compute_figures(cases: Sequence[Case], rankings: Sequence[Sequence[Span]]) -> dict[str, float]:
    right = [
        [_has_evidence(case, span) for span in spans]
        for case, spans in zip(cases, rankings, strict=True)
    ]
    figures = {f"recall@{k}": fmean(any(flags[:k]) for flags in right) for k in (1, 3, 8)}
    totals = [sum(_has_evidence(case, span) for span in case.article.passages) for case in cases]
    return figures | {
        "nDCG@10": fmean(ndcg(flags, total) for flags, total in zip(right, totals, strict=True))
    }


def _has_evidence(case: Case, span: Span) -> bool:
    return has_evidence(case.article.slice(span), case.evidence)


def ndcg(right: Sequence[bool], total: int, depth: int = DEPTH) -> float:
    """Return the nDCG of a ranking.

    Args:
        right: whether each ranked span is right, best rank first.
        total: number of right spans in the whole article.
    """
    gains = [1 / np.log2(rank + 1) for rank in range(1, depth + 1)]
    ideal = sum(gains[: max(total, sum(right[:depth]))])
    return (
        float(sum(gain for gain, flag in zip(gains, right, strict=False) if flag) / ideal)
        if ideal
        else 0.0
    )


def _rank_dense(library: Library, case: Case) -> list[Span]:
    vector = library.embedder.embed([case.standalone_question])[0]
    return [
        case.article.passages[position]
        for _, position, _ in library.vectors.find_nearest(vector, DEPTH, [case.article.id])
    ]


def _rank_bm25(library: Library, case: Case) -> list[Span]:
    article = case.article
    scores = KeywordIndex(
        [article.slice(span) for span in article.passages], article.language
    ).scores(case.standalone_question)
    return [
        article.passages[position]
        for position in np.argsort(-scores, kind="stable")[:DEPTH]
        if scores[position] > 0
    ]


def _rank_fused(library: Library, case: Case) -> list[Span]:
    return [
        hit.span
        for hit in HybridRetriever(library=library, article_ids=(case.article.id,)).hits(
            case.standalone_question, DEPTH
        )
    ]


def _rank_with_reader(library: Library, case: Case) -> list[Span]:
    """Rank as the assistant does: its reader reorders the sentences of the retrieved passages."""
    settings = get_settings()
    hits = HybridRetriever(library=library, article_ids=(case.article.id,)).hits(
        case.standalone_question, settings.candidates
    )
    choice = select_candidates(
        case.standalone_question, make_candidates(hits), settings.quotes, default_resources().reader
    )
    return [candidate.span for candidate in choice.ranked]


RANKINGS: dict[str, Ranking] = {
    "dense": _rank_dense,
    "BM25": _rank_bm25,
    "fused": _rank_fused,
    "after the reader": _rank_with_reader,
}


def make_windows(article: Article, size: int, step: int) -> tuple[Span, ...]:
    """Return windows of `size` sentences that start `step` sentences apart.

    The last window may be shorter.
    """
    spans = article.sentences
    starts = range(0, max(1, len(spans) - size + step), step)
    return tuple(
        Span(spans[start].start, spans[min(start + size, len(spans)) - 1].end) for start in starts
    )


def _make_sentence_pairs(article: Article) -> tuple[Span, ...]:
    spans = article.sentences
    return tuple(
        Span(spans[max(0, number - 1)].start, span.end) for number, span in enumerate(spans)
    )


# Name: the unit that is searched, and whether only the last sentence of a unit counts as found.
UNITS: dict[str, tuple[Callable[[Article], tuple[Span, ...]], bool]] = {
    "as the product": (lambda article: article.passages, False),
    "one sentence": (lambda article: article.sentences, False),
    "windows of two": (lambda article: make_windows(article, 2, 1), False),
    "windows of three": (lambda article: make_windows(article, 3, 2), False),
    "with the one before": (_make_sentence_pairs, True),
}


def measure_units(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Return the figures of each unit of text.

    Eight windows have more text than eight sentences. Recall is therefore also given by sentences.
    """
    answerable = [case for case in cases if case.answerable]
    return {name: _measure_unit(answerable, *unit) for name, unit in UNITS.items()}


def _measure_unit(
    cases: Sequence[Case], units: Callable[[Article], tuple[Span, ...]], only_last: bool
) -> dict[str, float]:
    unit_hits, sentence_hits = [], []
    with tempfile.TemporaryDirectory() as folder, closing(Library(Path(folder))) as library:
        for case in tqdm(cases, desc="units", disable=None):
            library.add(replace(case.article, passages=units(case.article)))
            ranked = [
                [_get_last_sentence(case.article, span)]
                if only_last
                else _list_sentences(case.article, span)
                for span in _rank_fused(library, case)
            ]
            top = [_join_spans(sentences) for sentences in ranked[:TOP_PASSAGES]]
            unit_hits.append(any(_has_evidence(case, span) for span in top))
            distinct = list(
                dict.fromkeys(sentence for sentences in ranked for sentence in sentences)
            )
            sentence_hits.append(
                any(_has_evidence(case, sentence) for sentence in distinct[:TOP_PASSAGES])
            )
    return {
        f"recall@{TOP_PASSAGES}, units": fmean(unit_hits),
        f"recall@{TOP_PASSAGES}, sentences": fmean(sentence_hits),
    }


def _list_sentences(article: Article, span: Span) -> list[Span]:
    return [article.sentences[position] for position in article.sentences_in(span)]


def _get_last_sentence(article: Article, span: Span) -> Span:
    return _list_sentences(article, span)[-1]


def _join_spans(sentences: Sequence[Span]) -> Span:
    return Span(sentences[0].start, sentences[-1].end)
