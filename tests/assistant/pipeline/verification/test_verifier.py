"""The verifier with its real weights, and how they are stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from assistant.models.cross_encoder import dequantize_weights, quantize_weights
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from assistant.pipeline.verification.verifier import (
    MAX_TOKENS,
    VERIFIER_WEIGHTS,
    Verifier,
    format_evidence,
    load_network,
)
from index.errors import ModelError

FERRY = format_evidence(
    ["The ferry Aurora carried 240 passengers from Turku to Stockholm on 3 May 2019."],
    "The harbour opened in spring.",
    "Ferries",
)
PRICES = format_evidence(
    ["Bread prices rose by 12 percent in March because the harvest in the south had failed."]
)
MAYOR = format_evidence(
    ["Mayor Lena Holt rejected the plan of the council to close the library."], "", "Library"
)
# Question, statement, evidence, and whether the evidence supports the statement.
PAIRS = [
    ("How many passengers did the ferry carry?", "240 passengers.", FERRY, True),
    ("How many passengers did the ferry carry?", "320 passengers.", FERRY, False),
    ("Where did the ferry go?", "The ferry Aurora went to Stockholm.", FERRY, True),
    ("When did the ferry sail?", "The ferry sailed on 9 June 2021.", FERRY, False),
    ("", "Bread prices rose by 12 percent in March.", PRICES, True),
    ("", "Bread prices fell by 12 percent in March.", PRICES, False),
    ("By how much did bread prices rise?", "12 percent.", PRICES, True),
    ("", "Bread prices rose by 40 percent in June.", PRICES, False),
    ("Who rejected the plan?", "Lena Holt.", MAYOR, True),
    ("Who rejected the plan?", "The council.", MAYOR, False),
]


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return Verifier()


@pytest.mark.parametrize(("question", "statement", "evidence", "supported"), PAIRS)
def test_verifier_tells_supported_from_not(
    verifier: Verifier, question: str, statement: str, evidence: str, supported: bool
) -> None:
    [judgement] = verifier.judge([(question, statement, evidence)])
    is_shown = judgement.supported >= DEFAULT_THRESHOLDS.min_supported_probability
    assert is_shown == supported


def test_probabilities_sum_to_one_in_the_order_given(verifier: Verifier) -> None:
    rows = [row[:3] for row in PAIRS] * 2
    judgements = verifier.judge(rows)
    assert len(judgements) == len(rows)
    assert [sum(judgement) for judgement in judgements] == pytest.approx([1] * len(rows))
    for row, judgement in zip(rows[:3], judgements[:3], strict=True):
        assert verifier.judge([row])[0] == pytest.approx(judgement, abs=1e-4)


def test_verifier_repeats_its_judgements(verifier: Verifier) -> None:
    rows = [row[:3] for row in PAIRS]
    assert verifier.judge(rows) == verifier.judge(rows)


def test_verifier_in_threads_gives_the_same(verifier: Verifier) -> None:
    rows = [row[:3] for row in PAIRS]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: verifier.judge(rows), range(4)))
    assert all(result == results[0] for result in results)


def test_no_statements_give_no_judgements(verifier: Verifier) -> None:
    assert verifier.judge([]) == []


def test_long_evidence_is_truncated_not_the_statement(verifier: Verifier) -> None:
    statement = "The ferry carried 240 passengers."
    network = verifier._network
    inputs = network.encode([(statement, "word " * 2_000)])
    text = network.tokenizer.decode(inputs["input_ids"][0])
    assert inputs["input_ids"].shape[1] == MAX_TOKENS
    assert statement.lower() in text
    [judgement] = verifier.judge([("", "word " * 2_000, "word " * 2_000)])
    assert sum(judgement) == pytest.approx(1)


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\x00", "水は百度で沸く。", "a" * 5_000])
def test_any_text_gets_a_judgement(verifier: Verifier, text: str) -> None:
    assert sum(verifier.judge([(text, text, text)])[0]) == pytest.approx(1)


def test_evidence_has_quotes_first_and_the_end_of_the_context() -> None:
    before = " ".join(map(str, range(40)))
    evidence = format_evidence(["It rained.", "It snowed."], before, "Weather")
    assert evidence.startswith("It rained. It snowed. | Weather | 15 16")
    assert evidence.endswith("39")


def test_quantized_weights_are_close_to_the_weights() -> None:
    generator = torch.Generator().manual_seed(0)
    state = {
        "layer.weight": torch.randn(24, 48, generator=generator) * torch.rand(24, 1),
        "layer.zeros": torch.zeros(3, 4),
        "layer.bias": torch.randn(24, generator=generator),
    }
    quantized = quantize_weights(state, "score.weight")
    restored = dequantize_weights(quantized)
    assert quantized["layer.weight"].dtype == torch.int8
    assert restored.keys() == state.keys()
    steps = state["layer.weight"].abs().amax(1, keepdim=True) / 127
    assert bool(((restored["layer.weight"] - state["layer.weight"]).abs() <= 0.51 * steps).all())
    assert torch.equal(restored["layer.zeros"], state["layer.zeros"])
    assert torch.allclose(restored["layer.bias"], state["layer.bias"], atol=2e-3)


def test_weights_are_small_enough_for_the_repository() -> None:
    assert VERIFIER_WEIGHTS.stat().st_size < 22_000_000


def test_unreadable_weights_raise_model_error(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.safetensors"
    save_file({"another": torch.zeros(2)}, wrong)
    (tmp_path / "damaged.safetensors").write_bytes(b"no weights")
    for name in ("wrong", "damaged", "missing"):
        with pytest.raises(ModelError, match=name):
            load_network(tmp_path / f"{name}.safetensors")
