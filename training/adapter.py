"""Train the embedded model's adapter, low-rank updates of its linear layers: a part of `make reader`.

In bfloat16: some 100 tokens a second on two cores with AMX, a tenth of that without; 6,000 on a graphics card that three other
runs share.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import torch

from assistant.models import weights
from assistant.models.adapter import ADAPTER
from assistant.settings import get_settings
from assistant.span import in_quotes

from .lessons import Lesson, Turn, lessons
from .lora import Packed, adapt, judged, mean, train


@dataclass(frozen=True)
class Run:
    """One training, from nothing."""

    seed: int
    rate: float
    passes: float  # as many as there was time for when the shipped ones were made


# Their mean is shipped (docs/adapter.md).
RUNS = (Run(0, 2e-4, 1.53), Run(1, 3e-4, 1.58), Run(3, 5e-4, 3.95))
# Of a token, beside 1 for the first one and for each of the sentences' numbers.
SPAN_WEIGHT, SAID_WEIGHT = 0.5, 0.2  # of the words in quotation marks; of the sentence


ANSWERING = "<|im_start|>assistant\n"


def as_turn(role: str, text: str) -> str:
    """In the chat format of the model."""
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


class Tokens:
    """The runtime's own tokenizer."""

    def __init__(self, folder: Path) -> None:
        import openvino_genai

        self._tokenizer = openvino_genai.Tokenizer(str(folder))

    def of(self, text: str) -> list[int]:
        return [int(token) for token in self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0]]

    def text(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens)))

    def pack(self, lesson: Lesson) -> Packed:
        shown = self.of(as_turn("system", lesson.shown))
        tokens, positions, owner = list(shown), list(range(len(shown))), [0] * len(shown)
        places, wanted, weight, first, found = [], [], [], [], []
        for number, turn in enumerate(lesson.turns, 1):
            asked = self.of(as_turn("user", turn.asked) + ANSWERING)
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
            whole = judged or turn.said in ("Yes", "No")
            weight += self._weights(turn, len(said)) if whole else [SAID_WEIGHT] * len(said)
        return Packed(
            torch.tensor(tokens),
            torch.tensor(positions),
            torch.tensor(owner),
            torch.zeros(len(tokens), dtype=torch.long),
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


def load(cache: Path) -> Any:
    """The model of the package's parts in bfloat16, on a graphics card if there is one."""
    from transformers import AutoModelForCausalLM, GgufConfig

    joined = weights.official(cache)
    whole = GgufConfig(dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(
        joined.parent, gguf_file=joined.name, quantization_config=whole, dtype=torch.bfloat16
    )
    return model.cuda() if torch.cuda.is_available() else model


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--written", type=Path, default=Path("results/written.jsonl"))
    arguments.add_argument("--out", type=Path, default=ADAPTER)
    arguments.add_argument(
        "--runs",
        type=Path,
        default=Path("results"),
        help="folder of each run's own, until all are done; what is there is not made anew",
    )
    arguments.add_argument("--check", type=int, default=40, help="held-out lessons to judge before and after")
    given = arguments.parse_args()
    made = [given.runs / f"adapter-{number}.safetensors" for number in range(len(RUNS))]
    for run, path in zip(RUNS, made, strict=True):
        if not path.exists():
            learn(run, given.data, given.written, path, given.check)
    mean(made, given.out)
    for path in made:  # kept for a run that is cut short, not for the next one
        path.unlink()


def learn(run: Run, data: Path, written: Path, target: Path, check: int) -> None:
    """One run; what it learned goes to `target` when it is done."""
    torch.manual_seed(run.seed)
    cache = get_settings().cache
    tokens = Tokens(weights.prepare(cache, adapter=None))
    packed: list[Packed] = []
    for number in range(ceil(run.passes)):
        one = lessons(data, written, kept=False, seed=run.seed + number)
        share = min(1.0, run.passes - number)
        packed += [tokens.pack(lesson) for lesson in one[: int(len(one) * share)]]
    others = lessons(data, written, kept=True, seed=run.seed)
    kept = [tokens.pack(lesson) for lesson in random.Random(0).sample(others, min(check, len(others)))]
    print(f"{len(packed)} lessons, {sum(len(one.tokens) for one in packed):,} tokens, "
          f"{sum(int(one.owner.max()) for one in packed):,} questions", flush=True)  # fmt: skip
    model = load(cache)
    adapt(model)
    print("before:", judged(model, kept), flush=True)
    part = target.with_suffix(".part")
    train(model, packed, part, rate=run.rate)
    part.replace(target)
    print("after:", judged(model, kept), flush=True)


if __name__ == "__main__":
    main()
