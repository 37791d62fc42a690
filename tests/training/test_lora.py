"""Training of low-rank updates, on a model of two small blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from assistant.models.adapter import LINEAR_MODULES, module_name
from training import lora
from training.lora import (
    MEAN_RANK,
    RANK,
    PackedLesson,
    add_adapters,
    average_adapters,
    compute_logits,
    join_lessons,
    measure_auroc,
    merge_adapter,
    train_adapter,
)

VOCABULARY = 50
TOKENS_PER_STEP = 80


@pytest.fixture
def model() -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=False,
    )
    model = Qwen2ForCausalLM(config).eval()
    add_adapters(model, range(1, 2))
    return model


def make_lesson(seed: int, *, answered: tuple[bool, ...] = (True, False)) -> PackedLesson:
    """Return an article of ten tokens and questions of four, each with a reply of one token.

    The reply is 1 for found and 2 for not found.
    """
    chance = torch.Generator().manual_seed(seed)
    length = 10 + 5 * len(answered)
    tokens = torch.randint(3, VOCABULARY, (length,), generator=chance)
    owners, target_places = [0] * 10, []
    for number, flag in enumerate(answered, 1):
        owners += [number] * 5
        tokens[len(owners) - 5] = 40 if flag else 41  # the question's first token decides
        tokens[len(owners) - 1] = 1 if flag else 2
        target_places.append(len(owners) - 2)
    return PackedLesson(
        tokens,
        torch.tensor([*range(10), *(10 + offset for _ in answered for offset in range(5))]),
        torch.tensor(owners),
        torch.zeros(length, dtype=torch.long),
        torch.tensor(target_places),
        tokens[torch.tensor(target_places) + 1],
        torch.ones(len(answered)),
        torch.ones(len(answered), dtype=torch.bool),
        torch.tensor(answered),
    )


def test_mask_question_sees_article_and_itself(model: Any) -> None:
    both = make_lesson(1)
    visible = [*range(10), *range(15, 20)]
    second = PackedLesson(
        both.tokens[visible],
        both.positions[visible],
        both.owners[visible],
        both.lessons[visible],
        torch.tensor([13]),
        both.targets[1:],
        both.weights[1:],
        both.is_first[1:],
        both.is_found[1:],
    )
    torch.testing.assert_close(compute_logits(model, both)[1:], compute_logits(model, second))


def test_join_lessons_equals_single_lessons(model: Any) -> None:
    lessons = [make_lesson(1), make_lesson(2, answered=(False, True, True)), make_lesson(3)]
    joined = join_lessons(lessons)
    assert joined.lessons.tolist() == [0] * 20 + [1] * 25 + [2] * 20
    torch.testing.assert_close(
        compute_logits(model, joined),
        torch.cat([compute_logits(model, lesson) for lesson in lessons]),
    )


def test_measure_auroc_counts_unanswered_lessons(model: Any) -> None:
    lessons = [
        make_lesson(1, answered=(False,)),
        make_lesson(2, answered=(True,)),
        make_lesson(3, answered=(False, False)),
    ]
    assert measure_auroc(model, lessons, TOKENS_PER_STEP)["questions"] == 4


def test_train_adapter_learns_and_saves(model: Any, tmp_path: Path) -> None:
    held_out = [make_lesson(seed) for seed in range(1_000, 1_020)]
    before = measure_auroc(model, held_out, TOKENS_PER_STEP)
    assert before["questions"] == 40
    train_adapter(
        model,
        [make_lesson(seed) for seed in range(400)],
        tmp_path / "a.safetensors",
        rate=5e-3,
        tokens_per_step=TOKENS_PER_STEP,
    )
    after = measure_auroc(model, held_out, TOKENS_PER_STEP)
    assert after["auroc"] > max(0.95, before["auroc"])
    saved = load_file(tmp_path / "a.safetensors")
    assert set(saved) == {f"1.{name}.{half}" for name in LINEAR_MODULES for half in ("down", "up")}
    for name in LINEAR_MODULES:
        torch.testing.assert_close(
            saved[f"1.{name}.up"],
            model.get_submodule(module_name(1, name)).up.detach().half(),
        )


def test_average_adapters_has_lower_rank_and_is_close(model: Any, tmp_path: Path) -> None:
    paths = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        for name, parameter in model.named_parameters():
            if name.endswith((".down", ".up")):
                parameter.data.normal_()
        paths.append(tmp_path / f"{seed}.safetensors")
        lora.save_adapter(model, paths[-1])
    average_adapters(paths, tmp_path / "mean.safetensors")
    first, second = (load_file(path) for path in paths)
    mean = load_file(tmp_path / "mean.safetensors")
    assert set(mean) == set(first)
    for name in (key.removesuffix(".up") for key in mean if key.endswith(".up")):
        exact = (multiply_halves(first, name) + multiply_halves(second, name)) / 2
        rank = min(MEAN_RANK, *exact.shape)
        assert len(mean[f"{name}.down"]) == mean[f"{name}.up"].shape[1] == rank
        error = torch.linalg.svdvals(exact)[rank : 2 * RANK].square().sum().sqrt()
        assert torch.linalg.norm(multiply_halves(mean, name) - exact) == pytest.approx(
            float(error), rel=0.02, abs=0.05
        )


def test_merge_adapter_equals_updates(model: Any, tmp_path: Path) -> None:
    for name, parameter in model.named_parameters():
        if name.endswith(".up"):
            parameter.data.normal_(std=0.1)
    lora.save_adapter(model, tmp_path / "a.safetensors")
    plain = type(model)(model.config).eval()
    state = {
        name.replace(".layer.", "."): value
        for name, value in model.state_dict().items()
        if not name.endswith((".down", ".up"))
    }
    plain.load_state_dict(state)
    before = compute_logits(plain, make_lesson(1))
    merge_adapter(plain, tmp_path / "a.safetensors")
    torch.testing.assert_close(
        compute_logits(plain, make_lesson(1)),
        compute_logits(model, make_lesson(1)),
        atol=2e-3,
        rtol=1e-2,
    )
    assert not torch.allclose(before, compute_logits(plain, make_lesson(1)), atol=1e-2)


def multiply_halves(adapter: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    return adapter[f"{name}.up"].float() @ adapter[f"{name}.down"].float()
