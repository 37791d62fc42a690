"""Search figures from hand-made numbers and on a real library."""

from __future__ import annotations

import math

import pytest

from evaluation.retrieval import make_windows, measure_search, measure_units, ndcg
from evaluation.sets import Case
from index.text.article import Article
from index.text.spans import Span


def test_ndcg_matches_hand_computed_values() -> None:
    assert ndcg([True, False, False], 1) == 1.0
    assert ndcg([False, True], 1) == pytest.approx(1 / math.log2(3))
    assert ndcg([True, False, True], 2) == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))
    assert ndcg([False, False], 1) == 0.0


def test_ndcg_ignores_ranks_after_ten() -> None:
    assert ndcg([False] * 10 + [True], 1) == 0.0
    assert ndcg([True] * 10, 30) == pytest.approx(1.0)


def test_make_windows_overlap_and_cover_everything() -> None:
    article = Article.from_text("One is here. Two is here. Three is here. Four is here.")
    first, second, third, fourth = article.sentences
    assert make_windows(article, 2, 1) == tuple(
        Span(a.start, b.end) for a, b in ((first, second), (second, third), (third, fourth))
    )
    assert make_windows(article, 3, 2) == (
        Span(first.start, third.end),
        Span(third.start, fourth.end),
    )
    assert make_windows(Article.from_text("One is here."), 3, 2) == (Span(0, 12),)


def test_measure_search_finds_answer_in_short_article(volcano: Article) -> None:
    case = Case(
        "1",
        "When did Etna erupt again?",
        volcano,
        True,
        ("4 July 2024",),
        ("erupted again on 4 July 2024",),
    )
    unanswerable = Case("2", "Who is the mayor?", volcano, False, (), ())
    results = measure_search([case, unanswerable])
    assert list(results) == ["dense", "BM25", "fused", "after the reader"]
    assert all(
        figures["recall@8"] == 1.0 and 0 < figures["nDCG@10"] <= 1.0 for figures in results.values()
    )
    assert all(figures["recall@8, units"] == 1.0 for figures in measure_units([case]).values())
