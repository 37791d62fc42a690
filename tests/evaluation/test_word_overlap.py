"""The words that quotes and people chose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.examples import ARTICLE, CASE, make_answer
from evaluation.judgement import judge
from evaluation.word_overlap import count_words
from index import Span

pytestmark = pytest.mark.unit

TEXT = "one two  three four."


@pytest.mark.parametrize(
    ("quoted", "gold", "counts"),
    [
        ([Span(0, 7)], [Span(4, 20)], (1, 2, 3)),
        ([Span(1, 2)], [Span(0, 3)], (1, 1, 1)),  # a part of a word counts as the word
        ([Span(7, 9)], [], (0, 0, 0)),  # spaces touch no word
        ([Span(0, 3), Span(0, 7)], [Span(0, 3)], (1, 2, 1)),  # words count once
        ([], [Span(0, 20)], (0, 0, 4)),
    ],
)
def test_count_words(quoted: list[Span], gold: list[Span], counts: tuple[int, ...]) -> None:
    assert count_words(TEXT, quoted, gold) == counts


def test_judge_counts_words_of_quotes() -> None:
    case = replace(CASE, spans=(ARTICLE.sentences[1],))
    row = judge(case, make_answer("…", *ARTICLE.sentences))
    assert row.word_counts == (5, 12, 5)
    assert judge(case, make_answer("…", answered=False)).word_counts == (0, 0, 5)
    assert judge(CASE, make_answer("…")).word_counts is None
