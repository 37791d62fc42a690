"""The assistants that were used last, by the articles they answer from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from index.article import Article

from ..assistant import Assistant

__all__ = ["Shelved"]

MOST = 8  # each holds its articles' text; what the model computed of it is in the model's own cache


class Shelved:
    """Makes an assistant for some articles once, and keeps the few that were used last: a second question finds the article read.

    Args:
        make: of articles that are in the library.
    """

    def __init__(self, make: Callable[[Sequence[Article]], Assistant], most: int = MOST) -> None:
        self._make = make
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[tuple[tuple[str, str], ...], Assistant] = OrderedDict()

    def of(self, articles: Sequence[Article]) -> Assistant:
        """An article that was renamed since is another: its quotes name it."""
        key = tuple((article.id, article.title) for article in articles)
        with self._lock:
            assistant = self._kept.pop(key, None) or self._make(articles)
            self._kept[key] = assistant
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return assistant
