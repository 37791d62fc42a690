"""The reader's examples of open sets: what answers is marked, and half have no answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from assistant.pipeline.evidence.reader import ReaderOutput, Sentence
from training import open_sets
from training.mixture import choose_mixture, mix_networks
from training.reader_data import MAX_SENTENCES, Example
from training.reader_open_data import make_open_examples
from training.reader_refinement import average_figures, group_by_set, measure

pytestmark = pytest.mark.unit

FERRY = (
    "The ferry Aurora was built in Turku. Captain Lena Holt sold it in 2005. "
    "Some 240 passengers were on board when it sank. The harbour of Oslo was closed. "
    "Prices rose after the storm. Nobody was hurt. The company paid for a new ferry. "
    "It was built in Gdansk. The first passage took nine hours. Tickets were sold out."
)
BRIDGE = "The bridge of Lund was opened in 1998. Mayor Ana Ruiz cut the ribbon. It rained."


def make_row(document: str, text: str, question: str, answer: str | None) -> dict[str, Any]:
    return {
        "doc_id": document,
        "question": question,
        "answers": [answer] if answer else [],
        "answer_start": text.index(answer) if answer else None,
        "answerable": answer is not None,
        "extra": {},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {"shifts_wiki_0001_000": FERRY, "shifts_wiki_0002_000": BRIDGE}
    rows = [
        make_row("shifts_wiki_0001_000", FERRY, "Who sold the ferry?", "Lena Holt"),
        make_row("shifts_wiki_0001_000", FERRY, "How many were on board?", "240 passengers"),
        make_row("shifts_wiki_0001_000", FERRY, "Who painted the ferry?", None),
        make_row("shifts_wiki_0002_000", BRIDGE, "Who opened the bridge?", "Ana Ruiz"),
    ] * 10
    documents = [{"doc_id": name, "text": text, "title": name} for name, text in texts.items()]
    for kind, lines in (("docs", documents), ("questions", rows)):
        path = tmp_path / f"shifts_wiki.{kind}.jsonl"
        path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return tmp_path


def test_marked_sentences_contain_the_answer(folder: Path) -> None:
    answers = {
        "Who sold the ferry?": "Lena Holt",
        "How many were on board?": "240 passengers",
        "Who opened the bridge?": "Ana Ruiz",
    }
    examples = make_open_examples(folder)
    assert examples
    for example in examples:
        assert 0 < len(example.sentences) <= MAX_SENTENCES
        with_answer = {
            position
            for position, sentence in enumerate(example.sentences)
            if answers.get(example.question, "-") in sentence.text
        }
        assert with_answer == example.answers


def test_share_of_examples_without_answer(folder: Path) -> None:
    examples = make_open_examples(folder)
    share = sum(not example.answers for example in examples) / len(examples)
    assert 0.35 < share < 0.65


def test_examples_are_grouped_by_document_series(folder: Path) -> None:
    assert {example.article for example in make_open_examples(folder)} == {
        "shifts_wiki_0001",
        "shifts_wiki_0002",
    }


def test_long_documents_are_cut(folder: Path) -> None:
    path = folder / "shifts_wiki.docs.jsonl"
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    documents[0]["text"] += " More was said of it." * 2_000
    path.write_text("\n".join(map(json.dumps, documents)), encoding="utf-8")
    texts = [sentence.text for row in make_open_examples(folder) for sentence in row.sentences]
    assert max(map(len, texts)) < 200
    assert len(documents[0]["text"]) > open_sets.MAX_DOCUMENT_CHARACTERS


def test_mixture_with_the_least_loss_is_chosen() -> None:
    before, after = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    torch.nn.init.constant_(before.weight, 1.0)
    torch.nn.init.constant_(after.weight, 2.0)
    assert mix_networks(before, after, 0.25).weight.item() == 1.25

    def fit(network: torch.nn.Linear) -> tuple[float, str]:
        weight = network.weight.item()
        return abs(weight - 1.55), f"{weight:.1f}"

    network, fitted = choose_mixture(before, after, fit)
    assert (network.weight.item(), fitted) == (pytest.approx(1.5), "1.5")


class ScriptedReader:
    """Takes a sentence with the word "yes" for the answer."""

    def read(self, question: str, sentences: list[Sentence]) -> ReaderOutput:
        chances = [0.9 if "yes" in sentence.text else 0.01 for sentence in sentences]
        total = sum(chances) + 0.1
        return ReaderOutput(tuple(chance / total for chance in chances), 0.1 / total)


def make_example(texts: list[str], answers: set[int], article: str = "set_1") -> Example:
    return Example("?", tuple(map(Sentence, texts)), frozenset(answers), article)


def test_figures_of_a_set() -> None:
    rows = [
        make_example(["yes", "no"], {0}),
        make_example(["yes", "no"], {1}),
        make_example(["no", "no"], set()),
    ]
    figures = measure(ScriptedReader(), {"set": rows})  # type: ignore[arg-type]
    assert figures["set"]["examples"] == 3
    assert figures["set"]["right"] == 0.5
    assert figures["set"]["auroc"] == 1.0
    assert average_figures(figures)["right"] == 0.5


def test_small_sets_are_left_out_of_the_figures() -> None:
    rows = [make_example(["yes"], {0}, f"tydi_en_{number:04}") for number in range(30)]
    rows += [make_example(["yes"], {0}, "qed_1")] * 3
    assert {name: len(group) for name, group in group_by_set(rows).items()} == {"tydi": 30}
