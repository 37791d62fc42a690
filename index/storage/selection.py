"""Select articles of a library without loading them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from index.storage.store import ArticleStore
from index.text.article import Article

__all__ = ["ArticleSelection"]


class ArticleSelection(Sequence[Article]):
    """All articles of a library. Each one is loaded when it is accessed, and not kept.

    Args:
        store: the store of the articles.
    """

    def __init__(self, store: ArticleStore) -> None:
        self._store = store
        self.ids = tuple(store.ids())

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Article: ...
    @overload
    def __getitem__(self, index: slice) -> list[Article]: ...

    def __getitem__(self, index: int | slice) -> Article | list[Article]:
        if isinstance(index, slice):
            return [self._store.get(article_id) for article_id in self.ids[index]]
        return self._store.get(self.ids[index])

    def __iter__(self) -> Iterator[Article]:
        return map(self._store.get, self.ids)

    @property
    def languages(self) -> set[str]:
        """Return the languages of the articles, as ISO 639-1 codes."""
        return self._store.languages()
