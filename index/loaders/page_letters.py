"""Find the words of a quote among the letters of a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from index.text.article import Article
from index.text.spans import Span

__all__ = ["Box", "PageLetters", "find_quote_boxes", "fold_letters", "join_boxes"]

PIECE_LETTERS = 6  # fewer equal letters are no piece of a quote
MIN_FOUND_SHARE = 0.6  # of the letters of a quote
MAX_PLACES = 50  # of a piece or a quote that are tried
CONTEXT_CHARACTERS = 200  # around a quote, which tell it from the same words elsewhere
MAX_QUOTE_CHARACTERS = 20_000
MIN_OVERLAP = 0.5  # of the lower of two letters of one line
MAX_GAP = 1.2  # of the height of a letter, between two letters of one line


class Box(NamedTuple):
    """A rectangle on a displayed page, from its upper left corner."""

    left: int
    top: int
    right: int
    bottom: int


class PageLetters(NamedTuple):
    """The letters and digits of a page in reading order, folded, each with its place."""

    letters: str
    boxes: list[Box]
    width: int  # of the page, in the unit of the positions
    height: int


def fold_letters(text: str) -> str:
    """Return the letters and digits of a text, without case, accents and ligatures."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(filter(str.isalnum, plain))


def join_boxes(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def find_quote_boxes(page: PageLetters, number: int, article: Article, quote: Span) -> list[Box]:
    """Return the boxes of a quote on a page, one for each line; none if it is not found there.

    The text of a page may be in another order than its letters, or a part of it elsewhere: in
    columns, around tables and footnotes. So the letters are aligned in pieces.

    Args:
        page: the letters of the page.
        number: the number of the page, from 1.
        article: the article.
        quote: the span of the quote.
    """
    page_span = article.pages[number - 1]
    part = Span(max(quote.start, page_span.start), min(quote.end, page_span.end))
    part = Span(part.start, min(part.end, part.start + MAX_QUOTE_CHARACTERS))
    positions: Sequence[int] = ()
    if quote.end - quote.start <= MAX_QUOTE_CHARACTERS:
        positions = _find_exactly(page.letters, article, quote)
    if not positions and part.start < part.end:
        positions = _find_exactly(page.letters, article, part) or _find_pieces(
            page.letters, fold_letters(article.slice(part))
        )
    return list(_join_lines(page.boxes[position] for position in positions))


def _find_exactly(letters: str, article: Article, span: Span) -> range:
    """Return the position of a span whose letters are all there in order, by the text around it."""
    text = article.text
    words = fold_letters(article.slice(span))
    if not words:
        return range(0)
    before = fold_letters(text[max(0, span.start - CONTEXT_CHARACTERS) : span.start])
    after = fold_letters(text[span.end : span.end + CONTEXT_CHARACTERS])
    positions = list(_find_places(letters, words))
    if not positions:
        return range(0)
    size = len(words)
    best = max(
        positions,
        key=lambda position: (
            _count_equal(before[::-1], letters[max(0, position - len(before)) : position][::-1])
            + _count_equal(after, letters[position + size : position + size + len(after)])
        ),
    )
    return range(best, best + size)


def _find_places(letters: str, words: str) -> Iterator[int]:
    position = letters.find(words)
    for _ in range(MAX_PLACES):
        if position < 0:
            return
        yield position
        position = letters.find(words, position + 1)


def _count_equal(first: str, second: str) -> int:
    """Return the number of letters with which both texts begin."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(first), len(second)))


def _find_pieces(letters: str, words: str) -> list[int]:
    """Return the positions of the letters of a quote that are there in pieces, in their order.

    Of several positions of a piece, the one with the longest piece is taken, then the next one.
    """
    starts: dict[str, list[int]] = {}
    for position in range(len(letters) - PIECE_LETTERS + 1):
        equal = starts.setdefault(letters[position : position + PIECE_LETTERS], [])
        if len(equal) < MAX_PLACES:
            equal.append(position)
    positions: list[int] = []
    start, end = 0, 0
    while start <= len(words) - PIECE_LETTERS:
        candidates = starts.get(words[start : start + PIECE_LETTERS], ())
        pieces = [
            (_count_equal(words[start:], letters[position : position + len(words)]), position)
            for position in candidates
        ]
        if not pieces:
            start += 1
            continue
        size, position = max(pieces, key=lambda piece: (piece[0], piece[1] >= end, -piece[1]))
        positions += range(position, position + size)
        start, end = start + size, position + size
    return positions if len(set(positions)) >= MIN_FOUND_SHARE * len(words) else []


def _join_lines(boxes: Iterable[Box]) -> Iterator[Box]:
    """Yield the boxes of lines, of the boxes of letters."""
    line: Box | None = None
    last: Box | None = None
    for box in boxes:
        if line and last and _are_beside(last, box):
            line = join_boxes([line, box])
        else:
            if line:
                yield line
            line = box
        last = box
    if line:
        yield line


def _are_beside(first: Box, second: Box) -> bool:
    """Return whether two letters follow each other in a line, which may be a vertical one."""
    return _follow(first[0::2], second[0::2], first[1::2], second[1::2]) or _follow(
        first[1::2], second[1::2], first[0::2], second[0::2]
    )


def _follow(
    first: tuple[int, ...],
    second: tuple[int, ...],
    side: tuple[int, ...],
    next_side: tuple[int, ...],
) -> bool:
    """Return whether two ranges are near along a line, of letters that overlap across it."""
    height = min(side[1] - side[0], next_side[1] - next_side[0])
    overlap = min(side[1], next_side[1]) - max(side[0], next_side[0])
    gap = max(first[0], second[0]) - min(first[1], second[1])
    return overlap >= MIN_OVERLAP * height and gap <= MAX_GAP * height
