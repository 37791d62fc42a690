"""What readers think of answers: a verdict and perhaps a reason, kept in SQLite on this machine."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any, Literal, get_args

from index.errors import DataError

from .answer import Answer

__all__ = ["Feedback", "Given", "Verdict"]

Verdict = Literal["up", "down"]
LONGEST_REASON = 1_000  # characters

SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    key TEXT PRIMARY KEY, time TEXT NOT NULL, verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down')), reason TEXT NOT NULL,
    article_id TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, model TEXT NOT NULL, quotes TEXT NOT NULL);
"""
COLUMNS = "time, verdict, reason, article_id, question, answer, model, quotes"


@dataclass(frozen=True)
class Given:
    """One reader's verdict on one answer; each quote as (article's id, start, end)."""

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
        return f"{self.time}  {self.verdict:<4}  {self.question}\n    {' '.join(self.answer.split())}{reason}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Feedback:
    """The file `feedback.sqlite` in a data folder, made when the first verdict comes. May be read while the page is served."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "feedback.sqlite"
        self._lock = RLock()

    def give(self, chat: str, article_id: str, answer: Answer, verdict: Verdict, reason: str = "") -> None:
        """Keep what a reader thinks of an answer in a chat; a later verdict on the same replaces it."""
        assert verdict in get_args(Verdict)
        quotes = json.dumps([(quote.article_id, quote.start, quote.end) for quote in answer.quotes])
        now = datetime.now(UTC).isoformat(timespec="seconds")
        reason = " ".join(reason.split())[:LONGEST_REASON]
        row = (_key(chat, answer), now, verdict, reason, article_id, answer.question, answer.text, answer.model, quotes)
        with self._open() as db:
            db.executescript(SCHEMA)
            db.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def withdraw(self, chat: str, answer: Answer) -> None:
        if self.path.exists():
            with self._open() as db:
                db.execute("DELETE FROM feedback WHERE key = ?", (_key(chat, answer),))

    def all(self) -> list[Given]:
        """Oldest first."""
        if not self.path.exists():
            return []
        with self._open() as db:
            rows = db.execute(f"SELECT {COLUMNS} FROM feedback ORDER BY time, rowid").fetchall()
        return [_given(*row) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                db = sqlite3.connect(self.path, timeout=5)
                try:
                    with db:
                        yield db
                finally:
                    db.close()
            except (sqlite3.Error, OSError) as error:
                raise DataError(f"{self.path} cannot be used ({error}). Choose another folder with --data.") from error


def _given(time: str, verdict: Verdict, *texts: str) -> Given:
    reason, article_id, question, answer, model, quotes = texts
    places = tuple((str(article), int(start), int(end)) for article, start, end in json.loads(quotes))
    return Given(time, verdict, reason, article_id, question, answer, model, places)


def _key(chat: str, answer: Answer) -> str:
    """A chat and an answer in it, so that one reader's two clicks are one verdict."""
    return sha256("\0".join((chat, answer.question, answer.text)).encode("utf-8", "replace")).hexdigest()
