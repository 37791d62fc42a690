"""Search the texts of a library for words, and find the sentences in which they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from index.storage.store import ArticleStore
from index.text.article import Article
from index.text.spans import Span
from index.text.stems import stem_texts

__all__ = ["TextHit", "search_texts"]

MAX_PASSAGES = 300
_WORD = re.compile(r"\w\w+")


@dataclass(frozen=True)
class TextHit:
    """The sentence of an article that has most of the words."""

    article_id: str
    sentence: Span
    words: tuple[Span, ...]  # the words that were looked for, in the sentence
    text: str  # of the sentence
    passages: int  # how many passages of the article have all words


def search_texts(store: ArticleStore, words: str, count: int) -> list[TextHit]:
    """Return a hit for each article with a passage that has all words, best first.

    Words are found in their other forms. Of the last word, the beginning is enough.

    Args:
        store: the articles.
        words: what to look for.
        count: the maximum number of hits.

    Raises:
        DataError: the database cannot be read.
    """
    positions: dict[str, list[int]] = {}
    for article_id, position, _ in store.search_keywords(words, MAX_PASSAGES, every_word=True):
        positions.setdefault(article_id, []).append(position)
    hits: list[TextHit] = []
    for article_id, passages in positions.items():
        if len(hits) == count:
            break
        with suppress(KeyError):  # removed meanwhile
            hits.append(_make_hit(store.get(article_id), passages, words))
    return hits


def _make_hit(article: Article, positions: Sequence[int], words: str) -> TextHit:
    """Return the sentence with most of the words, of the passages at these positions."""
    stems = stem_texts([words], article.language)[0]
    numbers = [
        number
        for position in positions
        for number in article.sentences_in(article.passages[position])
    ]
    sentences = [article.sentences[number] for number in numbers]
    words_by_sentence = [_find_words(article, sentence, stems) for sentence in sentences]
    best = max(range(len(sentences)), key=lambda index: len(words_by_sentence[index]))
    return TextHit(
        article.id,
        sentences[best],
        words_by_sentence[best],
        article.slice(sentences[best]),
        len(positions),
    )


def _find_words(article: Article, sentence: Span, stems: Sequence[str]) -> tuple[Span, ...]:
    """Return the words of a sentence that have one of the stems, or begin with the last stem."""
    matches = list(_WORD.finditer(article.slice(sentence)))
    stemmed = stem_texts([match[0] for match in matches], article.language)
    return tuple(
        Span(sentence.start + match.start(), sentence.start + match.end())
        for match, own in zip(matches, stemmed, strict=True)
        if any(stem in stems or stem.startswith(tuple(stems[-1:])) for stem in own)
    )
