"""Test that questions about names are about persons only."""

from __future__ import annotations

import pytest

from assistant.service.suggestions import build_person_questions, extract_names

pytestmark = pytest.mark.unit

TEXT = (
    "Visitors in Lund praised Mayor Ana Ruiz. Ana Ruiz, who is 50, was there. "
    "A report of the Bridge Fund says that it paid. The Bridge Fund said more. "
    "They came to Google, and in Google it was warm. They met Lars and Anna. "
    "Later Petra Holt said that it rained."
)


@pytest.mark.parametrize(
    ("name", "questions"),
    [
        ("Ana Ruiz", ["Who is Ana Ruiz?"]),
        ("Petra Holt", ["What did Petra Holt say?", "Who is Petra Holt?"]),
        *(
            (name, [])
            for name in (
                "Lund",
                "the Bridge Fund",
                "Bridge Fund",
                "Google",
                "Lars and Anna",
                "Kurdish",
            )
        ),
    ],
)
def test_only_persons_have_questions(name: str, questions: list[str]) -> None:
    assert build_person_questions(name, TEXT, {"Petra Holt", "the Bridge Fund"}) == questions


def test_extract_names_leaves_out_adjectives() -> None:
    text = (
        "The town was taken by Kurdish and Arab fighters. "
        "Later the Kurdish forces left it to Brian, who had come."
    )
    assert extract_names(text) == ["Brian"]
