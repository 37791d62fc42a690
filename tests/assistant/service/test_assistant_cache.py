"""Test that the cache keeps the most recently used assistants."""

from __future__ import annotations

from collections.abc import Sequence

from assistant import Article, Assistant
from assistant.service.assistant_cache import AssistantCache
from assistant.settings import Settings
from index.storage.library import Library


def make_cache(library: Library, created_for: list[str], max_size: int = 2) -> AssistantCache:
    def make(articles: Sequence[Article]) -> Assistant:
        created_for.append("+".join(article.title for article in articles))
        return Assistant(library, articles, None, settings=Settings())

    return AssistantCache(make, max_size)


def test_get_same_articles_returns_same_assistant(
    bridges: Library, bridge: Article, volcano: Article
) -> None:
    created_for: list[str] = []
    cache = make_cache(bridges, created_for)
    assert cache.get([bridge]) is cache.get([bridge])
    assert cache.get([bridge, volcano]).articles == (bridge, volcano)
    assert created_for == ["The Old Bridge", "The Old Bridge+Etna erupts"]


def test_get_beyond_max_size_drops_least_recently_used(
    bridges: Library, bridge: Article, volcano: Article, bundled: Article
) -> None:
    created_for: list[str] = []
    cache = make_cache(bridges, created_for)
    for article in (bridge, volcano, bridge, bundled, bridge, volcano):
        cache.get([article])
    assert created_for == ["The Old Bridge", "Etna erupts", bundled.title, "Etna erupts"]


def test_get_renamed_article_returns_new_assistant(bridges: Library, bridge: Article) -> None:
    cache = make_cache(bridges, [])
    renamed = bridge.renamed("The bridge of Lund")
    assert cache.get([bridge]) is not cache.get([renamed])
