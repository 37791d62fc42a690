"""Extract the blocks of a tree of markup, as a browser separates them.

The same walk reads HTML, XHTML of EPUB, OpenDocument and the TEI trees of trafilatura: only the
names of the elements differ. The walk is iterative, so deep trees do not exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.errors import ArticleError
from index.loaders.builder import Part, join_cells
from index.loaders.markup_elements import (
    HTML,
    Role,
    find_attribute,
    find_role,
    has_columns,
    has_footnotes,
    heading_level,
    is_bold,
    is_header_cell,
    is_title_row,
    local_name,
    parse_integer,
    parse_span,
)
from index.loaders.note_marks import NOTE_ROLE
from index.text.spans import Kind

__all__ = ["extract_parts", "parse_html"]

MAX_SPANNED_COLUMNS = 100
MAX_SPANNED_ROWS = 10_000
# Before and after these, a part ends.
_PART_ROLES: tuple[Role, ...] = (
    *("block", "heading", "list", "item", "table", "header rows"),
    *("row", "caption", "term", "definition", "pre"),
)
_SPACE = re.compile(r"[^\S\v]+")
_BREAKS = re.compile(r" ?\v ?")


def parse_html(text: str, path: Path) -> Any:
    """Return the lxml tree of an HTML text, which may be malformed.

    Args:
        text: the HTML.
        path: the path of the file in error messages.

    Raises:
        ArticleError: the text is empty, or nested so deeply that the parser would lose text.
        MemoryError: the parser is out of memory.
    """
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        root = None
    if any(entry.type_name == "ERR_NO_MEMORY" for entry in parser.error_log):
        raise MemoryError
    if any("depth" in entry.message for entry in parser.error_log):
        raise ArticleError(f"{path} is nested too deeply to be read. Save its text.")
    if root is None:
        raise ArticleError(f"{path} has no words in it. Give a text to ask about.")
    return root


def extract_parts(root: Any, roles: Mapping[str, Role] = HTML) -> Iterator[Part]:
    """Yield the headings, paragraphs, list items, table rows and so on of an element, in order.

    Args:
        root: the lxml element.
        roles: the role of each element name.
    """
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    state = _WalkState(roles)
    for event, element in walk:
        role = find_role(element, roles) if event in ("start", "end") else None
        if event == "start":
            yield from state.enter(element, role)
            if role == "skip":
                walk.skip_subtree()
            else:
                state.add_text(element.text)
        else:
            if event == "end":
                yield from state.leave(element, role)
            if element is not root:
                state.add_text(element.tail)
    yield from state.flush()


@dataclass
class _OpenList:
    """A list that the walk is in."""

    group: int
    number: int | None  # of the next item; None in an unordered list
    step: int
    is_footnotes: bool


@dataclass
class _OpenItem:
    """A list item that the walk is in."""

    number: int | None
    has_part: bool = False  # what follows the first part continues the item


@dataclass
class _OpenTable:
    """A table that the walk is in."""

    group: int
    has_columns: bool
    has_body: bool = False  # a row so far has a cell that is no heading
    # Columns in which a cell of an earlier row continues, with the number of rows to come.
    merged: dict[int, int] = field(default_factory=dict)


@dataclass
class _OpenRow:
    """A table row that the walk is in: its cells by column so far.

    `merged` has the columns in which a cell of the row above continues, and `wide` those into which
    a cell of this row extends, with the column that it starts in.
    """

    texts: list[str] = field(default_factory=list)
    headers: list[bool] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)
    wide: dict[int, int] = field(default_factory=dict)
    spanned: int = 0  # columns that the last cell still covers, if covered cells are elements

    def add(self, text: str, is_header: bool) -> None:
        """Add a cell in the next column."""
        self.texts.append(text)
        self.headers.append(is_header)

    def extend(self) -> None:
        """Extend the last cell into the next column."""
        column = len(self.texts)
        self.wide[column] = self.wide.get(column - 1, column - 1)
        self.add("", self.headers[-1])


class _WalkState:
    """The position of the walk: the text since the last part, and the open elements."""

    def __init__(self, roles: Mapping[str, Role]) -> None:
        self.roles = roles
        self.words: list[str] = []
        self.levels: list[int] = []  # of the open headings
        self.lists: list[_OpenList] = []
        self.items: list[_OpenItem] = []
        self.tables: list[_OpenTable] = []
        self.row: _OpenRow | None = None
        self.kinds: list[Kind] = []  # of the open captions, terms and definitions
        self.header_rows = self.pres = self.groups = self.definitions = self.notes = 0
        self.after_term = False  # whether the last term or definition is a term

    def enter(self, element: Any, role: Role | None) -> Iterator[Part]:
        """Enter an element. Yield the text before it as parts."""
        role = self._role_in_table(element, role)
        if role in _PART_ROLES:
            yield from self.flush()
        if role == "heading":
            self.levels.append(heading_level(element))
        elif role == "list":
            self.lists.append(self._open_list(element))
        elif role == "item":
            self.items.append(_OpenItem(self._next_number(element)))
        elif role == "table":
            self.groups += 1
            self.tables.append(_OpenTable(self.groups, has_columns(element, self.roles)))
        elif role == "row":
            self.row = _OpenRow()
        elif role in ("caption", "term", "definition"):
            self._open_kind(role)
        elif role in ("break", "space"):
            self.words.append("\v" if role == "break" else " ")
        elif role in ("cell", "covered cell"):
            self.words.clear()
        self.header_rows += role == "header rows"
        self.pres += role == "pre"
        self.notes += element.get("role") == NOTE_ROLE

    def leave(self, element: Any, role: Role | None) -> Iterator[Part]:
        """Leave an element. Yield its text as parts."""
        role = self._role_in_table(element, role)
        if role == "cell":
            self._add_cells(element)
        elif role == "covered cell":
            self._add_covered_cells(element)
        elif role == "row":
            yield from self._leave_row()
        elif role in _PART_ROLES:
            yield from self.flush()
        if role == "heading":
            self.levels.pop()
        elif role == "list":
            self.lists.pop()
        elif role == "item":
            self.items.pop()
        elif role == "table":
            self.tables.pop()
        elif role in ("caption", "term", "definition"):
            self.kinds.pop()
        self.header_rows -= role == "header rows"
        self.pres -= role == "pre"
        self.notes -= element.get("role") == NOTE_ROLE

    def _role_in_table(self, element: Any, role: Role | None) -> Role | None:
        """Return the role of an element: the rows and cells of a layout table are blocks."""
        if role == "row" and len(element) < 2:
            is_title = self.tables and self.tables[-1].has_columns
            return "row" if is_title and is_title_row(element, self.roles) else "block"
        return "block" if role in ("cell", "covered cell") and self.row is None else role

    def add_text(self, text: str | None) -> None:
        """Add text to the current part."""
        if text:
            self.words.append(text.replace("\n", "\v") if self.pres else text)

    def flush(self) -> Iterator[Part]:
        """Yield the text so far, split at empty lines. The text of a cell stays together."""
        if self.row is not None:
            self.words.append(" ")
            return
        text = self._take_text()
        for piece in [text] if self.pres else text.split("\v\v"):
            words = piece.replace("\v", "\n").strip(" \n")
            if words:
                yield self._make_part(words)

    def _take_text(self) -> str:
        text = _SPACE.sub(" ", "".join(self.words))
        self.words.clear()
        return text if self.pres else _BREAKS.sub("\v", text)

    def _make_part(self, text: str) -> Part:
        if self.levels:
            return Part(text, "heading", self.levels[-1])
        if self.kinds:
            return Part(text, self.kinds[-1], group=self._kind_group())
        if self.notes:  # what a mark refers to
            return Part(text, "footnote", number=self.items[-1].number if self.items else None)
        if not self.items:
            return Part(text)
        item, depth = self.items[-1], max(len(self.lists), 1)
        if item.has_part:
            return Part(text, "paragraph", depth)
        item.has_part = True
        if not self.lists:
            return Part(text, "item", depth)
        kind: Kind = "footnote" if self.lists[-1].is_footnotes else "item"
        return Part(text, kind, depth, number=item.number, group=self.lists[-1].group)

    def _open_list(self, element: Any) -> _OpenList:
        self.groups += 1
        is_ordered = local_name(element) == "ol" or element.get("rend") == "ol"
        step = -1 if element.get("reversed") is not None else 1
        first = parse_integer(element.get("start"))
        if first is None:
            first = 1 if step == 1 else sum(local_name(child) == "li" for child in element)
        return _OpenList(self.groups, first if is_ordered else None, step, has_footnotes(element))

    def _next_number(self, element: Any) -> int | None:
        """Return the number of the item that begins, or None in an unordered list."""
        if not self.lists or self.lists[-1].number is None:
            return None
        items = self.lists[-1]
        value = parse_integer(element.get("value"))
        number = items.number if value is None else value
        assert number is not None
        items.number = number + items.step
        return number

    def _open_kind(self, role: Role) -> None:
        if role == "caption":
            self.kinds.append("caption")
            return
        if role == "term" and not self.after_term:
            self.groups += 1
            self.definitions = self.groups
        self.after_term = role == "term"
        self.kinds.append("term" if role == "term" else "definition")

    def _kind_group(self) -> int:
        if self.kinds[-1] == "caption":
            return self.tables[-1].group if self.tables else 0
        return self.definitions

    def _add_cells(self, element: Any) -> None:
        """Add a cell, in each column that it spans."""
        assert self.row is not None
        text = self._take_text().replace("\v", " ")
        is_header = self.header_rows > 0 or is_header_cell(element)
        if self.tables and not self.tables[-1].has_body:
            is_header = is_header or is_bold(element)
        merged = self.tables[-1].merged if self.tables else {}
        self._skip_merged(merged)
        if find_attribute(element, "number-columns-spanned"):
            self.row.spanned = parse_span(element, "number-columns-spanned", MAX_SPANNED_COLUMNS)
            self.row.spanned -= 1
        first = len(self.row.texts)
        for _ in range(parse_span(element, "number-columns-repeated", MAX_SPANNED_COLUMNS)):
            self.row.add(text, is_header)
        for _ in range(parse_span(element, "colspan", MAX_SPANNED_COLUMNS) - 1):
            self.row.extend()
        if (rows := parse_span(element, "rowspan", MAX_SPANNED_ROWS)) > 1:
            merged.update(dict.fromkeys(range(first, len(self.row.texts)), rows - 1))

    def _add_covered_cells(self, element: Any) -> None:
        """Add the columns of a cell that another one covers, from the left or from above."""
        assert self.row is not None
        self.words.clear()
        for _ in range(parse_span(element, "number-columns-repeated", MAX_SPANNED_COLUMNS)):
            if self.row.spanned > 0:
                self.row.spanned -= 1
                self.row.extend()
            else:
                self.row.merged.append(len(self.row.texts))
                self.row.add("", False)

    def _skip_merged(self, merged: dict[int, int]) -> None:
        """Skip the columns in which a cell of an earlier row continues."""
        assert self.row is not None
        while merged.get(column := len(self.row.texts)):
            merged[column] -= 1
            self.row.merged.append(column)
            self.row.add("", False)

    def _leave_row(self) -> Iterator[Part]:
        row = self.row
        assert row is not None
        if self.tables:
            self._skip_merged(self.tables[-1].merged)
            self.tables[-1].has_body |= not all(row.headers)
        self.row = None
        self.words.clear()
        part = join_cells(row.texts, row.headers, row.wide)
        if part.text:
            group = self.tables[-1].group if self.tables else 0
            yield part._replace(group=group, merged=row.merged)
