"""Store the user's marks: spans of articles, each with an optional note."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from index.errors import InputError
from index.storage.databases import open_side_database
from index.storage.side_database import SideConnection, copy_rows
from index.text.article import Article

__all__ = ["EVERYBODY", "MAX_NOTE_CHARACTERS", "Mark", "MarkStore"]

MAX_NOTE_CHARACTERS = 10_000
MAX_MARKS = 2_000  # of an article

MIGRATIONS = (
    """
    CREATE TABLE IF NOT EXISTS marks (
        article_id TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, note TEXT NOT NULL,
        PRIMARY KEY (article_id, start, end)) WITHOUT ROWID;
    """,
    """
    ALTER TABLE marks RENAME TO earlier_marks;
    CREATE TABLE marks (
        article_id TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, note TEXT NOT NULL,
        owner TEXT NOT NULL, PRIMARY KEY (article_id, start, end, owner)) WITHOUT ROWID;
    INSERT INTO marks SELECT article_id, start, end, note, '' FROM earlier_marks;
    DROP TABLE earlier_marks;
    """,
)
EVERYBODY = ""  # the owner of marks that were made without accounts


@dataclass(frozen=True)
class Mark:
    """Words of an article that the user has marked: `text == article.text[start:end]`."""

    start: int
    end: int
    text: str
    note: str = ""
    is_shared: bool = False  # it is everybody's, and listed for a user

    @property
    def id(self) -> str:
        """Return the id, which is unique within the article."""
        return f"{self.start}-{self.end}"


class MarkStore:
    """Marks in `marks.sqlite` of a data folder, or in PostgreSQL; the first mark creates the file.

    With accounts, a mark belongs to the user who made it, the owner, and is shown to nobody else.
    Marks that were made without accounts are everybody's.

    The texts are not stored: the id of an article is a hash of its text, so offsets stay valid.

    Args:
        folder: the data folder.
        database: the address of a PostgreSQL database; if empty, SQLite in the data folder.

    Raises:
        InputError: the address cannot be used, or a package is missing.
        DataError: the PostgreSQL database cannot be used.
    """

    def __init__(self, folder: Path, database: str = "") -> None:
        self._database = open_side_database(folder, "marks", MIGRATIONS, database)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def listed(self, article: Article, owner: str = EVERYBODY) -> list[Mark]:
        """Return the marks of an owner and of everybody, in the order of the text.

        Of two marks of the same words, the owner's is returned.
        """
        if not self._database.is_there:
            return []
        query = (
            'SELECT start, "end", note, owner FROM marks WHERE article_id = ? AND owner IN (?, ?) '
            'ORDER BY start, "end", owner'
        )
        rows = self._database.rows(query, (article.id, EVERYBODY, owner))
        return list(
            {  # the owner's comes last
                (start, end): Mark(start, end, article.text[start:end], note, made_by != owner)
                for start, end, note, made_by in rows
            }.values()
        )

    def put(self, article: Article, mark: Mark, owner: str = EVERYBODY) -> bool:
        """Store a mark. It replaces the owner's mark of the same words. Return whether it is new.

        Raises:
            InputError: the text is not that of the article at this place, the note is too long, or
                the article has too many marks.
        """
        is_inside = 0 <= mark.start < mark.end <= len(article.text)
        if (
            not is_inside
            or not mark.text.strip()
            or mark.text != article.text[mark.start : mark.end]
        ):
            raise InputError(
                f"The text of a mark has to be the words of the article from {mark.start} to "
                f"{mark.end}. Count code points."
            )
        if len(mark.note) > MAX_NOTE_CHARACTERS:
            raise InputError(f"A note can have {MAX_NOTE_CHARACTERS:,} characters. Shorten it.")
        with self._database.open() as db:
            place = (article.id, owner, mark.start, mark.end)
            query = "SELECT count(*) FROM marks WHERE article_id = ? AND owner = ?"
            (same,) = db.execute(f'{query} AND start = ? AND "end" = ?', place).fetchone()
            (count,) = db.execute(query, place[:2]).fetchone()
            if not same and count >= MAX_MARKS:
                raise InputError(f"An article can have {MAX_MARKS:,} marks. Remove some.")
            values = (article.id, mark.start, mark.end, mark.note, owner)
            db.execute(
                "INSERT INTO marks VALUES (?, ?, ?, ?, ?) "
                'ON CONFLICT (article_id, start, "end", owner) DO UPDATE SET note = excluded.note',
                values,
            )
        return not same

    def remove(self, article_id: str, mark_id: str, owner: str = EVERYBODY) -> bool:
        """Delete a mark of an owner. Return whether there was one."""
        if not self._database.is_there:
            return False
        with self._database.open() as db:
            return _delete(db, article_id, mark_id, owner)

    def copy_to(self, old: Article, newer: Article) -> None:
        """Mark the same words in a newer version of an article if they occur in it exactly once."""
        if not self._database.is_there:
            return
        query = 'SELECT start, "end", note, owner FROM marks WHERE article_id = ?'
        for start, end, note, owner in self._database.rows(query, (old.id,)):
            text = old.text[start:end]
            if newer.text.count(text) == 1:
                place = newer.text.index(text)
                self.put(newer, Mark(place, place + len(text), text, note), owner)

    def delete_owner(self, owner: str) -> None:
        """Delete all marks of an owner."""
        if self._database.is_there:
            with self._database.open() as db:
                db.execute("DELETE FROM marks WHERE owner = ?", (owner,))

    def copy_all_to(self, other: MarkStore) -> int:
        """Copy all marks to another store, where they replace those of the same words.

        Returns:
            How many were copied.
        """
        key = 'article_id, start, "end", owner'
        return copy_rows(self._database, other._database, "marks", f"{key}, note", key)

    def delete_others(self, article_ids: Collection[str]) -> None:
        """Delete the marks of all articles except these."""
        if not self._database.is_there:
            return
        with self._database.open() as db:
            marked = {
                row[0] for row in db.execute("SELECT DISTINCT article_id FROM marks").fetchall()
            }
            for article_id in marked.difference(article_ids):
                db.execute("DELETE FROM marks WHERE article_id = ?", (article_id,))


def _delete(db: SideConnection, article_id: str, mark_id: str, owner: str) -> bool:
    query = "DELETE FROM marks WHERE article_id = ? AND start || '-' || \"end\" = ? AND owner = ?"
    return db.execute(query, (article_id, mark_id, owner)).rowcount > 0
