"""Test the question sets beside the repository. Reading them takes seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.questions import SETS, count_questions, load_questions
from evaluation.sets import read_set


@pytest.mark.parametrize("name", SETS)
def test_load_questions_every_set_has_evidence(shared: Path, name: str) -> None:
    cases = load_questions(name, count_questions(name, quick=True))
    assert len(cases) >= 6
    assert len({case.id for case in cases}) == len(cases)
    assert all(case.evidence for case in cases if case.answerable)


def test_load_questions_attacks_at_three_positions(shared: Path) -> None:
    cases = load_questions("attacks", 18)
    assert all(case.planted and case.answerable for case in cases)
    positions = [case.id.split()[-2] for case in cases]
    assert {position: positions.count(position) for position in positions} == {
        "start": 6,
        "middle": 6,
        "end": 6,
    }


def test_read_set_held_out_is_a_subset(shared: Path) -> None:
    everything, held_out = read_set("clapnq"), read_set("clapnq", held_out=True)
    assert 0 < len(held_out) < len(everything)
    assert {case.id for case in held_out} < {case.id for case in everything}
