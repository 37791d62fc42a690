"""The reader's training data: questions on a few sentences, and their judgement by a model."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from assistant import Article
from assistant.pipeline.evidence.reader import Reader, ReaderOutput, Sentence
from training.adapter_data import Question
from training.generate_questions import (
    ArticleTexts,
    _format_chat,
    _format_reading_prompt,
    _make_batches,
)
from training.reader import (
    MARKED_WEIGHT,
    SHARPNESS,
    average_runs,
    compute_loss,
    encode,
    measure_reader,
)
from training.reader_data import Example, read_judged

LONG = " ".join(f"Sentence {number} is about bridge {number} of Porto." for number in range(1, 13))
SHORT = "The mayor is Ana Ruiz. She opened bridge 5 in May. It cost a lot."


def make_question(text: str, article: Article, gold: int, group: str) -> Question:
    return Question("", text, article, frozenset([gold]), True, group)


@pytest.fixture
def texts() -> ArticleTexts:
    long, short = Article.from_text(LONG, "Bridges"), Article.from_text(SHORT, "Mayors")
    volcano = Article.from_text("Etna erupted. Nobody was hurt.", "Etna")
    return ArticleTexts(
        [
            make_question("What is sentence 3 about?", long, 2, "Porto"),
            make_question("Who opened bridge 5?", short, 1, "Porto"),
            make_question("Was anyone hurt?", volcano, 1, "Etna"),
        ]
    )


def test_present_own_and_similar_sentences(texts: ArticleTexts) -> None:
    (long, short, _) = texts.articles
    on_long, on_short = texts.present(
        [
            make_question("What is sentence 3 about?", long, 2, "Porto"),
            make_question("Who opened bridge 5?", short, 1, "Porto"),
        ],
        0.0,
        0.0,
        random.Random(0),
    )
    assert len(on_long.positions) == 8
    assert (0, 2) in on_long.positions
    assert {(1, 0), (1, 1), (1, 2)} < set(on_short.positions)
    assert on_short.positions[:3] == (
        (1, 0),
        (1, 1),
        (1, 2),
    )  # the sentences of its article come first
    assert any(number == 0 for number, _ in on_short.positions)


def test_present_again_without_answer_and_on_other_text(texts: ArticleTexts) -> None:
    short = texts.articles[1]
    _, away, far = texts.present(
        [make_question("Who opened bridge 5?", short, 1, "Porto")], 1.0, 1.0, random.Random(1)
    )
    assert (1, 1) not in away.positions
    assert away.article == 1
    assert all(number != 1 for number, _ in far.positions)
    assert far.positions
    assert far.article == far.positions[0][0]


def test_reading_prompt_matches_pipeline(texts: ArticleTexts) -> None:
    (question,) = texts.present(
        [make_question("Who opened bridge 5?", texts.articles[1], 1, "Porto")],
        0.0,
        0.0,
        random.Random(0),
    )
    prompt = _format_reading_prompt(texts, question)
    assert prompt.startswith(
        "<|im_start|>system\nYou answer questions about an article in numbered sentences."
    )
    assert "Article: Mayors\n[1] The mayor is Ana Ruiz.\n[2] She opened bridge 5 in May." in prompt
    assert prompt.endswith(
        "<|im_start|>user\nQuestion: Who opened bridge 5?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_format_chat_ends_with_answer_prefix() -> None:
    assert (
        _format_chat([("user", "Hi")]) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )


def test_make_batches_keep_order_and_limit() -> None:
    ids = [[1] * length for length in (3, 3, 10, 1, 1, 30, 2)]
    batches = list(_make_batches(ids, 12))
    assert [row for batch in batches for row in batch] == ids
    assert all(len(batch) == 1 or len(batch) * max(map(len, batch)) <= 12 for batch in batches)


def test_read_judged_reads_rows(tmp_path: Path) -> None:
    row = {
        "question": "Who?",
        "sentences": [["Ana.", "Before.", "Title"]],
        "chances": [0.9, 0.1],
        "article": "Porto",
    }
    path = tmp_path / "asked.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (example,) = read_judged(path)
    assert example == Example(
        "Who?", (Sentence("Ana.", "Before.", "Title"),), frozenset(), "Porto", (0.9, 0.1)
    )


class Scores:
    """A network whose score of a sentence is the number in its text."""

    none = torch.zeros(1)

    def encode(self, pairs: Sequence[tuple[str, Sentence]]) -> Any:
        return torch.tensor([float(sentence.text) for _, sentence in pairs])

    def __call__(self, inputs: Any) -> Any:
        return inputs


def compute(*examples: Example) -> Any:
    network = Scores()
    return compute_loss(network, encode(network, examples))


def test_compute_loss_of_marked_and_judged_examples() -> None:
    sentences = (Sentence("0"), Sentence("2"))
    logs = torch.log_softmax(torch.tensor([0.0, 2.0, 0.0]), dim=0)
    marked = Example("Who?", sentences, frozenset([1]), "a")
    assert compute(marked) == pytest.approx(-MARKED_WEIGHT * logs[1].item())
    none = Example("Who?", sentences, frozenset(), "a")
    assert compute(none) == pytest.approx(-MARKED_WEIGHT * logs[2].item())
    taught = Example("Who?", sentences, frozenset(), "a", (0.2, 0.5, 0.3))
    expected = -(0.2 * logs[0] + 0.5 * logs[1] + 0.3 * logs[2]).item()
    assert compute(taught) == pytest.approx(expected)
    assert compute(marked, taught) == pytest.approx((expected - MARKED_WEIGHT * logs[1].item()) / 2)


def test_average_runs_sharpens_scores(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    paths = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for path, value in zip(paths, (1.0, 2.0), strict=True):
        state = {
            name: torch.tensor([value]).half()
            for name in ("none", "score.weight", "score.bias", "encoder.weight")
        }
        save_file(state, path)
    average_runs(paths, tmp_path / "mean.safetensors")
    mean = load_file(tmp_path / "mean.safetensors")
    assert mean["encoder.weight"].tolist() == [1.5]
    assert (
        mean["none"].tolist()
        == mean["score.weight"].tolist()
        == mean["score.bias"].tolist()
        == [1.5 * SHARPNESS]
    )


class Verdicts(Reader):
    """A reader whose scores are the numbers in the sentences, and "none" that of the question."""

    def read(self, question: str, sentences: Sequence[Sentence]) -> ReaderOutput:
        return ReaderOutput(tuple(float(sentence.text) for sentence in sentences), float(question))


def test_measure_reader_accuracy_and_auroc_per_set() -> None:
    sentences = (Sentence("0.1"), Sentence("0.3"))
    rows = [
        Example("0.1", sentences, frozenset([1]), "Normans"),
        Example("0.6", sentences, frozenset([0]), "Normans"),
        Example("0.5", sentences, frozenset(), "Normans"),
        Example("0.2", sentences, frozenset([1]), "clap_1"),
        Example("0.7", sentences, frozenset(), "clap_2"),
    ]
    figures = measure_reader(Verdicts(), rows)
    assert figures["squad2"] == {"examples": 3, "right": 0.5, "auroc": 0.5}
    assert figures["clapnq"] == {"examples": 2, "right": 1.0, "auroc": 1.0}
