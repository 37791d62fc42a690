"""Test the images of PDF pages, and that the boxes of quotes lie over their words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from index.errors import ArticleError
from index.loaders.page_letters import Box, PageLetters, find_quote_boxes, fold_letters
from index.loaders.pdf import PdfLoader
from index.loaders.pdf_view import MAX_PIXELS, UNITS, read_letters, render_page
from index.loaders.sandbox import run_isolated
from index.text.article import Article
from index.text.spans import Span
from tests.index.files import Placed, paragraphs, pdf
from tests.index.loaders.test_pdf_layout import (
    FIRST,
    SECOND,
    TABLE,
    TEXTS,
    XS,
    column,
    column_lines,
    grid,
    split_evenly,
    table,
)

pytestmark = pytest.mark.unit

PATH = Path("paper.pdf")
SCALE = 2.0


def load(data: bytes) -> Article:
    return PdfLoader().load(data, PATH)


def read_page(data: bytes, number: int = 1) -> PageLetters:
    letters, boxes, width, height = json.loads(read_letters(data, PATH, number))
    return PageLetters(letters, [Box(*box) for box in boxes], width, height)


def find_boxes(data: bytes, words: str, number: int = 1) -> list[Box]:
    article = load(data)
    start = article.text.index(words)
    return find_quote_boxes(
        read_page(data, number), number, article, Span(start, start + len(words))
    )


def ink(data: bytes, number: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return where a page is dark, by row and column."""
    image = Image.open(BytesIO(render_page(data, PATH, number, SCALE))).convert("L")
    return np.asarray(image) < 128


def pixels(box: Box, margin: int = 1) -> tuple[slice, slice]:
    left, top, right, bottom = (round(side * SCALE / UNITS) for side in box)
    return slice(max(0, top - margin), bottom + margin), slice(
        max(0, left - margin), right + margin
    )


def check_boxes_cover_the_ink(data: bytes, boxes: Sequence[Box]) -> None:
    """Check that there is ink in every box, and none elsewhere on the page."""
    page = ink(data)
    for box in boxes:
        assert page[pixels(box)].any(), box
        page[pixels(box)] = False
    assert not page.any()


def test_boxes_in_two_columns_cover_the_lines_of_a_quote() -> None:
    left, right = split_evenly(column_lines(TEXTS), 2)
    data = pdf([*column(left, 50), *column(right, 310)])
    article, page = load(data), read_page(data)
    by_sentence = [find_quote_boxes(page, 1, article, span) for span in article.sentences]
    assert all(by_sentence)
    check_boxes_cover_the_ink(data, [box for boxes in by_sentence for box in boxes])
    boxes = find_boxes(data, SECOND.split(". ")[1])  # it runs from the first column to the second
    lefts = [box.left >= 300 * UNITS for box in boxes]
    assert lefts == sorted(lefts)
    assert 0 < sum(lefts) < len(lefts)


@pytest.mark.parametrize("turned", [90, 270])
def test_boxes_on_a_turned_page_cover_the_ink(turned: int) -> None:
    data = pdf(paragraphs(FIRST), turned=turned)
    boxes = find_boxes(data, FIRST)
    lines = [words for *_, words in paragraphs(FIRST) if words]
    assert len(boxes) == len(lines)
    check_boxes_cover_the_ink(data, boxes)


def test_hyphenated_word_has_a_box_on_both_lines() -> None:
    words: list[Placed] = [(72, 700, 11, "It was a matter of the govern-"), (72, 680, 11, "ment.")]
    data = pdf(words)
    first, second = find_boxes(data, "government")
    assert first.bottom <= second.top
    assert ink(data)[pixels(first)].any()
    assert ink(data)[pixels(second)].any()
    assert find_boxes(data, "It was a matter of the government.")[0].left < first.left


def test_wrapped_table_cell_has_a_box_for_each_line() -> None:
    wrapped = [
        *table(TABLE),
        (54.0, 500 - 16 * 4, 10.0, "Ostrava Road"),
        (54.0, 488 - 16 * 4, 10.0, "and market"),
        (174.0, 500 - 16 * 4, 10.0, "1911"),
    ]
    lines = grid(4) + "".join(f"{x} 448 m {x} 420 l S " for x in XS) + "50 420 m 340 420 l S"
    data = pdf(wrapped, drawing=lines)
    road, market, year = find_boxes(data, "Ostrava Road and market | 1911")
    assert road.bottom <= market.top + UNITS
    assert abs(road.top - year.top) < UNITS
    assert year.left > road.right
    assert find_boxes(data, "1911") == [year]


def test_quote_across_pages_has_boxes_on_both() -> None:
    lines = column_lines([FIRST], 60)
    data = pdf(column(lines[:2], 50), column(lines[2:], 50))
    assert [len(find_boxes(data, FIRST, number)) for number in (1, 2)] == [2, len(lines) - 2]


def test_repeated_words_are_told_apart_by_the_text_around_them() -> None:
    data = pdf(paragraphs("The barn burned down.", "The mill burned down.", "The inn burned down."))
    article, page = load(data), read_page(data)
    places = [
        index for index in range(len(article.text)) if article.text[index:].startswith("burn")
    ]
    tops = [
        find_quote_boxes(page, 1, article, Span(index, index + len("burned down")))[0].top
        for index in places
    ]
    assert len(tops) == 3
    assert tops == sorted(set(tops))


def test_footnote_mark_within_a_quote_leaves_its_boxes() -> None:
    note: list[Placed] = [(50, 93, 6, "1"), (55, 90, 8, "Ann Moss, Horses, p. 22.")]
    words: list[Placed] = [
        (50, 700, 10, "The last horse"),
        (116, 704, 6, "1"),
        (122, 700, 10, "was bought by a school."),
        *column(column_lines(TEXTS, 60), 50, y=600),
    ]
    data = pdf([*words, *note])
    quote = next(line for line in load(data).text.splitlines() if line.startswith("The last horse"))
    assert "1" not in quote
    boxes = find_boxes(data, quote)
    assert boxes[0].left <= 50 * UNITS + 50
    assert boxes[-1].right > 200 * UNITS


def test_quote_of_another_page_has_no_box() -> None:
    data = pdf(paragraphs("The mill was built in 1902."), paragraphs("It burned down."))
    assert find_boxes(data, "The mill was built in 1902.")
    assert not find_boxes(data, "The mill was built in 1902.", 2)


def test_letters_are_folded_without_accents_and_ligatures() -> None:
    assert (
        fold_letters("Ef\u0301fi | ﬁve, É\u00ad m²")
        == fold_letters("effi FIVE é m2")
        == "effifiveem2"
    )


def test_pieces_of_many_equal_letters_take_little_time() -> None:
    letters = "a" * 50_000
    article = Article.from_text("a" * 15_000 + "b", pages=(Span(0, 15_001),))
    page = PageLetters(letters, [Box(0, 0, 1, 1)] * len(letters), 10, 10)
    assert find_quote_boxes(page, 1, article, Span(0, 15_001)) == [Box(0, 0, 1, 1)]


def test_image_of_a_large_page_has_few_pixels() -> None:
    data = pdf(paragraphs(FIRST)).replace(b"[0 0 600 800]", b"[0 0 14400 14400]")
    image = Image.open(BytesIO(render_page(data, PATH, 1, 4)))
    assert image.width * image.height <= 1.01 * MAX_PIXELS
    small = Image.open(BytesIO(render_page(pdf(paragraphs(FIRST)), PATH, 1, 1.5)))
    assert small.size == (900, 1200)


def test_damaged_file_and_missing_page_are_refused() -> None:
    data = pdf(paragraphs(FIRST))
    for task, arguments in (("render_page", [2, 1.0]), ("read_letters", [2])):
        with pytest.raises(ArticleError, match=r"paper\.pdf has 1 pages, and no page 2"):
            run_isolated(f"index.loaders.pdf_view:{task}", data, PATH, arguments)
    with pytest.raises(ArticleError, match="is damaged"):
        render_page(b"%PDF-1.4\nnothing", PATH, 1, 1.0)
