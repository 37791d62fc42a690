"""Test the question sets beside the repository. Reading them takes seconds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evaluation.peer_sets import read_acl_verbatim, read_mtrag_un
from evaluation.questions import SETS, count_questions, load_questions
from evaluation.sets import read_set


@pytest.mark.parametrize("name", SETS)
def test_load_questions_every_set_has_evidence(shared: Path, name: str) -> None:
    cases = load_questions(name, count_questions(name, quick=True))
    assert len(cases) >= 6
    assert len({case.id for case in cases}) == len(cases)
    assert all(case.evidence or case.reference for case in cases if case.answerable)


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


def test_read_acl_verbatim_spans_are_evidence(shared: Path) -> None:
    cases = read_acl_verbatim()
    assert (len(cases), sum(case.answerable for case in cases)) == (100, 47)
    for case in cases:
        assert case.spans is not None
        assert tuple(map(case.article.slice, case.spans)) == case.evidence
        assert bool(case.spans) == case.answerable


def test_read_mtrag_un_has_four_kinds(shared: Path) -> None:
    cases = read_mtrag_un()
    assert Counter(case.kind for case in cases) == {
        "answerable": 153,
        "unanswerable": 49,
        "underspecified": 45,
        "partial": 35,
    }
    assert {case.kind for case in cases if case.answerable} == {"answerable", "partial"}


def test_load_questions_all_of_acl_verbatim(shared: Path) -> None:
    assert len(load_questions("acl_verbatim", count_questions("acl_verbatim"))) == 100
