"""Undo typesetting: expand ligatures and remove the hyphens of line breaks."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

__all__ = ["HYPHEN", "HyphenResolver", "expand_ligatures"]

HYPHEN = "\x02"  # PDFium's mark for a hyphen at a line end, where it has joined the word
_HYPHENATED = re.compile(rf"(?<!\w)(\w*+){HYPHEN}(?=(\w*(?:-\w+)?))")
# Latin ligatures and the presentation forms of Arabic letters.
_LIGATURES = re.compile(r"[\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufefc]")


def expand_ligatures(text: str) -> str:
    """Return the text with ligatures such as `ﬁ` as letters.

    Full NFKC is not used, because it turns `m²` into `m2` and `½` into `1⁄2`.
    """
    return _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


class HyphenResolver:
    """Decide which words at line ends keep their hyphen, by their spelling elsewhere in the text.

    Args:
        lines: all lines of the text.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        compounds = (
            word.split("-")
            for line in lines
            for word in re.findall(r"(?<!\w)\w++(?:-\w++)+", line.lower())
        )
        self.pairs = {pair for words in compounds for pair in pairwise(words)}

    def resolve(self, text: str, marks: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
        """Replace each `HYPHEN` by a hyphen or nothing.

        Args:
            text: the text of a paragraph.
            marks: (offset, page number) pairs.

        Returns:
            The text, and the marks with adjusted offsets.
        """
        pieces: list[str] = []
        removed: list[int] = []
        end = 0
        for match in _HYPHENATED.finditer(text):
            offset = match.end(1)
            is_kept = self._keeps_hyphen(match[1], match[2])
            pieces += [text[end:offset], "-" if is_kept else ""]
            removed += [] if is_kept else [offset]
            end = offset + 1
        pieces.append(text[end:])
        return "".join(pieces), [
            (offset - bisect_left(removed, offset), number) for offset, number in marks
        ]

    def _keeps_hyphen(self, before: str, after: str) -> bool:
        if (
            not before
            or not after
            or before[-1].isdigit()
            or after[0].isdigit()
            or after[0].isupper()
            or "-" in after
        ):
            return True
        return (before.lower(), after.lower()) in self.pairs
