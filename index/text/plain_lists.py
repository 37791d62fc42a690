"""Find the lists of plain text: lines that begin with numbers or letters that count up, or bullets.

The labels stay in the text, and in the items: "2. Add salt" is an item with the number 2.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from index.text.spans import Block

__all__ = ["label_length", "mark_lists"]

MIN_ITEMS = 2
# A longer line is wrapped: the next one continues it.
MIN_WRAPPED_CHARACTERS = 60
_LABEL = re.compile(
    r"(?:\(?(?P<number>\d{1,3})[.)]|\(?(?P<letter>[a-z])\)|(?P<bullet>[-*•·◦▪‣●○]))[ \t]{1,8}(?=\S)"
)
_LINE = re.compile(r"[^\n]+")


class _Entry(NamedTuple):
    """A paragraph, or a line of one that has a label, with the lines that continue it."""

    start: int
    end: int
    paragraph: int  # which paragraph it is in
    kind: str = ""  # of the label: its form without the number; empty without a label
    number: int = 0  # 0 for a bullet
    indent: int = 0


def label_length(text: str) -> int:
    """Return the length of the label that a text begins with, such as "2. " or "(b) "; else 0."""
    match = _LABEL.match(text)
    return len(match[0]) if match else 0


def mark_lists(text: str, paragraphs: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks, with the lines that are list items as blocks of their own.

    Numbers and letters have to count up from line to line, or from paragraph to paragraph. A
    paragraph without two such lines stays as it is.

    Args:
        text: a plain text.
        paragraphs: its paragraphs, in order.
    """
    entries = [
        entry
        for number, block in enumerate(paragraphs)
        for entry in _split_paragraph(text, block, number)
    ]
    items: dict[int, Block] = {}  # by the position of the entry
    for group, run in enumerate(_find_runs(entries), 1):
        base = min(entries[position].indent for position in run)
        for position in run:
            entry = entries[position]
            level = 1 if entry.indent == base else 2
            number = entry.number or None
            items[position] = Block(entry.start, entry.end, "item", level, number, group)
    split = {entries[position].paragraph for position in items}
    blocks: list[Block] = []
    for position, entry in enumerate(entries):
        if position in items:
            blocks.append(items[position])
        elif entry.paragraph in split:
            blocks.append(Block(entry.start, entry.end))
        elif not blocks or blocks[-1].end <= paragraphs[entry.paragraph].start:
            blocks.append(paragraphs[entry.paragraph])
    return tuple(blocks)


def _split_paragraph(text: str, block: Block, number: int) -> Iterator[_Entry]:
    """Yield the lines of a paragraph that have labels, and what stands between them."""
    current: _Entry | None = None
    last_length = 0
    for line in _LINE.finditer(text, block.start, block.end):
        start = line.start() + len(line[0]) - len(line[0].lstrip())
        end = line.start() + len(line[0].rstrip())
        if start >= end:
            continue
        indent = start - (text.rfind("\n", 0, start) + 1)
        label = _LABEL.match(text, start, block.end)
        if (
            label is None
            and current is not None
            and _continues(text, current, start, indent, last_length)
        ):
            current = current._replace(end=end)
        else:
            if current is not None:
                yield current
            kind, count = _read_label(label) if label else ("", 0)
            current = _Entry(start, end, number, kind, count, indent)
        last_length = end - start
    if current is not None:
        yield current


def _continues(text: str, entry: _Entry, start: int, indent: int, last_length: int) -> bool:
    """Return whether a line without a label continues an entry."""
    if not entry.kind:
        return True
    return indent > entry.indent or text[start].islower() or last_length >= MIN_WRAPPED_CHARACTERS


def _read_label(label: re.Match[str]) -> tuple[str, int]:
    """Return the kind of a label, which is that of its list, and its number, 0 for a bullet."""
    if label["number"]:
        return label[0].strip().replace(label["number"], "1"), int(label["number"])
    if label["letter"]:
        return label[0].strip().replace(label["letter"], "a"), ord(label["letter"]) - ord("a") + 1
    return label["bullet"], 0


def _find_runs(entries: Sequence[_Entry]) -> Iterator[list[int]]:
    """Yield the positions of the items of each list. An indented list is part of the one around."""
    run: list[int] = []
    last: dict[str, _Entry] = {}  # of the run, by kind
    for position, entry in enumerate([*entries, _Entry(0, 0, 0)]):
        if entry.kind and run and _is_next(entry, last.get(entry.kind), entries[run[-1]]):
            run.append(position)
        else:
            yield from _accept(entries, run)
            run, last = ([position], {}) if entry.kind else ([], {})
        last[entry.kind] = entry


def _is_next(entry: _Entry, same: _Entry | None, before: _Entry) -> bool:
    """Return whether an entry goes on with a list, or opens or continues one within it.

    Args:
        entry: one with a label.
        same: the last entry of its kind in the list, if any.
        before: the last entry of the list.
    """
    if same is None or entry.indent > same.indent:
        return entry.indent > before.indent and entry.number <= 1
    return entry.number == same.number + 1 if entry.number else same.number == 0


def _accept(entries: Sequence[_Entry], run: Sequence[int]) -> Iterator[list[int]]:
    """Yield a list if it has two items of one kind."""
    if max(Counter(entries[position].kind for position in run).values(), default=0) >= MIN_ITEMS:
        yield list(run)
