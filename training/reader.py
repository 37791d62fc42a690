"""Train the reader: `make reader`. Fixed seeds; 650 steps of 3 to 4 s on two cores that do nothing else.

Two of the eight SQuAD articles and half of ClapNQ's are kept out, so that the figures of what is shipped are on questions
that it was not trained on; `--everything` trains on them, too. `--start` goes on from weights, with a new optimizer.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tqdm import tqdm

from assistant.reader import WEIGHTS, Sentence, load_network

from .examples import Example, examples
from .splits import held_out

FROZEN = 2  # of the encoder's six layers: they read words, and stay as the registry's package has them
BATCH = 12  # questions
RATE = 8e-5
PASSES = 3
SAVE_EVERY = 100  # steps
SLICE = 24  # pairs of like length that go through the encoder together


def train(rows: Sequence[Example], target: Path, *, passes: float, rate: float, seed: int, start: Path | None) -> None:
    torch.manual_seed(seed)
    network = load_network(start)
    for part in (network.encoder.embeddings, *network.encoder.encoder.layer[:FROZEN]):
        part.requires_grad_(False)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.01)
    batches = list(_batches(rows, passes, seed))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=len(batches), pct_start=0.1, anneal_strategy="linear"
    )
    network.train()
    bar = tqdm(batches, desc="training")
    mean, begun = 0.0, time.monotonic()
    for step, batch in enumerate(bar, 1):
        loss = _loss(network, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        mean = loss.item() if step == 1 else 0.98 * mean + 0.02 * loss.item()
        bar.set_postfix(loss=f"{mean:.3f}")
        if step % SAVE_EVERY == 0 or step == len(batches):
            save(network, target)
            print(f"step {step} of {len(batches)}, loss {mean:.3f}, {time.monotonic() - begun:.0f} s", flush=True)


def _batches(rows: Sequence[Example], passes: float, seed: int) -> Iterator[list[Example]]:
    order: list[Example] = []
    while len(order) < passes * len(rows):
        order += random.Random(seed + len(order)).sample(rows, len(rows))
    order = order[: int(passes * len(rows))]
    for first in range(0, len(order), BATCH):
        yield order[first : first + BATCH]


def _loss(network: Any, batch: Sequence[Example]) -> torch.Tensor:
    """Mean negative log-likelihood of the answering sentences (any of them), or of none."""
    pairs = [(example.question, sentence) for example in batch for sentence in example.sentences]
    scores = _score(network, pairs)
    losses = []
    start = 0
    for example in batch:
        end = start + len(example.sentences)
        logs = torch.log_softmax(torch.cat([scores[start:end], network.none]), dim=0)
        wanted = sorted(example.answers) or [len(example.sentences)]
        losses.append(-torch.logsumexp(logs[wanted], dim=0))
        start = end
    return torch.stack(losses).mean()


def _score(network: Any, pairs: Sequence[tuple[str, Sentence]]) -> torch.Tensor:
    """In slices of like length, so that little is spent on padding."""
    order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][0]) + len(pairs[row][1].joined()))
    slices = [order[first : first + SLICE] for first in range(0, len(order), SLICE)]
    scores = torch.cat([network.scores([pairs[row] for row in rows]) for rows in slices])
    return scores[torch.argsort(torch.tensor(order))]


def save(network: Any, target: Path) -> None:
    """What training changed, in half precision."""
    frozen = ("encoder.embeddings.", *(f"encoder.encoder.layer.{number}." for number in range(FROZEN)))
    kept = {name: value.half() for name, value in network.state_dict().items() if not name.startswith(frozen)}
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in kept.items()}, target)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of squad2.*.jsonl and clapnq.*.jsonl")
    arguments.add_argument("--out", type=Path, default=WEIGHTS)
    arguments.add_argument("--everything", action="store_true", help="hold nothing out")
    arguments.add_argument("--passes", type=float, default=PASSES)
    arguments.add_argument("--rate", type=float, default=RATE)
    arguments.add_argument("--start", type=Path, help="weights to go on from")
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    everything = examples(given.data, given.seed)
    rows = [example for example in everything if given.everything or not held_out(example.article)]
    print(f"{len(rows)} examples, {sum(len(example.sentences) for example in rows)} sentences")
    train(rows, given.out, passes=given.passes, rate=given.rate, seed=given.seed, start=given.start)


if __name__ == "__main__":
    main()
