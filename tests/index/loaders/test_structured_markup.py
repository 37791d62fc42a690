"""Lists, tables, definitions and footnote marks of web pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.loaders.alignment import align_parts
from index.loaders.builder import Part
from index.loaders.html import HtmlLoader
from index.text.article import Article

pytestmark = pytest.mark.unit

INTRODUCTION = (
    "<p>The club lends hives to beginners who have finished the course, and it asks for a deposit "
    "that it pays back when the hive is returned in the autumn of the same year.</p>"
)


def page(body: str) -> Article:
    html = f"<html><body><article><h1>Bees</h1>{INTRODUCTION}{body}</article></body></html>"
    # Not in a process of its own: a start of Python takes a second.
    return HtmlLoader().load(html.encode(), Path("bees.html"))


def cells(article: Article) -> list[list[str]]:
    return [
        [f"{cell.column}:{article.text[cell.start : cell.end]}" for cell in row.cells]
        for table in article.structure.tables
        for row in (*table.header_rows, *table.rows)
    ]


def test_ordered_list_keeps_start_value_and_direction() -> None:
    article = page(
        "<ol start='3'><li>Smoke the hive.</li><li value='7'>Lift the lid.</li><li>Wait.</li></ol>"
        "<p>Then count down with the others of the club.</p>"
        "<ol reversed><li>Close it.</li><li>Go home.</li></ol>"
    )
    numbers = [[item.number for item in items.items] for items in article.structure.lists]
    assert numbers == [[3, 7, 8], [2, 1]]


def test_second_paragraph_of_an_item_is_not_an_item() -> None:
    article = page("<ul><li><p>Smoke.</p><p>Wait a little.</p></li><li>Lift the lid.</li></ul>")
    (items,) = article.structure.lists
    assert [article.text[item.start : item.end] for item in items.items] == [
        "Smoke.",
        "Lift the lid.",
    ]
    assert "Wait a little." in article.text


def test_merged_cells_are_in_every_row_and_column_they_cover() -> None:
    article = page(
        "<table><tr><th>Thing</th><th colspan='2'>Price</th></tr>"
        "<tr><td>Suit</td><td rowspan='2'>75</td><td>new</td></tr>"
        "<tr><td>Smoker</td><td>used</td></tr></table>"
    )
    assert cells(article) == [
        ["0:Thing", "1:Price", "2:Price"],
        ["0:Suit", "1:75", "2:new"],
        ["0:Smoker", "1:75", "2:used"],
    ]


def test_empty_cells_keep_the_columns_of_the_others() -> None:
    article = page(
        "<table><tr><th>Thing</th><th>Price</th><th>Remarks</th></tr>"
        "<tr><td>Nuc</td><td></td><td>in May</td></tr>"
        "<tr><td>Veil</td><td>20</td><td></td></tr></table>"
    )
    assert cells(article)[1:] == [["0:Nuc", "2:in May"], ["0:Veil", "1:20"]]


def test_caption_belongs_to_its_table() -> None:
    article = page(
        "<table><caption>What it costs</caption><tr><th>Thing</th><th>Price</th></tr>"
        "<tr><td>Nuc</td><td>140</td></tr></table>"
    )
    assert article.structure.tables[0].caption == "What it costs"


def test_definition_is_read_with_its_term() -> None:
    article = page("<dl><dt>Skep</dt><dd>A basket of straw for bees.</dd></dl>")
    span = next(span for span in article.sentences if "basket" in article.slice(span))
    assert article.structure.readable_text(span) == "Skep: A basket of straw for bees."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("for 22<sup>1</sup> years", "for 22 years"),
        ("for 22<sup><a href='#n9'>9</a></sup> years", "for 22 years"),
        ("for 22<sup class='footnote'>b</sup> years", "for 22 years"),
        ("for 22<sup>*</sup> years", "for 22 years"),
        ("of 40 m<sup>2</sup> of land", "of 40 m² of land"),
        ("10<sup>6</sup> bees", "10⁶ bees"),
        ("on the 1<sup>st</sup> of May", "on the 1st of May"),
    ],
)
def test_footnote_marks_are_no_part_of_numbers(markup: str, text: str) -> None:
    article = page(f"<p>Nobody else in the club has kept them {markup}, she says.</p>")
    assert text in article.text


def test_footnotes_are_blocks_of_their_own_kind() -> None:
    article = page("<ol class='footnotes'><li>Paid back in autumn.</li><li>In 2009.</li></ol>")
    kinds = {article.text[block.start : block.end]: block.kind for block in article.blocks}
    assert kinds["Paid back in autumn."] == "footnote"


def test_layout_table_becomes_paragraphs() -> None:
    article = page(
        "<table><tr><td><p>One column of text only, as old pages have it.</p></td></tr></table>"
    )
    assert not article.structure.tables


def test_alignment_keeps_what_is_in_the_main_text() -> None:
    whole = [
        Part("Home"),
        Part("The club lends hives.", "item", 1, number=1, group=1),
        Part("Copyright"),
    ]
    main = [Part("The club lends hives.")]
    assert align_parts(main, whole) == whole[1:2]


def test_alignment_keeps_a_table_whole_if_half_of_it_is_found() -> None:
    rows = [Part("Hive | 180 | used ones", "row", group=2), Part("Nuc | 140", "row", group=2)]
    assert align_parts([Part("Hive | 180"), Part("Nuc | 140")], rows) == rows


def rows_as_text(article: Article) -> list[str]:
    (table,) = article.structure.tables
    return [table.describe_row(row) for row in table.rows]


def test_row_of_one_cell_beside_a_spanning_cell_is_a_row() -> None:
    article = page(
        "<table><tr><th>Day</th><th>Course</th></tr>"
        "<tr><td rowspan='2'>Monday</td><td>Frames</td></tr><tr><td>Queens</td></tr></table>"
    )
    assert rows_as_text(article) == ["Day: Monday; Course: Frames", "Day: Monday; Course: Queens"]


def test_text_of_a_cell_over_several_columns_occurs_once() -> None:
    article = page(
        "<table><tr><th>Thing</th><th colspan='2'>Price</th></tr>"
        "<tr><td>Suit</td><td>75</td><td>60</td></tr></table>"
    )
    assert "Thing | Price\n" in article.text
    assert cells(article)[0] == ["0:Thing", "1:Price", "2:Price"]


def test_row_of_one_wide_cell_names_the_rows_below() -> None:
    article = page(
        "<table><tr><th>Time</th><th>Talk</th></tr><tr><td colspan='2'>Friday</td></tr>"
        "<tr><td>18:00</td><td>Swarms</td></tr><tr><td colspan='2'>Saturday</td></tr>"
        "<tr><td>11:00</td><td>Wax</td></tr></table>"
    )
    assert rows_as_text(article) == [
        "Friday; Time: 18:00; Talk: Swarms",
        "Saturday; Time: 11:00; Talk: Wax",
    ]


def test_heading_cell_alone_names_the_rows_below() -> None:
    article = page(
        "<table><tr><th></th><th>2019</th><th>2020</th></tr><tr><th>Income</th><td></td><td></td>"
        "</tr><tr><td>Honey</td><td>40</td><td>55</td></tr></table>"
    )
    assert rows_as_text(article) == ["Income; Honey; 2019: 40; 2020: 55"]


def test_bold_cells_above_the_others_name_the_columns() -> None:
    article = page(
        "<table><tr><td><b>Place</b></td><td><strong>Keeper</strong></td></tr>"
        "<tr><td>Orchard</td><td>Nora Bell</td></tr><tr><td><b>Heath</b></td><td>Jon Pike</td></tr>"
        "</table>"
    )
    assert article.structure.tables[0].columns == ("Place", "Keeper")
    assert len(article.structure.tables[0].rows) == 2


def test_definition_of_two_terms_is_read_with_both() -> None:
    article = page("<dl><dt>Skep</dt><dt>Straw hive</dt><dd>A basket for bees.</dd></dl>")
    span = next(span for span in article.sentences if "basket" in article.slice(span))
    assert article.structure.readable_text(span) == "Skep, Straw hive: A basket for bees."


def test_footnote_outside_the_main_text_is_kept_as_one() -> None:
    article = page(
        "<p>The club has lent 22 hives.<a href='#fn2'>[2]</a></p>"
        "<aside><p id='fn2'>Two of them were lost. <a href='#r2'>↩</a></p></aside>"
    )
    assert "22 hives.\n" in article.text
    kinds = {article.text[block.start : block.end]: block.kind for block in article.blocks}
    assert kinds["Two of them were lost."] == "footnote"


def test_link_in_brackets_to_a_section_is_no_footnote_mark() -> None:
    article = page("<p>The rules of the club are in section <a href='#rules'>[2]</a> below.</p>")
    assert "section [2] below" in article.text


def test_caption_of_a_figure_within_the_text_is_kept() -> None:
    article = page(
        "<figure><img src='a.jpg'><figcaption>The hives at dusk</figcaption></figure>"
        "<p>Nobody else in the club has kept bees for so many years, she says.</p>"
    )
    kinds = {article.text[block.start : block.end]: block.kind for block in article.blocks}
    assert kinds["The hives at dusk"] == "caption"


def test_year_in_the_text_is_no_date_of_the_page() -> None:
    assert not page("<p>The number of hives in the county has been falling since 1995.</p>").date


def read_bare_page(body: str) -> Article:
    html = f"<html><body><h1>Bees</h1>{INTRODUCTION}{body}</body></html>"
    return HtmlLoader().load(html.encode(), Path("bees.html"))


def test_list_beside_paragraphs_is_kept_with_its_heading() -> None:
    article = read_bare_page(
        "<h2>Where they are</h2><ol><li>Mill Lane</li><li>Hob Lane</li></ol>"
        "<p>Thanks to all who helped the club with its hives through a long and wet winter.</p>"
    )
    kinds = [(block.kind, article.text[block.start : block.end]) for block in article.blocks]
    assert ("heading", "Where they are") in kinds
    assert [text for kind, text in kinds if kind == "item"] == ["Mill Lane", "Hob Lane"]


@pytest.mark.parametrize(
    "body",
    [
        "<ul><li><a href='/a'>More on hives</a></li><li><a href='/b'>More on bees</a></li></ul>",
        "<aside><ul><li>Share</li><li>Print</li></ul></aside>",
    ],
)
def test_lists_of_links_and_of_other_parts_are_left_out(body: str) -> None:
    article = read_bare_page(
        f"{body}<p>Thanks to all who helped the club with its hives through a long winter.</p>"
    )
    assert not article.structure.lists


def test_navigation_with_an_entry_of_a_kept_list_is_left_out() -> None:
    article = read_bare_page(
        "<nav><ul><li><a href='/s'>Swimming</a></li><li><a href='/l'>Log in</a></li>"
        "<li><a href='/b'>Basket</a></li></ul></nav><ul><li>Swimming</li><li>Chess</li></ul>"
        "<p>Thanks to all who helped the club with its hives through a long and wet winter.</p>"
    )
    assert "Chess" in article.text
    assert "Basket" not in article.text
