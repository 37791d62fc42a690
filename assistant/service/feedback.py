"""Store user ratings of answers, each with an optional reason, in a local SQLite file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

from assistant.answer.answer import Answer
from index.errors import InputError
from index.storage.databases import open_side_database
from index.storage.side_database import copy_rows

__all__ = ["Feedback", "RELATED_ANSWERS", "Rating", "Verdict"]

Verdict = Literal["up", "down"]
MAX_REASON_CHARS = 1_000
RELATED_ANSWERS = "the related passage answers the question"  # the reason of such a rating

MIGRATIONS = (
    """
CREATE TABLE IF NOT EXISTS feedback (
    key TEXT PRIMARY KEY, time TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down')), reason TEXT NOT NULL,
    article_id TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, model TEXT NOT NULL,
    quotes TEXT NOT NULL);
""",
)
COLUMNS = "time, verdict, reason, article_id, question, answer, model, quotes"


@dataclass(frozen=True)
class Rating:
    """One user's verdict on one answer.

    `quotes` holds one (article id, start, end) tuple per quote, in character offsets.
    """

    time: str  # UTC, ISO 8601
    verdict: Verdict
    reason: str
    article_id: str
    question: str
    answer: str
    model: str
    quotes: tuple[tuple[str, int, int], ...]

    def __str__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        answer = " ".join(self.answer.split())
        time = datetime.fromisoformat(self.time).isoformat(timespec="seconds")
        return f"{time}  {self.verdict:<4}  {self.question}\n    {answer}{reason}"

    def to_dict(self) -> dict[str, Any]:
        """Return the rating as a JSON-serializable dict."""
        return asdict(self)


class Feedback:
    """Ratings in `feedback.sqlite` of a data folder, or in PostgreSQL.

    The first rating creates the file. A deleted file is noticed, see `SqliteSideDatabase`. It can
    be read while the page is being served.

    Args:
        folder: the data folder.
        database: the address of a PostgreSQL database; if empty, SQLite in the data folder.

    Raises:
        InputError: the address cannot be used, or a package is missing.
        DataError: the PostgreSQL database cannot be used.
    """

    def __init__(self, folder: Path, database: str = "") -> None:
        self._database = open_side_database(folder, "feedback", MIGRATIONS, database)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def give(
        self, chat: str, article_id: str, answer: Answer, verdict: Verdict, reason: str = ""
    ) -> None:
        """Store a verdict on an answer in a chat. A later verdict replaces an earlier one."""
        assert verdict in get_args(Verdict)
        quotes = json.dumps([(quote.article_id, quote.start, quote.end) for quote in answer.quotes])
        now = datetime.now(UTC).isoformat(timespec="microseconds")  # orders the ratings
        reason = " ".join(reason.split())[:MAX_REASON_CHARS]
        row = (
            _feedback_key(chat, answer),
            now,
            verdict,
            reason,
            article_id,
            answer.question,
            answer.text,
            answer.model,
            quotes,
        )
        with self._database.open() as db:
            changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS.split(", "))
            db.execute(
                "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                f"ON CONFLICT (key) DO UPDATE SET {changes}",
                row,
            )

    def confirm_related(self, chat: str, article_id: str, answer: Answer) -> None:
        """Store that the related passage of an answer answers the question after all.

        The rating has the passage as its quote.

        Raises:
            InputError: the answer has no related passage.
        """
        if answer.answered or not answer.nearest:
            raise InputError("This answer has no related passage. Ask the question again.")
        answer = replace(answer, quotes=(answer.nearest,))
        self.give(chat, article_id, answer, "down", RELATED_ANSWERS)

    def withdraw(self, chat: str, answer: Answer) -> None:
        """Delete the verdict on an answer in a chat, if there is one."""
        if self._database.is_there:
            with self._database.open() as db:
                db.execute("DELETE FROM feedback WHERE key = ?", (_feedback_key(chat, answer),))

    def delete_articles(self, article_ids: Iterable[str]) -> None:
        """Delete the ratings of answers about articles, or with quotes of them."""
        gone = set(article_ids)
        if not (gone and self._database.is_there):
            return
        with self._database.open() as db:
            rows = db.execute("SELECT key, article_id, quotes FROM feedback").fetchall()
            for key, article_id, quotes in rows:
                if not gone.isdisjoint({article_id, *(quote[0] for quote in json.loads(quotes))}):
                    db.execute("DELETE FROM feedback WHERE key = ?", (key,))

    def copy_to(self, other: Feedback) -> int:
        """Copy all ratings to another database, where they replace those of the same answers.

        Returns:
            How many were copied.
        """
        return copy_rows(self._database, other._database, "feedback", f"key, {COLUMNS}", "key")

    def all(self) -> list[Rating]:
        """Return all ratings, oldest first."""
        if not self._database.is_there:
            return []
        rows = self._database.rows(f"SELECT {COLUMNS} FROM feedback ORDER BY time, key")
        return [_rating_from_row(*row) for row in rows]


def _rating_from_row(time: str, verdict: Verdict, *texts: str) -> Rating:
    reason, article_id, question, answer, model, quotes = texts
    spans = tuple(
        (str(article), int(start), int(end)) for article, start, end in json.loads(quotes)
    )
    return Rating(time, verdict, reason, article_id, question, answer, model, spans)


def _feedback_key(chat: str, answer: Answer) -> str:
    """Hash the chat and the answer, so that a second click of the same user replaces the first."""
    return sha256(
        "\0".join((chat, answer.question, answer.text)).encode("utf-8", "replace")
    ).hexdigest()
