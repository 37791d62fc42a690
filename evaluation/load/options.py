"""What the processes of a load test tell each other."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["UserOptions"]


@dataclass(frozen=True)
class UserOptions:
    """The options of the users, which Locust's process reads from its environment."""

    cases: str  # a file with the cases
    results: str  # the file to write, with a line for each question
    greedy: int  # users that share one address
    ramp_seconds: float  # in which the users begin, one after the other
    timeout: float  # seconds without an answer
