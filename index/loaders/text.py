"""Load plain text. Blank lines separate paragraphs; the title is the name of the file."""

from __future__ import annotations

from pathlib import Path

from index.loaders.base import Loader, decode_text
from index.text.article import Article

__all__ = ["TextLoader"]


class TextLoader(Loader):
    """Load plain text in any encoding."""

    suffixes = (".txt", ".text", ".log", "")

    def load(self, data: bytes, path: Path) -> Article:
        """Return the article. Raises ArticleError if the bytes are not text."""
        return Article.from_text(decode_text(data, str(path)), path.stem, source=str(path))
