"""Parse and verify chats that the user's browser stores and sends back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.answer.answer import Answer
from assistant.interfaces.web.html import render_answer, render_notice, render_question
from index.errors import InputError
from index.text.article import Article

__all__ = ["Chat", "Messages", "Turn"]

# A browser stores about 5 million characters per site.
MAX_CHAT_CHARS = 6_000_000
MAX_TURNS = 1_000
MAX_FIELD_CHARS = 200  # of a chat's id or title
# Turns that are shown unless the user asks for earlier ones. Gradio redraws all visible turns with
# each piece of an answer.
DEFAULT_VISIBLE_TURNS = 20
UNREADABLE_TURN = (
    "This exchange was kept in a form that cannot be read. "
    "Ask the question again, or undo the exchange."
)

Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Turn:
    """A question and its answer. The answer is None if the stored data cannot be read."""

    question: str
    answer: Answer | None

    def render_messages(self, index: int) -> Messages:
        """Return the turn as Gradio messages; `index` is its zero-based position in the chat."""
        reply = (
            render_answer(self.answer) if self.answer else render_notice(UNREADABLE_TURN, "error")
        )
        return [
            {"role": "user", "content": render_question(self.question, index)},
            {"role": "assistant", "content": reply},
        ]


@dataclass(frozen=True)
class Chat:
    """One chat as the browser stores it.

    Unreadable turns stay in `turns`, so that each index matches the position in the browser.
    """

    id: str
    title: str
    articles: list[Article]
    turns: tuple[Turn, ...]
    visible_turns: int = DEFAULT_VISIBLE_TURNS  # counted from the end

    @classmethod
    def from_json(
        cls,
        text: object,
        get_articles: Callable[[list[str]], list[Article]],
        find_article: Callable[[str], Article | None] = lambda article_id: None,
    ) -> Chat:
        """Parse a chat that a browser sends as JSON.

        Args:
            text: the JSON text.
            get_articles: returns the articles of the chat by the ids that the browser names.
            find_article: returns any article of the library by its id, or None.

        Raises:
            InputError: `text` is not a valid chat.
        """
        try:
            if not isinstance(text, str) or len(text) > MAX_CHAT_CHARS:
                raise ValueError("not a text, or too long")
            data = json.loads(text)
            rows = data["turns"]
            if not isinstance(rows, list) or len(rows) > MAX_TURNS:
                raise ValueError("not a list, or too long")
            articles = get_articles(_parse_field(data.get("articles")).split(","))
            turns = tuple(_parse_turn(row, articles, find_article) for row in rows)
            return cls(
                _parse_field(data.get("id")),
                _parse_field(data.get("title")),
                articles,
                turns,
                _parse_visible_turns(data.get("shown")),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InputError(
                "This chat cannot be read: it is not what this page kept. "
                "Delete it, or begin a new one."
            ) from error

    @property
    def messages(self) -> Messages:
        """Return the Gradio messages of the visible turns."""
        first = max(0, len(self.turns) - self.visible_turns)
        return [
            message
            for index, turn in enumerate(self.turns[first:], first)
            for message in turn.render_messages(index)
        ]

    @property
    def exchanges(self) -> list[tuple[str, Answer]]:
        """Return the questions and answers of the readable turns."""
        return [(turn.question, turn.answer) for turn in self.turns if turn.answer]

    @property
    def history(self) -> list[tuple[str, Answer]]:
        """Return the exchanges with complete answers, which follow-up questions may refer to."""
        return [(question, answer) for question, answer in self.exchanges if not answer.partial]


def _parse_turn(
    row: Any, articles: Sequence[Article], find_article: Callable[[str], Article | None]
) -> Turn:
    try:
        answer = Answer.from_dict(row["answer"], articles, find_article)
        return Turn(answer.question, answer)
    except (InputError, TypeError, KeyError):
        return Turn(_parse_field(row.get("question")) if isinstance(row, dict) else "", None)


def _parse_visible_turns(value: object) -> int:
    return max(DEFAULT_VISIBLE_TURNS, value) if isinstance(value, int) else DEFAULT_VISIBLE_TURNS


def _parse_field(value: object) -> str:
    return (
        value.encode("utf-8", "replace").decode("utf-8")[:MAX_FIELD_CHARS]
        if isinstance(value, str)
        else ""
    )
