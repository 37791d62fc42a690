"""Store articles, passages and vectors in PostgreSQL, which several processes can use at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import (
    Connection,
    LargeBinary,
    Select,
    Update,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)

from index.embedders.base import Vectors
from index.errors import DataError, InUseError
from index.storage.article_records import clean_tags, sort_tags
from index.storage.keywords import KEYWORDS_VERSION, KeywordHit
from index.storage.postgres.database import PostgresDatabase
from index.storage.postgres.index_state import IndexState, read_index_name
from index.storage.postgres.keywords import (
    KeywordTotals,
    count_keywords,
    delete_keywords,
    insert_keywords,
    is_visible,
    search_keywords,
    select_languages,
)
from index.storage.postgres.records import (
    LAST_OPENED_COLUMN,
    TAGS_COLUMN,
    inherit_records,
    record_opened,
    write_questions,
    write_tags,
)
from index.storage.postgres.tables import (
    IS_CURRENT,
    articles,
    changes,
    keywords,
    library,
    passages,
    written_questions,
)
from index.storage.rows import (
    ARTICLE_COLUMNS,
    check_vectors,
    decode_article,
    decode_vector,
    encode_article,
    encode_text,
    encode_vector,
    utc_now,
)
from index.storage.store import ArticleStore, ArticleSummary
from index.text.article import Article
from index.text.spans import Span

__all__ = ["PostgresStore"]

INDEX_NAME_FILE = "index-name"
LOCK_SECONDS = 30  # a change waits so long for one of another process
_ADDED = articles.c.added, articles.c.number


class PostgresStore(ArticleStore):
    """A library in a PostgreSQL database. Several processes can change it at the same time.

    The vector index is not shared: each process has one in its own data folder. The database
    records what each index contains.

    Args:
        folder: the data folder.
        address: `postgresql+psycopg://user:password@host:port/database`.

    Raises:
        InputError: the address cannot be used.
        DataError: the database or the folder cannot be used, or a newer version wrote the library.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.path = folder / INDEX_NAME_FILE
        index_name = read_index_name(self.path)
        self._database = PostgresDatabase(address)
        try:
            self._database.prepare()
            self._index = IndexState(self._database, index_name)
        except BaseException:
            self.close()
            raise
        self._totals: tuple[int, KeywordTotals] | None = None  # and the change they belong to

    @contextmanager
    def _change(self, *article_ids: str) -> Iterator[Connection]:
        """Run the body as one transaction, after all changes of other processes.

        Args:
            article_ids: the articles whose vectors are added, removed or replaced.
        """
        with self._database.transaction() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            numbered = update(library).values(changes=library.c.changes + 1)
            # Locks the row until the transaction ends.
            number = connection.execute(numbered.returning(library.c.changes)).scalar_one()
            rows = [
                {"number": number, "article_id": key, "index_name": self._index.index_name}
                for key in dict.fromkeys(article_ids)
            ]
            if rows:
                connection.execute(insert(changes), rows)
            yield connection

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with self._database.reading() as connection:
            return connection.execute(query).all()

    def check(self) -> None:
        self._database.check()

    def get_meta(self, key: str) -> str | None:
        return self._index.get(key)

    def set_meta(self, key: str, value: str) -> None:
        self._index.set(key, value)

    def ids(self, *, every: bool = False) -> list[str]:
        query = select(articles.c.id).order_by(*_ADDED)
        return [row.id for row in self._rows(query if every else query.where(IS_CURRENT))]

    def list_newer(self) -> dict[str, str]:
        query = select(articles.c.id, articles.c.newer).where(articles.c.newer.is_not(None))
        return {row.id: row.newer for row in self._rows(query.order_by(*_ADDED))}

    def listed(self, *, removed: bool = False) -> list[ArticleSummary]:
        is_restorable = articles.c.removed.is_not(None) & articles.c.newer.is_(None)
        return self._select_summaries(is_restorable if removed else IS_CURRENT)

    def summary(self, article_id: str) -> ArticleSummary:
        summaries = self._select_summaries(
            (articles.c.id == article_id) & articles.c.removed.is_(None)
        )
        if not summaries:
            raise KeyError(article_id)
        return summaries[0]

    def _select_summaries(self, condition: Any) -> list[ArticleSummary]:
        query = select(
            articles.c.id,
            func.coalesce(articles.c.renamed, articles.c.title, type_=articles.c.title.type),
            *(articles.c[name] for name in ("author", "date", "source", "language")),
            *(articles.c[name] for name in ("words", "characters", "added", "retrieved")),
            func.coalesce(articles.c.removed, ""),
            LAST_OPENED_COLUMN,
            articles.c.owner,
            TAGS_COLUMN,
        )
        rows = self._rows(query.where(condition).order_by(*_ADDED))
        return [
            replace(ArticleSummary(*metadata), owner=owner, tags=sort_tags(tags))
            for *metadata, owner, tags in rows
        ]

    def owner_of(self, article_id: str) -> str | None:
        rows = self._rows(select(articles.c.owner).where(articles.c.id == article_id))
        return rows[0].owner if rows else None

    def list_private(self) -> dict[str, str]:
        query = select(articles.c.id, articles.c.owner).where(articles.c.owner != "")
        return {row.id: row.owner for row in self._rows(query)}

    def has(self, article_id: str) -> bool:
        return bool(
            self._rows(select(articles.c.id).where(articles.c.id == article_id, IS_CURRENT))
        )

    def ids_containing(self, text: str) -> list[str]:
        place = func.position(literal(encode_text(text), LargeBinary).op("IN")(articles.c.text))
        query = select(articles.c.id).where(IS_CURRENT, place > 0).order_by(*_ADDED)
        return [row.id for row in self._rows(query)]

    def get(self, article_id: str, *, removed: bool = False) -> Article:
        with self._database.reading() as connection:
            return self._get(connection, article_id, removed=removed)

    def _get(self, connection: Connection, article_id: str, *, removed: bool = False) -> Article:
        columns = (articles.c[name] for name in (*ARTICLE_COLUMNS, "sentences"))
        query = select(*columns).where(articles.c.id == article_id)
        row = connection.execute(
            query if removed else query.where(articles.c.removed.is_(None))
        ).first()
        if row is None:
            raise KeyError(article_id)
        spans = select(passages.c.start, passages.c.end).where(passages.c.article_id == article_id)
        article = decode_article(
            row[:-1],
            tuple(Span(*span) for span in json.loads(row.sentences)),
            tuple(Span(*span) for span in connection.execute(spans.order_by(passages.c.position))),
        )
        if article.id != article_id:  # the id is a hash of the text
            raise DataError(
                f"{self._database.name} is damaged: the text of the article {article_id} was "
                "altered. Restore a copy of the database."
            )
        return article

    def add(
        self,
        article: Article,
        vectors: Vectors,
        embedder: str,
        *,
        added: str = "",
        tags: Iterable[str] = (),
    ) -> None:
        cleaned = clean_tags(tags)
        with self._change(article.id) as connection:
            self._insert_article(connection, article, vectors, embedder, added)
            if cleaned:
                write_tags(connection, article.id, cleaned)

    def add_batch(self, batch: Sequence[tuple[Article, Vectors]], embedder: str) -> None:
        with self._change(*(article.id for article, _ in batch)) as connection:
            for article, vectors in batch:
                self._insert_article(connection, article, vectors, embedder)

    def _insert_article(
        self,
        connection: Connection,
        article: Article,
        vectors: Vectors,
        embedder: str,
        added: str = "",
    ) -> None:
        """Insert an article with one vector per passage, unless it is stored already."""
        check_vectors(article, vectors)
        is_stored = articles.c.id == article.id
        connection.execute(delete(articles).where(is_stored, ~IS_CURRENT))
        if connection.execute(select(articles.c.id).where(is_stored)).first():
            return
        sentences = json.dumps([(span.start, span.end) for span in article.sentences])
        row = encode_article(article, added) | {"sentences": sentences, "embedder": embedder}
        connection.execute(insert(articles).values(row))
        _insert_passages(connection, article, vectors)
        insert_keywords(connection, article)
        self._index.set_unindexed(connection, article.id)

    def replace(self, article_id: str, newer: Article, vectors: Vectors, embedder: str) -> None:
        with self._change(article_id, newer.id) as connection:
            self._insert_article(connection, newer, vectors, embedder)
            query = select(articles.c.renamed).where(articles.c.id == article_id)
            renamed = connection.execute(query).scalar_one()
            inherited = func.coalesce(articles.c.renamed, renamed)
            connection.execute(_update(newer.id).values(renamed=inherited))
            connection.execute(_update(article_id).values(newer=newer.id))
            inherit_records(connection, article_id, newer.id)
            delete_keywords(connection, [article_id])

    def rename(self, article_id: str, title: str) -> Article:
        with self._change() as connection:
            article = self._get(connection, article_id).renamed(title)
            renamed = None if article.loaded_as is None else article.title
            connection.execute(_update(article_id).values(renamed=renamed))
        return article

    def set_retrieved(self, article_id: str, retrieved: str, author: str = "") -> None:
        values = {"retrieved": retrieved} | ({"author": author} if author else {})
        with self._change() as connection:
            connection.execute(_update(article_id).values(values))

    def remove(self, article_id: str) -> None:
        with self._change(article_id) as connection:
            line = _select_versions(article_id)
            delete_keywords(connection, connection.execute(line).scalars())
            is_here = articles.c.id.in_(line) & articles.c.removed.is_(None)
            connection.execute(update(articles).where(is_here).values(removed=utc_now()))

    def restore(self, article_id: str) -> None:
        with self._change(article_id) as connection:
            line = _select_versions(article_id)
            if not connection.execute(line.where(articles.c.id == article_id)).first():
                raise KeyError(article_id)
            connection.execute(update(articles).where(articles.c.id.in_(line)).values(removed=None))
            query = select(articles.c.id).where(articles.c.id == article_id, IS_CURRENT)
            if connection.execute(query).first():
                delete_keywords(connection, [article_id])
                insert_keywords(connection, self._get(connection, article_id))
                self._index.set_unindexed(connection, article_id)

    def delete(self, article_id: str) -> None:
        with self._change(article_id) as connection:
            line = _select_versions(article_id)
            connection.execute(delete(articles).where(articles.c.id.in_(line)))

    def purge(self, before: datetime) -> int:
        is_old = articles.c.removed < before.astimezone(UTC).isoformat()
        with self._database.transaction() as connection:
            return connection.execute(delete(articles).where(is_old)).rowcount

    def replace_vectors(self, article: Article, vectors: Vectors, embedder: str) -> None:
        if count := self._database.count_other_processes():
            raise InUseError(
                f"The library in {self._database.name} must be embedded again with {embedder}, "
                f"but {count} other {'process uses' if count == 1 else 'processes use'} it. "
                "Stop the others, or choose the embeddings of the library."
            )
        with self._change(article.id) as connection:
            connection.execute(delete(passages).where(passages.c.article_id == article.id))
            _insert_passages(connection, article, vectors)
            connection.execute(_update(article.id).values(embedder=embedder))

    def count_stale_passages(self, embedder: str) -> dict[str, int]:
        query = (
            select(articles.c.id, func.count())
            .join(passages, passages.c.article_id == articles.c.id)
            .where(articles.c.embedder.is_distinct_from(embedder))
            .group_by(articles.c.id)
        )
        return {row[0]: row[1] for row in self._rows(query)}

    def sample_vector(self, embedder: str) -> tuple[str, Vectors] | None:
        query = (
            select(passages.c.article_id, passages.c.position, passages.c.vector)
            .join(articles, passages.c.article_id == articles.c.id)
            .where(articles.c.embedder == embedder)
            .limit(1)
        )
        for article_id, position, vector in self._rows(query):
            article = self.get(article_id, removed=True)
            text = article.structure.search_text(article.passages[position])
            return text, decode_vector(vector)
        return None

    def invalidate_vectors(self, embedder: str) -> None:
        with self._database.transaction() as connection:
            stale = update(articles).where(articles.c.embedder == embedder)
            connection.execute(stale.values(embedder=None))

    def unindexed_ids(self) -> list[str]:
        return self._index.unindexed_ids()

    def has_indexed(self) -> bool:
        return self._index.has_indexed()

    def set_indexed(self, article_ids: Iterable[str]) -> None:
        self._index.set_indexed(article_ids)

    def count_changes(self) -> int:
        return self._index.count_changes()

    def follow_changes(self, remove: Callable[[str], None], add: Callable[[str], None]) -> None:
        self._index.follow(remove, add)

    def set_tags(self, article_id: str, tags: Iterable[str]) -> list[str]:
        cleaned = clean_tags(tags)
        with self._change() as connection:
            query = select(articles.c.id).where(articles.c.id == article_id, IS_CURRENT)
            if not connection.execute(query).first():
                raise KeyError(article_id)
            write_tags(connection, article_id, cleaned)
        return cleaned

    def written_questions(self, article_id: str) -> list[str] | None:
        is_own = written_questions.c.article_id == article_id
        rows = self._rows(select(written_questions.c.questions).where(is_own))
        return list(json.loads(rows[0].questions)) if rows else None

    def set_written_questions(self, article_id: str, questions: Sequence[str]) -> None:
        with self._database.transaction() as connection:
            write_questions(connection, article_id, questions)

    def record_opened(self, article_ids: Sequence[str], time: str = "") -> None:
        with self._database.transaction() as connection:
            record_opened(connection, article_ids, time or utc_now())

    def search_keywords(
        self,
        question: str,
        count: int,
        article_ids: Collection[str] | None = None,
        *,
        every_word: bool = False,
        viewer: str | None = None,
    ) -> list[KeywordHit]:
        if self._rows(select(library.c.keywords_version))[0][0] != KEYWORDS_VERSION:
            self._rebuild_keywords()
        with self._database.snapshot() as connection:
            totals = self._count_keywords(connection)
            return search_keywords(
                connection,
                totals,
                question,
                count,
                article_ids,
                every_word=every_word,
                viewer=viewer,
            )

    def _rebuild_keywords(self) -> None:
        """Index all articles again, because another version of the program made the stems."""
        with self._change() as connection:
            connection.execute(delete(keywords))
            for article_id in connection.execute(select(articles.c.id).where(IS_CURRENT)).scalars():
                insert_keywords(connection, self._get(connection, article_id))
            connection.execute(update(library).values(keywords_version=KEYWORDS_VERSION))

    def _count_keywords(self, connection: Connection) -> KeywordTotals:
        """Return the totals of the keyword index, counted once after each change."""
        change = connection.execute(select(library.c.changes)).scalar_one()
        if self._totals is None or self._totals[0] != change:
            self._totals = change, count_keywords(connection)
        return self._totals[1]

    def has_more_passages(
        self, limit: int, article_ids: Sequence[str] | None = None, *, viewer: str | None = None
    ) -> bool:
        query = select(passages.c.position).limit(limit + 1)
        if article_ids is None:
            query = query.join(articles, passages.c.article_id == articles.c.id).where(IS_CURRENT)
            if viewer is not None:
                query = query.where(is_visible(articles.c.id, viewer))
        else:
            query = query.where(passages.c.article_id == func.any(literal(list(article_ids))))
        ((count,),) = self._rows(select(func.count()).select_from(query.subquery()))
        return int(count) > limit

    def languages(self, *, viewer: str | None = None) -> set[str]:
        with self._database.reading() as connection:
            return select_languages(connection, viewer)

    def vectors(self, article_id: str) -> Vectors:
        query = select(passages.c.vector).where(passages.c.article_id == article_id)
        rows = self._rows(query.order_by(passages.c.position))
        return np.array([decode_vector(row.vector) for row in rows], dtype=np.float32)

    def passage_vectors(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Vectors]:
        if not places:
            return {}
        columns = passages.c.article_id, passages.c.position
        query = select(*columns, passages.c.vector).where(tuple_(*columns).in_(places))
        return {
            (row.article_id, row.position): decode_vector(row.vector) for row in self._rows(query)
        }

    def count_passages(self) -> int:
        query = select(func.count()).select_from(passages)
        query = query.join(articles, passages.c.article_id == articles.c.id).where(IS_CURRENT)
        return int(self._rows(query)[0][0])

    def close(self) -> None:
        self._database.close()


def _update(article_id: str) -> Update:
    return update(articles).where(articles.c.id == article_id)


def _select_versions(article_id: str) -> Select[Any]:
    """Return a query of the ids of an article and its earlier versions."""
    line = select(literal(article_id).label("id")).cte("line", recursive=True)
    line = line.union(select(articles.c.id).join(line, articles.c.newer == line.c.id))
    return select(articles.c.id).where(articles.c.id.in_(select(line.c.id)))


def _insert_passages(connection: Connection, article: Article, vectors: Vectors) -> None:
    rows = [
        {
            "article_id": article.id,
            "position": position,
            "start": span.start,
            "end": span.end,
            "vector": encode_vector(vector),
        }
        for position, (span, vector) in enumerate(zip(article.passages, vectors, strict=True))
    ]
    connection.execute(insert(passages), rows)
