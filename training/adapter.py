"""Train the embedded model's adapter: `make adapter`. Low-rank updates (Hu et al., LoRA, 2021) of all its linear layers.

The questions of a lesson are computed side by side: they follow the article's tokens at the same positions, and each sees
those and itself alone. So an article is read once, as it is at run time. In bfloat16: some 150 tokens a second on two busy cores
with AMX, a tenth of that without.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from assistant.models import weights
from assistant.models.adapter import ADAPTER, FIRST_LAYER, LAYERS, LINEAR, SCALE, name_of
from assistant.settings import get_settings
from assistant.span import in_quotes

from .lessons import Lesson, Turn, lessons

RANK = 8
RATE = 2e-4
PASSES = 1
EACH_STEP = 1_600  # tokens
# Of a token, beside 1 for the first one and for each of the sentences' numbers.
SPAN_WEIGHT, SAID_WEIGHT = 0.5, 0.2  # of the words in quotation marks; of the sentence
SAVE_EVERY = 40  # steps


@dataclass(frozen=True)
class Packed:
    tokens: torch.Tensor  # (length,)
    positions: torch.Tensor  # (length,)
    owner: torch.Tensor  # (length,): 0 is the article, then the number of the question
    places: torch.Tensor  # where the next token is learned
    wanted: torch.Tensor  # which token that is
    weight: torch.Tensor
    first: torch.Tensor  # of `places`, those of the first token of what is said
    found: torch.Tensor  # whether that is "Found"


class Tokens:
    """The runtime's own tokenizer and chat format."""

    def __init__(self, folder: Path) -> None:
        import openvino_genai

        self._tokenizer = openvino_genai.Tokenizer(str(folder))

    def of(self, text: str) -> list[int]:
        return [int(token) for token in self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0]]

    def pack(self, lesson: Lesson) -> Packed:
        shown = self.of(f"<|im_start|>system\n{lesson.shown}<|im_end|>\n")
        tokens, positions, owner = list(shown), list(range(len(shown))), [0] * len(shown)
        places, wanted, weight, first, found = [], [], [], [], []
        for number, turn in enumerate(lesson.turns, 1):
            asked = self.of(f"<|im_start|>user\n{turn.asked}<|im_end|>\n<|im_start|>assistant\n")
            said = self.of(turn.said + ("<|im_end|>" if turn.ends else ""))
            start = len(tokens)
            tokens += asked + said
            positions += range(len(shown), len(shown) + len(asked) + len(said))
            owner += [number] * (len(asked) + len(said))
            judged = turn.said.startswith(("Found", "Not stated"))
            for place, token in enumerate(said):
                first.append(place == 0 and judged)
                found.append(turn.said.startswith("Found"))
                places.append(start + len(asked) + place - 1)
                wanted.append(token)
            weight += self._weights(turn, len(said)) if judged else [SAID_WEIGHT] * len(said)
        return Packed(
            torch.tensor(tokens),
            torch.tensor(positions),
            torch.tensor(owner),
            torch.tensor(places),
            torch.tensor(wanted),
            torch.tensor(weight),
            torch.tensor(first),
            torch.tensor(found),
        )

    def _weights(self, turn: Turn, length: int) -> list[float]:
        """Of each token of what is said: its numbers (all of it where there are none), the quoted words, the sentence."""
        numbers, _, rest = turn.said.partition("]. ")
        head = len(self.of(f"{numbers}].")) if rest else length
        quoted = len(self.of(f"{numbers}]. {in_quotes(turn.span)}")) if turn.span else head
        return [1.0] * head + [SPAN_WEIGHT] * (quoted - head) + [SAID_WEIGHT] * (length - quoted)


class Adapted(torch.nn.Module):  # type: ignore[misc]
    """A linear layer that stays as it is, and its update, which begins as none."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.down = torch.nn.Parameter(torch.empty(RANK, layer.in_features).normal_(std=layer.in_features**-0.5))
        self.up = torch.nn.Parameter(torch.zeros(layer.out_features, RANK))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        narrow = torch.nn.functional.linear(values, self.down.to(values.dtype)) * SCALE
        return self.layer(values) + torch.nn.functional.linear(narrow, self.up.to(values.dtype))


def load(cache: Path) -> Any:
    """The model of the package's parts in bfloat16, with updates to the linear layers of its upper blocks."""
    from transformers import AutoModelForCausalLM

    place = cache / "models" / "training"
    place.mkdir(parents=True, exist_ok=True)
    joined = place / "model.gguf"
    if not joined.exists():
        weights.join(joined)
    model = AutoModelForCausalLM.from_pretrained(place, gguf_file=joined.name, dtype=torch.bfloat16)
    model.requires_grad_(False)
    for layer in range(FIRST_LAYER, LAYERS):
        for linear in LINEAR:
            name = name_of(layer, linear)
            model.set_submodule(name, Adapted(model.get_submodule(name)))
    return model


def start_from(model: Any, path: Path) -> None:
    """Go on with the updates of an earlier run."""
    state = load_file(path)
    with torch.no_grad():
        for layer in range(FIRST_LAYER, LAYERS):
            for linear in LINEAR:
                module = model.get_submodule(name_of(layer, linear))
                module.down.copy_(state[f"{layer}.{linear}.down"].float())
                module.up.copy_(state[f"{layer}.{linear}.up"].float())


def forward(model: Any, packed: Packed) -> torch.Tensor:
    """Logits at the places where something is learned; shape `(places, vocabulary)`."""
    same = packed.owner[:, None] == packed.owner[None, :]
    article = (packed.owner == 0)[None, :]
    earlier = torch.ones(len(packed.tokens), len(packed.tokens), dtype=torch.bool).tril()
    mask = (earlier & (same | article))[None, None]
    hidden = model.model(
        input_ids=packed.tokens[None], position_ids=packed.positions[None], attention_mask=mask, use_cache=False
    ).last_hidden_state[0]
    logits: torch.Tensor = model.lm_head(hidden[packed.places])
    return logits.float()


def train(model: Any, packed: Sequence[Packed], target: Path, *, rate: float, seed: int) -> None:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.0)
    steps = list(_steps(packed, EACH_STEP))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=len(steps), pct_start=0.06, anneal_strategy="linear"
    )
    model.train()
    mean, begun = 0.0, time.monotonic()
    for number, step in enumerate(bar := tqdm(steps, desc="training", mininterval=10), 1):
        total = 0.0
        share = sum(float(one.weight.sum()) for one in step)
        for one in step:
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


def _steps(packed: Sequence[Packed], size: int) -> Any:
    step: list[Packed] = []
    for one in packed:
        step.append(one)
        if sum(len(other.tokens) for other in step) >= size:
            yield step
            step = []


@torch.inference_mode()  # type: ignore[untyped-decorator]
def judged(model: Any, packed: Sequence[Packed]) -> dict[str, float]:
    """Of what is held out: AUROC of "Found", and the share of all numbers of sentences that are right when all before are."""
    from sklearn.metrics import roc_auc_score

    chances, found = [], []
    for one in packed:
        logits = forward(model, one)
        picked = torch.log_softmax(logits[one.first], dim=-1)
        token = {bool(flag): int(wanted) for flag, wanted in zip(one.found[one.first], one.wanted[one.first], strict=True)}
        if True in token:
            chances += picked[:, token[True]].exp().tolist()
            found += one.found[one.first].tolist()
    return {"questions": len(found), "auroc": float(roc_auc_score(found, chances))}


def save(model: Any, target: Path) -> None:
    """Both halves of each layer's update, in half precision, under the names that `assistant.models.adapter` reads."""
    state = {}
    for layer in range(FIRST_LAYER, LAYERS):
        for linear in LINEAR:
            module = model.get_submodule(name_of(layer, linear))
            state[f"{layer}.{linear}.down"] = module.down.detach().half().contiguous()
            state[f"{layer}.{linear}.up"] = module.up.detach().half().contiguous()
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, target)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--written", type=Path, default=Path("results/written.jsonl"))
    arguments.add_argument("--out", type=Path, default=ADAPTER)
    arguments.add_argument("--passes", type=float, default=PASSES)
    arguments.add_argument("--rate", type=float, default=RATE)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--start", type=Path, help="updates of an earlier run to go on with")
    arguments.add_argument("--check", type=int, default=40, help="held-out lessons to judge before and after")
    given = arguments.parse_args()
    torch.manual_seed(given.seed)
    cache = get_settings().cache
    tokens = Tokens(weights.prepare(cache, adapter=None))
    packed: list[Packed] = []
    whole = int(given.passes + 0.999)
    for number in range(whole):
        one = lessons(given.data, given.written, kept=False, seed=given.seed + number)
        share = min(1.0, given.passes - number)
        packed += [tokens.pack(lesson) for lesson in one[: int(len(one) * share)]]
    others = lessons(given.data, given.written, kept=True, seed=given.seed)
    kept = [tokens.pack(lesson) for lesson in random.Random(0).sample(others, min(given.check, len(others)))]
    print(f"{len(packed)} lessons, {sum(len(one.tokens) for one in packed):,} tokens, "
          f"{sum(int(one.owner.max()) for one in packed):,} questions", flush=True)  # fmt: skip
    model = load(cache)
    if given.start:
        start_from(model, given.start)
    print("before:", judged(model, kept), flush=True)
    train(model, packed, given.out, rate=given.rate, seed=given.seed)
    print("after:", judged(model, kept), flush=True)


if __name__ == "__main__":
    main()
