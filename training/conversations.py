"""Read conversational question sets: a follow-up, its history, and a person's rewrite of it."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Turn", "read_turns"]


@dataclass(frozen=True)
class Turn:
    """A question of a conversation, a person's rewrite of it, and its answer if the set has it."""

    id: str
    question: str
    rewrite: str
    history: tuple[tuple[str, str], ...]
    answer: str = ""

    @property
    def is_dependent(self) -> bool:
        """Whether the question needs its history: the rewrite changes more than case and marks."""
        return _split_words(self.question) != _split_words(self.rewrite)

    @property
    def is_held_out(self) -> bool:
        """Whether the conversation belongs to the half that nothing was tuned on."""
        return zlib.crc32(self.id.rsplit("_", 1)[0].encode()) % 2 == 1


def read_turns(path: Path) -> list[Turn]:
    """Return the turns of a file.

    The answer of a turn is read from the history of later turns; its own history lacks it.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    answers: dict[tuple[str, ...], str] = {}
    for row in filter(_has_answers, rows):
        history = row["history"]
        answers |= {
            tuple(history[:position]): history[position] for position in range(1, len(history), 2)
        }
    return [
        Turn(
            row["qid"],
            row["question"],
            row["rewrite"],
            tuple(_pair_history(row)),
            answers.get((*row["history"], row["question"]), "") if _has_answers(row) else "",
        )
        for row in rows
    ]


def _has_answers(row: dict[str, Any]) -> bool:
    """Return whether the history has answers: that of CAsT's first two years has only questions."""
    return not row["qid"].startswith(("cast2019", "cast2020"))


def _pair_history(row: dict[str, Any]) -> list[tuple[str, str]]:
    history = row["history"]
    return (
        list(zip(history[::2], history[1::2], strict=True))
        if _has_answers(row)
        else [(question, "") for question in history]
    )


def _split_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
