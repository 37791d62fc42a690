"""Test yes/no questions that compare with a number or a date."""

from __future__ import annotations

import time

import pytest

from assistant.pipeline.computation.comparison import compare_with_number
from tests.assistant.pipeline.computation.stated import compute

pytestmark = pytest.mark.unit

CHIMNEY = "The chimney of the pottery is 41 metres (135 feet) high."
KILN = "The kiln was built in 1864 and is 9 metres long."
LOCKS = "The canal has two dozen locks."


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Is the chimney more than 40 metres high?", CHIMNEY, "Yes."),
        ("Is the chimney higher than 50 metres?", CHIMNEY, "No."),
        ("Is the chimney over 130 feet high?", CHIMNEY, "Yes."),
        ("Is the chimney at least 41 metres high?", CHIMNEY, "Yes."),
        ("Is the chimney between 40 and 45 metres high?", CHIMNEY, "Yes."),
        ("Is the chimney 60 metres high?", CHIMNEY, "No."),
        ("Is the chimney less than 4,000 centimetres high?", CHIMNEY, "No."),
        ("Was the kiln built before 1900?", KILN, "Yes."),
        ("Was the kiln built before 1850?", KILN, "No."),
        ("Was the kiln built after 1850?", KILN, "Yes."),
        ("Was the kiln built by 1864?", KILN, "Yes."),
        ("Was the kiln built in the 18th century?", KILN, "No."),
        ("Was the kiln built between 1860 and 1870?", KILN, "Yes."),
        ("Is the kiln under 10 metres long?", KILN, "Yes."),
        ("Does the canal have more than 30 locks?", LOCKS, "No."),
        ("Is the canal over a mile long?", "The canal is 900 metres long.", "No."),
        ("Were fewer than 40 houses built?", "They built 45 stone houses.", "No."),
        ("Does the canal have more than twenty locks?", LOCKS, "Yes."),
        ("Does the canal have exactly 20 locks?", LOCKS, "No."),
        ("Does the canal have as many as 20 locks?", LOCKS, "Yes."),
        ("Does the canal have fewer than 30 locks?", LOCKS, "Yes."),
        ("Is the potter older than 30?", "The potter, Ina Roth, is 44 years old.", "Yes."),
        ("Is the potter younger than 40?", "The potter, Ina Roth, is 44 years old.", "No."),
        ("Did the repair cost over €1 million?", "The repair cost 2.5 million euros.", "Yes."),
        ("Did the repair cost less than €500,000?", "The repair cost €1,250,000.", "No."),
        (
            "Did more than half of the members vote?",
            "Two thirds of the members voted on Friday.",
            "Yes.",
        ),
        (
            "Did more than 70 percent of the members vote?",
            "In the end 62% of the members voted.",
            "No.",
        ),
        (
            "Does the crossing take longer than 1 hour?",
            "The crossing takes 90 minutes.",
            "Yes.",
        ),
        ("Does the bell weigh more than 2 tonnes?", "The bell weighs 2,600 kg.", "Yes."),
        ("Are there more than 50 graves?", "There are more than 60 graves in the yard.", "Yes."),
        ("Is the bog more than 5 km long?", "The bog is about 7 km long.", "Yes."),
        ("Was the mill opened before 1920?", "The mill was opened before 1910.", "Yes."),
        ("Was the mill closed after 1900?", "The mill was closed in the 1930s.", "Yes."),
        ("Was the mill closed before 12 May 1931?", "The mill was closed on 3 May 1931.", "Yes."),
    ],
)
def test_compare_with_number_decided_answers(question: str, text: str, answer: str) -> None:
    computed = compute(compare_with_number, question, text)
    assert computed
    assert computed.text == answer
    assert computed.evidence[0].text == text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Is the chimney 41 metres high?", CHIMNEY),  # stated equally
        ("Was the kiln built in 1864?", KILN),
        ("Is the chimney higher than the kiln?", CHIMNEY),
        ("Is the chimney more than 40 tonnes?", CHIMNEY),
        ("Is the chimney more than 40 metres wide?", CHIMNEY),
        ("Is the bridge more than 40 metres high?", CHIMNEY),
        ("Was the barn built before 1900?", KILN),
        ("Was the kiln repaired before 1900?", KILN),
        ("Isn't the kiln more than 5 metres long?", KILN),
        ("Can the kiln be more than 5 metres long?", KILN),
        ("When was the kiln built, before 1900?", KILN),
        ("Does the canal have more than 30 bridges?", LOCKS),
        ("Does the canal have more than 30?", LOCKS),
        ("Are there more than 70 graves?", "There are more than 60 graves in the yard."),
        ("Is the tower over 60 metres high?", "The tower is about 62 metres high."),
        ("Is the tower over 60 metres high?", "The tower was to be 62 metres high."),
        ("Is the tower over 60 metres high?", "The tower is not 62 metres high."),
        ("Is the tower over 60 metres high?", "If it were built, the tower is 62 metres high."),
        ("Is the tower over 60 metres high?", "The tower was originally 62 metres high."),
        (
            "Is the wall over 60 metres long?",
            "The wall is 62 metres long in parts, 80 metres long.",
        ),
        ("Does the bell weigh over 2 tonnes?", "Each bell weighs 3 tonnes."),
        ("Did the repair cost over $2 million?", "The repair cost 2.5 million euros."),
        ("Did more than 50 members vote?", "60% of the members voted."),
        ("Did more than 50% of the members vote?", "In all 60 members voted."),
        ("Did the mill have over 20 workers?", "The mill sacked 12 of the workers, 30 stayed."),
        ("Was the mill opened before 1905?", "The mill was opened before 1910."),
        ("Was the mill closed before 1933?", "The mill was closed in the 1930s."),
        ("Was she mayor after 1980?", "She was mayor in 1974."),
        ("Was the kiln built before about 1900?", KILN),
    ],
)
def test_compare_with_number_undecided_is_none(question: str, text: str) -> None:
    assert compute(compare_with_number, question, text) is None


def test_compare_with_number_conflict_is_none() -> None:
    text = "The dam is 62 metres high. Old maps say that the dam is 40 metres high."
    assert compute(compare_with_number, "Is the dam over 50 metres high?", text) is None


def test_compare_with_number_pronoun_uses_context() -> None:
    text = "The barn stands by the river. It was built in 1782."
    computed = compute(compare_with_number, "Was the barn built before 1800?", text, best=1)
    assert computed
    assert computed.calculation == "1782 < 1800"


@pytest.mark.parametrize("piece", ["1 ", "a ", "one hundred ", "12, ", "half ", "in 1900 to "])
def test_compare_with_number_long_text_is_fast(piece: str) -> None:
    text = f"The barn was built in 1782 {piece * 20_000}."
    started = time.perf_counter()
    compute(compare_with_number, "Was the barn built before 1800?", text)
    assert time.perf_counter() - started < 10
