"""Plain text: paragraphs parted by blank lines. The title is the file's name."""

from __future__ import annotations

from pathlib import Path

from ..article import Article
from .base import Loader, decode

__all__ = ["TextLoader"]


class TextLoader(Loader):
    suffixes = (".txt", ".text", ".log", "")

    def load(self, data: bytes, path: Path) -> Article:
        return Article.from_text(decode(data, str(path)), path.stem, source=str(path))
