"""The reader gives probabilities, the same for the same question, from any thread, or says why it cannot."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from assistant import Article, ModelError
from assistant.reader import CONTEXT_WORDS, Reader, Sentence, Verdict, load_network

SENTENCES = [
    Sentence("The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."),
    Sentence("It rained on Tuesday, so the swimming pool was empty."),
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.shared()


def test_probabilities_are_one_for_each_sentence_and_one_for_none(reader: Reader) -> None:
    verdict = reader.read("Who opened the Old Bridge of Lund?", SENTENCES)
    assert len(verdict.sentences) == 2
    assert sum(verdict.sentences) + verdict.none == pytest.approx(1)
    assert all(0 <= share <= 1 for share in (*verdict.sentences, verdict.none))


def test_the_sentence_that_answers_is_held_the_likelier_wherever_it_stands(reader: Reader) -> None:
    first, second = reader.read("Who opened the Old Bridge of Lund?", SENTENCES).sentences
    assert first > second
    second, first = reader.read("Who opened the Old Bridge of Lund?", SENTENCES[::-1]).sentences
    assert first > second


def test_without_sentences_none_answers() -> None:
    assert Reader(Path("absent")).read("Who?", []) == Verdict((), 1.0)


def test_a_sentence_longer_than_the_reader_reads_is_no_error(reader: Reader) -> None:
    verdict = reader.read("Why? " * 500, [Sentence("word " * 5000, "before " * 5000, "title " * 500), Sentence("")])
    assert sum(verdict.sentences) + verdict.none == pytest.approx(1)


def test_several_threads_may_read_at_once(reader: Reader) -> None:
    questions = ["Who opened the bridge?", "Did it rain?"] * 4
    alone = [reader.read(question, SENTENCES) for question in questions]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda question: reader.read(question, SENTENCES), questions))
    for one, other in zip(alone, together, strict=True):
        assert one.sentences == pytest.approx(other.sentences, abs=1e-5)


def test_a_sentence_is_read_with_the_one_before_it_and_the_title(bridge: Article) -> None:
    sentence = Sentence.of(bridge, 1)
    assert sentence.text == "It cost 3,200,000 euros and is 120 metres long."
    assert sentence.before == "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
    assert sentence.title == "The Old Bridge"
    assert Sentence.of(bridge, 0).before == ""


def test_of_a_long_sentence_before_it_the_end_is_read() -> None:
    before = " ".join(map(str, range(100)))
    assert Sentence("Yes.", before, "Title").joined() == f"Yes. | Title | {' '.join(before.split()[-CONTEXT_WORDS:])}"


def test_weights_of_another_reader_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "reader.safetensors"
    save_file({"layer.weight": torch.zeros(2)}, path)
    with pytest.raises(ModelError, match="they are of another reader"):
        load_network(path)


@pytest.mark.parametrize("content", [None, b"", b"no weights"])
def test_weights_that_cannot_be_read_are_told_with_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "reader.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"reader\.safetensors cannot be read .*Install the package again"):
        load_network(path)
