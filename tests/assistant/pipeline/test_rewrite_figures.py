"""Test the evaluation of query rewriting on an invented chat."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evaluation import followups
from evaluation.followups import Passages, measure_detection, measure_recall
from training.conversations import Turn, read_turns

pytestmark = pytest.mark.unit

BRIDGE = ("Who opened the Old Bridge?", "Mayor Ana Ruiz opened it.")
COST = ("How much did it cost?", "The Old Bridge cost 3 million euros.")
TURNS = [
    Turn("c_1", BRIDGE[0], BRIDGE[0], (), BRIDGE[1]),
    Turn("c_2", COST[0], "How much did the Old Bridge cost?", (BRIDGE,), COST[1]),
    Turn("c_3", "Who is Jonas Weber?", "who is Jonas Weber", (BRIDGE, COST), "An engineer"),
]


def rows(turns: list[Turn]) -> str:
    return "\n".join(
        json.dumps(
            {
                "qid": turn.id,
                "question": turn.question,
                "rewrite": turn.rewrite,
                "history": sum(turn.history, ()),
            }
        )
        for turn in turns
    )


def test_read_turns_takes_answer_from_next_turn(tmp_path: Path) -> None:
    path = tmp_path / "followups_canard.jsonl"
    path.write_text(rows(TURNS), encoding="utf-8")
    first, second, last = read_turns(path)
    assert (first.answer, second.answer, last.answer) == (BRIDGE[1], COST[1], "")
    assert all((turn.question, turn.answer) not in turn.history for turn in (first, second, last))


def test_read_turns_accepts_questions_without_answers(tmp_path: Path) -> None:
    path = tmp_path / "followups_cast.jsonl"
    row = {
        "qid": "cast2019_1_3",
        "question": "Why?",
        "rewrite": "Why did it rain?",
        "history": ["What fell?", "How much?"],
    }
    path.write_text(json.dumps(row), encoding="utf-8")
    (turn,) = read_turns(path)
    assert (turn.history, turn.answer) == ((("What fell?", ""), ("How much?", "")), "")


def test_detection_counts_changed_words_as_dependent() -> None:
    assert [turn.is_dependent for turn in TURNS] == [False, True, False]
    figures = measure_detection(TURNS)
    assert (figures["questions"], figures["leaning"], figures["precision"], figures["recall"]) == (
        2,
        1,
        1.0,
        1.0,
    )


def test_recall_counts_own_answer() -> None:
    passages = Passages(TURNS)
    assert passages.texts == [BRIDGE[1], COST[1]]  # two words are no passage
    figures = measure_recall(
        [TURNS[1]], passages, {"people": lambda turn: turn.rewrite, "nothing": lambda turn: "?"}
    )
    assert (figures["people"], figures["nothing"]) == (1.0, 0.0)


def test_held_out_half_has_whole_conversations() -> None:
    assert len({turn.is_held_out for turn in TURNS}) == 1


def test_main_without_sets_says_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["followups", str(tmp_path)])
    assert followups.main() == 0
    assert "Skipped" in capsys.readouterr().err
