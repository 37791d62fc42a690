"""What most loaders make of a source: its headings, paragraphs and list items in order, then one `Article` of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..article import Article, Block, Kind, Span
from ..errors import ArticleError
from .base import clean

__all__ = ["Part", "article_of", "first_heading", "known_language"]

LONGEST = 10_000_000  # characters; embedding takes about a minute a million
LONGEST_TITLE = 300  # characters
JUNK_TITLES = ("untitled", "(anonymous)", "microsoft word", "microsoft powerpoint", "powerpoint presentation", "document1")


class Part(NamedTuple):
    """A heading, paragraph or list item on its way into an article."""

    text: str
    kind: Kind = "paragraph"
    level: int = 0
    pages: Sequence[tuple[int, int]] = ()  # (offset in `text`, number from 0 of the page that begins there)


def article_of(
    parts: Iterable[Part],
    path: Path,
    *,
    title: str = "",
    author: str = "",
    date: str = "",
    source: str = "",
    language: str = "",
    pages: int = 0,
) -> Article:
    """The parts parted by blank lines. The title: the one given, else the first heading, else the file's name.

    Args:
        pages: how many the source has; where they begin is told by the parts.

    Raises:
        ArticleError: the parts have no words in them, or too many.
    """
    texts: list[str] = []
    blocks: list[Block] = []
    starts: dict[int, int] = {}
    end = 0
    for part in parts:
        text = clean(part.text).strip()
        if not text:
            continue
        lead = len(part.text) - len(part.text.lstrip())
        for offset, page in part.pages:
            starts.setdefault(page, end + min(len(clean(part.text[lead:offset])) if offset > lead else 0, len(text) - 1))
        blocks.append(Block(end, end + len(text), part.kind, part.level))
        texts.append(text)
        end += len(text) + 2
        if end > LONGEST:
            raise ArticleError(f"{path} has more than {LONGEST:,} characters of text. Cut it into parts.")
    if not any(character.isalnum() for text in texts for character in text):
        raise ArticleError(f"{path} has no words in it. Give a text to ask about.")
    whole = "\n\n".join(texts)
    return Article.from_text(
        whole,
        _title(title) or first_heading(whole, blocks) or path.stem,
        author=author,
        date=date,
        source=source or str(path),
        language=known_language(language) or "en",
        blocks=tuple(blocks),
        pages=_pages(starts, pages, len(whole)),
    )


def first_heading(text: str, blocks: Iterable[Block]) -> str:
    return next((" ".join(text[block.start : block.end].split()) for block in blocks if block.kind == "heading"), "")


def known_language(tag: str) -> str:
    """`de` of `de-AT`; empty where the tag begins with no ISO 639-1 code."""
    code = tag.strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _title(title: str) -> str:
    """The title without what programs write there when a person wrote nothing."""
    title = " ".join(clean(title).split())[:LONGEST_TITLE]
    return "" if title.lower().startswith(JUNK_TITLES) else title


def _pages(starts: dict[int, int], pages: int, length: int) -> tuple[Span, ...]:
    """A span for each page, together the whole text; one without text is empty."""
    spans: list[Span] = []
    end = length
    for page in reversed(range(pages)):
        start = min(starts.get(page, end), end) if page else 0
        spans.append(Span(start, end))
        end = start
    return tuple(reversed(spans))
