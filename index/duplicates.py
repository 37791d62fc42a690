"""Articles that say the same, or nearly: how many sentences of the shorter one stand, word for word, in the other.

Case, punctuation and white space do not count. So a copy under another title is found, and an agency's report in two
newspapers; a retelling in other words is not.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from .article import Article

__all__ = ["Duplicate", "MOSTLY", "duplicates"]

MOSTLY = 0.8
FEWEST_WORDS = 4  # "Photo: private" and "Read more" make no copy
COMMON = 50  # articles: a sentence that more of them have is a footer
_WORD = re.compile(r"\w+")


class Duplicate(NamedTuple):
    """Ids of two articles, in the order given, and the share of the shorter one's sentences that the other has."""

    first: str
    second: str
    share: float


def duplicates(articles: Iterable[Article], share: float = MOSTLY) -> list[Duplicate]:
    """Pairs that share at least so much, most first."""
    having: defaultdict[str, list[str]] = defaultdict(list)
    sizes: dict[str, int] = {}
    for article in articles:
        sentences = _sentences(article)
        sizes[article.id] = len(sentences)
        for sentence in sentences:
            having[sentence].append(article.id)
    shared = Counter(pair for ids in having.values() if len(ids) <= COMMON for pair in combinations(ids, 2))
    found = (Duplicate(*pair, count / min(sizes[one] for one in pair)) for pair, count in shared.items())
    return sorted((one for one in found if one.share >= share), key=lambda one: -one.share)


def _sentences(article: Article) -> set[str]:
    """As they are compared; the whole text where no sentence is long enough."""
    texts = [article.slice(span) for span in article.sentences]
    words = [_WORD.findall(text.casefold()) for text in texts]
    long = {" ".join(one) for one in words if len(one) >= FEWEST_WORDS}
    return long or {" ".join(word for one in words for word in one)}
