"""Train the reader: a part of `make reader`. Three runs of five minutes on a graphics card, much longer on two cores; their mean is shipped.

Two of the eight SQuAD articles and half of ClapNQ's are kept out, so that the figures of what is shipped are on questions
that it was not trained on.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from assistant.reader import WEIGHTS, Reader, Sentence, load_network

from .examples import Example, examples, judged
from .splits import held_out

FROZEN = 2  # of the encoder's six layers: they read words, and stay as the registry's package has them
MARKED = 3.0  # what a question counts of which people marked what answers it, beside one that a model judged
# Each run begins with a last layer of its own, so their mean is flat. Times this its probabilities are as they should be (temperature
# scaling: Guo et al., 2017).
SHARPER = 2.0
SAVE_EVERY = 100  # steps
SLICES = 4  # of pairs of like length, that go through the encoder together


@dataclass(frozen=True)
class Run:
    """One training, from the registry's weights."""

    seed: int
    rate: float
    batch: int  # questions
    passes: float  # as many as there was time for when the shipped ones were made


RUNS = (Run(0, 3e-4, 64, 2.4), Run(1, 5e-4, 64, 2.4), Run(2, 6e-4, 128, 3.3))


def train(rows: Sequence[Example], target: Path, run: Run) -> None:
    """One run; what it learned goes to `target` when it is done."""
    torch.manual_seed(run.seed)
    torch.set_float32_matmul_precision("high")  # TF32, on a graphics card
    network = load_network(None)
    network = network.cuda() if torch.cuda.is_available() else network
    for frozen in (network.encoder.embeddings, *network.encoder.encoder.layer[:FROZEN]):
        frozen.requires_grad_(False)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=run.rate, weight_decay=0.01)
    batches = list(_batches(rows, run))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, run.rate, total_steps=len(batches), pct_start=0.1, anneal_strategy="linear"
    )
    part = target.with_suffix(".part")
    network.train()
    bar = tqdm(batches, desc="training")
    average, begun = 0.0, time.monotonic()
    for step, batch in enumerate(bar, 1):
        loss = _loss(network, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        average = loss.item() if step == 1 else 0.98 * average + 0.02 * loss.item()
        bar.set_postfix(loss=f"{average:.3f}")
        if step % SAVE_EVERY == 0 or step == len(batches):
            save(network, part)
            print(f"step {step} of {len(batches)}, loss {average:.3f}, {time.monotonic() - begun:.0f} s", flush=True)
    part.replace(target)


def _batches(rows: Sequence[Example], run: Run) -> Iterator[list[Example]]:
    order: list[Example] = []
    while len(order) < run.passes * len(rows):
        order += random.Random(run.seed + len(order)).sample(rows, len(rows))
    order = order[: int(run.passes * len(rows))]
    for first in range(0, len(order), run.batch):
        yield order[first : first + run.batch]


def _loss(network: Any, batch: Sequence[Example]) -> torch.Tensor:
    """Mean cross entropy: with the answering sentences (any of them) or none, or with what a model judged."""
    pairs = [(example.question, sentence) for example in batch for sentence in example.sentences]
    scores = _score(network, pairs)
    losses = []
    start = 0
    for example in batch:
        end = start + len(example.sentences)
        logs = torch.log_softmax(torch.cat([scores[start:end], network.none]), dim=0)
        if example.chances:
            losses.append(-(torch.tensor(example.chances, device=logs.device) * logs).sum())
        else:
            wanted = sorted(example.answers) or [len(example.sentences)]
            losses.append(-MARKED * torch.logsumexp(logs[wanted], dim=0))
        start = end
    return torch.stack(losses).mean()


def _score(network: Any, pairs: Sequence[tuple[str, Sentence]]) -> torch.Tensor:
    """In slices of like length, so that little is spent on padding."""
    order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][0]) + len(pairs[row][1].joined()))
    each = -(-len(order) // SLICES)
    slices = [order[first : first + each] for first in range(0, len(order), each)]
    scores = torch.cat([network.scores([pairs[row] for row in rows]) for rows in slices])
    return scores[torch.argsort(torch.tensor(order, device=scores.device))]


def save(network: Any, target: Path) -> None:
    """What training changed, in half precision."""
    frozen = ("encoder.embeddings.", *(f"encoder.encoder.layer.{number}." for number in range(FROZEN)))
    kept = {name: value.half().cpu() for name, value in network.state_dict().items() if not name.startswith(frozen)}
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in kept.items()}, target)


def mean(runs: Sequence[Path], target: Path) -> None:
    """The mean of several runs' weights (Wortsman et al., "Model soups", 2022)."""
    weights = [load_file(path) for path in runs]
    state = {name: sum(run[name].float() for run in weights) / len(runs) for name in weights[0]}
    for name in ("score.weight", "score.bias", "none"):
        state[name] *= SHARPER
    save_file({name: value.half() for name, value in state.items()}, target)


def measured(reader: Reader, rows: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Of each set: how often the sentence thought the best is one that answers, and how well "none" tells apart where none does (AUROC)."""
    from sklearn.metrics import roc_auc_score

    found: dict[str, dict[str, float]] = {}
    for name in ("squad2", "clapnq"):
        own = [example for example in rows if example.article.startswith("clap_") == (name == "clapnq")]
        read = [reader.read(example.question, example.sentences) for example in tqdm(own, desc=name)]
        right = [
            verdict.sentences.index(max(verdict.sentences)) in example.answers
            for example, verdict in zip(own, read, strict=True)
            if example.answers
        ]
        auroc = roc_auc_score([not example.answers for example in own], [verdict.none for verdict in read])
        found[name] = {"examples": len(own), "right": sum(right) / len(right), "auroc": float(auroc)}
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of squad2.*.jsonl and clapnq.*.jsonl")
    arguments.add_argument("--asked", type=Path, default=Path("results/asked.jsonl"), help="what training.asked wrote")
    arguments.add_argument("--out", type=Path, default=WEIGHTS)
    arguments.add_argument(
        "--runs",
        type=Path,
        default=Path("results"),
        help="folder of each run's own, until all are done; what is there is not made anew",
    )
    arguments.add_argument("--measure", action="store_true", help="train nothing: say how good the weights in --out are")
    given = arguments.parse_args()
    marked = examples(given.data)
    kept = [example for example in marked if held_out(example.article)]
    if given.measure:
        print(measured(Reader(given.out), kept))
        return
    rows = [example for example in marked if not held_out(example.article)] + judged(given.asked)
    print(f"{len(rows)} examples, {sum(len(example.sentences) for example in rows)} sentences")
    made = [given.runs / f"reader-{number}.safetensors" for number in range(len(RUNS))]
    for run, path in zip(RUNS, made, strict=True):
        if not path.exists():
            train(rows, path, run)
    mean(made, given.out)
    for path in made:  # kept for a run that is cut short, not for the next one
        path.unlink()
    print(measured(Reader(given.out), kept))


if __name__ == "__main__":
    main()
