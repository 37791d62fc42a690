"""The structure of an article: sections, lists and tables."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time

import pytest

from index.loaders import load_bytes
from index.loaders.html import HtmlLoader
from index.loaders.markdown import MarkdownLoader
from index.loaders.sandbox import MAX_CPU_SECONDS
from index.text.article import Article
from index.text.spans import Block, Span

pytestmark = pytest.mark.unit

GUIDE = b"""# Harbour guide

Boats leave all day.

## Fares

| Route | Minutes | Adult fare |
| --- | --- | --- |
| Ness to Holm | 40 | 6.80 |
| Ness to Skerry | 25 | 4.20 |

## How to board

1. Buy a ticket.
2. Wait at the gate.
   - Stand on the left.
3. Show the ticket.

### In winter

The gate opens later. It closes at six.
"""


@pytest.fixture
def guide() -> Article:
    return load_bytes(GUIDE, "guide.md")


def sentence(article: Article, words: str) -> Span:
    return next(span for span in article.sentences if words in article.slice(span))


def test_sections_have_paths_and_reach_to_the_next_heading(guide: Article) -> None:
    sections = guide.structure.sections
    assert [section.title for section in sections] == ["Fares", "How to board", "In winter"]
    assert sections[2].path == ("How to board", "In winter")
    assert sections[1].span.end == len(guide.text)
    assert sections[0].span.end == sections[1].span.start


def test_heading_path_of_text_before_the_first_section_is_empty(guide: Article) -> None:
    assert guide.structure.heading_path(sentence(guide, "Boats").start) == ()
    assert guide.structure.heading_path(sentence(guide, "closes").start) == (
        "How to board",
        "In winter",
    )


def test_lists_keep_their_numbers_and_nested_lists_apart(guide: Article) -> None:
    steps, nested = guide.structure.lists
    assert steps.is_ordered
    assert [item.number for item in steps.items] == [1, 2, 3]
    assert not nested.is_ordered
    assert [item.level for item in nested.items] == [2]


def test_table_has_columns_rows_and_cells(guide: Article) -> None:
    (table,) = guide.structure.tables
    assert table.columns == ("Route", "Minutes", "Adult fare")
    assert [table.label(row) for row in table.rows] == ["Ness to Holm", "Ness to Skerry"]
    cell = table.cell_at(table.rows[1], 2)
    assert cell
    assert guide.text[cell.start : cell.end] == "4.20"
    assert table.cell_at(table.rows[1], 3) is None


def test_every_table_row_is_one_sentence_and_one_passage(guide: Article) -> None:
    for row in guide.structure.tables[0].rows:
        assert Span(row.start, row.end) in guide.sentences
        assert Span(row.start, row.end) in guide.passages


@pytest.mark.parametrize(
    ("words", "readable", "searched"),
    [
        (
            "Ness to Holm",
            "Route: Ness to Holm; Minutes: 40; Adult fare: 6.80",
            "Fares: Route: Ness to Holm; Minutes: 40; Adult fare: 6.80",
        ),
        ("Wait at", "2. Wait at the gate.", "How to board: 2. Wait at the gate."),
        ("It closes", "It closes at six.", "How to board › In winter: It closes at six."),
        ("Boats", "Boats leave all day.", "Boats leave all day."),
    ],
)
def test_readable_and_search_text(guide: Article, words: str, readable: str, searched: str) -> None:
    span = sentence(guide, words)
    assert guide.structure.readable_text(span) == readable
    assert guide.structure.search_text(span) == searched


def test_first_row_without_digits_names_the_columns() -> None:
    page = b"<html><body><p>A list of the machines that the workshop has had so far.</p><table>"
    page += b"<tr><td>Machine</td><td>Bought</td></tr><tr><td>Lathe</td><td>2013</td></tr>"
    page += b"<tr><td>Kiln</td><td>2021</td></tr></table></body></html>"
    (table,) = HtmlLoader().load(page, Path("machines.html")).structure.tables
    assert table.columns == ("Machine", "Bought")
    assert len(table.rows) == 2


def test_items_that_were_stored_without_groups_form_runs() -> None:
    text = "One.\n\nTwo.\n\nBetween.\n\nThree."
    spans = [(0, 4), (6, 10), (12, 20), (22, 28)]
    kinds = ["item", "item", "paragraph", "item"]
    stored = json.loads(
        json.dumps([[*span, kind, 1] for span, kind in zip(spans, kinds, strict=True)])
    )
    article = Article.from_text(text, blocks=tuple(map(Block.from_values, stored)))
    assert [len(items.items) for items in article.structure.lists] == [2, 1]


def test_blocks_come_back_from_json_as_they_were(guide: Article) -> None:
    stored = json.loads(json.dumps(guide.blocks))
    assert tuple(map(Block.from_values, stored)) == guide.blocks


def test_ten_thousand_sections_take_linear_time() -> None:
    text = "\n\n".join(f"# Part {number}\n\nIt rains." for number in range(10_000))
    start = process_time()
    article = MarkdownLoader().load(text.encode(), Path("parts.md"))
    assert process_time() - start < MAX_CPU_SECONDS
    assert len(article.structure.sections) == 10_000 - (article.title == "Part 0")
    assert article.structure.heading_path(article.sentences[-1].start) == ("Part 9999",)


def test_list_that_a_paragraph_interrupts_is_one_list() -> None:
    text = "1. Buy.\n2. Wait.\n\nLater:\n\n3. Show.\n   1. Gently.\n4. Board.\n"
    article = load_bytes(text.encode(), "rules.md")
    numbers = [[item.number for item in items.items] for items in article.structure.lists]
    assert numbers == [[1, 2, 3, 4], [1]]


def test_lists_of_different_sections_are_not_joined() -> None:
    article = load_bytes(b"## A\n\n1. Buy.\n2. Wait.\n\n## B\n\n3. Show.\n", "rules.md")
    assert [len(items.items) for items in article.structure.lists] == [2, 1]


def test_running_numbers_do_not_name_the_rows() -> None:
    rows = "| 1 | Holm | 34 |\n| 2 | Ness | 30 |\n"
    unnamed = load_bytes(f"| | Team | Points |\n|---|---|---|\n{rows}".encode(), "league.md")
    named = load_bytes(f"| Round | Team | Points |\n|---|---|---|\n{rows}".encode(), "league.md")
    labels = [
        [table.label(row) for row in table.rows]
        for article in (unnamed, named)
        for table in article.structure.tables
    ]
    assert labels == [["Holm", "Ness"], ["1", "2"]]
