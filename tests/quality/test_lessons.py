"""What the adapter is taught: only what the shown sentences say, and nothing that the figures are taken on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assistant.prompts import prompt
from training.adapter import SAID_WEIGHT, SPAN_WEIGHT, Tokens
from training.lessons import DOUBT, TURNED_BACK, Lesson, Turn, lessons, seen_and_kept
from training.splits import held_out

from .sets import SHARED

NUMBERED = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> list[Lesson]:
    if not (SHARED / "eval").is_dir():
        pytest.skip(f"the question sets are not there ({SHARED})")
    written = tmp_path_factory.mktemp("written") / "written.jsonl"
    own, _ = seen_and_kept(SHARED / "eval", "squad2")
    rows = [{"key": one.key, "text": "So it is written.", "holds": True} for one in own if one.span]
    written.write_text("\n".join(map(json.dumps, rows)))
    return lessons(SHARED / "eval", written, kept=False)


def found(taught: list[Lesson]) -> list[tuple[Lesson, Turn]]:
    return [(lesson, turn) for lesson in taught for turn in lesson.turns if turn.said.startswith("Found")]


def test_numbers_are_of_sentences_that_are_shown_and_quoted_words_stand_in_them(taught: list[Lesson]) -> None:
    quoted = 0
    for lesson, turn in found(taught):
        shown = {int(number): text for number, text in NUMBERED.findall(lesson.shown)}
        ids = [int(number) for number in re.findall(r"\[(\d+)\]", turn.said.partition("]. ")[0] + "]")]
        assert ids
        assert set(ids) <= set(shown)
        if turn.span:
            quoted += 1
            assert any(turn.span in shown[number] for number in ids)
            assert f'. "{turn.span}"' in turn.said
    assert quoted > 1_000


def test_about_half_is_not_stated(taught: list[Lesson]) -> None:
    turns = [turn for lesson in taught for turn in lesson.turns]
    assert 0.4 < sum(turn.said == "Not stated." for turn in turns) / len(turns) < 0.6


def test_words_that_answer_and_words_that_do_not_are_asked_about(taught: list[Lesson]) -> None:
    said = {"Yes": 0, "No": 0}
    for lesson in taught:
        for turn in lesson.turns:
            if turn.said in said:
                said[turn.said] += 1
                assert turn.asked.endswith(f'"{TURNED_BACK}{DOUBT}')
    assert min(said.values()) > 800


def test_a_few_sentences_alone_are_shown_as_the_chain_shows_them(taught: list[Lesson]) -> None:
    few = [
        lesson
        for lesson in taught
        if f"The question will be: {lesson.turns[0].asked.removeprefix('Question: ')}\n[" in lesson.shown
    ]
    begun, _, _ = prompt("named").partition("{heading}")
    assert all(lesson.shown.startswith(begun) for lesson in few)
    assert len({lesson.turns[0].asked for lesson in few}) > 2_000


def test_no_question_on_an_article_that_is_held_out_is_taught(taught: list[Lesson]) -> None:
    _, kept = seen_and_kept(SHARED / "eval", "squad2")
    assert all(held_out(question.group) for question in kept)
    asked = {turn.asked for lesson in taught for turn in lesson.turns}
    assert not [question.text for question in kept if f"Question: {question.text}" in asked]


def test_quoted_words_weigh_less_than_numbers_and_more_than_the_sentence() -> None:
    class Words(Tokens):
        def __init__(self) -> None: ...

        def of(self, text: str) -> list[int]:
            return [len(word) for word in text.split()]

    turn = Turn("Question: Where?", 'Found [3]. "Cork City" It is in Cork City.', True, "Cork City")
    packed = Words().pack(Lesson("Shown.", [turn, Turn("Question: When?", "Not stated.", True)]))
    assert packed.weight.tolist() == pytest.approx([1, 1, *[SPAN_WEIGHT] * 2, *[SAID_WEIGHT] * 5, 1, 1])


def test_words_in_an_empty_folder_are_missed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lessons(tmp_path, tmp_path / "written.jsonl", kept=False)
