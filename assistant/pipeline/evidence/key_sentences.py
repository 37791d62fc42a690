"""Select the key sentences of an article: central ones, at least one for each section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from assistant.pipeline.evidence.lexrank import rank_central_sentences
from assistant.pipeline.query.rewrite import has_unresolved_pronoun
from assistant.text.tokens import WORD
from index.text.article import Article

__all__ = ["count_key_sentences", "select_key_sentences"]

MIN_SENTENCES = 4
MAX_SENTENCES = 7
WORDS_PER_FURTHER_SENTENCE = 800  # of a text; a newspaper report has about as many
MIN_WORDS = 6  # of a key sentence
MIN_LETTERS = 12  # of a key sentence in a script without spaces
_STATING_KINDS = frozenset(["paragraph", "item", "definition"])
_ENDINGS = tuple(".!…。！।") + tuple(f"{end}{mark}" for end in ".!…。" for mark in '"”’»)]')
# Openings that refer to the sentence before, besides the pronouns that `has_unresolved_pronoun`
# knows.
_DEPENDENT_OPENINGS = frozenset(
    """he she it they this that these those his her its their many some most others both such all
    few several but and so yet or also then however instead there here er sie es dies diese dieser
    dieses aber doch und ihr ihre sein seine viele el ella ellos ellas esto esta este estos pero
    muchos il elle ils elles ce cela cette ces mais beaucoup هو هي هم هذا هذه لكن
    ولكن""".split()  # noqa: SIM905
)


def count_key_sentences(article: Article) -> int:
    """Return how many key sentences an article of this length gets."""
    further = article.words // WORDS_PER_FURTHER_SENTENCE
    return min(MAX_SENTENCES, MIN_SENTENCES + further)


def select_key_sentences(article: Article, vectors: NDArray[Any], count: int) -> dict[int, bool]:
    """Return the positions of at most `count` key sentences and of their context, in text order.

    The value of a position is True if the sentence is context: the sentence before one that
    depends on it.

    Args:
        article: the article.
        vectors: the embeddings of its passages.
        count: the number of key sentences.
    """
    statements = [
        position for position in range(len(article.sentences)) if _is_statement(article, position)
    ]
    rows: dict[int, list[int]] = {}  # the statements of each passage
    for row, span in enumerate(article.passages):
        inside = article.sentences_in(span)
        if positions := [position for position in statements if position in inside]:
            rows[row] = positions
    chosen = _choose_rows(article, vectors, rows, count)
    sentences = sorted({max(rows[row], key=lambda at: _rate(article, at)) for row in chosen})
    result: dict[int, bool] = {}
    for position in sentences:
        if _is_dependent(article, position) and _has_context(article, position):
            result.setdefault(position - 1, position - 1 not in sentences)
        result[position] = False
    return result


def _is_statement(article: Article, position: int) -> bool:
    """Return whether a sentence can be a key sentence.

    A heading, caption, table row, dateline, byline, address, question or fragment cannot.
    """
    span = article.sentences[position]
    text, block = article.slice(span).strip(), article.structure.block_at(span.start)
    words = len(WORD.findall(text))
    is_long = words >= MIN_WORDS or (" " not in text and len(text) >= MIN_LETTERS)
    return (
        (block is None or block.kind in _STATING_KINDS)
        and span != article.dateline
        and is_long
        and text.endswith(_ENDINGS)
        and "://" not in text
        and "www." not in text
        and "|" not in text
    )


def _is_dependent(article: Article, position: int) -> bool:
    """Return whether a sentence needs the sentence before it."""
    text = article.slice(article.sentences[position])
    opening = WORD.search(text)
    return has_unresolved_pronoun(text) or bool(
        opening and opening[0].lower() in _DEPENDENT_OPENINGS
    )


def _choose_rows(
    article: Article, vectors: NDArray[Any], rows: Mapping[int, Sequence[int]], count: int
) -> list[int]:
    """Return the passages of the key sentences: one for each section first, then central ones."""
    sections: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        sections.setdefault(_find_section(article, rows[row][0]), []).append(row)
    chosen = [_rank(vectors, section, 1)[0] for section in sections.values()]
    if len(chosen) > count:  # the opening says what the article is about
        return [chosen[0], *_rank(vectors, chosen[1:], count - 1)]
    remaining = [row for row in rows if row not in chosen]
    return [*chosen, *_rank(vectors, remaining, count - len(chosen))]


def _rank(vectors: NDArray[Any], rows: Sequence[int], count: int) -> list[int]:
    return [rows[index] for index in rank_central_sentences(vectors[list(rows)], count)]


def _find_section(article: Article, position: int) -> tuple[str, ...]:
    """Return the title of the outermost section that has other sections beside it."""
    path = article.structure.heading_path(article.sentences[position].start)
    return path[:2] if len({item.path[:1] for item in article.structure.sections}) < 2 else path[:1]


def _rate(article: Article, position: int) -> tuple[bool, bool, int]:
    """Return a value that is higher for a sentence that stands for its passage better."""
    length = len(article.slice(article.sentences[position]))
    return not _is_dependent(article, position), _has_context(article, position), length


def _has_context(article: Article, position: int) -> bool:
    """Return whether the sentence before is in the same section and no heading or row."""
    if position == 0:
        return False
    before, span = article.sentences[position - 1], article.sentences[position]
    block, structure = article.structure.block_at(before.start), article.structure
    return (block is None or block.kind in _STATING_KINDS) and (
        structure.section_at(before.start) == structure.section_at(span.start)
    )
