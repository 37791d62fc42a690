"""Find near-duplicates: pairs in which one article contains most sentences of the other.

Sentences are compared word for word, without case, punctuation and white space. This finds a copy
with another title and an agency's report in two newspapers, but not a paraphrase.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from index.text.article import Article

__all__ = ["Duplicate", "MIN_SHARED_SHARE", "duplicates"]

MIN_SHARED_SHARE = 0.8
MIN_SENTENCE_WORDS = 4  # ignores "Photo: private" and "Read more"
MAX_ARTICLES_PER_SENTENCE = 50  # a sentence in more articles is a footer
_WORD = re.compile(r"\w+")


class Duplicate(NamedTuple):
    """Two article ids, in the order of the input, and their share of common sentences.

    The share is relative to the article with fewer sentences.
    """

    first: str
    second: str
    share: float


def duplicates(articles: Iterable[Article], share: float = MIN_SHARED_SHARE) -> list[Duplicate]:
    """Return the pairs of articles that share sentences, largest share first.

    Args:
        articles: the articles to compare.
        share: the minimum share, from 0 to 1, of the sentences of the shorter article.
    """
    ids_by_sentence: defaultdict[str, list[str]] = defaultdict(list)
    sizes: dict[str, int] = {}
    for article in articles:
        sentences = _normalized_sentences(article)
        sizes[article.id] = len(sentences)
        for sentence in sentences:
            ids_by_sentence[sentence].append(article.id)
    shared = Counter(
        pair
        for ids in ids_by_sentence.values()
        if len(ids) <= MAX_ARTICLES_PER_SENTENCE
        for pair in combinations(ids, 2)
    )
    pairs = (
        Duplicate(first, second, count / min(sizes[first], sizes[second]))
        for (first, second), count in shared.items()
    )
    return sorted((pair for pair in pairs if pair.share >= share), key=lambda pair: -pair.share)


def _normalized_sentences(article: Article) -> set[str]:
    """Return the sentences as compared, or the whole text if no sentence is long enough."""
    texts = [article.slice(span) for span in article.sentences]
    sentences = [_WORD.findall(text.casefold()) for text in texts]
    normalized = {" ".join(words) for words in sentences if len(words) >= MIN_SENTENCE_WORDS}
    return normalized or {" ".join(word for words in sentences for word in words)}
