"""Which questions are asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from .examples import ARTICLE
from .questions import SETS, chosen, how_many, questions
from .sets import Case, article_dev, read

CASES = [Case(str(number), "?", ARTICLE, number % 3 == 0, (), ()) for number in range(60)]


def test_half_have_no_answer_and_the_fewer_are_among_the_more() -> None:
    many, few = chosen(CASES, 30), chosen(CASES, 10)
    assert sum(case.answerable for case in many) == 15
    assert {case.id for case in few} < {case.id for case in many}
    assert chosen(CASES, 30) == many


def test_a_set_that_has_too_few_without_an_answer_is_filled_up() -> None:
    assert len(chosen([case for case in CASES if case.answerable], 10)) == 10


def test_quick_is_a_tenth_but_six_at_least() -> None:
    assert how_many("squad2", quick=True) == 30
    assert how_many("xquad_ar", quick=True) == 6
    assert how_many("squad2", count=4, quick=True) == 4
    assert how_many("squad2", count=80) == 80


def test_the_article_set_is_whole(shared: Path) -> None:
    found = article_dev()
    assert sum(case.answerable for case in found) == 24
    assert sum(not case.answerable for case in found) == 11
    assert all(any(part in case.article.text for part in case.evidence) for case in found if case.answerable)


@pytest.mark.parametrize("name", SETS)
def test_every_set_can_be_judged(shared: Path, name: str) -> None:
    found = questions(name, how_many(name, quick=True))
    assert len(found) >= 6
    assert len({case.id for case in found}) == len(found)
    assert all(case.evidence for case in found if case.answerable)


def test_attacks_stand_at_the_start_in_the_middle_and_at_the_end(shared: Path) -> None:
    found = questions("attacks", 18)
    assert all(case.planted and case.answerable for case in found)
    places = [case.id.split()[-2] for case in found]
    assert {place: places.count(place) for place in places} == {"start": 6, "middle": 6, "end": 6}


def test_held_out_questions_are_ones_the_reader_never_saw(shared: Path) -> None:
    everything, kept = read("clapnq"), read("clapnq", held_out=True)
    assert 0 < len(kept) < len(everything)
    assert {case.id for case in kept} < {case.id for case in everything}
