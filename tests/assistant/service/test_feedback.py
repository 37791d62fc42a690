"""Test that ratings are stored, replaced, withdrawn and listed."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import Answer, Article, DataError, InputError, Quote
from assistant.answer.quote import NOT_STATED
from assistant.service.feedback import RELATED_ANSWERS, Feedback
from tests.assistant.interfaces.cli.test_main import run_cli

pytestmark = pytest.mark.unit


@pytest.fixture
def answer(bridge: Article) -> Answer:
    return Answer.from_text(
        "Who?", "Ana Ruiz [1].", (Quote.of(bridge, bridge.sentences[0], 1),), model="fake"
    )


def test_give_stores_question_answer_and_quotes(
    tmp_path: Path, bridge: Article, answer: Answer
) -> None:
    Feedback(tmp_path).give("chat", bridge.id, answer, "down", "The wrong\nmayor. ")
    (rating,) = Feedback(tmp_path).all()
    assert (rating.verdict, rating.reason, rating.question, rating.answer) == (
        "down",
        "The wrong mayor.",
        "Who?",
        "Ana Ruiz [1].",
    )
    ((article_id, start, end),) = rating.quotes
    assert article_id == rating.article_id == bridge.id
    assert bridge.text[start:end] == answer.quotes[0].text
    assert rating.time.startswith("20")


def test_give_replaces_and_withdraw_deletes_verdict(tmp_path: Path, answer: Answer) -> None:
    feedback = Feedback(tmp_path)
    feedback.give("chat", "a", answer, "down", "No.")
    feedback.give("other chat", "a", answer, "down")
    feedback.give("chat", "a", answer, "up")
    assert sorted(rating.verdict for rating in feedback.all()) == ["down", "up"]
    feedback.withdraw("chat", answer)
    assert [rating.verdict for rating in feedback.all()] == ["down"]


def test_confirm_related_stores_passage_as_quote(tmp_path: Path, bridge: Article) -> None:
    nearest = Quote.of(bridge, bridge.sentences[1], 1)
    unstated = Answer.from_text("Why?", NOT_STATED, answered=False, nearest=nearest)
    feedback = Feedback(tmp_path)
    feedback.confirm_related("chat", bridge.id, unstated)
    (rating,) = feedback.all()
    assert (rating.verdict, rating.reason) == ("down", RELATED_ANSWERS)
    assert rating.quotes == ((bridge.id, nearest.start, nearest.end),)
    feedback.withdraw("chat", unstated)
    assert feedback.all() == []


def test_confirm_related_without_passage_is_refused(tmp_path: Path, answer: Answer) -> None:
    for passage in (None, answer.quotes[0]):
        with pytest.raises(InputError, match="no related passage"):
            Feedback(tmp_path).confirm_related("chat", "a", replace(answer, nearest=passage))


def test_withdraw_without_verdict_creates_no_file(tmp_path: Path, answer: Answer) -> None:
    feedback = Feedback(tmp_path)
    feedback.withdraw("chat", answer)
    assert feedback.all() == []
    assert not list(tmp_path.iterdir())


def test_all_invalid_database_raises_data_error(tmp_path: Path) -> None:
    (tmp_path / "feedback.sqlite").write_text("no database " * 100)
    with pytest.raises(DataError, match="--data"):
        Feedback(tmp_path).all()


def test_database_rejects_unknown_verdict(tmp_path: Path, answer: Answer) -> None:
    Feedback(tmp_path).give("chat", "a", answer, "up")
    with sqlite3.connect(tmp_path / "feedback.sqlite") as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE feedback SET verdict = 'perhaps'")


def test_feedback_command_lists_and_exports_ratings(tmp_path: Path, answer: Answer) -> None:
    assert "There is no feedback" in run_cli("feedback", "--data", tmp_path).stderr
    Feedback(tmp_path).give("chat", "a", answer, "down", "Wrong.")
    listed = run_cli("feedback", "--data", tmp_path)
    assert listed.exit_code == 0
    assert "down  Who?" in listed.stdout
    assert "Ana Ruiz [1]. (Wrong.)" in listed.stdout
    (row,) = json.loads(run_cli("feedback", "--json", "--data", tmp_path).stdout)
    assert (row["verdict"], row["quotes"]) == (
        "down",
        [[answer.quotes[0].article_id, 0, answer.quotes[0].end]],
    )


@pytest.mark.parametrize("is_restarted", [False, True])
def test_deleted_file_is_noticed_and_not_replaced(
    tmp_path: Path, answer: Answer, is_restarted: bool
) -> None:
    feedback, path = Feedback(tmp_path), tmp_path / "feedback.sqlite"
    feedback.give("chat", "a", answer, "up")
    copy = path.read_bytes()
    path.unlink()
    feedback = Feedback(tmp_path) if is_restarted else feedback
    with pytest.raises(DataError, match="was deleted"):
        feedback.all()
    with pytest.raises(DataError, match="was deleted"):
        feedback.give("other", "a", answer, "up")
    with pytest.raises(DataError, match="was deleted"):
        feedback.withdraw("chat", answer)
    assert not path.exists()
    path.write_bytes(copy)  # restored
    feedback.give("other", "a", answer, "down")
    assert len(feedback.all()) == 2
    path.unlink()
    (tmp_path / "feedback-exists").unlink()  # as the message says
    feedback.give("chat", "a", answer, "up")
    assert len(feedback.all()) == 1
