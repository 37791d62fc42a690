"""How updates are trained, on a model of two small blocks: what is computed together is what is computed alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from training import lora
from training.lora import MEAN_RANK, RANK, Packed, adapt, add, forward, joined, judged, mean, train

VOCABULARY = 50


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    monkeypatch.setattr(lora, "LAYERS", 2)
    monkeypatch.setattr(lora, "FIRST_LAYER", 1)
    monkeypatch.setattr(lora, "EACH_STEP", 80)
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=False,
    )
    made = Qwen2ForCausalLM(config).eval()
    adapt(made)
    return made


def lesson(seed: int, *, found: tuple[bool, ...] = (True, False)) -> Packed:
    """An article of ten tokens and questions of four, each answered with one token: 1 for found, 2 for not."""
    chance = torch.Generator().manual_seed(seed)
    length = 10 + 5 * len(found)
    tokens = torch.randint(3, VOCABULARY, (length,), generator=chance)
    owner, places = [0] * 10, []
    for number, flag in enumerate(found, 1):
        owner += [number] * 5
        tokens[len(owner) - 5] = 40 if flag else 41  # told by the question's first token
        tokens[len(owner) - 1] = 1 if flag else 2
        places.append(len(owner) - 2)
    return Packed(
        tokens,
        torch.tensor([*range(10), *(10 + place for _ in found for place in range(5))]),
        torch.tensor(owner),
        torch.zeros(length, dtype=torch.long),
        torch.tensor(places),
        tokens[torch.tensor(places) + 1],
        torch.ones(len(found)),
        torch.ones(len(found), dtype=torch.bool),
        torch.tensor(found),
    )


def test_a_question_sees_the_article_and_itself_alone(model: Any) -> None:
    both, second = lesson(1), lesson(1)
    alone = [*range(10), *range(15, 20)]
    own = Packed(
        second.tokens[alone],
        second.positions[alone],
        second.owner[alone],
        second.lesson[alone],
        torch.tensor([13]),
        second.wanted[1:],
        second.weight[1:],
        second.first[1:],
        second.found[1:],
    )
    torch.testing.assert_close(forward(model, both)[1:], forward(model, own))


def test_lessons_computed_as_one_are_as_computed_alone(model: Any) -> None:
    apart = [lesson(1), lesson(2, found=(False, True, True)), lesson(3)]
    together = joined(apart)
    assert together.lesson.tolist() == [0] * 20 + [1] * 25 + [2] * 20
    torch.testing.assert_close(forward(model, together), torch.cat([forward(model, one) for one in apart]))


def test_lessons_that_answer_nothing_are_judged_too(model: Any) -> None:
    assert (
        judged(model, [lesson(1, found=(False,)), lesson(2, found=(True,)), lesson(3, found=(False, False))])["questions"] == 4
    )


def test_it_learns_and_what_it_learned_is_kept(model: Any, tmp_path: Path) -> None:
    kept = [lesson(seed) for seed in range(1_000, 1_020)]
    before = judged(model, kept)
    assert before["questions"] == 40
    train(model, [lesson(seed) for seed in range(400)], tmp_path / "a.safetensors", rate=5e-3)
    after = judged(model, kept)
    assert after["auroc"] > max(0.95, before["auroc"])
    kept_of_it = load_file(tmp_path / "a.safetensors")
    assert set(kept_of_it) == {f"1.{name}.{half}" for name in lora.LINEAR for half in ("down", "up")}
    for name in lora.LINEAR:
        torch.testing.assert_close(kept_of_it[f"1.{name}.up"], model.get_submodule(lora.name_of(1, name)).up.detach().half())


def test_the_mean_of_two_runs_is_of_a_lower_rank_and_near_the_mean_of_their_updates(model: Any, tmp_path: Path) -> None:
    both = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        for name, parameter in model.named_parameters():
            if name.endswith((".down", ".up")):
                parameter.data.normal_()
        both.append(tmp_path / f"{seed}.safetensors")
        lora.save(model, both[-1])
    mean(both, tmp_path / "mean.safetensors")
    one, other, shipped = (load_file(path) for path in (*both, tmp_path / "mean.safetensors"))
    assert set(shipped) == set(one)
    for name in (key.removesuffix(".up") for key in shipped if key.endswith(".up")):
        wanted = (product(one, name) + product(other, name)) / 2
        rank = min(MEAN_RANK, *wanted.shape)
        assert len(shipped[f"{name}.down"]) == shipped[f"{name}.up"].shape[1] == rank
        lost = torch.linalg.svdvals(wanted)[rank : 2 * RANK].square().sum().sqrt()
        assert torch.linalg.norm(product(shipped, name) - wanted) == pytest.approx(float(lost), rel=0.02, abs=0.05)


def test_what_is_added_to_the_matrices_does_what_the_updates_do(model: Any, tmp_path: Path) -> None:
    for name, parameter in model.named_parameters():
        if name.endswith(".up"):
            parameter.data.normal_(std=0.1)
    lora.save(model, tmp_path / "a.safetensors")
    plain = type(model)(model.config).eval()
    state = {
        name.replace(".layer.", "."): value for name, value in model.state_dict().items() if not name.endswith((".down", ".up"))
    }
    plain.load_state_dict(state)
    before = forward(plain, lesson(1))
    add(plain, tmp_path / "a.safetensors")
    torch.testing.assert_close(forward(plain, lesson(1)), forward(model, lesson(1)), atol=2e-3, rtol=1e-2)
    assert not torch.allclose(before, forward(plain, lesson(1)), atol=1e-2)


def product(adapter: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    return adapter[f"{name}.up"].float() @ adapter[f"{name}.down"].float()
