"""Test the evaluation of formulas with stated quantities and dates."""

from __future__ import annotations

import pytest

from assistant.pipeline.candidate import make_candidates_at
from assistant.pipeline.computation.dates import find_dates
from assistant.pipeline.computation.formula import StatedValue, evaluate_plan
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.computation.plan import CalculationPlan
from assistant.pipeline.computation.quantities import find_quantities
from index.text.article import Article

pytestmark = pytest.mark.unit


def evaluate(
    factors: tuple[int, ...],
    sentences: tuple[str, ...],
    question: str = "How much is it?",
    *,
    constant: int = 0,
    is_time: bool = False,
) -> Computed | None:
    """Evaluate a formula with the first value of each sentence."""
    article = Article.from_text(" ".join(sentences))
    candidates = make_candidates_at([article], lambda article: range(len(article.sentences)))
    find = find_dates if is_time else find_quantities
    operands = [
        StatedValue(find(candidate.text)[0], (candidate,))
        for candidate in candidates[: len(factors)]
    ]
    questions = tuple("How much?" for _ in factors)
    return evaluate_plan(CalculationPlan(questions, factors, constant), operands, question)


@pytest.mark.parametrize(
    ("factors", "sentences", "question", "text", "calculation"),
    [
        (
            (2, 1),
            ("Adults pay £5.40.", "A child pays £2.90."),
            "What do two adults and a child pay?",
            "£13.70.",
            "2 × £5.40 + £2.90 = £13.70",
        ),
        (
            (1, -1),
            ("In B there were 402 sherds.", "In A there were 131 sherds."),
            "How many more sherds were in B?",
            "271 sherds.",
            "402 − 131 = 271",
        ),
        (
            (1, -1),
            ("One is 2 km long.", "The other is 500 metres long."),
            "How much longer is it?",
            "1,500 metres.",
            "2,000 − 500 = 1,500",
        ),
        ((4,), ("A night costs €30.",), "What do 4 nights cost?", "€120.", "4 × €30 = €120"),
        (
            (1, 1),
            ("About 40 people came.", "Then 30 people came."),
            "How many people came in all?",
            "About 70 people.",
            "40 + 30 = 70",
        ),
    ],
)
def test_quantities_are_added(
    factors: tuple[int, ...], sentences: tuple[str, ...], question: str, text: str, calculation: str
) -> None:
    computed = evaluate(factors, sentences, question)
    assert computed
    assert (computed.text, computed.calculation) == (text, calculation)
    assert [candidate.text for candidate in computed.evidence] == list(sentences)


@pytest.mark.parametrize(
    ("factors", "sentences"),
    [
        ((1, -1), ("It is 30 metres high.", "It costs £20.")),  # of two kinds
        ((1, -1), ("It costs £20.", "It costs £30.")),  # not more
        ((1, -1), ("It costs more than £30.", "It costs £20.")),
        ((1, 1), ("It takes 10 to 20 minutes.", "It takes 5 minutes.")),
    ],
)
def test_quantities_that_do_not_fit_are_none(
    factors: tuple[int, ...], sentences: tuple[str, ...]
) -> None:
    assert evaluate(factors, sentences) is None


@pytest.mark.parametrize(
    ("sentences", "question", "constant", "text"),
    [
        (
            ("She was born on 3 May 1933.", "It opened on 2 May 1979."),
            "How old was she when it opened?",
            0,
            "45 years.",
        ),
        (("It opened in 1912.", "It closed in 1958."), "How many years passed?", 0, "46 years."),
        (("She was born in 1933.",), "How old was she in 1979?", 1979, "about 46 years"),
    ],
)
def test_dates_are_subtracted(
    sentences: tuple[str, ...], question: str, constant: int, text: str
) -> None:
    factors = (1, -1) if len(sentences) == 2 else (-1,)
    computed = evaluate(factors, sentences, question, constant=constant, is_time=True)
    assert computed
    assert computed.text == text


def test_sum_of_dates_is_none() -> None:
    assert evaluate((1, 1), ("It opened in 1912.", "It closed in 1958."), is_time=True) is None
