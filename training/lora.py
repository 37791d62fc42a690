"""Low-rank updates of a language model's linear layers (Hu et al., LoRA, 2021), and how they are trained, on a processor or a graphics card.

The questions of a lesson are computed side by side: they follow the article's tokens at the same positions, and each sees
those and itself alone. So an article is read once, as it is at run time.
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

from assistant.models.adapter import FIRST_LAYER, LAYERS, LINEAR, SCALE, name_of

__all__ = ["Packed", "adapt", "add", "judged", "mean", "train"]

RANK, MEAN_RANK = 8, 14  # of one run's updates; of the mean of several
EACH_STEP = 2_400  # tokens
SAVE_EVERY = 40  # steps
# cuDNN's attention gives numbers that are none for the parts of a mask that are empty, and is made anew for each length.
torch.backends.cuda.enable_cudnn_sdp(False)


@dataclass(frozen=True)
class Packed:
    """A lesson as tokens. On a graphics card several are computed as one, each seeing itself alone."""

    tokens: torch.Tensor  # (length,)
    positions: torch.Tensor  # (length,)
    owner: torch.Tensor  # (length,): 0 is the article, then the number of the question
    lesson: torch.Tensor  # (length,): 0, and more where several are joined
    places: torch.Tensor  # where the next token is learned
    wanted: torch.Tensor  # which token that is
    weight: torch.Tensor
    first: torch.Tensor  # of `places`, those of the first token of what is said
    found: torch.Tensor  # whether that is "Found"

    def to(self, device: torch.device) -> Packed:
        return Packed(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})

    @property
    def mask(self) -> torch.Tensor:
        """Which tokens each one sees; shape `(1, 1, length, length)`."""
        same = (self.owner[:, None] == self.owner[None, :]) | (self.owner == 0)[None, :]
        earlier = torch.ones(len(self.tokens), len(self.tokens), dtype=torch.bool, device=self.tokens.device).tril()
        return (earlier & same & (self.lesson[:, None] == self.lesson[None, :]))[None, None]


def joined(lessons: Sequence[Packed]) -> Packed:
    """Several lessons as one."""
    parts: dict[str, list[torch.Tensor]] = {
        field.name: [getattr(one, field.name) for one in lessons] for field in fields(Packed)
    }
    begun = 0
    for number, one in enumerate(lessons):
        parts["lesson"][number] = torch.full_like(one.lesson, number)
        parts["places"][number] = one.places + begun
        begun += len(one.tokens)
    return Packed(**{name: torch.cat(values) for name, values in parts.items()})


class Adapted(torch.nn.Module):  # type: ignore[misc]
    """A linear layer that stays as it is, and its update, which begins as none."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        like = {"device": layer.weight.device, "dtype": torch.float32}
        self.down = torch.nn.Parameter(torch.empty(RANK, layer.in_features, **like).normal_(std=layer.in_features**-0.5))
        self.up = torch.nn.Parameter(torch.zeros(layer.out_features, RANK, **like))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        narrow = torch.nn.functional.linear(values, self.down.to(values.dtype)) * SCALE
        return self.layer(values) + torch.nn.functional.linear(narrow, self.up.to(values.dtype))


def adapt(model: Any) -> None:
    """Give the linear layers of a model's upper blocks updates; nothing else of it is trained."""
    model.requires_grad_(False)
    for layer in range(FIRST_LAYER, LAYERS):
        for linear in LINEAR:
            name = name_of(layer, linear)
            model.set_submodule(name, Adapted(model.get_submodule(name)))


def add(model: Any, adapter: Path) -> None:
    """Add an adapter's updates to the matrices of a model, for good."""
    updates = load_file(adapter)
    for layer in range(FIRST_LAYER, LAYERS):
        for linear in LINEAR:
            weight = model.get_submodule(name_of(layer, linear)).weight
            up, down = (updates[f"{layer}.{linear}.{half}"].float().to(weight.device) for half in ("up", "down"))
            weight.data = (weight.data.float() + SCALE * (up @ down)).to(weight.dtype)


def forward(model: Any, packed: Packed) -> torch.Tensor:
    """Logits at the places where something is learned; shape `(places, vocabulary)`."""
    hidden = model.model(
        input_ids=packed.tokens[None], position_ids=packed.positions[None], attention_mask=packed.mask, use_cache=False
    ).last_hidden_state[0]
    logits: torch.Tensor = model.lm_head(hidden[packed.places])
    return logits.float()


def train(model: Any, packed: Sequence[Packed], target: Path, *, rate: float) -> None:
    """AdamW with a linear decay; in the end, and now and then before, what was learned goes to `target`."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.0)
    steps = list(_steps(packed))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=len(steps), pct_start=0.06, anneal_strategy="linear"
    )
    model.train()
    mean, begun = 0.0, time.monotonic()
    for number, step in enumerate(bar := tqdm(steps, desc="training", mininterval=10), 1):
        share = sum(float(one.weight.sum()) for one in step)
        total = 0.0
        for one in _together(model, step):
            losses = torch.nn.functional.cross_entropy(forward(model, one), one.wanted, reduction="none")
            loss = (losses * one.weight).sum() / share
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        mean = total if number == 1 else 0.97 * mean + 0.03 * total
        bar.set_postfix(loss=f"{mean:.3f}")
        if number % SAVE_EVERY == 0 or number == len(steps):
            save(model, target)
            print(f"step {number} of {len(steps)}, loss {mean:.3f}, {time.monotonic() - begun:.0f} s", flush=True)


def _steps(packed: Sequence[Packed]) -> Iterator[list[Packed]]:
    step: list[Packed] = []
    for one in packed:
        step.append(one)
        if sum(len(other.tokens) for other in step) >= EACH_STEP:
            yield step
            step = []
    if step:
        yield step


def _together(model: Any, lessons: Sequence[Packed]) -> list[Packed]:
    """On the model's device: as one on a graphics card, one by one on a processor, which computes no empty part of a mask."""
    device = model.lm_head.weight.device
    return [one.to(device) for one in (lessons if device.type == "cpu" else [joined(lessons)])]


@torch.inference_mode()  # type: ignore[untyped-decorator]
def judged(model: Any, packed: Sequence[Packed]) -> dict[str, float]:
    """How well the chance of "Found" as the first token tells apart questions that are answered from those that are not."""
    from sklearn.metrics import roc_auc_score

    model.eval()
    token = next(int(word) for one in packed for word in one.wanted[one.first & one.found])
    chances, found = [], []
    for step in _steps(packed):
        for one in _together(model, step):
            chances += torch.softmax(forward(model, one)[one.first], dim=-1)[:, token].tolist()
            found += one.found[one.first].tolist()
    return {"questions": len(found), "auroc": float(roc_auc_score(found, chances))}


def save(model: Any, target: Path) -> None:
    """Both halves of each layer's update, in half precision, under the names that `assistant.models.adapter` reads."""
    state = {}
    for layer in range(FIRST_LAYER, LAYERS):
        for linear in LINEAR:
            module = model.get_submodule(name_of(layer, linear))
            state[f"{layer}.{linear}.down"] = module.down.detach().half().cpu().contiguous()
            state[f"{layer}.{linear}.up"] = module.up.detach().half().cpu().contiguous()
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, target)


def mean(adapters: Sequence[Path], target: Path) -> None:
    """The mean of several runs' updates as one adapter (Wortsman et al., "Model soups", 2022): of each matrix the nearest of a lower rank."""
    runs, state = [load_file(path) for path in adapters], {}
    for name in (f"{layer}.{linear}" for layer in range(FIRST_LAYER, LAYERS) for linear in LINEAR):
        up = torch.cat([run[f"{name}.up"].float() / len(runs) for run in runs], dim=1)
        down = torch.cat([run[f"{name}.down"].float() for run in runs])
        (left, above), (right, below) = torch.linalg.qr(up), torch.linalg.qr(down.T)
        turned, values, back = torch.linalg.svd(above @ below.T)
        roots = values[:MEAN_RANK].sqrt()
        state[f"{name}.up"] = (left @ turned[:, :MEAN_RANK] * roots).half().contiguous()
        state[f"{name}.down"] = (roots[:, None] * back[:MEAN_RANK] @ right.T).half().contiguous()
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, target)
