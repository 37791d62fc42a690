"""The reader: deterministic probabilities from any thread, and errors that say what to do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from assistant import Article, ModelError
from assistant.pipeline.evidence.reader import (
    MAX_CONTEXT_WORDS,
    Reader,
    ReaderOutput,
    Sentence,
    load_network,
)
from assistant.resources import default_resources

SENTENCES = [
    Sentence("The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."),
    Sentence("It rained on Tuesday, so the swimming pool was empty."),
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return default_resources().reader


def test_read_returns_probabilities_that_sum_to_one(reader: Reader) -> None:
    output = reader.read("Who opened the Old Bridge of Lund?", SENTENCES)
    assert len(output.sentences) == 2
    assert sum(output.sentences) + output.no_answer_probability == pytest.approx(1)
    assert all(0 <= share <= 1 for share in (*output.sentences, output.no_answer_probability))


def test_read_prefers_the_answer_in_any_order(reader: Reader) -> None:
    first, second = reader.read("Who opened the Old Bridge of Lund?", SENTENCES).sentences
    assert first > second
    second, first = reader.read("Who opened the Old Bridge of Lund?", SENTENCES[::-1]).sentences
    assert first > second


def test_read_without_sentences_finds_no_answer() -> None:
    assert Reader(Path("absent")).read("Who?", []) == ReaderOutput((), 1.0)


def test_read_truncates_long_text(reader: Reader) -> None:
    output = reader.read(
        "Why? " * 500, [Sentence("word " * 5000, "before " * 5000, "title " * 500), Sentence("")]
    )
    assert sum(output.sentences) + output.no_answer_probability == pytest.approx(1)


def test_read_is_thread_safe(reader: Reader) -> None:
    questions = ["Who opened the bridge?", "Did it rain?"] * 4
    alone = [reader.read(question, SENTENCES) for question in questions]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda question: reader.read(question, SENTENCES), questions))
    for expected, output in zip(alone, together, strict=True):
        assert expected.sentences == pytest.approx(output.sentences, abs=1e-5)


def test_sentence_has_previous_sentence_and_title(bridge: Article) -> None:
    sentence = Sentence.from_article(bridge, 1)
    assert sentence.text == "It cost 3,200,000 euros and is 120 metres long."
    assert sentence.before == "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
    assert sentence.title == "The Old Bridge"
    assert Sentence.from_article(bridge, 0).before == ""


def test_sentence_context_is_cut_at_its_start() -> None:
    before = " ".join(map(str, range(100)))
    assert (
        Sentence("Yes.", before, "Title").format_with_context()
        == f"Yes. | Title | {' '.join(before.split()[-MAX_CONTEXT_WORDS:])}"
    )


def test_load_network_rejects_weights_of_another_reader(tmp_path: Path) -> None:
    path = tmp_path / "reader.safetensors"
    save_file({"layer.weight": torch.zeros(2)}, path)
    with pytest.raises(ModelError, match="they are of another reader"):
        load_network(path)


@pytest.mark.parametrize("content", [None, b"", b"no weights"])
def test_load_network_unreadable_weights_raise_model_error(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "reader.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        ModelError, match=r"reader\.safetensors cannot be read .*Install the package again"
    ):
        load_network(path)
