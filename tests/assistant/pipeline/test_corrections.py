"""Test which later sentences correct or contradict a selected one."""

from __future__ import annotations

import pytest

from assistant.pipeline.candidate import make_candidates_at
from assistant.pipeline.evidence.corrections import find_contradictions, find_corrections
from index.text.article import Article

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("How many were hurt?", "The police first spoke of 4 hurt. The clinic put it at 9.", [1]),
        ("How many were hurt?", "At first 4 were hurt. Later the clinic counted 9.", [1]),
        ("How many were hurt?", "There were 4 hurt. There were 9 boats.", []),
        ("How many were hurt?", "At first 4 were hurt. The 4 hurt went home.", []),
        ("Was it arson?", "The chief spoke of arson. She took that back on Sunday.", [1]),
        ("Was it arson?", "The chief spoke of arson. In fact a wire had burnt.", [1]),
        ("Was it arson?", "The chief spoke of arson. The store sells paint.", []),
        ("Was it arson?", "The chief spoke of arson. Guests ran. Some deny this.", []),
        ("Are dogs allowed?", "Dogs are not allowed. Contrary to the guide, there is no café.", []),
        ("When will it open?", "It was to open in 2020. It will now open in 2024.", [1]),
    ],
)
def test_correction_is_later_and_about_the_same(
    question: str, text: str, expected: list[int]
) -> None:
    article = Article.from_text(text, language="en")
    selected = make_candidates_at([article], lambda _: [0])
    found = find_corrections(question, selected)
    assert [candidate.position for candidate in found] == expected


def test_correction_far_away_needs_cue_and_same_words() -> None:
    filler = " ".join(f"Sentence {number} is about boats." for number in range(9))
    text = f"The old bridge cost three million. {filler} Correction: the old bridge cost five."
    article = Article.from_text(text, language="en")
    selected = make_candidates_at([article], lambda _: [0])
    found = find_corrections("Was the old bridge expensive?", selected)
    assert [candidate.position for candidate in found] == [len(article.sentences) - 1]


def test_correction_that_is_selected_is_not_found_again() -> None:
    article = Article.from_text("The chief spoke of arson. She took that back.", language="en")
    selected = make_candidates_at([article], lambda _: [0, 1])
    assert find_corrections("Was it arson?", selected) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The man said that he had slept. The court found that he had been out.", [1]),
        ("The man said that he had slept. He said that he was tired.", []),
        ("The man said that he had slept. The harbour froze.", []),
        ("The man slept. The court found that he had been out.", []),  # no claim
    ],
)
def test_claim_may_be_contradicted_by_finding(text: str, expected: list[int]) -> None:
    article = Article.from_text(text, language="en")
    selected = make_candidates_at([article], lambda _: [0])
    found = find_contradictions("Was the man at home?", selected)
    assert [candidate.position for candidate in found] == expected
