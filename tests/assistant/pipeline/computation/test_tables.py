"""Look-up and arithmetic in tables."""

from __future__ import annotations

import pytest

from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.computation.tables import compute_from_table
from index.loaders import load_bytes
from index.text.article import Article
from tests.assistant.pipeline.computation.recipe import request

pytestmark = pytest.mark.unit

MACHINES = """# Workshop

The workshop is open on Mondays.

## Machines

| Machine | Bought | Price | Keeper | Weight (kg) |
| --- | --- | --- | --- | --- |
| Lathe | 2013 | €1,200 | Pia Lund | 340 |
| Band saw | 2016 | €450 | Tom Ries | 85 |
| Kiln | 2021 | €2,300 | Pia Lund | 410 |
""".encode()


@pytest.fixture(scope="module")
def machines() -> Article:
    return load_bytes(MACHINES, "machines.md")


def compute(article: Article, question: str) -> Computed | None:
    return compute_from_table(request(article, question))


@pytest.mark.parametrize(
    ("question", "answer", "rows"),
    [
        ("What is the price of the lathe?", "€1,200", ["Lathe"]),
        ("Who is the keeper of the band saw?", "Tom Ries", ["Band saw"]),
        ("When was the kiln bought?", "2021", ["Kiln"]),
        ("What is the weight of the band saw?", "85 kg", ["Band saw"]),
        ("Which machine was bought in 2016?", "Band saw", ["Band saw"]),
        ("Which machines have Pia Lund as keeper?", "Lathe and Kiln", ["Lathe", "Kiln"]),
        ("Which machine is the heaviest?", "Kiln (410 kg)", ["Kiln"]),
        ("Which machine is the cheapest?", "Band saw (€450)", ["Band saw"]),
        ("Which machine has the highest price?", "Kiln (€2,300)", ["Kiln"]),
        ("Which machine has the lowest weight?", "Band saw (85 kg)", ["Band saw"]),
        ("How many machines are there?", "3", ["Lathe", "Band saw", "Kiln"]),
        ("What is the total price?", "€3,950", ["Lathe", "Band saw", "Kiln"]),
        ("How much heavier is the kiln than the lathe?", "70 kg", ["Lathe", "Kiln"]),
    ],
)
def test_the_table_answers(machines: Article, question: str, answer: str, rows: list[str]) -> None:
    computed = compute(machines, question)
    assert computed
    assert computed.text == answer
    assert [candidate.text.split(" | ")[0] for candidate in computed.evidence] == rows


def test_a_dash_is_no_answer() -> None:
    text = MACHINES.replace("| 2016 | €450 |".encode(), "| 2016 | – |".encode())
    computed = compute(load_bytes(text, "machines.md"), "What is the price of the band saw?")
    assert computed
    assert computed.is_blank
    assert computed.text == ""


def test_the_calculation_is_shown(machines: Article) -> None:
    total = compute(machines, "What is the total price?")
    assert total
    assert total.calculation == "1,200 + 450 + 2,300 = 3,950"


@pytest.mark.parametrize(
    "question",
    [
        "What is the price of a used lathe?",
        "What is the price of the drill?",
        "Who repaired the lathe?",
        "Which machine broke in 2016?",
        "How many machines were stolen?",
        "Which machine is the loudest?",
        "Is the lathe the heaviest machine?",
        "What is the total price of the chairs?",
        "When is the workshop open?",
        "How much heavier is the drill than the lathe?",
    ],
)
def test_the_table_does_not_answer(machines: Article, question: str) -> None:
    assert compute(machines, question) is None


def test_different_units_are_not_compared() -> None:
    table = "| Route | Time |\n|---|---|\n| Ness | 40 min |\n| Holm | 2 h |\n"
    assert compute(load_bytes(table.encode(), "routes.md"), "Which route takes longest?") is None


def test_two_tables_that_answer_differently_give_nothing() -> None:
    table = "| Town | People |\n|---|---|\n| Ness | {} |\n| Holm | 2 |\n\n"
    text = table.format(40) + "Ten years later.\n\n" + table.format(50)
    article = load_bytes(text.encode(), "towns.md")
    assert len(article.structure.tables) == 2
    assert compute(article, "How many people has Ness?") is None


SAILINGS = b"""<table><tr><th>Day</th><th>Departure</th><th>Arrival</th></tr>
<tr><th rowspan=2>Monday</th><td>07:10</td><td>07:55</td></tr><tr><td>11:30</td><td>12:15</td></tr>
<tr><th>Sunday</th><td>10:40</td><td>11:25</td></tr></table>"""
FARES = b"""<table><tr><th>Passenger</th><th>Single</th><th>Return</th></tr>
<tr><td colspan=3>Summer</td></tr><tr><td>Adult</td><td>48</td><td>80</td></tr>
<tr><td colspan=3>Winter</td></tr><tr><td>Adult</td><td>30</td><td>50</td></tr></table>"""


def test_every_row_of_a_spanning_cell_is_looked_up() -> None:
    article = load_bytes(b"<html><body>" + SAILINGS, "sailings.html")
    computed = compute(article, "What is the departure on Monday?")
    assert computed
    assert computed.text == "07:10 and 11:30"
    assert len(computed.evidence) == 2
    assert compute(article, "What is the last departure on Monday?") is None


def test_rows_of_one_name_are_told_apart_by_the_title_above() -> None:
    article = load_bytes(b"<html><body>" + FARES, "fares.html")
    computed = compute(article, "What is the return for an adult in winter?")
    assert computed
    assert computed.text == "50"
    assert compute(article, "What is the return for an adult?") is None


def test_heading_above_a_table_may_name_its_rows() -> None:
    table = (
        "## Fruit trees\n\n| Variety | Height |\n|---|---|\n| Plum | 1.6 m |\n| Pear | 1.8 m |\n"
    )
    computed = compute(load_bytes(table.encode(), "trees.md"), "Which tree is the tallest?")
    assert computed
    assert computed.text == "Pear (1.8 m)"
