"""Load Markdown with markdown-it: plain text with headings, paragraphs, list items and tables.

Front matter becomes metadata of the article.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from index.errors import ArticleError
from index.loaders.authors import format_authors
from index.loaders.base import Loader, decode_text, strip_folders
from index.loaders.builder import Part, join_cells
from index.text.article import Article
from index.text.spans import Block

__all__ = ["MarkdownLoader"]

# How deep brackets in brackets are read: of 300 kB of `![`, 100 take 17 s, and 20 take 3 s.
MAX_INLINE_NESTING = 20
# Blocks nested deeper are dropped; the preset's 20 drops a list's tenth level.
MAX_BLOCK_NESTING = 100
_INLINE_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_INLINE_NESTING})
_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_BLOCK_NESTING}).enable("table")
_YAML = YAMLHandler()
MAX_FRONT_MATTER_CHARACTERS = 100_000  # takes a second to parse
MAX_AUTHORS = 100
SCALAR_TYPES = (str, int, float, date)


def _parse_inline(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            _INLINE_PARSER.inline.parse(token.content, _INLINE_PARSER, state.env, token.children)


_PARSER.core.ruler.at("inline", _parse_inline)


class MarkdownLoader(Loader):
    """Load Markdown with optional YAML front matter."""

    suffixes = (".md", ".markdown")

    def load(self, data: bytes, path: Path) -> Article:
        """Return the article. Raises ArticleError."""
        facts, body = _split_front_matter(decode_text(data, str(path)).lstrip("\n"), path)
        text, blocks = _build_blocks(_PARSER.parse(body))
        if not text:
            raise ArticleError(f"{path} has no words in it. Give a text to ask about.")
        return Article.from_text(
            text,
            facts.get("title") or _find_first_heading(text, blocks) or path.stem,
            author=facts.get("author", ""),
            date=facts.get("date", ""),
            source=_declared_source(facts) or str(path),
            language=facts.get("language") or None,
            blocks=blocks,
        )


def _declared_source(facts: dict[str, str]) -> str:
    """Return the source that the front matter declares, unless it is a path on a disk."""
    source = facts.get("source", "").strip()
    return source if strip_folders(source) == source else ""


def _split_front_matter(text: str, path: Path) -> tuple[dict[str, str], str]:
    """Return the metadata of the front matter and the rest of the text.

    Rules (`---`) ancestors a passage are not front matter.

    Raises:
        ArticleError: the front matter is not valid YAML.
    """
    rules = len(_YAML.FM_BOUNDARY.findall(text)) if _YAML.detect(text) else 0
    if rules < 2:
        return {}, text
    above, body = _YAML.split(text)
    try:
        if len(above) > MAX_FRONT_MATTER_CHARACTERS:
            raise ValueError(f"it has {len(above)} characters")
        # Not libyaml's loader: 60 kB of `[` overflow its stack and kill the process.
        facts = yaml.load(above, yaml.SafeLoader)
    # A date such as 2016-13-45 raises ValueError.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ArticleError(
            f"The front matter of {path} is not valid YAML ({_join_lines(error)}). "
            "Correct or remove it."
        ) from error
    if not (facts and isinstance(facts, dict)):
        return {}, text
    # Only scalars: nested references can expand without end.
    plain = {
        str(name): str(value)
        for name, value in facts.items()
        if value and isinstance(value, SCALAR_TYPES)
    }
    return plain | {
        "author": format_authors(_author_names(facts.get("author") or facts.get("authors")))
    }, body


def _author_names(value: object) -> list[str]:
    """Return the names in an author or a list of authors: scalars, or mappings with a `name`."""
    authors = value[:MAX_AUTHORS] if isinstance(value, list) else [value]
    names = [author.get("name") if isinstance(author, dict) else author for author in authors]
    return [str(name) for name in names if name and isinstance(name, SCALAR_TYPES)]


def _build_blocks(tokens: list[Token]) -> tuple[str, tuple[Block, ...]]:
    """Return the text, with blank lines between its blocks, and the span of each block."""
    parts: list[str] = []
    blocks: list[Block] = []
    end = 0
    walk = _WalkState()
    for token in tokens:
        part = walk.read(token)
        if part and part.text:
            cells = tuple(
                cell._replace(start=end + cell.start, end=end + cell.end) for cell in part.cells
            )
            blocks.append(
                Block(
                    end, end + len(part.text), part.kind, part.level, part.number, part.group, cells
                )
            )
            parts.append(part.text)
            end += len(part.text) + 2
    return "\n\n".join(parts), tuple(blocks)


class _WalkState:
    """The position in the tokens: the open elements, and the cells of the open row."""

    def __init__(self) -> None:
        self.groups = 0
        self.lists: list[int] = []  # groups of the open lists
        self.items: list[Token | None] = []  # the open items; None from their first part on
        self.heading: Token | None = None
        self.table = 0  # group of the open table
        self.cells: list[str] | None = None  # of the open row
        self.headers: list[bool] = []

    def read(self, token: Token) -> Part | None:
        """Read the next token. Return the part that it completes, or None."""
        name = token.type
        if name in ("bullet_list_open", "ordered_list_open", "table_open"):
            self.groups += 1
        if name in ("bullet_list_open", "ordered_list_open"):
            self.lists.append(self.groups)
        elif name in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif name == "list_item_open":
            self.items.append(token)
        elif name == "list_item_close":
            self.items.pop()
        elif name in ("heading_open", "heading_close"):
            self.heading = token if name == "heading_open" else None
        elif name == "table_open":
            self.table = self.groups
        elif name == "tr_open":
            self.cells, self.headers = [], []
        elif name in ("th_open", "td_open"):
            self.headers.append(name == "th_open")
        elif name == "tr_close":
            return self._leave_row()
        return self._read_text(token)

    def _read_text(self, token: Token) -> Part | None:
        text = _plain_text(token).strip()
        if self.cells is not None:
            if token.type == "inline":
                self.cells.append(text)
            return None
        if not text:
            return None
        if self.heading:
            return Part(text, "heading", int(self.heading.tag[1]))
        if not self.items:
            return Part(text)
        item, self.items[-1] = self.items[-1], None
        if item is None:  # a later paragraph of the item
            return Part(text, level=len(self.items))
        number = int(item.info) if item.info.isdecimal() else None
        return Part(text, "item", len(self.items), number=number, group=self.lists[-1])

    def _leave_row(self) -> Part:
        cells, self.cells = self.cells or [], None
        return join_cells(cells, self.headers)._replace(group=self.table)


def _plain_text(token: Token) -> str:
    if token.type in ("fence", "code_block"):
        return token.content
    return (
        "".join(_plain_inline_text(child) for child in token.children or ())
        if token.type == "inline"
        else ""
    )


def _plain_inline_text(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " " if token.type == "softbreak" else "\n"
    return token.content  # of an image: its alternative text


def _find_first_heading(text: str, blocks: tuple[Block, ...]) -> str:
    return next((text[block.start : block.end] for block in blocks if block.kind == "heading"), "")


def _join_lines(error: Exception) -> str:
    return " ".join(str(error).split())
