"""Find the headings of plain text: short lines of their own above prose.

Plain text does not mark them, but readers see them, and questions name them ("What is said under
“Gates”?").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.text.spans import Block

__all__ = ["mark_headings"]

MAX_HEADING_CHARACTERS = 70
MAX_HEADING_WORDS = 9
MIN_PROSE_WORDS = 8  # of the paragraph below
MIN_HEADINGS = 2  # of a text; one line alone may be anything
MAX_HEADING_SHARE = 0.5  # of the paragraphs; verses and lists have more short lines
_NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}[.)]?|[IVX]{1,5}[.)]|§ ?\d{1,3})\s{1,3}(?=\S)")
_BYLINE = re.compile(r"(?:by|von|par|por|photo|picture)\b", re.IGNORECASE)
_ENDS_LIKE_PROSE = re.compile(r"[.!?…]['\"”’»)\]]*$|:$")


def mark_headings(text: str, paragraphs: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks with short lines above prose or a list as headings of level 2.

    A line before all prose, such as an author's name, is a heading only if it has a number or words
    in lower case.

    Args:
        text: a plain text.
        paragraphs: its paragraphs, in order.
    """
    slices = [text[block.start : block.end] for block in paragraphs]
    prose = [
        block.kind == "item" or _is_prose(paragraph)
        for block, paragraph in zip(paragraphs, slices, strict=True)
    ]
    first = prose.index(True) if True in prose else len(slices)
    found = {
        row
        for row, line in enumerate(slices[:-1])
        if row > 0
        and paragraphs[row].kind == "paragraph"
        and prose[row + 1]
        and _is_heading(line, after_prose=row > first)
    }
    if not MIN_HEADINGS <= len(found) <= MAX_HEADING_SHARE * len(slices):
        return tuple(paragraphs)
    return tuple(
        block._replace(kind="heading", level=2) if row in found else block
        for row, block in enumerate(paragraphs)
    )


def _is_prose(paragraph: str) -> bool:
    words = len(paragraph.split())
    return words >= MIN_PROSE_WORDS and bool(_ENDS_LIKE_PROSE.search(paragraph))


def _is_heading(line: str, *, after_prose: bool) -> bool:
    if "\n" in line or len(line) > MAX_HEADING_CHARACTERS or ":" in line:
        return False
    name = _NUMBER.sub("", line, count=1)
    is_numbered = name != line
    words = name.split()
    return (
        0 < len(words) <= MAX_HEADING_WORDS
        and any(map(str.isalpha, name))
        and (name[0].isupper() or (is_numbered and name[0].isalpha()))
        and (name[-1].isalnum() or name[-1] in ")”\"'?")
        and not _BYLINE.match(name)
        and (after_prose or is_numbered or any(word.islower() for word in words))
    )
