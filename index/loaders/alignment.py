"""Find the parts of a web page that are in its main text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from index.loaders.builder import Part

__all__ = ["add_captions", "align_parts", "letters_of"]

# Further than this behind the last match, only parts of at least `MIN_FAR_CHARACTERS` are matched:
# "Share" and "Home" may be words of a later sentence.
NEAR_CHARACTERS = 400
MIN_FAR_CHARACTERS = 40
# A list or table of which this share of the parts is in the main text is kept whole: trafilatura
# loses cells with lists in them.
MIN_GROUP_SHARE = 0.5
_OTHER = re.compile(r"[\W_]+")


def align_parts(main: Sequence[Part], whole: Sequence[Part]) -> list[Part]:
    """Return the parts of the page that are in the main text, in order.

    Args:
        main: the parts of the main text.
        whole: the parts of the whole page, with more structure.
    """
    text = "".join(letters_of(part.text) for part in main)
    position = 0
    matched: list[bool] = []
    for part in whole:
        letters = letters_of(part.text)
        limit = len(text) if len(letters) >= MIN_FAR_CHARACTERS else position + NEAR_CHARACTERS
        start = text.find(letters, position, limit) if letters else -1
        position = start + len(letters) if start >= 0 else position
        matched.append(start >= 0)
    groups = Counter(part.group for part in whole if part.group)
    hits = Counter(part.group for part, hit in zip(whole, matched, strict=True) if hit)
    return [
        part
        for part, hit in zip(whole, matched, strict=True)
        if hit or (part.group and hits[part.group] >= MIN_GROUP_SHARE * groups[part.group])
    ]


def add_captions(aligned: Sequence[Part], whole: Sequence[Part]) -> list[Part]:
    """Return the parts with those that trafilatura leaves out, in the order of the page.

    These are the captions of figures between the parts, and footnotes that a mark refers to.

    Args:
        aligned: some of the parts of the page.
        whole: all parts of the page.
    """
    ids = {id(part) for part in aligned}
    kept = [id(part) in ids for part in whole]
    if not any(kept):
        return []
    inside = range(kept.index(True), len(kept) - kept[::-1].index(True))
    return [
        part
        for position, part in enumerate(whole)
        if kept[position]
        or (not part.group and part.kind == "footnote")
        or (not part.group and part.kind == "caption" and position in inside)
    ]


def letters_of(text: str) -> str:
    """Return the letters and digits only: spaces and separators of cells may differ."""
    return _OTHER.sub("", text)
