"""What readers think of answers is kept, changed, withdrawn and listed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from assistant import Answer, Article, DataError, Quote
from assistant.feedback import Feedback

from .test_cli import run


@pytest.fixture
def answer(bridge: Article) -> Answer:
    return Answer("Who?", "Ana Ruiz [1].", (Quote.of(bridge, bridge.sentences[0], 1),), model="fake")


def test_a_verdict_is_kept_with_what_was_asked_said_and_quoted(tmp_path: Path, bridge: Article, answer: Answer) -> None:
    Feedback(tmp_path).give("chat", bridge.id, answer, "down", "The wrong\nmayor. ")
    (given,) = Feedback(tmp_path).all()
    assert (given.verdict, given.reason, given.question, given.answer) == ("down", "The wrong mayor.", "Who?", "Ana Ruiz [1].")
    ((article_id, start, end),) = given.quotes
    assert article_id == given.article_id == bridge.id
    assert bridge.text[start:end] == answer.quotes[0].text
    assert given.time.startswith("20")


def test_a_second_verdict_replaces_the_first_and_can_be_withdrawn(tmp_path: Path, answer: Answer) -> None:
    feedback = Feedback(tmp_path)
    feedback.give("chat", "a", answer, "down", "No.")
    feedback.give("other chat", "a", answer, "down")
    feedback.give("chat", "a", answer, "up")
    assert sorted(one.verdict for one in feedback.all()) == ["down", "up"]
    feedback.withdraw("chat", answer)
    assert [one.verdict for one in feedback.all()] == ["down"]


def test_without_a_verdict_no_file_is_made(tmp_path: Path, answer: Answer) -> None:
    feedback = Feedback(tmp_path)
    feedback.withdraw("chat", answer)
    assert feedback.all() == []
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "feedback.sqlite").write_text("no database " * 100)
    with pytest.raises(DataError, match="--data"):
        Feedback(tmp_path).all()


def test_the_database_holds_no_other_verdict(tmp_path: Path, answer: Answer) -> None:
    Feedback(tmp_path).give("chat", "a", answer, "up")
    with sqlite3.connect(tmp_path / "feedback.sqlite") as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE feedback SET verdict = 'perhaps'")


def test_the_command_lists_and_exports(tmp_path: Path, answer: Answer) -> None:
    assert "No one" in run("feedback", "--data", tmp_path).stderr
    Feedback(tmp_path).give("chat", "a", answer, "down", "Wrong.")
    listed = run("feedback", "--data", tmp_path)
    assert listed.exit_code == 0
    assert "down  Who?" in listed.stdout
    assert "Ana Ruiz [1]. (Wrong.)" in listed.stdout
    (row,) = json.loads(run("feedback", "--json", "--data", tmp_path).stdout)
    assert (row["verdict"], row["quotes"]) == ("down", [[answer.quotes[0].article_id, 0, answer.quotes[0].end]])
