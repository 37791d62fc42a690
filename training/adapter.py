"""Train the bundled model's adapter, low-rank updates of its linear layers: `make reader`.

Speed in bfloat16: about 100 tokens a second on two cores with AMX, a tenth of that without, and
6,000 on a graphics card shared with three other runs.
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

from assistant.models import conversion as weights
from assistant.models.adapter import ADAPTER_PATH
from assistant.pipeline.generation.answer_span import quote_span
from assistant.settings import get_settings
from training.adapter_data import Lesson, Turn, make_lessons
from training.lora import PackedLesson, add_adapters, average_adapters, measure_auroc, train_adapter


@dataclass(frozen=True)
class Run:
    """One training run from new updates."""

    seed: int
    rate: float
    passes: float  # as many as time allowed when the shipped adapter was trained


# The mean of these runs is shipped (docs/adapter.md).
RUNS = (Run(0, 2e-4, 1.53), Run(1, 3e-4, 1.58), Run(3, 5e-4, 3.95))
# Weights of a token of the quoted words and of the sentence. The first token and the sentences'
# numbers weigh 1.
SPAN_WEIGHT, SENTENCE_WEIGHT = 0.5, 0.2

ANSWER_PREFIX = "<|im_start|>assistant\n"


def format_turn(role: str, text: str) -> str:
    """Return a message in the chat format of the model."""
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


class Tokenizer:
    """The tokenizer that the model has at run time."""

    def __init__(self, folder: Path) -> None:
        import openvino_genai

        self._tokenizer = openvino_genai.Tokenizer(str(folder))

    def encode(self, text: str) -> list[int]:
        return [
            int(token)
            for token in self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0]
        ]

    def decode(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens)))

    def pack(self, lesson: Lesson) -> PackedLesson:
        """Return the lesson as tokens, with the targets of its replies."""
        system = self.encode(format_turn("system", lesson.system_prompt))
        tokens, positions, owners = list(system), list(range(len(system))), [0] * len(system)
        target_places, targets, weights, is_first, is_found = [], [], [], [], []
        for number, turn in enumerate(lesson.turns, 1):
            prompt = self.encode(format_turn("user", turn.prompt) + ANSWER_PREFIX)
            reply = self.encode(turn.reply + ("<|im_end|>" if turn.is_complete else ""))
            start = len(tokens)
            tokens += prompt + reply
            positions += range(len(system), len(system) + len(prompt) + len(reply))
            owners += [number] * (len(prompt) + len(reply))
            is_judgement = turn.reply.startswith(("Found", "Not stated"))
            for index, token in enumerate(reply):
                is_first.append(index == 0 and is_judgement)
                is_found.append(turn.reply.startswith("Found"))
                target_places.append(start + len(prompt) + index - 1)
                targets.append(token)
            weights += (
                self._weigh_tokens(turn, len(reply))
                if is_judgement or turn.reply in ("Yes", "No")
                else [SENTENCE_WEIGHT] * len(reply)
            )
        return PackedLesson(
            torch.tensor(tokens),
            torch.tensor(positions),
            torch.tensor(owners),
            torch.zeros(len(tokens), dtype=torch.long),
            torch.tensor(target_places),
            torch.tensor(targets),
            torch.tensor(weights),
            torch.tensor(is_first),
            torch.tensor(is_found),
        )

    def _weigh_tokens(self, turn: Turn, length: int) -> list[float]:
        """Return the weight of each token of a reply: its numbers, quoted words and sentence.

        A reply without numbers weighs 1 throughout.
        """
        numbers, _, remainder = turn.reply.partition("]. ")
        head = len(self.encode(f"{numbers}].")) if remainder else length
        quoted = len(self.encode(f"{numbers}]. {quote_span(turn.span)}")) if turn.span else head
        return (
            [1.0] * head + [SPAN_WEIGHT] * (quoted - head) + [SENTENCE_WEIGHT] * (length - quoted)
        )


def load_model(cache: Path) -> Any:
    """Return the bundled model in bfloat16, on a graphics card if there is one."""
    from transformers import AutoModelForCausalLM, GgufConfig

    joined = weights.join_official_file(cache)
    whole = GgufConfig(dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(
        joined.parent, gguf_file=joined.name, quantization_config=whole, dtype=torch.bfloat16
    )
    return model.cuda() if torch.cuda.is_available() else model


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of the question sets")
    arguments.add_argument("--written", type=Path, default=Path("results/written.jsonl"))
    arguments.add_argument("--out", type=Path, default=ADAPTER_PATH)
    arguments.add_argument(
        "--runs",
        type=Path,
        default=Path("results"),
        help="folder of each run's own, until all are done; what is there is not made anew",
    )
    arguments.add_argument(
        "--check", type=int, default=40, help="held-out lessons to judge before and after"
    )
    options = arguments.parse_args()
    paths = [options.runs / f"adapter-{number}.safetensors" for number in range(len(RUNS))]
    for run, path in zip(RUNS, paths, strict=True):
        if not path.exists():
            train_run(run, options.data, options.written, path, options.check)
    average_adapters(paths, options.out)
    for path in paths:  # an interrupted training resumes from these; the next one does not
        path.unlink()


def train_run(run: Run, data: Path, written: Path, target: Path, check: int) -> None:
    """Train one run and save its updates to `target` when it is complete.

    Args:
        check: number of held-out lessons to measure before and after.
    """
    torch.manual_seed(run.seed)
    cache = get_settings().cache
    tokenizer = Tokenizer(weights.prepare_model(cache, adapter=None))
    packed: list[PackedLesson] = []
    for number in range(ceil(run.passes)):
        lessons = make_lessons(data, written, held_out=False, seed=run.seed + number)
        share = min(1.0, run.passes - number)
        packed += [tokenizer.pack(lesson) for lesson in lessons[: int(len(lessons) * share)]]
    held_out = make_lessons(data, written, held_out=True, seed=run.seed)
    sample = random.Random(0).sample(held_out, min(check, len(held_out)))
    packed_sample = [tokenizer.pack(lesson) for lesson in sample]
    print(
        f"{len(packed)} lessons, {sum(len(lesson.tokens) for lesson in packed):,} tokens, "
        f"{sum(int(lesson.owners.max()) for lesson in packed):,} questions",
        flush=True,
    )
    model = load_model(cache)
    add_adapters(model)
    print("before:", measure_auroc(model, packed_sample), flush=True)
    part = target.with_suffix(".part")
    train_adapter(model, packed, part, rate=run.rate)
    part.replace(target)
    print("after:", measure_auroc(model, packed_sample), flush=True)


if __name__ == "__main__":
    main()
