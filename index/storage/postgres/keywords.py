"""Rank passages by keywords with PostgreSQL's full-text search, as SQLite's FTS5 ranks them.

Text is converted to `tsvector` and `tsquery` by a cast: no configuration of PostgreSQL splits,
drops or stems anything. The stems are those of SQLite, and so is the formula, BM25: PostgreSQL has
none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Double,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from index.storage.keywords import (
    MAX_MATCHES,
    KeywordHit,
    choose_rare_stems,
    stem_passages,
    stem_question,
)
from index.storage.postgres.tables import SCHEMA, articles, keywords
from index.text.article import Article

__all__ = [
    "KeywordTotals",
    "count_keywords",
    "delete_keywords",
    "insert_keywords",
    "is_visible",
    "search_keywords",
    "select_languages",
]

# The limits of `tsvector`. FTS5 has none.
MAX_STEM_BYTES = 2_000
MAX_STEM_POSITION = 16_383
# The constants of FTS5.
SATURATION, LENGTH_WEIGHT = 1.2, 0.75
MIN_WEIGHT = 1e-6  # of a stem that is in more than half of the passages

_COUNT = text(f"""
SELECT stem, (SELECT count(*) FROM (SELECT 1 FROM {SCHEMA}.keywords
    WHERE stems @@ CAST(query AS tsquery) LIMIT :max_count) AS matches)
FROM unnest(:stems, :queries) AS question(stem, query)
""").bindparams(bindparam("stems", type_=ARRAY(Text)), bindparam("queries", type_=ARRAY(Text)))

_RANK = """
SELECT article_id, position, sum(
    weight * cardinality(positions) * ({SATURATION} + 1) / (cardinality(positions) + {SATURATION} *
    (1 - {LENGTH_WEIGHT} + {LENGTH_WEIGHT} * length / :mean_length))) AS score
FROM {SCHEMA}.keywords, unnest(keywords.stems) AS entry(lexeme, positions, _),
    unnest(:stems, :weights) AS question(stem, weight)
WHERE keywords.stems @@ CAST(:query AS tsquery) AND lexeme = stem {selected}
GROUP BY id ORDER BY score DESC, id LIMIT :count
"""


_IS_VISIBLE = f"""NOT EXISTS (SELECT 1 FROM {SCHEMA}.articles AS private
    WHERE private.id = article_id AND private.owner <> '' AND private.owner <> :viewer)"""


class KeywordTotals(NamedTuple):
    """The number of passages in the index, and of their stems."""

    passages: int
    stems: int


def insert_keywords(connection: Connection, article: Article) -> None:
    """Index the passages of an article of the library."""
    rows = [
        {
            "article_id": article.id,
            "position": position,
            "length": len(stems),
            "stems": _format_vector(stems),
        }
        for position, stems in enumerate(stem_passages(article))
    ]
    connection.execute(insert(keywords), rows)


def delete_keywords(connection: Connection, article_ids: Iterable[str]) -> None:
    """Remove the passages of articles from the index."""
    connection.execute(delete(keywords).where(keywords.c.article_id.in_(list(article_ids))))


def count_keywords(connection: Connection) -> KeywordTotals:
    """Return the totals of the index, which takes longer the more passages there are."""
    query = select(func.count(), func.coalesce(func.sum(keywords.c.length), 0))
    return KeywordTotals(*map(int, connection.execute(query.select_from(keywords)).one()))


def is_visible(article_id: ColumnElement[str], viewer: str) -> ColumnElement[bool]:
    """Return the condition that an article is not private to another user than the viewer."""
    private = articles.alias("private")
    is_hidden = (private.c.id == article_id) & private.c.owner.not_in(("", viewer))
    return ~exists().where(is_hidden)


def select_languages(connection: Connection, viewer: str | None = None) -> set[str]:
    """Return the languages of articles, as ISO 639-1 codes.

    Args:
        connection: the connection.
        viewer: the user whose private articles count with the shared ones; None for all.
    """
    query = select(articles.c.language).distinct()
    if viewer is not None:
        query = query.where(articles.c.owner.in_(("", viewer)))
    return set(connection.execute(query).scalars())


def search_keywords(
    connection: Connection,
    totals: KeywordTotals,
    question: str,
    count: int,
    article_ids: Collection[str] | None,
    max_matches: int = MAX_MATCHES,
    *,
    every_word: bool = False,
    viewer: str | None = None,
) -> list[KeywordHit]:
    """Return the passages that share the rarest words with a question, best first.

    Call it in the snapshot that the totals come from.

    Args:
        connection: the connection.
        totals: the totals of the index.
        question: any text.
        count: the maximum number of passages.
        article_ids: the articles to search; None for all.
        max_matches: the most passages that are ranked, unless one stem is in more.
        every_word: return only passages with all words. Of the last one, the beginning is enough.
        viewer: the user whose private articles are searched with the shared ones; None for all.
    """
    # Without statistics of new rows, PostgreSQL would read every passage instead of the index.
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    stems_by_language = stem_question(question, select_languages(connection))
    if every_word:
        return _search_every_stem(connection, stems_by_language, count, article_ids, viewer)
    stems = _drop_long_stems(set(chain.from_iterable(stems_by_language)))
    counts = _count_passages(connection, stems, max_matches)
    rare_stems = choose_rare_stems(counts, max_matches)
    if not rare_stems:
        return []
    values: dict[str, object] = {
        "stems": rare_stems,
        "weights": [_weigh(counts[stem], totals.passages) for stem in rare_stems],
        "query": " | ".join(map(_quote, rare_stems)),
        "mean_length": totals.stems / totals.passages,
        "count": count,
    }
    types = [bindparam("stems", type_=ARRAY(Text)), bindparam("weights", type_=ARRAY(Double))]
    if article_ids is not None:
        values["ids"] = list(article_ids)
        types.append(bindparam("ids", type_=ARRAY(Text)))
    selected = "" if article_ids is None else "AND article_id = ANY(:ids)"
    if viewer is not None:
        values["viewer"] = viewer
        selected += f" AND {_IS_VISIBLE}"
    statement = text(
        _RANK.format(
            SCHEMA=SCHEMA, SATURATION=SATURATION, LENGTH_WEIGHT=LENGTH_WEIGHT, selected=selected
        )
    ).bindparams(*types)
    return [
        (str(article_id), int(position), float(score))
        for article_id, position, score in connection.execute(statement, values)
    ]


def _search_every_stem(
    connection: Connection,
    stems_by_language: Iterable[Sequence[str]],
    count: int,
    article_ids: Collection[str] | None,
    viewer: str | None,
) -> list[KeywordHit]:
    """Return the passages with all stems that the words have in a language, best first."""
    groups = {
        " & ".join(map(_quote, stems)) + ":*"
        for stems in stems_by_language
        if stems and len(_drop_long_stems(stems)) == len(stems)
    }
    if not groups:
        return []
    query = cast(" | ".join(f"({group})" for group in sorted(groups)), TSQUERY)
    score = func.ts_rank(keywords.c.stems, query)
    statement = select(keywords.c.article_id, keywords.c.position, score)
    statement = statement.where(keywords.c.stems.bool_op("@@")(query))
    if article_ids is not None:
        statement = statement.where(keywords.c.article_id.in_(list(article_ids)))
    if viewer is not None:
        statement = statement.where(is_visible(keywords.c.article_id, viewer))
    rows = connection.execute(statement.order_by(score.desc(), keywords.c.id).limit(count))
    return [(str(article_id), int(position), float(rank)) for article_id, position, rank in rows]


def _count_passages(
    connection: Connection, stems: Sequence[str], max_matches: int
) -> Mapping[str, int]:
    """Return the number of passages of each stem that is in any; no more than is asked for."""
    values = {
        "stems": list(stems),
        "queries": list(map(_quote, stems)),
        # Stems that are in more passages do not rank, unless there is no other.
        "max_count": max_matches + 1,
    }
    return {stem: count for stem, count in connection.execute(_COUNT, values) if count}


def _weigh(count: int, passages: int) -> float:
    """Return the inverse document frequency of a stem, as FTS5 computes it."""
    weight = math.log((passages - count + 0.5) / (count + 0.5))
    return weight if weight > 0 else MIN_WEIGHT


def _drop_long_stems(stems: Iterable[str]) -> list[str]:
    return sorted(stem for stem in stems if len(stem.encode()) <= MAX_STEM_BYTES)


def _format_vector(stems: Sequence[str]) -> str:
    """Return stems in the notation of `tsvector`, with their positions."""
    positions = defaultdict(list)
    for position, stem in enumerate(stems, 1):
        positions[stem].append(str(min(position, MAX_STEM_POSITION)))
    return " ".join(
        f"{_quote(stem)}:{','.join(positions[stem])}" for stem in _drop_long_stems(positions)
    )


def _quote(stem: str) -> str:
    """Return a stem in the notation of `tsvector` and `tsquery`."""
    escaped = stem.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
