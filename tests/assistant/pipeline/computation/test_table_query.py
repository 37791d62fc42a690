"""Test the queries that a language model writes for tables."""

from __future__ import annotations

import re

import pytest

from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.pipeline.computation.table_query import (
    answer_from_table,
    make_query_form,
    parse_query,
)
from index.loaders import load_bytes
from index.text.structure import Table
from tests.assistant.fakes import ScriptedModel

pytestmark = pytest.mark.unit

WALKS = """# Walks

| Date | Walk | Climb (ft) | Grade |
|---|---|---|---|
| 2 March | Birk Tarn | 400 | easy |
| 16 March | Raven Edge | 1,850 | hard |
| 30 March | Old railway | 150 | easy |
| 13 April | Scarth Pike | 2,600 | – |
"""


@pytest.fixture(scope="module")
def row() -> Candidate:
    article = load_bytes(WALKS.encode(), "walks.md")
    candidates = make_candidates_at([article], lambda article: range(len(article.sentences)))
    return next(candidate for candidate in candidates if "Birk" in candidate.text)


@pytest.fixture
def table(row: Candidate) -> Table:
    place = row.article.structure.table_at(row.span.start)
    assert place
    return place[0]


@pytest.mark.parametrize(
    ("query", "text", "walks"),
    [
        ('COUNT(*) FROM entries WHERE grade = "easy";', "2", ["Birk Tarn", "Old railway"]),
        ("walk FROM entries ORDER BY climb_ft DESC LIMIT 1;", "Scarth Pike", ["Scarth Pike"]),
        (
            'walk FROM entries WHERE grade = "easy" ORDER BY climb_ft ASC LIMIT 1;',
            "Old railway",
            ["Old railway"],
        ),
        ('date FROM entries WHERE walk = "Raven Edge";', "16 March", ["Raven Edge"]),
        (
            'SUM(climb_ft) FROM entries WHERE grade = "easy";',
            "550 ft",
            ["Birk Tarn", "Old railway"],
        ),
    ],
)
def test_query_is_run_and_its_rows_are_quoted(
    row: Candidate, query: str, text: str, walks: list[str]
) -> None:
    computed = answer_from_table("Which walk?", row, ScriptedModel(pieces=(f" {query}\n",)))
    assert computed
    assert computed.text.startswith(text)
    quoted = [candidate.text for candidate in computed.evidence]
    assert all(walk in row_text for walk, row_text in zip(walks, quoted, strict=True))


@pytest.mark.parametrize(
    "query",
    [
        'grade FROM entries WHERE walk = "Scarth Pike";',  # a dash
        "walk FROM entries;",  # a whole column
        "walk FROM entries ORDER BY grade DESC LIMIT 1;",  # no numbers
        'COUNT(*) FROM entries WHERE grade = "easier";',
        "guide FROM entries ORDER BY climb_ft DESC LIMIT 1;",
        "walk FROM entries; DROP TABLE entries;",
    ],
)
def test_query_without_an_answer_is_none(row: Candidate, query: str) -> None:
    assert answer_from_table("Which walk?", row, ScriptedModel(pieces=(f" {query}\n",))) is None


def test_word_of_another_cell_may_change_the_answer(row: Candidate) -> None:
    model = ScriptedModel(pieces=(' climb_ft FROM entries WHERE walk = "Birk Tarn";\n',))
    assert answer_from_table("What is the climb of Birk Tarn?", row, model)
    assert answer_from_table("What is the climb of the easy way to Birk Tarn?", row, model) is None


def test_sentence_that_is_no_row_is_not_queried() -> None:
    article = load_bytes(b"The walk starts at nine.", "walk.md")
    (sentence,) = make_candidates_at([article], lambda _: [0])
    model = ScriptedModel(pieces=("unused",))
    assert answer_from_table("When does it start?", sentence, model) is None
    assert model.prompts == []


def test_form_compares_with_cells_that_the_question_names(table: Table) -> None:
    form = re.compile(make_query_form(table, "How many of the walks are easy?"))
    assert form.fullmatch('COUNT(*) FROM entries WHERE grade = "easy";')
    assert not form.fullmatch('COUNT(*) FROM entries WHERE grade = "hard";')
    assert not form.fullmatch("guide FROM entries;")
    assert not re.search("WHERE", make_query_form(table, "Which climb is the greatest?"))


def test_parsed_query_names_columns_by_number(table: Table) -> None:
    query = parse_query('SELECT walk FROM entries WHERE grade = "easy";', table)
    assert query
    assert (query.column, query.conditions, query.order) == (1, ((3, "easy"),), None)
