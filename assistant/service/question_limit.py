"""Limit the questions that a user asks in a minute."""

from __future__ import annotations

import time
from math import ceil

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from index.errors import AssistantError

__all__ = ["QuestionLimit", "QuestionLimitError"]


class QuestionLimitError(AssistantError):
    """A user asks too many questions. Ask again after `retry_seconds`."""

    def __init__(self, questions: int, retry_seconds: int) -> None:
        super().__init__(
            f"You can ask {questions} questions in a minute. Try again in {retry_seconds} s."
        )
        self.retry_seconds = retry_seconds


class QuestionLimit:
    """The questions of each user in the last minute. Thread-safe; of this process alone.

    Args:
        per_minute: the most questions of a user in any minute; 0: no limit.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._item = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def count(self, user: str) -> None:
        """Count a question of a user.

        Args:
            user: the name of an account, or the address of a client without one.

        Raises:
            QuestionLimitError: the user asked too many in the last minute. The question does not
                count.
        """
        if self._item is None or self._windows.hit(self._item, user):
            return
        reset_time, _ = self._windows.get_window_stats(self._item, user)
        raise QuestionLimitError(self._per_minute, max(ceil(reset_time - time.time()), 1))
