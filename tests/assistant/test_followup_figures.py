"""The measure of follow-ups, on a conversation of our own and on people's."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ..quality import followups
from ..quality.followups import Passages, Turn, detection, found, read

EVAL = Path(__file__).parents[3] / "shared" / "eval"
BRIDGE = ("Who opened the Old Bridge?", "Mayor Ana Ruiz opened it.")
COST = ("How much did it cost?", "The Old Bridge cost 3 million euros.")
TURNS = [
    Turn("c_1", BRIDGE[0], BRIDGE[0], (), BRIDGE[1]),
    Turn("c_2", COST[0], "How much did the Old Bridge cost?", (BRIDGE,), COST[1]),
    Turn("c_3", "Who is Jonas Weber?", "who is Jonas Weber", (BRIDGE, COST), "An engineer"),
]


def rows(turns: list[Turn]) -> str:
    return "\n".join(
        json.dumps({"qid": turn.id, "question": turn.question, "rewrite": turn.rewrite, "history": sum(turn.history, ())})
        for turn in turns
    )


def test_an_answer_is_read_from_the_turns_after_it(tmp_path: Path) -> None:
    path = tmp_path / "followups_canard.jsonl"
    path.write_text(rows(TURNS), encoding="utf-8")
    first, second, last = read(path)
    assert (first.answer, second.answer, last.answer) == (BRIDGE[1], COST[1], "")
    assert all((turn.question, turn.answer) not in turn.history for turn in (first, second, last))


def test_questions_without_answers_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "followups_cast.jsonl"
    row = {"qid": "cast2019_1_3", "question": "Why?", "rewrite": "Why did it rain?", "history": ["What fell?", "How much?"]}
    path.write_text(json.dumps(row), encoding="utf-8")
    (turn,) = read(path)
    assert (turn.history, turn.answer) == ((("What fell?", ""), ("How much?", "")), "")


def test_only_a_change_of_words_counts_as_leaning() -> None:
    assert [turn.leaning for turn in TURNS] == [False, True, False]
    figures = detection(TURNS)
    assert (figures["questions"], figures["leaning"], figures["precision"], figures["recall"]) == (2, 1, 1.0, 1.0)


def test_what_is_found_is_the_own_answer() -> None:
    passages = Passages(TURNS)
    assert passages.texts == [BRIDGE[1], COST[1]]  # two words are no passage
    figures = found([TURNS[1]], passages, {"people": lambda turn: turn.rewrite, "nothing": lambda turn: "?"})
    assert (figures["people"], figures["nothing"]) == (1.0, 0.0)


def test_halves_are_of_whole_conversations() -> None:
    assert len({turn.held_out for turn in TURNS}) == 1


def test_without_the_sets_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["followups", str(tmp_path)])
    assert followups.main() == 0
    assert "Skipped" in capsys.readouterr().err


def test_on_peoples_conversations_joining_finds_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not EVAL.is_dir():
        pytest.skip(f"the question sets are not there ({EVAL})")
    out = tmp_path / "followups.json"
    monkeypatch.setattr(sys, "argv", ["followups", str(EVAL), "--out", str(out)])
    assert followups.main() == 0
    results = json.loads(out.read_text())["results"]
    for name in ("canard", "cast"):
        figures = results[f"{name} held out"]
        assert figures["precision"] > 0.98
        assert figures["left alone"] > 0.88
        assert figures["joined"] > figures["raw"] + 0.05
