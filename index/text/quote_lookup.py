"""Find the exact position of a quote in an article."""

from __future__ import annotations

import re
from functools import lru_cache

from index.text.article import Article
from index.text.spans import Span

__all__ = ["find_quote", "longest_word"]

_FOLDED = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}
_ELLIPSIS = re.compile(r"…|\.\.\.|\[…\]|\[\.\.\.\]")
_WORD = re.compile(r"\w+")
_DIGIT_SEPARATOR = re.compile(r"\d[.,]\d")


def find_quote(words: str, article: Article) -> Span | None:
    """Return the span of a quote in the article, or None if the article does not contain it.

    The comparison is exact except for typography. Typographic quotation marks and dashes, runs of
    white space and the case of the first letter are folded on both sides. An ellipsis splits the
    quote into pieces that must follow each other. No piece starts or ends inside a word.

    Args:
        words: the quote.
        article: the article to search.
    """
    text, offsets = _fold_typography(article.text)
    pieces = [
        _fold_typography(piece)[0].strip() for piece in _ELLIPSIS.split(words) if piece.strip()
    ]
    if not pieces:
        return None
    first: int | None = None
    position = 0
    for piece in pieces:
        at = _find_piece(piece, text, position)
        if at is None:
            return None
        first = at if first is None else first
        position = at + len(piece)
    return Span(offsets[first or 0], offsets[position - 1] + 1)


def _find_piece(piece: str, text: str, position: int) -> int | None:
    variants = {piece, piece[0].swapcase() + piece[1:]}
    matches = (_find_whole(variant, text, position) for variant in variants)
    return min((at for at in matches if at >= 0), default=None)


def _find_whole(piece: str, text: str, position: int) -> int:
    """Find a piece like `str.find`, but only at word boundaries.

    After a match inside a word, the search skips the rest of the word: “aaa…” in “aaaa…” would
    otherwise take minutes.
    """
    while (at := text.find(piece, position)) >= 0 and (
        _is_inside_word(text, at) or _is_inside_word(text, at + len(piece))
    ):
        position = at + 1
        while _is_inside_word(text, position):
            position += 1
    return at


def _is_inside_word(text: str, at: int) -> bool:
    """Return whether an offset lies inside a word or a number.

    “possible” is not a quote of “impossible”, and “000” is not a quote of “30,000”.
    """
    if _needs_word_boundary(text[max(at - 1, 0) : at]) and _needs_word_boundary(text[at : at + 1]):
        return True
    return bool(
        _DIGIT_SEPARATOR.fullmatch(text, at - 2, at + 1)
        or _DIGIT_SEPARATOR.fullmatch(text, at - 1, at + 2)
    )


def _needs_word_boundary(character: str) -> bool:
    """Return whether words of such characters have visible boundaries.

    True for digits and for letters with case. Chinese, Thai and Arabic words may be written
    without a separator.
    """
    return character.isdigit() or character.lower() != character.upper()


@lru_cache(maxsize=32)
def _fold_typography(text: str) -> tuple[str, list[int]]:
    """Return the text with folded typography, and the original offset of each character."""
    folded: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text):
        character = " " if character.isspace() else _FOLDED.get(character, character)
        if character == " " and folded and folded[-1] == " ":
            continue
        folded.append(character)
        offsets.append(offset)
    return "".join(folded), offsets


def longest_word(words: str) -> str:
    """Return the longest word that a text must contain exactly to contain the quote.

    Typography and the first letter of each piece are left out, because `find_quote` folds them.
    """
    pieces = (piece.strip()[1:] for piece in _ELLIPSIS.split(words))
    return max((run for piece in pieces for run in _WORD.findall(piece)), key=len, default="")
