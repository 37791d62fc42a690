"""Make lines of the words of PDF pages, and tell the flow of the text from what is around it.

Around it are running heads, page numbers and footnotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.loaders.pdf_columns import Row, group_rows
from index.loaders.pdf_words import Word
from index.loaders.typography import HYPHEN

__all__ = [
    "Line",
    "find_body_size",
    "is_caption",
    "make_lines",
    "order_lines",
    "remove_note_marks",
    "remove_running_heads",
    "take_footnotes",
]

EDGE_ROWS = 2  # at the top and at the bottom of a page, where running heads and feet are
HEAD_GAP_RATIO = 2.0  # of the size of type; a wider space separates two running heads
PAGE_NUMBER_GAP_RATIO = 1.8  # of the size of type; a page number has so much space around
SAME_BASELINE_RATIO = 0.3  # of the size of type
MAX_NOTE_SIZE_RATIO = 0.93  # of the usual size of type
MAX_UPWARD_SHARE = 0.2  # of the lines of a region; with more, the order of the file is no order

_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.|s\.)\s*(\d+)(?:\s*(?:of|von|/)\s*\d+)?", re.IGNORECASE
)
_NUMBER_ALONE = re.compile(r"[-–—]?\s*(\d+)\s*[-–—]?")
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_PLAIN_DIGITS = str.maketrans(_SUPERSCRIPTS, "0123456789")
_RAISED_DIGITS = str.maketrans("0123456789", _SUPERSCRIPTS)
_NOTE_LABEL = re.compile(
    rf"(?:([{_SUPERSCRIPTS}]+)\s*|(\d{{1,3}})[.)]?\s+(?![a-z])|([*†‡§¶]{{1,3}})\s*)(?=\S)"
)

_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|table|tab\.|chart|plate|box|abb(?:ildung|\.)|tabelle|tableau|figura|tabla|"
    r"tabella|рис(?:унок|\.)|таблица|图|圖|図|表)\s*\d+[a-z]?(?:\.\d+)?\s*(?:[.:|–—]|(?-i:\s[A-Z]))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Line:
    """A line of text. Positions are points from the lower left corner of the displayed page."""

    text: str
    page: int  # from 0
    left: float
    right: float
    baseline: float
    size: float
    region: int = 0  # of the page; a column, or what is above or below of columns


def remove_running_heads(pages: Sequence[Sequence[Word]]) -> list[list[Word]]:
    """Return the words of each page without running heads, running feet and page numbers.

    Running heads are at the edge of several pages with equal text, except for numbers, and at the
    same position.
    """
    edges = [list(_edge_pieces(words)) for words in pages]
    seen = Counter(key for pieces in edges for key in {_position_key(piece) for piece in pieces})
    min_pages = min(3, max(2, len(pages)))
    result = []
    for number, (words, pieces) in enumerate(zip(pages, edges, strict=True)):
        removed = {
            word.offset
            for piece in pieces
            if seen[_position_key(piece)] >= min_pages or _is_page_number(piece, words, number)
            for word in piece
        }
        body = [word for word in words if word.offset not in removed]
        result.append(body or list(words))
    return result


def _edge_pieces(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """Yield the rows at the edges of a page, separated at wide spaces."""
    rows = group_rows(word for word in words if not word.is_turned)
    for row in rows if len(rows) <= 2 * EDGE_ROWS else [*rows[:EDGE_ROWS], *rows[-EDGE_ROWS:]]:
        yield from _split_row(row)


def _split_row(row: Row) -> Iterator[tuple[Word, ...]]:
    first = 0
    for number, (word, after) in enumerate(pairwise(row.words), 1):
        if after.left - word.right > HEAD_GAP_RATIO * max(word.size, after.size):
            yield row.words[first:number]
            first = number
    yield row.words[first:]


def _position_key(piece: Sequence[Word]) -> tuple[str, int]:
    text = " ".join(word.text for word in piece)
    return re.sub(r"\d+", "#", text), round(piece[0].baseline / 4)


def _is_page_number(piece: Sequence[Word], words: Sequence[Word], number: int) -> bool:
    """Return whether a row is the number of its page, alone at the top or the bottom."""
    text = " ".join(word.text for word in piece)
    match = _PAGE_NUMBER.fullmatch(text) or _NUMBER_ALONE.fullmatch(text)
    if not match or int(match[1][:9]) != number + 1:
        return False
    baseline, size = piece[0].baseline, piece[0].size
    page_words = [word for word in words if word not in piece]
    is_word = bool(_PAGE_NUMBER.fullmatch(text))
    if not is_word and any(abs(word.baseline - baseline) < size for word in page_words):
        return False
    gap = PAGE_NUMBER_GAP_RATIO * size
    page_words = [word for word in page_words if abs(word.baseline - baseline) >= size]
    return all(word.baseline < baseline - gap for word in page_words) or all(
        word.baseline > baseline + gap for word in page_words
    )


def make_lines(words: Sequence[Word], page: int, region: int) -> list[Line]:
    """Return the lines of a region in the order of the file, or from top to bottom.

    Args:
        words: the words of a region, in the order of the file.
        page: the number of the page, from 0.
        region: the number of the region on the page.
    """
    return [_make_line(piece, page, region) for piece in order_lines(words)]


def order_lines(words: Sequence[Word]) -> list[list[Word]]:
    """Return the words of each line of a region, in the order of the file or from top to bottom."""
    lines = list(_split_lines(words))
    upward = sum(b[0].baseline > a[0].baseline + 0.5 * _find_size(a) for a, b in pairwise(lines))
    if upward > MAX_UPWARD_SHARE * len(lines) and not words[0].is_turned:
        rows = group_rows(words)
        lines = [sorted(row.words, key=lambda word: word.offset) for row in rows]
    return lines


def _split_lines(words: Sequence[Word]) -> Iterator[list[Word]]:
    line: list[Word] = []
    for word in words:
        if line and not _is_same_line(line, word):
            yield line
            line = []
        line.append(word)
    if line:
        yield line


def _is_same_line(line: Sequence[Word], word: Word) -> bool:
    first, last = line[0], line[-1]
    if word.is_turned or first.is_turned:
        return (
            word.is_turned == first.is_turned
            and last.text[-1] != HYPHEN
            and max(word.left, first.left) < min(word.right, first.right)
        )
    size = max(first.size, word.size)
    is_near = abs(word.left - last.right) < 0.3 * size or word.is_glued
    limit = 0.6 if is_near and word.size != first.size else SAME_BASELINE_RATIO
    if abs(word.baseline - first.baseline) > limit * size:
        return False
    # Forwards, or backwards in Arabic and Hebrew.
    return word.left >= last.right - 0.5 * size or word.right <= last.left + 0.5 * size


def _make_line(words: Sequence[Word], page: int, region: int) -> Line:
    text = ""
    for word in words:
        if text and text[-1] == HYPHEN:
            text = text[:-1] + "-" + word.text
        else:
            text += word.text if not text or word.is_glued else f" {word.text}"
    left, right = min(word.left for word in words), max(word.right for word in words)
    return Line(text, page, left, right, words[0].baseline, _find_size(words), region)


def _find_size(words: Sequence[Word]) -> float:
    """Return the median size of type: fonts differ within a line."""
    return sorted(word.size for word in words)[len(words) // 2]


def find_body_size(lines: Iterable[Line]) -> float:
    """Return the size of type of most characters."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def is_caption(text: str) -> bool:
    """Return whether a text begins like the caption of a figure or table: "Table 2: …"."""
    return bool(_CAPTION.match(text))


def take_footnotes(lines: Sequence[Line]) -> tuple[list[Line], list[list[Line]]]:
    """Return the lines of the flow, and the lines of each footnote.

    Footnotes are lines in small type at the foot of a column or page that begin with a label.
    """
    body_size = find_body_size(lines)
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    notes: list[list[Line]] = []
    for page_lines in pages.values():
        for region in dict.fromkeys(line.region for line in page_lines):
            foot = _take_foot([x for x in page_lines if x.region == region], page_lines, body_size)
            notes += _split_notes(foot)
    taken = {id(line) for note in notes for line in note}
    return [line for line in lines if id(line) not in taken], notes


def _take_foot(region: Sequence[Line], page_lines: Sequence[Line], body_size: float) -> list[Line]:
    """Return the lines in small type at the foot of a region, from the first label on."""
    limit = MAX_NOTE_SIZE_RATIO * body_size
    while region and _NUMBER_ALONE.fullmatch(region[-1].text):  # of the page
        region = region[:-1]
    first = len(region)
    while first and region[first - 1].size <= limit:
        first -= 1
    while first < len(region) and not _NOTE_LABEL.match(region[first].text):
        first += 1
    foot = list(region[first:])
    if not foot or not any(
        line.size > limit and line.baseline > foot[0].baseline for line in page_lines
    ):
        return []
    is_lowest = all(
        line.baseline > foot[0].baseline
        for line in page_lines
        if line.size > limit
        and line.left < foot[0].right
        and line.right > foot[0].left
        and not _NUMBER_ALONE.fullmatch(line.text)
    )
    return foot if is_lowest else []


def _split_notes(lines: Sequence[Line]) -> list[list[Line]]:
    notes: list[list[Line]] = []
    number = 0
    for line in lines:
        match = _NOTE_LABEL.match(line.text)
        digits = (match[1] or match[2] or "").translate(_PLAIN_DIGITS) if match else ""
        if match and (not notes or not digits or match[1] or int(digits) == number + 1):
            notes.append([line])
            number = int(digits) if digits else number
        else:
            notes[-1].append(line)
    return notes


def remove_note_marks(
    lines: Sequence[Line], notes: Sequence[Sequence[Line]]
) -> tuple[list[Line], list[list[Line]]]:
    """Return the lines without the superscripts that refer to a footnote, and the footnotes.

    The label of a footnote becomes plain digits. A superscript after a number or a unit is removed
    only if no other one on the page refers to the footnote: it may be an exponent.
    """
    result = list(lines)
    by_page: dict[int, list[int]] = {}
    for index, line in enumerate(result):
        if any(character in _SUPERSCRIPTS for character in line.text):
            by_page.setdefault(line.page, []).append(index)
    plain_notes = []
    for note in notes:
        label = _NOTE_LABEL.match(note[0].text)
        digits = (label[1] or label[2]) if label else None
        if label and digits:
            digits = digits.translate(_PLAIN_DIGITS)
            text = f"{digits} {note[0].text[label.end() :]}"
            note = [replace(note[0], text=text), *note[1:]]
            _remove_mark(result, by_page.get(note[0].page, ()), digits.translate(_RAISED_DIGITS))
        plain_notes.append(list(note))
    return result, plain_notes


def _remove_mark(lines: list[Line], indexes: Iterable[int], mark: str) -> None:
    pattern = re.compile(rf"(?<![{_SUPERSCRIPTS}]){mark}(?![{_SUPERSCRIPTS}])")
    matches = [(index, match) for index in indexes for match in pattern.finditer(lines[index].text)]
    matches.sort(key=lambda candidate: _is_exponent(candidate[1]))
    for index, match in matches[:1]:
        text = match.string[: match.start()].rstrip() + match.string[match.end() :]
        lines[index] = replace(lines[index], text=text or match[0])


def _is_exponent(match: re.Match[str]) -> bool:
    """Return whether a superscript follows a number or a unit."""
    return bool(re.search(r"(?:\d|\b[a-zµ]{1,2})$", match.string[: match.start()]))
