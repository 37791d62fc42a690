"""The assistants that were used last are kept, and no more of them."""

from __future__ import annotations

from collections.abc import Sequence

from assistant import Article, Assistant
from assistant.page.shelved import Shelved
from assistant.settings import Settings
from index.library import Library


def shelf(library: Library, made: list[str], most: int = 2) -> Shelved:
    def make(articles: Sequence[Article]) -> Assistant:
        made.append("+".join(article.title for article in articles))
        return Assistant(library, articles, None, settings=Settings())

    return Shelved(make, most)


def test_the_same_articles_have_the_same_assistant(bridges: Library, bridge: Article, volcano: Article) -> None:
    made: list[str] = []
    shelved = shelf(bridges, made)
    assert shelved.of([bridge]) is shelved.of([bridge])
    assert shelved.of([bridge, volcano]).articles == (bridge, volcano)
    assert made == ["The Old Bridge", "The Old Bridge+Etna erupts"]


def test_the_one_that_was_not_used_longest_goes(bridges: Library, bridge: Article, volcano: Article, bundled: Article) -> None:
    made: list[str] = []
    shelved = shelf(bridges, made)
    for article in (bridge, volcano, bridge, bundled, bridge, volcano):
        shelved.of([article])
    assert made == ["The Old Bridge", "Etna erupts", bundled.title, "Etna erupts"]


def test_an_article_that_was_renamed_is_asked_under_its_new_title(bridges: Library, bridge: Article) -> None:
    shelved = shelf(bridges, [])
    renamed = bridge.renamed("The bridge of Lund")
    assert shelved.of([bridge]) is not shelved.of([renamed])
