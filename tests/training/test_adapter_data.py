"""The adapter's training data: only what shown sentences say, and no held-out question."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assistant.pipeline.prompting.templates import render_prompt
from evaluation.sets import SHARED
from training.adapter import SENTENCE_WEIGHT, SPAN_WEIGHT, Tokenizer
from training.adapter_data import SPAN_CHECK, USER_TURN, Lesson, Turn, make_lessons, split_questions
from training.splits import is_held_out

NUMBERED = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> list[Lesson]:
    if not (SHARED / "eval").is_dir():
        pytest.skip(f"the question sets are not there ({SHARED})")
    written = tmp_path_factory.mktemp("written") / "written.jsonl"
    trained, _ = split_questions(SHARED / "eval", "squad2")
    rows = [
        {"key": question.key, "text": "So it is written.", "holds": True}
        for question in trained
        if question.span
    ]
    written.write_text("\n".join(map(json.dumps, rows)))
    return make_lessons(SHARED / "eval", written, held_out=False)


def list_found_turns(lessons: list[Lesson]) -> list[tuple[Lesson, Turn]]:
    return [
        (lesson, turn)
        for lesson in lessons
        for turn in lesson.turns
        if turn.reply.startswith("Found")
    ]


def test_lessons_cite_shown_sentences_and_quote_them(lessons: list[Lesson]) -> None:
    quoted = 0
    for lesson, turn in list_found_turns(lessons):
        sentences = {int(number): text for number, text in NUMBERED.findall(lesson.system_prompt)}
        numbers = turn.reply.partition("]. ")[0] + "]"
        ids = [int(number) for number in re.findall(r"\[(\d+)\]", numbers)]
        assert ids
        assert set(ids) <= set(sentences)
        if turn.span:
            quoted += 1
            assert any(turn.span in sentences[number] for number in ids)
            assert f'. "{turn.span}"' in turn.reply
    assert quoted > 1_000


def test_lessons_about_half_not_stated(lessons: list[Lesson]) -> None:
    turns = [turn for lesson in lessons for turn in lesson.turns]
    assert 0.4 < sum(turn.reply == "Not stated." for turn in turns) / len(turns) < 0.6


def test_lessons_check_right_and_wrong_spans(lessons: list[Lesson]) -> None:
    counts = {"Yes": 0, "No": 0}
    for lesson in lessons:
        for turn in lesson.turns:
            if turn.reply in counts:
                counts[turn.reply] += 1
                assert turn.prompt.endswith(f'"{USER_TURN}{SPAN_CHECK}')
    assert min(counts.values()) > 800


def test_lessons_named_prompt_matches_pipeline(lessons: list[Lesson]) -> None:
    few = [
        lesson
        for lesson in lessons
        if f"The question will be: {lesson.turns[0].prompt.removeprefix('Question: ')}\n["
        in lesson.system_prompt
    ]
    opening, _, _ = render_prompt("named").partition("{heading}")
    assert all(lesson.system_prompt.startswith(opening) for lesson in few)
    assert len({lesson.turns[0].prompt for lesson in few}) > 2_000


def test_lessons_have_no_held_out_question(lessons: list[Lesson]) -> None:
    _, held_out_questions = split_questions(SHARED / "eval", "squad2")
    assert all(is_held_out(question.group) for question in held_out_questions)
    prompts = {turn.prompt for lesson in lessons for turn in lesson.turns}
    assert not [
        question.text for question in held_out_questions if f"Question: {question.text}" in prompts
    ]


def test_pack_weights_of_numbers_span_and_sentence() -> None:
    class WordLengths(Tokenizer):
        def __init__(self) -> None: ...

        def encode(self, text: str) -> list[int]:
            return [len(word) for word in text.split()]

    turn = Turn("Question: Where?", 'Found [3]. "Cork City" It is in Cork City.', True, "Cork City")
    packed = WordLengths().pack(
        Lesson("Shown.", [turn, Turn("Question: When?", "Not stated.", True)])
    )
    assert packed.weights.tolist() == pytest.approx(
        [1, 1, *[SPAN_WEIGHT] * 2, *[SENTENCE_WEIGHT] * 5, 1, 1]
    )


def test_make_lessons_empty_folder_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_lessons(tmp_path, tmp_path / "written.jsonl", held_out=False)
