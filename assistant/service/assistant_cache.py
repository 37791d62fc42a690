"""Cache assistants by the articles they answer from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from cachetools import LRUCache

from assistant.assistant import Assistant
from index.text.article import Article

__all__ = ["AssistantCache"]

# Each assistant holds the text of its articles. The model caches its own computed state.
MAX_ASSISTANTS = 8


class AssistantCache:
    """Create one assistant per set of articles and cache the most recently used ones.

    Args:
        make: creates an assistant for articles of the library.
        max_size: maximum number of cached assistants.
    """

    def __init__(
        self, make: Callable[[Sequence[Article]], Assistant], max_size: int = MAX_ASSISTANTS
    ) -> None:
        self._make = make
        self._lock = Lock()
        self._assistants: LRUCache[tuple[tuple[str, str], ...], Assistant] = LRUCache(max_size)

    def get(self, articles: Sequence[Article]) -> Assistant:
        """Return the assistant for the articles.

        The key includes the titles, because quotes name their article. A renamed article
        therefore gets a new assistant.
        """
        key = tuple((article.id, article.title) for article in articles)
        with self._lock:
            assistant = self._assistants.get(key)
            if assistant is None:
                assistant = self._assistants[key] = self._make(articles)
            return assistant
