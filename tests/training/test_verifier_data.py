"""The verifier's examples: true statements are true, altered ones differ, documents are split."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from training.open_sets import Document, get_group
from training.splits import is_held_out
from training.verifier_answers import make_statement
from training.verifier_data import (
    LABELS,
    Example,
    find_answer_positions,
    make_claim_examples,
    make_question_examples,
    make_sentence_examples,
    replace_answer,
    split_examples,
)

pytestmark = pytest.mark.unit

TEXT = (
    "The ferry Aurora was built in Turku in 1998. Captain Lena Holt sold it to Globex in 2005. "
    "Some 240 passengers and 60 sailors were on board, because the harbour of Oslo was closed. "
    "Prices rose by 12 percent after the storm, more than in the whole of 1997."
)
QUESTIONS = [
    ("When was the ferry Aurora built?", "1998"),
    ("Who sold the ferry?", "Lena Holt"),
    ("How many passengers were on board?", "240"),
    ("Who bought the ferry?", "Globex"),
]


def make_row(question: str, answer: str) -> dict[str, Any]:
    return {
        "qid": question,
        "doc_id": "doc_1",
        "question": question,
        "answers": [answer],
        "answer_start": TEXT.index(answer),
        "answerable": True,
        "extra": {},
    }


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    """Return the examples of a set of questions and claims, made with fifty random sources."""
    return make_often(write_sets(tmp_path_factory.mktemp("sets")))


def write_sets(folder: Path) -> Path:
    """Write a set of questions and a set of claims about one text into a folder."""
    rows = [make_row(*question) for question in QUESTIONS]
    rows.append(
        {**make_row("When was the ferry Borealis built?", "1998"), "answerable": False}
        | {"answers": [], "answer_start": None}
    )
    claim = {
        "claim_id": "c1",
        "doc_id": "doc_1",
        "claim": "Lena Holt sold the ferry Aurora in 2005.",
        "label": "supported",
        "evidence": [TEXT[45:89]],
        "evidence_spans": [[45, 89]],
    }
    false = {**claim, "claim_id": "c2", "claim": "Globex built the ferry.", "label": "partly"}
    document = {"doc_id": "doc_1", "title": "Aurora", "text": TEXT}
    for name, lines in {
        "set.docs": [document],
        "set.questions": rows,
        "set.claims": [claim, false],
    }.items():
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def make_often(folder: Path) -> list[Example]:
    """Return the examples of the folder with fifty random sources."""
    examples: list[Example] = []
    for seed in range(50):
        chance = random.Random(seed)
        examples += make_question_examples(folder, "set", 99, chance)
        examples += make_sentence_examples(folder, "set", 99, chance)
        examples += make_claim_examples(folder, "set", chance)
    return examples


def test_examples_have_known_labels_and_evidence(examples: list[Example]) -> None:
    for example in examples:
        assert example.label in LABELS
        assert example.statement
        assert example.evidence.count("|") == 2
        assert example.form in ("answer", "sentence")


def test_right_answers_are_in_their_evidence(examples: list[Example]) -> None:
    right = [example for example in examples if example.kind == "answer"]
    answers = [answer for _, answer in QUESTIONS]
    assert len(right) > 100
    for example in right:
        assert example.is_supported
        assert any(answer in example.statement and answer in example.evidence for answer in answers)


def test_copies_are_in_their_evidence(examples: list[Example]) -> None:
    copies = [example for example in examples if example.kind == "copy"]
    assert copies
    assert all(example.statement in example.evidence for example in copies)


def test_altered_statements_are_not_in_their_evidence(examples: list[Example]) -> None:
    altered = [
        example for example in examples if not example.is_supported and example.form == "sentence"
    ]
    assert len({example.kind for example in altered}) > 7
    assert all(example.statement not in example.evidence for example in altered)


def test_classes_are_nearly_balanced(examples: list[Example]) -> None:
    share = sum(example.is_supported for example in examples) / len(examples)
    assert 0.35 < share < 0.65


def test_partly_supported_claims_are_not_stated(examples: list[Example]) -> None:
    labels = {
        example.label for example in examples if example.statement == "Globex built the ferry."
    }
    assert labels == {"not_stated"}


@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
def test_wrong_answers_differ_from_the_right_one(question: str, answer: str) -> None:
    document = Document("doc_1", TEXT, "Aurora", "set", [answer for _, answer in QUESTIONS])
    row = make_row(question, answer)
    wrong = {replace_answer(row, document, random.Random(seed))[0] for seed in range(50)}
    assert wrong - {None}
    assert answer not in wrong


def test_answer_is_in_the_sentence_at_its_offset() -> None:
    document = Document("doc_1", TEXT, "Aurora", "set")
    for question, answer in QUESTIONS:
        positions = find_answer_positions(make_row(question, answer), document)
        assert len(positions) == 1
        assert answer in document.sentences[positions[0]]


@pytest.mark.parametrize(
    ("question", "answer", "statement"),
    [
        ("Who repaired the ferry?", "Lena Holt", "Lena Holt repaired the ferry."),
        ("When was Aurora built?", "1998", "Aurora was built in 1998."),
        ("How many people lived here?", "over 900", "Over 900 people lived here."),
        ("What did Lena Holt sell?", "a ferry", None),
        ("How many people did it carry?", "12", None),
        ("Why did it sink?", "a storm", None),
    ],
)
def test_question_and_answer_become_a_statement(
    question: str, answer: str, statement: str | None
) -> None:
    assert make_statement(question, answer) == statement


def test_paragraphs_of_an_article_are_one_group() -> None:
    assert get_group("shifts_wiki_0000_004") == get_group("shifts_wiki_0000_011")
    assert get_group("sqt_0001") != get_group("sqt_0002")


def test_held_out_documents_are_not_trained_on() -> None:
    def make(group: str, evidence: str) -> Example:
        return Example("", "It rained.", evidence, "supported", "copy", "set", group, "sentence")

    groups = [f"doc_{number}" for number in range(200)]
    sentences = {group: f"In the village {group} it rained for three days. | |" for group in groups}
    first = next(group for group in groups if not is_held_out(group))
    last = next(group for group in reversed(groups) if is_held_out(group))
    sentences[last] = sentences[first]  # a paragraph that is in two sets
    trained, held_out = split_examples([make(group, sentences[group]) for group in groups])
    assert {example.group for example in trained} == {
        group for group in groups if not is_held_out(group)
    }
    assert {example.group for example in held_out} == {
        group for group in groups if is_held_out(group)
    } - {last}
