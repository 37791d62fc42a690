"""Examples of the span reader: the answer is where the example says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.span_data import MAX_PASSAGE_CHARACTERS, SPAN_SETS, make_span_examples

pytestmark = pytest.mark.unit
TEXT = "The tower is old. It was built in 1820 by Anna Berg. It burned in 1901. It is red."


def write_set(folder: Path, name: str, questions: list[dict[str, object]]) -> None:
    documents = [{"doc_id": "d1", "title": "Tower", "text": TEXT}]
    for kind, rows in (("docs", documents), ("questions", questions)):
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.{kind}.jsonl").write_text(lines, encoding="utf-8")


def ask(question: str, answer: str, *, start: int | None, answerable: bool) -> dict[str, object]:
    return {
        "qid": question,
        "doc_id": "d1",
        "question": question,
        "answers": [answer] if answerable else [],
        "answer_start": start,
        "answerable": answerable,
        "extra": {},
    }


def test_answer_is_at_its_place_in_the_passage(tmp_path: Path) -> None:
    rows = [ask("Who built it?", "Anna Berg", start=TEXT.index("Anna"), answerable=True)]
    write_set(tmp_path, SPAN_SETS[0], rows)
    for seed in range(10):
        examples = make_span_examples(tmp_path, seed)
        answered = [example for example in examples if example.start >= 0]
        assert [example.answer for example in answered] == ["Anna Berg"]
        assert all(len(example.passage) <= MAX_PASSAGE_CHARACTERS for example in examples)
        assert all("Anna Berg" not in row.passage for row in examples if row.start < 0)


def test_question_without_an_answer_gets_similar_sentences(tmp_path: Path) -> None:
    rows = [ask("In which year was the tower built of wood?", "", start=None, answerable=False)]
    write_set(tmp_path, SPAN_SETS[0], rows)
    (example,) = make_span_examples(tmp_path)
    assert (example.start, example.end, example.answer) == (-1, -1, "")
    assert "tower" in example.passage or "built" in example.passage


def test_answer_that_stands_nowhere_is_left_out(tmp_path: Path) -> None:
    rows = [ask("Who built it?", "Someone", start=None, answerable=True)]
    write_set(tmp_path, SPAN_SETS[0], rows)
    assert make_span_examples(tmp_path) == []
