"""Build an article from its parts: headings, paragraphs, list items, table rows and so on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from index.errors import ArticleError
from index.loaders.base import clean_text
from index.text.article import Article
from index.text.spans import Block, Cell, Kind, Span

__all__ = [
    "MAX_TITLE_CHARACTERS",
    "Part",
    "build_article",
    "find_first_heading",
    "join_cells",
    "parse_language",
]

MAX_ARTICLE_CHARACTERS = 10_000_000  # embedding takes about a minute per million
MAX_TITLE_CHARACTERS = 300
CELL_SEPARATOR = " | "
_NOT_WIDE: Mapping[int, int] = {}
JUNK_TITLES = (
    "untitled",
    "(anonymous)",
    "microsoft word",
    "microsoft powerpoint",
    "powerpoint presentation",
    "document1",
)


class Part(NamedTuple):
    """A block of the article to build. `Block` explains the fields."""

    text: str
    kind: Kind = "paragraph"
    level: int = 0
    # (offset in `text`, number from 0) of each page that starts in this part.
    pages: Sequence[tuple[int, int]] = ()
    number: int | None = None
    group: int = 0
    cells: Sequence[Cell] = ()  # of a table row, with offsets in `text`
    merged: Sequence[int] = ()  # columns in which the cell of the row above continues


def join_cells(
    texts: Sequence[str], headers: Sequence[bool] = (), wide: Mapping[int, int] = _NOT_WIDE
) -> Part:
    """Return the part of a table row.

    Args:
        texts: the text of each cell by column; empty for an empty cell.
        headers: whether each cell is a heading; by default none is.
        wide: the columns into which a cell extends, with the column before them that it starts in.
    """
    cells: dict[int, Cell] = {}
    row = ""
    for column, cell in enumerate(texts):
        if (start := wide.get(column)) is not None:
            if start in cells:
                cells[column] = cells[start]._replace(column=column)
        elif text := " ".join(clean_text(cell).split()):
            row += (CELL_SEPARATOR if row else "") + text
            header = bool(headers) and headers[column]
            cells[column] = Cell(len(row) - len(text), len(row), column, header)
    return Part(row, "row", cells=list(cells.values()))


def build_article(
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
    """Return an article of the parts, separated by blank lines.

    Args:
        parts: headings, paragraphs and list items, in order.
        path: the path of the file.
        title: the title; by default the first heading, else the name of the file.
        author: the author as displayed.
        date: the date of the article.
        source: the source; by default the path.
        language: the language tag; by default, the language is detected.
        pages: the number of pages of the source. The parts say where each page starts.

    Raises:
        ArticleError: the parts contain no words, or too many characters.
    """
    texts: list[str] = []
    blocks: list[Block] = []
    starts: dict[int, int] = {}
    end = 0
    for part in parts:
        text = clean_text(part.text).strip()
        if not text:
            continue
        lead = len(part.text) - len(part.text.lstrip())
        for offset, page in part.pages:
            starts.setdefault(
                page,
                end
                + min(
                    len(clean_text(part.text[lead:offset])) if offset > lead else 0, len(text) - 1
                ),
            )
        cells = _place_cells(part, end, lead, blocks[-1] if blocks else None)
        blocks.append(
            Block(end, end + len(text), part.kind, part.level, part.number, part.group, cells)
        )
        texts.append(text)
        end += len(text) + 2
        if end > MAX_ARTICLE_CHARACTERS:
            raise ArticleError(
                f"{path} has more than {MAX_ARTICLE_CHARACTERS:,} characters of text. "
                "Cut it into parts."
            )
    if not any(character.isalnum() for text in texts for character in text):
        raise ArticleError(f"{path} has no words in it. Give a text to ask about.")
    whole = "\n\n".join(texts)
    return Article.from_text(
        whole,
        _clean_title(title) or find_first_heading(whole, blocks) or path.stem,
        author=author,
        date=date,
        source=source or str(path),
        language=parse_language(language) or None,
        blocks=tuple(blocks),
        pages=_make_pages(starts, pages, len(whole)),
    )


def _place_cells(part: Part, start: int, lead: int, above: Block | None) -> tuple[Cell, ...]:
    """Return the cells of a table row, in the order of their columns, with offsets in the article.

    Args:
        part: the row.
        start: the offset of the row in the article.
        lead: the number of characters that were stripped from the beginning of the part's text.
        above: the block before the row.
    """
    cells = [
        cell._replace(start=start + cell.start - lead, end=start + cell.end - lead)
        for cell in part.cells
    ]
    if above and above.kind == "row" and above.group == part.group:
        cells += [cell for cell in above.cells if cell.column in part.merged]
    return tuple(sorted(cells, key=lambda cell: cell.column))


def find_first_heading(text: str, blocks: Iterable[Block]) -> str:
    """Return the text of the first heading, or an empty string."""
    return next(
        (
            " ".join(text[block.start : block.end].split())
            for block in blocks
            if block.kind == "heading"
        ),
        "",
    )


def parse_language(tag: str) -> str:
    """Return the ISO 639-1 code of a language tag (`de` of `de-AT`), or an empty string."""
    code = tag.strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _clean_title(title: str) -> str:
    """Return the title, or an empty string for a placeholder that a program wrote."""
    title = " ".join(clean_text(title).split())[:MAX_TITLE_CHARACTERS]
    return "" if title.lower().startswith(JUNK_TITLES) else title


def _make_pages(starts: dict[int, int], pages: int, length: int) -> tuple[Span, ...]:
    """Return the span of each page. Together they cover the text; a page may be empty."""
    spans: list[Span] = []
    end = length
    for page in reversed(range(pages)):
        start = min(starts.get(page, end), end) if page else 0
        spans.append(Span(start, end))
        end = start
    return tuple(reversed(spans))
