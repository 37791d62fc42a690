"""What the reader is taught: questions on a few sentences, and what a model made of each."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from assistant import Article
from assistant.reader import Reader, Sentence, Verdict
from training.asked import Texts, _batches, _chat, _reading
from training.examples import Example, judged
from training.lessons import Question
from training.reader import MARKED, SHARPER, _loss, mean, measured

LONG = " ".join(f"Sentence {number} is about bridge {number} of Porto." for number in range(1, 13))
SHORT = "The mayor is Ana Ruiz. She opened bridge 5 in May. It cost a lot."


def question(text: str, article: Article, gold: int, group: str) -> Question:
    return Question("", text, article, frozenset([gold]), True, group)


@pytest.fixture
def texts() -> Texts:
    long, short = Article.from_text(LONG, "Bridges"), Article.from_text(SHORT, "Mayors")
    other = Article.from_text("Etna erupted. Nobody was hurt.", "Etna")
    return Texts(
        [
            question("What is sentence 3 about?", long, 2, "Porto"),
            question("Who opened bridge 5?", short, 1, "Porto"),
            question("Was anyone hurt?", other, 1, "Etna"),
        ]
    )


def test_a_question_is_put_to_its_own_sentences_and_others_like_it(texts: Texts) -> None:
    (long, short, _) = texts.articles
    on_long, on_short = texts.put(
        [question("What is sentence 3 about?", long, 2, "Porto"), question("Who opened bridge 5?", short, 1, "Porto")],
        0.0,
        0.0,
        random.Random(0),
    )
    assert len(on_long.places) == 8
    assert (0, 2) in on_long.places
    assert {(1, 0), (1, 1), (1, 2)} < set(on_short.places)
    assert on_short.places[:3] == ((1, 0), (1, 1), (1, 2))  # its own come first, in their order
    assert any(number == 0 for number, _ in on_short.places)


def test_it_is_put_again_without_what_answers_and_to_another_text(texts: Texts) -> None:
    short = texts.articles[1]
    _, away, far = texts.put([question("Who opened bridge 5?", short, 1, "Porto")], 1.0, 1.0, random.Random(1))
    assert (1, 1) not in away.places
    assert away.article == 1
    assert all(number != 1 for number, _ in far.places)
    assert far.places
    assert far.article == far.places[0][0]


def test_it_is_asked_as_the_chain_asks(texts: Texts) -> None:
    (asked,) = texts.put([question("Who opened bridge 5?", texts.articles[1], 1, "Porto")], 0.0, 0.0, random.Random(0))
    told = _reading(texts, asked)
    assert told.startswith("<|im_start|>system\nYou answer questions about an article in numbered sentences.")
    assert "Article: Mayors\n[1] The mayor is Ana Ruiz.\n[2] She opened bridge 5 in May." in told
    assert told.endswith("<|im_start|>user\nQuestion: Who opened bridge 5?<|im_end|>\n<|im_start|>assistant\n")


def test_a_conversation_ends_where_the_model_goes_on() -> None:
    assert _chat([("user", "Hi")]) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"


def test_batches_keep_the_order_and_their_size() -> None:
    ids = [[1] * length for length in (3, 3, 10, 1, 1, 30, 2)]
    batches = list(_batches(ids, 12))
    assert [one for batch in batches for one in batch] == ids
    assert all(len(batch) == 1 or len(batch) * max(map(len, batch)) <= 12 for batch in batches)


def test_what_was_judged_is_read_again(tmp_path: Path) -> None:
    row = {"question": "Who?", "sentences": [["Ana.", "Before.", "Title"]], "chances": [0.9, 0.1], "article": "Porto"}
    path = tmp_path / "asked.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (example,) = judged(path)
    assert example == Example("Who?", (Sentence("Ana.", "Before.", "Title"),), frozenset(), "Porto", (0.9, 0.1))


class Scores:
    """A network that gives each sentence the number that it is."""

    none = torch.zeros(1)

    def scores(self, pairs: Sequence[tuple[str, Sentence]]) -> Any:
        return torch.tensor([float(sentence.text) for _, sentence in pairs])


def test_the_reader_learns_what_is_marked_and_what_was_judged() -> None:
    sentences = (Sentence("0"), Sentence("2"))
    logs = torch.log_softmax(torch.tensor([0.0, 2.0, 0.0]), dim=0)
    marked = Example("Who?", sentences, frozenset([1]), "a")
    assert _loss(Scores(), [marked]) == pytest.approx(-MARKED * logs[1].item())
    none = Example("Who?", sentences, frozenset(), "a")
    assert _loss(Scores(), [none]) == pytest.approx(-MARKED * logs[2].item())
    taught = Example("Who?", sentences, frozenset(), "a", (0.2, 0.5, 0.3))
    expected = -(0.2 * logs[0] + 0.5 * logs[1] + 0.3 * logs[2]).item()
    assert _loss(Scores(), [taught]) == pytest.approx(expected)
    assert _loss(Scores(), [marked, taught]) == pytest.approx((expected - MARKED * logs[1].item()) / 2)


def test_the_mean_of_runs_is_their_mean_with_scores_as_sharp_as_theirs(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    paths = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for path, value in zip(paths, (1.0, 2.0), strict=True):
        state = {name: torch.tensor([value]).half() for name in ("none", "score.weight", "score.bias", "encoder.weight")}
        save_file(state, path)
    mean(paths, tmp_path / "mean.safetensors")
    made = load_file(tmp_path / "mean.safetensors")
    assert made["encoder.weight"].tolist() == [1.5]
    assert made["none"].tolist() == made["score.weight"].tolist() == made["score.bias"].tolist() == [1.5 * SHARPER]


class Verdicts(Reader):
    """A reader that takes a sentence's number for its score, and says "none" as the question tells it."""

    def read(self, question: str, sentences: Sequence[Sentence]) -> Verdict:
        return Verdict(tuple(float(one.text) for one in sentences), float(question))


def test_a_reader_is_measured_by_its_best_sentence_and_by_none_each_set_apart() -> None:
    sentences = (Sentence("0.1"), Sentence("0.3"))
    rows = [
        Example("0.1", sentences, frozenset([1]), "Normans"),
        Example("0.6", sentences, frozenset([0]), "Normans"),
        Example("0.5", sentences, frozenset(), "Normans"),
        Example("0.2", sentences, frozenset([1]), "clap_1"),
        Example("0.7", sentences, frozenset(), "clap_2"),
    ]
    found = measured(Verdicts(), rows)
    assert found["squad2"] == {"examples": 3, "right": 0.5, "auroc": 0.5}
    assert found["clapnq"] == {"examples": 2, "right": 1.0, "auroc": 1.0}
