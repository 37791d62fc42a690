"""Search by itself: is a sentence that answers among the first, for each ranking and each unit of text to search.

`recall@k`: the share of questions with a right sentence among the first k. `nDCG@10` (Järvelin and Kekäläinen, 2002),
every right sentence of the article being as relevant as any other. No language model is needed.
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

from assistant.evidence import candidates_of, choose
from assistant.reader import Reader
from assistant.settings import get_settings
from index.article import Article, Span
from index.keywords import Keywords
from index.library import Library
from index.search import HybridRetriever

from .measure import holds
from .sets import Case

__all__ = ["UNITS", "ndcg", "search_figures", "unit_figures", "windows"]

DEPTH = 10
FOUND = 8

# Spans in the order in which a way of searching ranks them, best first.
Ranking = Callable[[Library, Case], list[Span]]


def search_figures(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Ranking to figures, over the questions that have an answer."""
    asked = [case for case in cases if case.answerable]
    with tempfile.TemporaryDirectory() as folder, closing(Library(Path(folder))) as library:
        for case in tqdm(asked, desc="embedding", disable=None):
            library.add(case.article)
        return {name: _figures(asked, [ranking(library, case) for case in asked]) for name, ranking in RANKINGS.items()}


def _figures(cases: Sequence[Case], rankings: Sequence[Sequence[Span]]) -> dict[str, float]:
    right = [[_right(case, span) for span in spans] for case, spans in zip(cases, rankings, strict=True)]
    figures = {f"recall@{k}": fmean(any(flags[:k]) for flags in right) for k in (1, 3, 8)}
    totals = [sum(_right(case, span) for span in case.article.passages) for case in cases]
    return figures | {"nDCG@10": fmean(ndcg(flags, total) for flags, total in zip(right, totals, strict=True))}


def _right(case: Case, span: Span) -> bool:
    return holds(case.article.slice(span), case.evidence)


def ndcg(right: Sequence[bool], total: int, depth: int = DEPTH) -> float:
    """Of a ranking's flags, where `total` flags would be true in all of the article."""
    gains = [1 / np.log2(rank + 1) for rank in range(1, depth + 1)]
    ideal = sum(gains[: max(total, sum(right[:depth]))])
    return float(sum(gain for gain, flag in zip(gains, right, strict=False) if flag) / ideal) if ideal else 0.0


def _dense(library: Library, case: Case) -> list[Span]:
    vector = library.embedder.embed([case.alone])[0]
    return [case.article.passages[place] for _, place, _ in library.vectors.nearest(vector, DEPTH, [case.article.id])]


def _bm25(library: Library, case: Case) -> list[Span]:
    article = case.article
    scores = Keywords([article.slice(span) for span in article.passages], article.language).scores(case.alone)
    return [article.passages[place] for place in np.argsort(-scores, kind="stable")[:DEPTH] if scores[place] > 0]


def _fused(library: Library, case: Case) -> list[Span]:
    return [hit.span for hit in HybridRetriever(library=library, article_ids=(case.article.id,)).hits(case.alone, DEPTH)]


def _read(library: Library, case: Case) -> list[Span]:
    """As the assistant does: its reader puts the sentences of the passages that were found in its own order."""
    settings = get_settings()
    hits = HybridRetriever(library=library, article_ids=(case.article.id,)).hits(case.alone, settings.candidates)
    choice = choose(case.alone, candidates_of(hits), settings.quotes, Reader.shared())
    return [candidate.span for candidate in choice.ranked]


RANKINGS: dict[str, Ranking] = {"dense": _dense, "BM25": _bm25, "fused": _fused, "after the reader": _read}


def windows(article: Article, size: int, step: int) -> tuple[Span, ...]:
    """Spans of `size` sentences, each beginning `step` sentences after the one before; the last may be shorter."""
    spans = article.sentences
    starts = range(0, max(1, len(spans) - size + step), step)
    return tuple(Span(spans[start].start, spans[min(start + size, len(spans)) - 1].end) for start in starts)


def _with_the_one_before(article: Article) -> tuple[Span, ...]:
    spans = article.sentences
    return tuple(Span(spans[max(0, place - 1)].start, span.end) for place, span in enumerate(spans))


# Name: what is searched, and whether only the last sentence of what was found counts.
UNITS: dict[str, tuple[Callable[[Article], tuple[Span, ...]], bool]] = {
    "as the product": (lambda article: article.passages, False),
    "one sentence": (lambda article: article.sentences, False),
    "windows of two": (lambda article: windows(article, 2, 1), False),
    "windows of three": (lambda article: windows(article, 3, 2), False),
    "with the one before": (_with_the_one_before, True),
}


def unit_figures(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Unit to figures. Eight windows hold more text than eight sentences: hence recall by sentences read, too."""
    asked = [case for case in cases if case.answerable]
    return {name: _of_unit(asked, *unit) for name, unit in UNITS.items()}


def _of_unit(cases: Sequence[Case], units: Callable[[Article], tuple[Span, ...]], only_last: bool) -> dict[str, float]:
    among, read = [], []
    with tempfile.TemporaryDirectory() as folder, closing(Library(Path(folder))) as library:
        for case in tqdm(cases, desc="units", disable=None):
            library.add(replace(case.article, passages=units(case.article)))
            spans = _fused(library, case)
            found = [[_last(case.article, span)] if only_last else _sentences(case.article, span) for span in spans]
            among.append(any(_right(case, _joined(sentences)) for sentences in found[:FOUND]))
            distinct = list(dict.fromkeys(sentence for sentences in found for sentence in sentences))
            read.append(any(_right(case, sentence) for sentence in distinct[:FOUND]))
    return {f"recall@{FOUND}, units": fmean(among), f"recall@{FOUND}, sentences": fmean(read)}


def _sentences(article: Article, span: Span) -> list[Span]:
    return [article.sentences[place] for place in article.sentences_in(span)]


def _last(article: Article, span: Span) -> Span:
    return _sentences(article, span)[-1]


def _joined(sentences: Sequence[Span]) -> Span:
    return Span(sentences[0].start, sentences[-1].end)
