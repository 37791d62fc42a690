"""Compute the stems by which every database finds passages, and choose those that rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from index.text.article import Article
from index.text.stems import stem_texts

__all__ = [
    "KEYWORDS_VERSION",
    "KeywordHit",
    "MAX_MATCHES",
    "choose_rare_stems",
    "stem_passages",
    "stem_question",
]

# Article id, passage position and BM25 score.
KeywordHit = tuple[str, int, float]

KEYWORDS_VERSION = "1"  # change it when stems change
# The rarest stems of a question select the passages that are ranked. FTS5 ranks 100,000 passages in
# about half a second.
MAX_MATCHES = 20_000


def stem_passages(article: Article) -> list[list[str]]:
    """Return the stems of each passage of an article."""
    texts = [article.structure.search_text(span) for span in article.passages]
    return stem_texts(texts, article.language)


def stem_question(question: str, languages: Iterable[str]) -> list[list[str]]:
    """Return the stems of a question in each of the languages of a library.

    German stems hardly match an English text.
    """
    return [stem_texts([question], language)[0] for language in sorted(languages)]


def choose_rare_stems(counts: Mapping[str, int], max_matches: int) -> list[str]:
    """Return the rarest stems, which together match at most `max_matches` passages, or one stem.

    Args:
        counts: the number of passages of each stem.
        max_matches: the most passages that are ranked, unless one stem is in more.
    """
    rare_stems: list[str] = []
    matches = 0
    for stem in sorted(counts, key=lambda stem: counts[stem]):
        matches += counts[stem]
        if rare_stems and matches > max_matches:
            break
        rare_stems.append(stem)
    return rare_stems
