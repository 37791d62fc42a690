"""Note that a question is in another language than the articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.text.language import LANGUAGE_NAMES, detect_language
from index.storage.selection import ArticleSelection
from index.text.article import Article

__all__ = ["note_other_language"]


def note_other_language(question: str, articles: Sequence[Article]) -> Iterator[str]:
    """Yield a note if no article is in the language of the question."""
    code = detect_language(question)
    article_codes: set[str | None] = (
        {code for code in articles.languages if code in LANGUAGE_NAMES}
        if isinstance(articles, ArticleSelection)
        else {detect_language(article.text) for article in articles} - {None}
    )
    if code and article_codes and code not in article_codes:
        names = " and ".join(sorted(LANGUAGE_NAMES[code] for code in article_codes if code))
        yield (
            f"The question seems to be in {LANGUAGE_NAMES[code]}, the article in {names}. "
            "The built-in models find answers in one language only: "
            f"ask in {names}, or use a larger model."
        )
