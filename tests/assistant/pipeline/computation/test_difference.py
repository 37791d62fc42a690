"""Test differences, ratios and totals of quantities."""

from __future__ import annotations

import pytest

from assistant.pipeline.computation.difference import compute_difference
from assistant.pipeline.computation.total import compute_total
from tests.assistant.pipeline.computation.stated import compute

pytestmark = pytest.mark.unit

PEAKS = "The Horn peak is 2,410 metres high. The Saddle peak, to the west, is 2,185 metres high."
HERD = "The farm keeps 118 goats and 96 geese."
SHOP = "The tent costs 120 euros. The stove costs 45 euros."
MILL = "The mill was founded in 1901. Its barn burned down in 1950. The barn was built in 1920."


@pytest.mark.parametrize(
    ("question", "text", "answer", "calculation"),
    [
        (
            "How much higher is the Horn than the Saddle?",
            PEAKS,
            "225 metres.",
            "2,410 − 2,185 = 225",
        ),
        (
            "How many metres lower is the Saddle than the Horn?",
            PEAKS,
            "225 metres.",
            "2,410 − 2,185 = 225",
        ),
        (
            "What is the difference in height between the Saddle and the Horn?",
            PEAKS,
            "225 metres.",
            "2,410 − 2,185 = 225",
        ),
        ("How many more goats than geese does the farm keep?", HERD, "22 more goats.", None),
        ("How much cheaper is the stove than the tent?", SHOP, "€75.", "120 − 45 = 75"),
        ("How much more expensive is the tent than the stove?", SHOP, "€75.", None),
        ("How much more does the tent cost than the stove?", SHOP, "€75.", None),
        (
            "How much heavier is the bull than the calf?",
            "The bull weighs 1.1 tonnes and the calf 90 kg.",
            "1,010 kilograms.",
            "1,100 − 90 = 1,010",
        ),
        (
            "How much older is Greta than Tom?",
            "Tom is 41 years old and Greta is 67 years old.",
            "26 years.",
            "67 − 41 = 26",
        ),
        (
            "How much older is the barn than the mill?",
            "The mill was built in 1820. The barn was built in 1782.",
            "38 years.",
            "1820 − 1782 = 38",
        ),
        (
            "How many years after the mill was founded did the barn burn down?",
            MILL,
            "49 years.",
            "1950 − 1901 = 49",
        ),
        (
            "How many times as long is the Ard as the Bree?",
            "The Ard is 300 km long. The Bree is 120 km long.",
            "2.5 times.",
            "300 ÷ 120 = 2.5",
        ),
        (
            "How many more visitors came in 2019 than in 2018?",
            "In 2018 1,200 visitors came. In 2019 1,500 visitors came to the museum.",
            "300 more visitors.",
            "1,500 − 1,200 = 300",
        ),
        (
            "How much wider is the Ard than the Bree?",
            "The Ard is about 90 metres wide. The Bree is 40 metres wide.",
            "About 50 metres.",
            "90 − 40 = 50",
        ),
    ],
)
def test_compute_difference_two_operands_subtracts(
    question: str, text: str, answer: str, calculation: str | None
) -> None:
    computed = compute(compute_difference, question, text)
    assert computed
    assert computed.text == answer
    assert calculation is None or computed.calculation == calculation


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How much higher is the Saddle than the Horn?", PEAKS),  # a false premise
        ("How much higher is the Horn than the Tooth?", PEAKS),
        ("How much wider is the Horn than the Saddle?", PEAKS),
        ("How many more goats than hens does the farm keep?", HERD),
        ("How many more goats than geese does the zoo keep?", HERD),
        ("How much heavier is the tent than the stove?", SHOP),
        (
            "How much cheaper is the stove than the tent?",
            "The tent costs 120 euros. The stove costs 45 dollars.",
        ),
        (
            "How much cheaper is the stove than the tent?",
            "The tent costs 120 euros or 90 euros on Mondays. The stove costs 45 euros.",
        ),
        (
            "How much cheaper is the stove than the tent?",
            "The tent costs more than 120 euros. The stove costs 45 euros.",
        ),
        (
            "How much higher is the Horn than the Saddle?",
            "The Horn and the Saddle are 2,410 metres high.",
        ),
        (
            "How much higher is the Horn than the Saddle?",
            "The Horn is 2,410 metres high. The Saddle would be 2,100 metres high.",
        ),
        (
            "How many years after the mill was founded did the river flood?",
            MILL,
        ),
    ],
)
def test_compute_difference_uncertain_is_none(question: str, text: str) -> None:
    assert compute(compute_difference, question, text) is None


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("How many goats and geese does the farm keep in total?", HERD, "214 goats and geese."),
        ("How much do the tent and the stove cost together?", SHOP, "€165."),
        ("How many goats and geese does the farm keep altogether?", HERD, "214 goats and geese."),
    ],
)
def test_compute_total_listed_subjects_adds(question: str, text: str, answer: str) -> None:
    computed = compute(compute_total, question, text)
    assert computed
    assert computed.text == answer


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many goats and geese does the farm keep?", HERD),
        ("How many goats and hens does the farm keep in total?", HERD),
        ("How many animals does the farm keep in total?", HERD),
        (
            "How much do the tent and the stove cost together?",
            f"{SHOP} The tent and the stove cost 150 euros together.",
        ),
        (
            "How many goats and geese does the farm keep in total?",
            "The farm keeps more than 118 goats and 96 geese.",
        ),
    ],
)
def test_compute_total_uncertain_is_none(question: str, text: str) -> None:
    assert compute(compute_total, question, text) is None
