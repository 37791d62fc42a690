"""Test durations and ages that are computed from dates."""

from __future__ import annotations

import pytest

from assistant.pipeline.computation.duration import compute_age, compute_duration
from tests.assistant.pipeline.computation.stated import compute

pytestmark = pytest.mark.unit

MAYOR = "Ute Brandt was mayor of Lund from 1951 to 1974."
BORN = "Ute Brandt was born in 1912. She became mayor in 1951."


@pytest.mark.parametrize(
    ("question", "text", "answer", "calculation"),
    [
        ("How long was Ute Brandt mayor?", MAYOR, "23 years.", "1974 − 1951 = 23"),
        ("For how many years was Ute Brandt mayor?", MAYOR, "23 years.", "1974 − 1951 = 23"),
        (
            "How long did the siege last?",
            "The siege lasted from 3 May 1702 to 24 May 1702.",
            "21 days.",
            "",
        ),
        (
            "How long did the strike last?",
            "The strike (1921–1923) ended badly.",
            "2 years.",
            "1923 − 1921 = 2",
        ),
        (
            "How long is the library open on Fridays?",
            "On Fridays the library is open from 9.30 a.m. to 4 p.m.",
            "6 hours 30 minutes.",
            "16:00 − 9:30",
        ),
        (
            "How many hours is the library open?",
            "The library is open from 10:00 to 17:00.",
            "7 hours.",
            "17:00 − 10:00",
        ),
    ],
)
def test_compute_duration_two_ends_subtracts(
    question: str, text: str, answer: str, calculation: str
) -> None:
    computed = compute(compute_duration, question, text)
    assert computed
    assert (computed.text, computed.calculation) == (answer, calculation)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How long was Ute Brandt mayor?", "Ute Brandt was mayor in 1951."),
        ("How long was Ute Brandt mayor?", f"{MAYOR} Ute Brandt was mayor for 22 years."),
        ("How long was Ole Brandt mayor?", MAYOR),
        ("How long was Ute Brandt mayor?", "Ute Brandt was mayor from about 1951 to 1974."),
        ("How long was Ute Brandt mayor?", "Ute Brandt was mayor roughly from 1951 to 1974."),
        ("How long was Ute Brandt mayor?", "Ute Brandt was mayor in 1951 and in 1974."),
        ("How long is the bridge?", "The bridge was closed from 1951 to 1974."),
        ("How long is the library open?", "The library is open from 9 to 5."),
        ("How long is the library open?", "The library is open from 9 a.m. on."),
    ],
)
def test_compute_duration_uncertain_is_none(question: str, text: str) -> None:
    assert compute(compute_duration, question, text) is None


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("How old was Ute Brandt when she became mayor?", BORN, "about 39 years"),
        (
            "How old was Ute Brandt when she died?",
            "Ute Brandt (1912–1990) was mayor.",
            "about 78 years",
        ),
        (
            "How old was Ute Brandt when she resigned?",
            "Ute Brandt was born on 9 June 1912. Ute Brandt resigned on 2 May 1974.",
            "61 years.",
        ),
    ],
)
def test_compute_age_birth_and_event_subtracts(question: str, text: str, answer: str) -> None:
    computed = compute(compute_age, question, text)
    assert computed
    assert computed.text == answer


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How old was Ute Brandt when she retired?", BORN),
        ("How old was Ole Hamm when he became mayor?", BORN),
        ("How old was she when she became mayor?", BORN),
        (
            "How old was Ute Brandt when she became mayor?",
            f"{BORN} Ute Brandt was 38 years old then.",
        ),
        ("How old was Ute Brandt when she became mayor?", "Ute Brandt became mayor in 1951."),
        (
            "How old was Ute Brandt when she became mayor?",
            "Ute Brandt was born about 1912. She became mayor in 1951.",
        ),
    ],
)
def test_compute_age_uncertain_is_none(question: str, text: str) -> None:
    assert compute(compute_age, question, text) is None
