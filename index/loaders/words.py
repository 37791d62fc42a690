"""Words as a printer sets them, and as a reader reads them: ligatures apart, and hyphens only where they belong."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

__all__ = ["HYPHEN", "Hyphens", "without_ligatures"]

HYPHEN = "\x02"  # PDFium's mark for a hyphen at the end of a line, whose word it joined
_HYPHENATED = re.compile(rf"(\w*){HYPHEN}(?=(\w*(?:-\w+)?))")
_LIGATURES = re.compile(r"[\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufefc]")  # Latin ones, and the shapes of Arabic letters


def without_ligatures(text: str) -> str:
    """`ﬁ` as `fi`. Not the whole of NFKC, which makes `m²` into `m2` and `½` into `1⁄2`."""
    return _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


class Hyphens:
    """Decides which words at the ends of lines keep their hyphen, by how the same text writes them elsewhere."""

    def __init__(self, lines: Iterable[str]) -> None:
        compounds = (word.split("-") for line in lines for word in re.findall(r"\w+(?:-\w+)+", line.lower()))
        self.pairs = {pair for words in compounds for pair in pairwise(words)}

    def resolve(self, text: str, marks: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
        """The text without `HYPHEN`, and the offsets in `marks` where they are then."""
        pieces: list[str] = []
        lost: list[int] = []
        end = 0
        for match in _HYPHENATED.finditer(text):
            place = match.end(1)
            keeps = self._keeps(match[1], match[2])
            pieces += [text[end:place], "-" if keeps else ""]
            lost += [] if keeps else [place]
            end = place + 1
        pieces.append(text[end:])
        return "".join(pieces), [(offset - bisect_left(lost, offset), number) for offset, number in marks]

    def _keeps(self, before: str, after: str) -> bool:
        if not before or not after or before[-1].isdigit() or after[0].isdigit() or after[0].isupper() or "-" in after:
            return True
        return (before.lower(), after.lower()) in self.pairs
