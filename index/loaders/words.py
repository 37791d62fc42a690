"""Words as a printer sets them, and as a reader reads them: ligatures apart, and hyphens only where they belong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["HYPHEN", "Hyphens", "without_ligatures"]

HYPHEN = "\x02"  # PDFium's mark for a hyphen at the end of a line, whose word it joined
_HYPHENATED = re.compile(rf"(\w*){HYPHEN}(\w*)")
_LIGATURES = re.compile(r"[\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufefc]")  # Latin ones, and the shapes of Arabic letters


def without_ligatures(text: str) -> str:
    """`ﬁ` as `fi`. Not the whole of NFKC, which makes `m²` into `m2` and `½` into `1⁄2`."""
    return _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


class Hyphens:
    """Decides which words at the ends of lines keep their hyphen, by how the same text writes them elsewhere."""

    def __init__(self, lines: Iterable[str]) -> None:
        words = {word for line in lines for word in re.findall(r"\w+(?:-\w+)*", line.lower())}
        self.compounds = {word for word in words if "-" in word}

    def resolve(self, text: str, marks: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
        """The text without `HYPHEN`, and the offsets in `marks` where they are then."""
        pieces: list[str] = []
        end = 0
        for match in _HYPHENATED.finditer(text):
            pieces += [text[end : match.start()], match[1], "-" if self._keeps(match[1], match[2]) else "", match[2]]
            end = match.end()
        pieces.append(text[end:])
        lost = [i for i, character in enumerate(text) if character == HYPHEN]
        kept = {m.end(1) for m in _HYPHENATED.finditer(text) if self._keeps(m[1], m[2])}
        return "".join(pieces), [(at - sum(i < at and i not in kept for i in lost), number) for at, number in marks]

    def _keeps(self, before: str, after: str) -> bool:
        if not before or not after or before[-1].isdigit() or after[0].isdigit() or after[0].isupper():
            return True
        return f"{before}-{after}".lower() in self.compounds
