"""Copy the articles of one store to another: from SQLite to PostgreSQL, or back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from index.errors import DataError
from index.storage.store import ArticleStore, ArticleSummary

__all__ = ["TransferReport", "copy_articles"]

# Called after each article with the number of steps done and of all steps.
StepProgress = Callable[[int, int], object]
STALE_EMBEDDER = ""  # of vectors that have to be recomputed


@dataclass(frozen=True)
class TransferReport:
    """What `copy_articles` did.

    Attributes:
        copied: number of articles that the target did not have.
        present: number of articles that it had, from an interrupted copy or of its own.
        compared: number of articles whose text, metadata and vectors were read back and are equal.
        others: number of articles that only the target has.
    """

    copied: int
    present: int
    compared: int
    others: int


def copy_articles(
    source: ArticleStore, target: ArticleStore, embedder: str, progress: StepProgress
) -> TransferReport:
    """Copy all articles of a store to another and compare them there. The source is not changed.

    Earlier versions, removed articles, titles, tags, times of opening and written questions are
    copied, too. A removed article can be restored for as long as if it was removed now. An
    interrupted copy goes on where it stopped, if it is called again.

    Args:
        source: the store to read. Nothing else may change it meanwhile.
        target: the store to write.
        embedder: the fingerprint of the embedder of the library. Vectors of another one are
            copied as stale.
        progress: called after each article, once for copying and once for comparing.

    Raises:
        DataError: a store cannot be used, or an article is not equal in the target.
    """
    article_ids = source.ids(every=True)
    present = set(target.ids(every=True))
    stale = source.count_stale_passages(embedder)
    summaries = {summary.id: summary for summary in source.listed()}
    steps = 2 * len(article_ids)
    for number, article_id in enumerate(article_ids, 1):
        if article_id not in present:
            target.add(
                source.get(article_id, removed=True),
                source.vectors(article_id),
                STALE_EMBEDDER if article_id in stale else embedder,
                added=summaries[article_id].added if article_id in summaries else "",
            )
        progress(number, steps)
    _copy_versions(source, target)
    for summary in summaries.values():
        _copy_records(source, target, summary)
    _copy_removals(source, target)
    for number, article_id in enumerate(article_ids, 1):
        _compare_article(source, target, article_id)
        progress(len(article_ids) + number, steps)
    shared = present & set(article_ids)
    return TransferReport(
        copied=len(article_ids) - len(shared),
        present=len(shared),
        compared=len(article_ids),
        others=len(present) - len(shared),
    )


def _copy_versions(source: ArticleStore, target: ArticleStore) -> None:
    """Record which articles are earlier versions of others."""
    copied = target.list_newer()
    for article_id, newer in source.list_newer().items():
        if copied.get(article_id) != newer:
            article = source.get(newer, removed=True)
            target.replace(article_id, article, source.vectors(newer), STALE_EMBEDDER)
            if target.get(newer).title != article.title:  # it inherited the older one's title
                target.rename(newer, article.title)


def _copy_records(source: ArticleStore, target: ArticleStore, summary: ArticleSummary) -> None:
    """Copy what users added to an article: tags, the time of opening, questions."""
    copied = target.summary(summary.id)
    if copied.tags != summary.tags:
        target.set_tags(summary.id, summary.tags)
    if summary.last_opened > copied.last_opened:
        target.record_opened([summary.id], summary.last_opened)
    questions = source.written_questions(summary.id)
    if questions is not None:
        target.set_written_questions(summary.id, questions)


def _copy_removals(source: ArticleStore, target: ArticleStore) -> None:
    """Remove the articles that are removed in the source; their earlier versions go with them."""
    copied = {summary.id for summary in target.listed(removed=True)}
    for summary in source.listed(removed=True):
        if summary.id not in copied:
            target.remove(summary.id)


def _compare_article(source: ArticleStore, target: ArticleStore, article_id: str) -> None:
    """Raise DataError if an article is not the same in both stores.

    Each store checks that the ID, which is a hash of the text, belongs to the text.
    """
    original = source.get(article_id, removed=True)
    copy = target.get(article_id, removed=True)
    if copy != original:
        raise DataError(
            f"The copy of the article {article_id} has another text or other metadata. "
            "It may have been changed there; remove it for good, and copy again."
        )
    if not np.array_equal(source.vectors(article_id), target.vectors(article_id)):
        raise DataError(
            f"The copy of the article {article_id} has other vectors. "
            "Use the same embeddings for both libraries, then copy again."
        )
