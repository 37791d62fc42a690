from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import pytest

from index.loaders.pdf import PdfLoader
from index.loaders.pdf_words import is_bold_font
from index.text.article import Article
from tests.index.files import Placed, pdf

FIRST = (
    "The long-standing habit of pulling barges with horses ended here only in 1961, when the last "
    "horse, a grey mare, was bought by a riding school. The company had kept eleven animals until "
    "then, although nobody had needed them for years."
)
SECOND = (
    "Coal was the most important cargo. In a good year 84,000 tonnes of it came down from the "
    "mines above the lock, and the same boats carried salt, roof tiles and gunpowder uphill. A "
    "crew earned by the tonne, which is why they overloaded their boats and why so many of these "
    "were lost."
)
THIRD = (
    "A well-known painter lived on a boat for nineteen years. She exchanged her pictures for "
    "potatoes, and the grandchildren of the greengrocer are rich today because they kept them all."
)
TEXTS = (FIRST, SECOND, THIRD)
LEADING = 12.0
WIDTH = 38  # characters of a line of a column, of 10 points


def opened(*pages: Sequence[Placed], lines: str = "") -> Article:
    return PdfLoader().load(pdf(*pages, drawing=lines), Path("paper.pdf"))


def blocks(article: Article) -> list[tuple[str, str]]:
    return [(block.kind, article.text[block.start : block.end]) for block in article.blocks]


def cells(article: Article) -> list[list[tuple[int, str, bool]]]:
    return [
        [(cell.column, article.text[cell.start : cell.end], cell.is_header) for cell in block.cells]
        for block in article.blocks
        if block.kind == "row"
    ]


def column_lines(texts: Sequence[str], width: int = WIDTH) -> list[str]:
    """Return the lines of paragraphs; the first line of each is indented by a space."""
    return [line for text in texts for line in textwrap.wrap(text, width, initial_indent=" ")]


def column(
    lines: Sequence[str], x: float, y: float = 700, size: float = 10, offset: float = 0
) -> list[Placed]:
    """Place lines below each other, and indent those that begin with a space."""
    return [
        (x + 12 * line.startswith(" "), y - offset - n * LEADING, size, line.strip())
        for n, line in enumerate(lines)
    ]


def split_evenly(lines: Sequence[str], count: int) -> list[Sequence[str]]:
    height = -(-len(lines) // count)
    return [lines[first : first + height] for first in range(0, len(lines), height)]


def test_pdf_two_columns_below_title_keep_paragraphs() -> None:
    left, right = split_evenly(column_lines(TEXTS), 2)
    title: Placed = (50, 750, 20, "The canal boats of this long valley and its people")
    article = opened([title, *column(left, 50), *column(right, 310)])
    assert blocks(article) == [("heading", title[3]), *(("paragraph", text) for text in TEXTS)]


def test_pdf_three_columns_keep_paragraphs() -> None:
    parts = split_evenly(column_lines(TEXTS, 26), 3)
    article = opened(
        [piece for n, part in enumerate(parts) for piece in column(part, 50 + 180 * n)]
    )
    assert blocks(article) == [("paragraph", text) for text in TEXTS]


@pytest.mark.parametrize("offset", [0, 5])
def test_pdf_columns_written_across_are_read_in_order(offset: float) -> None:
    left, right = split_evenly(column_lines(TEXTS), 2)
    rows = zip_longest(column(left, 50), column(right, 310, offset=offset))
    article = opened([piece for row in rows for piece in row if piece])
    assert blocks(article) == [("paragraph", text) for text in TEXTS]


@pytest.mark.parametrize("turned", [90, 270])
def test_pdf_page_shown_sideways_keeps_paragraphs(turned: int) -> None:
    left, right = split_evenly(column_lines(TEXTS), 2)
    data = pdf([*column(left, 50), *column(right, 310)], turned=turned)
    assert blocks(PdfLoader().load(data, Path("paper.pdf"))) == [("paragraph", t) for t in TEXTS]


def test_pdf_columns_across_pages_keep_paragraphs() -> None:
    parts = split_evenly(column_lines(TEXTS), 4)
    article = opened(
        [*column(parts[0], 50), *column(parts[1], 310)],
        [*column(parts[2], 50), *column(parts[3], 310)],
    )
    assert blocks(article) == [("paragraph", text) for text in TEXTS]
    assert "".join(article.slice(page) for page in article.pages) == article.text


def test_pdf_hyphen_at_column_end_is_removed() -> None:
    left, right = split_evenly(column_lines(TEXTS), 2)
    left, right = [*left, "and of the govern-"], ["ment in the capital.", *right]
    article = opened([*column(left, 50), *column(right, 310)])
    assert "and of the government in the capital." in article.text


def test_pdf_sidebar_does_not_cut_sentences() -> None:
    lines = column_lines(TEXTS)
    side = column_lines(["In short: the horses were sold, and the boats were not."], 20)
    main = [*column(lines[:8], 50), *column(lines[8:], 50, y=700 - 8 * LEADING)]
    article = opened([*main[:4], *column(side, 330, size=9), *main[4:]])
    assert all(("paragraph", text) in blocks(article) for text in TEXTS)
    assert "In short: the horses were sold, and the boats were not." in article.text


def test_pdf_footnotes_follow_paragraph_across_pages() -> None:
    lines = column_lines(TEXTS, 60)
    note = [
        (50.0, 93.0, 6.0, "1"),
        (55.0, 90.0, 8.0, "Ann Moss, Horses, p. 22."),
        (50.0, 80.0, 8.0, "and her letters."),
    ]
    article = opened([*column(lines[:8], 50), *note], column(lines[8:], 50))
    assert blocks(article) == [
        ("paragraph", FIRST),
        ("paragraph", SECOND),
        ("footnote", "1 Ann Moss, Horses, p. 22. and her letters."),
        ("paragraph", THIRD),
    ]


COUNTED: list[Placed] = [
    (50, 700, 10, "There were only 22"),
    (134.8, 704, 6, "2"),
    (50, 688, 10, "boats on 6 m"),
    (106.2, 692, 6, "3"),
    (111, 688, 10, "of water."),
]


def test_pdf_superscript_is_no_part_of_number() -> None:
    assert opened(COUNTED).text == "There were only 22² boats on 6 m³ of water."


def test_pdf_mark_of_footnote_is_left_out() -> None:
    note: list[Placed] = [(50, 603, 5, "2"), (54, 600, 8, "As counted in May.")]
    assert blocks(opened([*COUNTED, *note])) == [
        ("paragraph", "There were only 22 boats on 6 m³ of water."),
        ("footnote", "2 As counted in May."),
    ]


TABLE = [
    ["Station", "Opened", "Passengers"],
    ["Wister North", "1874", "12,400"],
    ["Carreg", "1881", "8,150"],
    ["Lindholm Quay", "1902", "22,900"],
]
XS = (50, 170, 250, 340)


def table(rows: Sequence[Sequence[str]], y: float = 500) -> list[Placed]:
    return [
        (XS[n] + 4, y - 16 * number, 10, text)
        for number, row in enumerate(rows)
        for n, text in enumerate(row)
        if text
    ]


def grid(rows: int, y: float = 512) -> str:
    across = "".join(f"50 {y - 16 * n} m 340 {y - 16 * n} l S " for n in range(rows + 1))
    return across + "".join(f"{x} {y} m {x} {y - 16 * rows} l S " for x in XS)


def expected_cells(rows: Sequence[Sequence[str]]) -> list[list[tuple[int, str, bool]]]:
    return [[(n, text, row is rows[0]) for n, text in enumerate(row)] for row in rows]


@pytest.mark.parametrize("lines", [grid(4), ""], ids=["ruled", "plain"])
def test_pdf_table_becomes_rows(lines: str) -> None:
    caption: Placed = (50, 530, 10, "Table 1: Stations of the line.")
    body = [*column(column_lines([FIRST], 60), 50), caption, *table(TABLE)]
    article = opened([*body, *column(column_lines([SECOND], 60), 50, y=400)], lines=lines)
    assert blocks(article) == [
        ("paragraph", FIRST),
        ("caption", caption[3]),
        *(("row", " | ".join(row)) for row in TABLE),
        ("paragraph", SECOND),
    ]
    assert cells(article) == expected_cells(TABLE)
    assert {block.group for block in article.blocks if block.kind in ("caption", "row")} == {1}


def test_pdf_ruled_table_with_wrapped_cell_is_one_row() -> None:
    placed = [
        *table(TABLE),
        (54.0, 500 - 16 * 4, 10.0, "Ostrava Road"),
        (54.0, 488 - 16 * 4, 10.0, "and market"),
        (174.0, 500 - 16 * 4, 10.0, "1911"),
    ]
    lines = grid(4) + "".join(f"{x} 448 m {x} 420 l S " for x in XS) + "50 420 m 340 420 l S"
    assert cells(opened(placed, lines=lines))[-1] == [
        (0, "Ostrava Road and market", False),
        (1, "1911", False),
    ]


def test_pdf_table_in_column_becomes_rows() -> None:
    lines = column_lines([FIRST, SECOND], WIDTH)
    rows = [["Coal", "4", "1820"], ["Salt", "7", "1833"], ["Tiles", "9", "1851"]]
    small = [
        (x, 500 - 14 * n, 10.0, text)
        for n, row in enumerate(rows)
        for x, text in zip((50, 120, 170), row, strict=True)
    ]
    article = opened(
        [
            *column(lines[:7], 50),
            *small,
            *column(lines[7:], 310),
            *column(column_lines([THIRD]), 310, y=560),
        ]
    )
    assert [text for kind, text in blocks(article) if kind == "row"] == [
        " | ".join(r) for r in rows
    ]
    assert all(("paragraph", text) in blocks(article) for text in (FIRST, SECOND, THIRD))


def test_pdf_prose_and_lists_are_no_tables() -> None:
    items = [(50.0, 400 - 14.0 * n, 10.0, f"{n + 1}.") for n in range(4)]
    texts = [(80.0, 400 - 14.0 * n, 10.0, f"Take part {n + 7} of it") for n in range(4)]
    left, right = split_evenly(column_lines(TEXTS), 2)
    listed = [piece for pair in zip(items, texts, strict=True) for piece in pair]
    article = opened([*column(left, 50), *column(right, 310)], listed)
    assert not cells(article)
    (found,) = article.structure.lists
    assert [item.number for item in found.items] == [1, 2, 3, 4]
    assert article.text.endswith("Take part 10 of it")


def test_pdf_frame_around_page_is_no_table() -> None:
    frame = "40 40 m 560 40 l 560 760 l 40 760 l h S 300 40 m 300 760 l S 40 730 m 560 730 l S"
    lines = column_lines(TEXTS * 3)
    left, right = split_evenly(lines, 2)
    article = opened([*column(left, 50), *column(right, 310)], lines=frame)
    assert not cells(article)
    assert [text for _, text in blocks(article)] == list(TEXTS * 3)


def test_pdf_page_number_alone_is_left_out() -> None:
    article = opened([*column(column_lines([FIRST], 60), 50), (300, 30, 9, "1")])
    assert article.text == FIRST


def columns_at(xs: Sequence[float], lines: Sequence[tuple[float, Sequence[str]]]) -> list[Placed]:
    """Place the cells of lines, each with its height, at the left edges of columns."""
    return [
        (x, y, 10.0, text) for y, cells in lines for x, text in zip(xs, cells, strict=False) if text
    ]


def described(article: Article) -> list[str]:
    return [table.describe_row(row) for table in article.structure.tables for row in table.rows]


def test_pdf_table_of_words_with_narrow_spaces_has_all_columns() -> None:
    rows = [
        ["Lost property", "Edith Marlow", "Porch", "Mornings"],
        ["School meals", "Tom Okafor", "Kitchen", "Afternoons"],
        ["Library cards", "Priya Nair", "Hall", "Lunch break"],
        ["Transport", "Gareth Pugh", "Gatehouse", "Mornings"],
    ]
    lines = [(500.0 - 16 * n, row) for n, row in enumerate(rows)]
    article = opened(columns_at((50, 122, 190, 246), lines))
    assert [[text for _, text, _ in row] for row in cells(article)] == rows


def test_pdf_two_columns_of_names_and_amounts_are_a_table() -> None:
    lines = [(500, ["Rye flour", "350 g"]), (484, ["Water", "420 ml"]), (468, ["Salt", "11 g"])]
    assert described(opened(columns_at((50, 120), lines))) == [
        "Rye flour; 350 g",
        "Water; 420 ml",
        "Salt; 11 g",
    ]


def test_pdf_wrapped_cells_and_titles_without_lines_are_read() -> None:
    lines = [
        (500.0, ["Time", "Event", "Place"]),
        (480.0, ["Friday the twenty-first of June"]),
        (460.0, ["18:00", "Lute songs by Dowland", "Guildhall"]),
        (448.0, ["", "and friends"]),
        (428.0, ["19:30", "Supper", "Courtyard"]),
        (408.0, ["Saturday"]),
        (388.0, ["11:00", "Workshop", "School"]),
        (368.0, ["16:00", "Organ recital", "Chapel"]),
    ]
    assert described(opened(columns_at((50, 100, 230), lines))) == [
        "Friday the twenty-first of June; Time: 18:00; "
        "Event: Lute songs by Dowland and friends; Place: Guildhall",
        "Friday the twenty-first of June; Time: 19:30; Event: Supper; Place: Courtyard",
        "Saturday; Time: 11:00; Event: Workshop; Place: School",
        "Saturday; Time: 16:00; Event: Organ recital; Place: Chapel",
    ]


@pytest.mark.parametrize("shift", [0, 20], ids=["at the left", "in the middle"])
def test_pdf_headings_and_days_extend_over_their_cells(shift: float) -> None:
    top = [("Day", 50.0), ("Outward", 110.0 + shift), ("Return", 210.0 + shift)]
    lines = [
        (484.0, ["", "leaves", "arrives", "leaves", "arrives"]),
        (468.0, ["Monday", "07:10", "07:55", "08:20", "09:05"]),
        (452.0, ["", "11:30", "12:15", "12:40", "13:25"]),
        (436.0, ["Sunday", "10:40", "11:25", "14:50", "15:35"]),
    ]
    headings = [(x, 500.0, 10.0, text) for text, x in top]
    article = opened([*headings, *columns_at((50, 110, 160, 210, 260), lines)])
    (found,) = article.structure.tables
    assert found.columns == (
        "Day",
        "Outward leaves",
        "Outward arrives",
        "Return leaves",
        "Return arrives",
    )
    assert described(article)[1].startswith("Day: Monday; Outward leaves: 11:30")
    assert article.text.count("Monday") == 1


def test_pdf_years_above_numbers_name_the_columns() -> None:
    lines = [
        (500.0, ["Bird", "2021", "2022"]),
        (484.0, ["Robin", "97", "104"]),
        (468.0, ["Wren", "19", "6"]),
        (452.0, ["Dunnock", "71", "68"]),
    ]
    article = opened(columns_at((50, 120, 170), lines))
    assert described(article)[0] == "Bird: Robin; 2021: 97; 2022: 104"


def test_pdf_bold_type_is_told_by_the_name_of_the_font() -> None:
    names = ["LiberationSerif-Bold", "ABCDEF+CMBX10", "NimbusRomNo9L-Medi", "Roboto-Regular"]
    assert [is_bold_font(name) for name in names] == [True, True, True, False]


def items(article: Article) -> list[tuple[int, int | None, str]]:
    return [
        (block.level, block.number, article.text[block.start : block.end])
        for block in article.blocks
        if block.kind == "item"
    ]


def placed_lines(*lines: tuple[float, str]) -> list[Placed]:
    """Place lines, each at its left edge, with a space of 14 points."""
    return [(x, 700.0 - 14 * n, 10.0, text) for n, (x, text) in enumerate(lines)]


def test_pdf_lists_keep_numbers_and_levels() -> None:
    article = opened(
        placed_lines(
            (50, "The rules of the club, which every member has to know, are these:"),
            (60, "1. Plots are let for a year."),
            (60, "2. The rent covers:"),
            (80, "• the water,"),
            (80, "• the shed."),
            (60, "3. Bonfires are allowed in October."),
            (50, "This was agreed by all of the members who were at the meeting that day."),
            (60, "4. Hens may be kept."),
        )
    )
    assert items(article) == [
        (1, 1, "Plots are let for a year."),
        (1, 2, "The rent covers:"),
        (2, None, "the water,"),
        (2, None, "the shed."),
        (1, 3, "Bonfires are allowed in October."),
        (1, 4, "Hens may be kept."),
    ]
    assert [len(found.items) for found in article.structure.lists] == [4, 2]


def test_pdf_letters_of_items_stay_in_the_text() -> None:
    article = opened(
        placed_lines((60, "(a) the fee is paid; and"), (60, "(b) the boat is insured."))
    )
    assert items(article) == [
        (1, None, "(a) the fee is paid; and"),
        (1, None, "(b) the boat is insured."),
    ]


def test_pdf_number_that_nothing_follows_is_no_item() -> None:
    article = opened(placed_lines((50, "1. Heading of its own"), (50, "The text follows here.")))
    assert not items(article)
    assert article.text.startswith("1. Heading of its own")


def test_pdf_clauses_are_paragraphs_of_their_own() -> None:
    lines = ["3.1 The committee has seven members.", "3.2 A quorum is five members."]
    article = opened(placed_lines(*((50, line) for line in lines)))
    assert [text for _, text in blocks(article)] == lines


def test_pdf_drawn_bullets_begin_items() -> None:
    texts = ["the water from the well,", "the use of the shed."]
    dots = "58 702 3 3 re f 58 688 3 3 re f"
    article = opened(placed_lines(*((70, text) for text in texts)), lines=dots)
    assert items(article) == [(1, None, text) for text in texts]


def test_pdf_short_line_of_an_indented_paragraph_ends_it() -> None:
    article = opened(
        placed_lines(
            (50, "These are words that everybody on this part of the coast will know by heart."),
            (80, "The cry of the man on the cliff."),
            (50, "Adit"),
        )
    )
    assert ("paragraph", "Adit") in blocks(article)


def test_pdf_title_shows_how_a_broken_word_is_spelled() -> None:
    lines = placed_lines((50, "Swifts in mid-"), (50, "sized towns"))
    texts = [
        PdfLoader().load(pdf(lines, title=title), Path("a.pdf")).text
        for title in ("", "Mid-sized towns")
    ]
    assert texts == ["Swifts in midsized towns", "Swifts in mid-sized towns"]
