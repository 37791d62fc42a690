"""Train low-rank updates of a language model's linear layers (Hu et al., LoRA, 2021).

The questions of a lesson are computed side by side: they follow the article's tokens at the same
positions, and each attends only to those and to itself. So an article is read once, as at run time.
Training runs on a processor or a graphics card.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from assistant.models.adapter import (
    FIRST_LAYER,
    LAYER_COUNT,
    LINEAR_MODULES,
    UPDATE_SCALE,
    module_name,
)

__all__ = [
    "PackedLesson",
    "add_adapters",
    "average_adapters",
    "measure_auroc",
    "merge_adapter",
    "train_adapter",
]

RANK, MEAN_RANK = 8, 14  # of one run's updates; of the mean of several
ADAPTED_LAYERS = range(FIRST_LAYER, LAYER_COUNT)
TOKENS_PER_STEP = 2_400
STEPS_PER_SAVE = 40
# cuDNN's attention returns NaN for the empty parts of a mask, and is compiled again for each
# length.
torch.backends.cuda.enable_cudnn_sdp(False)


@dataclass(frozen=True)
class PackedLesson:
    """A lesson as tokens. On a graphics card, several are joined; each attends only to itself."""

    tokens: torch.Tensor  # (length,)
    positions: torch.Tensor  # (length,)
    owners: torch.Tensor  # (length,): 0 is the article, then the number of the question
    lessons: torch.Tensor  # (length,): 0, or the number of the lesson if several are joined
    target_places: torch.Tensor  # (targets,): where the next token is learned
    targets: torch.Tensor  # (targets,): the token to learn
    weights: torch.Tensor  # (targets,)
    is_first: torch.Tensor  # (targets,): whether it is the first token of a reply
    is_found: torch.Tensor  # (targets,): whether the reply begins with "Found"

    def to(self, device: torch.device) -> PackedLesson:
        return PackedLesson(
            **{field.name: getattr(self, field.name).to(device) for field in fields(self)}
        )

    @property
    def mask(self) -> torch.Tensor:
        """Which tokens each token attends to, shape `(1, 1, length, length)`."""
        same = (self.owners[:, None] == self.owners[None, :]) | (self.owners == 0)[None, :]
        earlier = torch.ones(
            len(self.tokens), len(self.tokens), dtype=torch.bool, device=self.tokens.device
        ).tril()
        return (earlier & same & (self.lessons[:, None] == self.lessons[None, :]))[None, None]


def join_lessons(lessons: Sequence[PackedLesson]) -> PackedLesson:
    """Join several lessons into one."""
    parts: dict[str, list[torch.Tensor]] = {
        field.name: [getattr(lesson, field.name) for lesson in lessons]
        for field in fields(PackedLesson)
    }
    start = 0
    for number, lesson in enumerate(lessons):
        parts["lessons"][number] = torch.full_like(lesson.lessons, number)
        parts["target_places"][number] = lesson.target_places + start
        start += len(lesson.tokens)
    return PackedLesson(**{name: torch.cat(values) for name, values in parts.items()})


class AdaptedLinear(torch.nn.Module):  # type: ignore[misc]
    """A frozen linear layer and its trainable update, which is zero at first.

    Args:
        layer: the linear layer.
        key: the name of the update in an adapter file, for example `8.q_proj`.
    """

    def __init__(self, layer: torch.nn.Linear, key: str) -> None:
        super().__init__()
        self.layer, self.key = layer, key
        like = {"device": layer.weight.device, "dtype": torch.float32}
        self.down = torch.nn.Parameter(
            torch.empty(RANK, layer.in_features, **like).normal_(std=layer.in_features**-0.5)
        )
        self.up = torch.nn.Parameter(torch.zeros(layer.out_features, RANK, **like))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        narrow = torch.nn.functional.linear(values, self.down.to(values.dtype)) * UPDATE_SCALE
        return self.layer(values) + torch.nn.functional.linear(narrow, self.up.to(values.dtype))


def add_adapters(model: Any, layers: range = ADAPTED_LAYERS) -> None:
    """Add trainable updates to the linear modules of some layers, and freeze the rest."""
    model.requires_grad_(False)
    for layer in layers:
        for linear in LINEAR_MODULES:
            name = module_name(layer, linear)
            module = AdaptedLinear(model.get_submodule(name), f"{layer}.{linear}")
            model.set_submodule(name, module)


def merge_adapter(model: Any, adapter: Path) -> None:
    """Add the updates of an adapter file to the matrices of a model."""
    updates = load_file(adapter)
    for key in _update_keys(updates):
        layer, _, linear = key.partition(".")
        weight = model.get_submodule(module_name(int(layer), linear)).weight
        up, down = (updates[f"{key}.{half}"].float().to(weight.device) for half in ("up", "down"))
        weight.data = (weight.data.float() + UPDATE_SCALE * (up @ down)).to(weight.dtype)


def _update_keys(updates: dict[str, torch.Tensor]) -> list[str]:
    """Return the names of the updates of an adapter file, for example `8.q_proj`."""
    return sorted({name.rpartition(".")[0] for name in updates})


def compute_logits(model: Any, packed: PackedLesson) -> torch.Tensor:
    """Return the logits at the target places, shape `(targets, vocabulary)`."""
    hidden = model.model(
        input_ids=packed.tokens[None],
        position_ids=packed.positions[None],
        attention_mask=packed.mask,
        use_cache=False,
    ).last_hidden_state[0]
    logits: torch.Tensor = model.lm_head(hidden[packed.target_places])
    return logits.float()


def train_adapter(
    model: Any,
    packed: Sequence[PackedLesson],
    target: Path,
    *,
    rate: float,
    tokens_per_step: int = TOKENS_PER_STEP,
) -> None:
    """Train the updates with AdamW and a linear decay of the learning rate.

    The updates are saved to `target` every `STEPS_PER_SAVE` steps and at the end. A step ends with
    the lesson that brings it to `tokens_per_step` tokens.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.0)
    steps = list(_group_steps(packed, tokens_per_step))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=len(steps), pct_start=0.06, anneal_strategy="linear"
    )
    model.train()
    mean, started = 0.0, time.monotonic()
    for number, step in enumerate(bar := tqdm(steps, desc="training", mininterval=10), 1):
        weight = sum(float(lesson.weights.sum()) for lesson in step)
        total = 0.0
        for lesson in _move_to_device(model, step):
            losses = torch.nn.functional.cross_entropy(
                compute_logits(model, lesson), lesson.targets, reduction="none"
            )
            loss = (losses * lesson.weights).sum() / weight
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        mean = total if number == 1 else 0.97 * mean + 0.03 * total
        bar.set_postfix(loss=f"{mean:.3f}")
        if number % STEPS_PER_SAVE == 0 or number == len(steps):
            save_adapter(model, target)
            seconds = time.monotonic() - started
            print(
                f"step {number} of {len(steps)}, loss {mean:.3f}, {seconds:.0f} s",
                flush=True,
            )


def _group_steps(
    packed: Sequence[PackedLesson], tokens_per_step: int
) -> Iterator[list[PackedLesson]]:
    step: list[PackedLesson] = []
    for lesson in packed:
        step.append(lesson)
        if sum(len(member.tokens) for member in step) >= tokens_per_step:
            yield step
            step = []
    if step:
        yield step


def _move_to_device(model: Any, lessons: Sequence[PackedLesson]) -> list[PackedLesson]:
    """Return the lessons on the model's device, joined on a graphics card.

    A processor takes them one by one, so that it computes no empty part of a mask.
    """
    device = model.lm_head.weight.device
    batches = lessons if device.type == "cpu" else [join_lessons(lessons)]
    return [lesson.to(device) for lesson in batches]


@torch.inference_mode()  # type: ignore[untyped-decorator]
def measure_auroc(
    model: Any, packed: Sequence[PackedLesson], tokens_per_step: int = TOKENS_PER_STEP
) -> dict[str, float]:
    """Return how well the probability of "Found" as the first token separates answerable questions.

    Returns:
        the number of questions, and the AUROC.
    """
    from sklearn.metrics import roc_auc_score

    model.eval()
    token = next(
        int(target)
        for lesson in packed
        for target in lesson.targets[lesson.is_first & lesson.is_found]
    )
    chances, labels = [], []
    for step in _group_steps(packed, tokens_per_step):
        for lesson in _move_to_device(model, step):
            logits = compute_logits(model, lesson)[lesson.is_first]
            chances += torch.softmax(logits, dim=-1)[:, token].tolist()
            labels += lesson.is_found[lesson.is_first].tolist()
    return {"questions": len(labels), "auroc": float(roc_auc_score(labels, chances))}


def save_adapter(model: Any, target: Path) -> None:
    """Save the updates in half precision, under the names that `assistant.models.adapter` reads."""
    state = {}
    for module in model.modules():
        if isinstance(module, AdaptedLinear):
            state[f"{module.key}.down"] = module.down.detach().half().cpu().contiguous()
            state[f"{module.key}.up"] = module.up.detach().half().cpu().contiguous()
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, target)


def average_adapters(adapters: Sequence[Path], target: Path) -> None:
    """Save the mean of the updates of several runs as one adapter.

    Source: Wortsman et al., "Model soups", 2022. Each matrix is approximated by the nearest one of
    rank `MEAN_RANK`.
    """
    runs, state = [load_file(path) for path in adapters], {}
    for name in _update_keys(runs[0]):
        up = torch.cat([run[f"{name}.up"].float() / len(runs) for run in runs], dim=1)
        down = torch.cat([run[f"{name}.down"].float() for run in runs])
        (up_basis, up_factor), (down_basis, down_factor) = (
            torch.linalg.qr(up),
            torch.linalg.qr(down.T),
        )
        rotated_up, values, rotated_down = torch.linalg.svd(up_factor @ down_factor.T)
        roots = values[:MEAN_RANK].sqrt()
        mean_up = up_basis @ rotated_up[:, :MEAN_RANK] * roots
        mean_down = roots[:, None] * rotated_down[:MEAN_RANK] @ down_basis.T
        state[f"{name}.up"] = mean_up.half().contiguous()
        state[f"{name}.down"] = mean_down.half().contiguous()
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, target)
