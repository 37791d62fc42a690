"""Chats are kept in the reader's browser and come back from there: what comes is checked, and shown as any answer is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from index.article import Article
from index.errors import InputError

from ..answer import Answer
from .render import answer_html, notice_html, question_html

__all__ = ["Chat", "Messages", "Turn"]

# A browser keeps about 5 million characters for a site.
LONGEST = 6_000_000
MOST_TURNS = 1_000
LONGEST_NAME = 200  # characters of a chat's id or title
# Exchanges that are shown, unless the reader wants to see earlier ones: Gradio draws all that it shows anew with each piece of an answer.
SHOWN = 20
UNREADABLE = "This exchange was kept in a form that cannot be read. Ask the question again, or undo the exchange."

Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Turn:
    """A question and its answer; None where what was kept of it cannot be read."""

    question: str
    answer: Answer | None

    def messages(self, place: int) -> Messages:
        """`place`: in its chat, from 0."""
        reply = answer_html(self.answer) if self.answer else notice_html(UNREADABLE, "error")
        return [{"role": "user", "content": question_html(self.question, place)}, {"role": "assistant", "content": reply}]


@dataclass(frozen=True)
class Chat:
    """One chat as the browser keeps it; each turn has its place there, so that one that cannot be read is not left out."""

    id: str
    title: str
    articles: list[Article]
    turns: tuple[Turn, ...]
    shown: int = SHOWN  # of the turns, the last ones

    @classmethod
    def of(
        cls,
        kept: object,
        articles_of: Callable[[list[str]], list[Article]],
        other: Callable[[str], Article | None] = lambda article_id: None,
    ) -> Chat:
        """The chat that a browser sends, as JSON. Raises InputError for what is none.

        Args:
            articles_of: the articles by the ids that the browser names.
            other: any article of the library by its id.
        """
        try:
            if not isinstance(kept, str) or len(kept) > LONGEST:
                raise ValueError("not a text, or too long")
            data = json.loads(kept)
            rows = data["turns"]
            if not isinstance(rows, list) or len(rows) > MOST_TURNS:
                raise ValueError("not a list, or too long")
            articles = articles_of(_line(data.get("articles")).split(","))
            turns = tuple(_turn(row, articles, other) for row in rows)
            return cls(_line(data.get("id")), _line(data.get("title")), articles, turns, _shown(data.get("shown")))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InputError(
                "This chat cannot be read: it is not what this page kept. Delete it, or begin a new one."
            ) from error

    @property
    def messages(self) -> Messages:
        """Of the turns that are shown."""
        first = max(0, len(self.turns) - self.shown)
        return [message for place, turn in enumerate(self.turns[first:], first) for message in turn.messages(place)]

    @property
    def talk(self) -> list[tuple[str, Answer]]:
        return [(turn.question, turn.answer) for turn in self.turns if turn.answer]

    @property
    def history(self) -> list[tuple[str, Answer]]:
        """What a follow-up may lean on: whole answers."""
        return [(question, answer) for question, answer in self.talk if not answer.partial]


def _turn(row: Any, articles: Sequence[Article], other: Callable[[str], Article | None]) -> Turn:
    try:
        answer = Answer.from_dict(row["answer"], articles, other)
        return Turn(answer.question, answer)
    except (InputError, TypeError, KeyError):
        return Turn(_line(row.get("question")) if isinstance(row, dict) else "", None)


def _shown(value: object) -> int:
    return max(SHOWN, value) if isinstance(value, int) else SHOWN


def _line(value: object) -> str:
    return value.encode("utf-8", "replace").decode("utf-8")[:LONGEST_NAME] if isinstance(value, str) else ""
