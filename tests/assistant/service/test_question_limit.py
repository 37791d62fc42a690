"""Test the limit of questions in a minute."""

from __future__ import annotations

import pytest

from assistant.service.question_limit import QuestionLimit, QuestionLimitError

pytestmark = pytest.mark.unit


def test_each_user_has_a_limit_of_its_own() -> None:
    limit = QuestionLimit(2)
    for user in ("ana", "ana", "bob"):
        limit.count(user)
    for _ in range(3):
        with pytest.raises(QuestionLimitError, match="2 questions in a minute") as error:
            limit.count("ana")
    assert 55 <= error.value.retry_seconds <= 60
    limit.count("bob")


def test_question_counts_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    limit = QuestionLimit(2)
    limit.count("ana")
    now += 40
    limit.count("ana")
    now += 15
    with pytest.raises(QuestionLimitError) as error:
        limit.count("ana")
    assert error.value.retry_seconds == 5
    now += 6
    limit.count("ana")


def test_zero_is_no_limit() -> None:
    limit = QuestionLimit(0)
    for _ in range(1_000):
        limit.count("ana")
