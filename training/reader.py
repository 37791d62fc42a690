"""Train the reader, the extractive model: a part of `make reader`.

The mean of three runs is shipped. A run takes five minutes on a graphics card, and much longer on
two cores. Two of the eight SQuAD articles and three fifths of ClapNQ's passages are held out, so
that the figures of the shipped reader are on questions that it was not trained on.
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

from assistant.pipeline.evidence.reader import READER_WEIGHTS, Reader, Sentence, load_network
from training.reader_data import Example, make_examples, read_judged
from training.splits import is_held_out

# Of the encoder's six layers. They read words, and keep the weights of the registry's package.
FROZEN_LAYERS = 2
# The weight of a question whose answer people marked; one that a model judged weighs 1.
MARKED_WEIGHT = 3.0
# Each run starts with its own last layer, so the mean of the runs is too flat. This factor restores
# the probabilities (temperature scaling: Guo et al., 2017).
SHARPNESS = 2.0
STEPS_PER_SAVE = 100
SLICES_PER_BATCH = 4  # of pairs of similar length, which go through the encoder together


@dataclass(frozen=True)
class Run:
    """One training run from the registry's weights."""

    seed: int
    rate: float
    batch: int  # questions
    passes: float  # as many as time allowed when the shipped reader was trained


RUNS = (Run(0, 3e-4, 64, 2.4), Run(1, 5e-4, 64, 2.4), Run(2, 6e-4, 128, 3.3))


def train_run(rows: Sequence[Example], target: Path, run: Run) -> None:
    """Train one run and save its weights to `target` when it is complete."""
    torch.manual_seed(run.seed)
    torch.set_float32_matmul_precision("high")  # TF32, on a graphics card
    network = load_network(None)
    network = network.cuda() if torch.cuda.is_available() else network
    for frozen in (network.encoder.embeddings, *network.encoder.encoder.layer[:FROZEN_LAYERS]):
        frozen.requires_grad_(False)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=run.rate, weight_decay=0.01)
    batches = list(_make_batches(rows, run))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, run.rate, total_steps=len(batches), pct_start=0.1, anneal_strategy="linear"
    )
    part = target.with_suffix(".part")
    network.train()
    bar = tqdm(batches, desc="training")
    average, started = 0.0, time.monotonic()
    for step, batch in enumerate(bar, 1):
        loss = compute_loss(network, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        average = loss.item() if step == 1 else 0.98 * average + 0.02 * loss.item()
        bar.set_postfix(loss=f"{average:.3f}")
        if step % STEPS_PER_SAVE == 0 or step == len(batches):
            save_weights(network, part)
            seconds = time.monotonic() - started
            print(
                f"step {step} of {len(batches)}, loss {average:.3f}, {seconds:.0f} s",
                flush=True,
            )
    part.replace(target)


def _make_batches(rows: Sequence[Example], run: Run) -> Iterator[list[Example]]:
    order: list[Example] = []
    while len(order) < run.passes * len(rows):
        order += random.Random(run.seed + len(order)).sample(rows, len(rows))
    order = order[: int(run.passes * len(rows))]
    for first in range(0, len(order), run.batch):
        yield order[first : first + run.batch]


def compute_loss(network: Any, batch: Sequence[Example]) -> torch.Tensor:
    """Return the mean cross entropy, a scalar.

    The target is any of the marked sentences, "none" without one, or a model's probabilities.
    """
    pairs = [(example.question, sentence) for example in batch for sentence in example.sentences]
    scores = _score_pairs(network, pairs)
    losses = []
    start = 0
    for example in batch:
        end = start + len(example.sentences)
        logs = torch.log_softmax(torch.cat([scores[start:end], network.none]), dim=0)
        if example.chances:
            losses.append(-(torch.tensor(example.chances, device=logs.device) * logs).sum())
        else:
            targets = sorted(example.answers) or [len(example.sentences)]
            losses.append(-MARKED_WEIGHT * torch.logsumexp(logs[targets], dim=0))
        start = end
    return torch.stack(losses).mean()


def _score_pairs(network: Any, pairs: Sequence[tuple[str, Sentence]]) -> torch.Tensor:
    """Return the score of each pair, computed in slices of similar length to save padding."""
    order = sorted(
        range(len(pairs)),
        key=lambda row: len(pairs[row][0]) + len(pairs[row][1].format_with_context()),
    )
    each = -(-len(order) // SLICES_PER_BATCH)
    slices = [order[first : first + each] for first in range(0, len(order), each)]
    scores = torch.cat([network.scores([pairs[row] for row in rows]) for rows in slices])
    return scores[torch.argsort(torch.tensor(order, device=scores.device))]


def save_weights(network: Any, target: Path) -> None:
    """Save the weights that training changed, in half precision."""
    frozen = (
        "encoder.embeddings.",
        *(f"encoder.encoder.layer.{number}." for number in range(FROZEN_LAYERS)),
    )
    trained = {
        name: value.half().cpu()
        for name, value in network.state_dict().items()
        if not name.startswith(frozen)
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in trained.items()}, target)


def average_runs(runs: Sequence[Path], target: Path) -> None:
    """Save the mean of the weights of several runs (Wortsman et al., "Model soups", 2022)."""
    weights = [load_file(path) for path in runs]
    state = {name: sum(run[name].float() for run in weights) / len(runs) for name in weights[0]}
    for name in ("score.weight", "score.bias", "none"):
        state[name] *= SHARPNESS
    save_file({name: value.half() for name, value in state.items()}, target)


def measure_reader(reader: Reader, rows: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Return the number of examples, the accuracy and the AUROC of "none" for each set.

    The accuracy is the share of answerable examples whose best sentence answers.
    """
    from sklearn.metrics import roc_auc_score

    figures: dict[str, dict[str, float]] = {}
    for name in ("squad2", "clapnq"):
        examples = [
            example for example in rows if example.article.startswith("clap_") == (name == "clapnq")
        ]
        verdicts = [
            reader.read(example.question, example.sentences)
            for example in tqdm(examples, desc=name)
        ]
        right = [
            verdict.sentences.index(max(verdict.sentences)) in example.answers
            for example, verdict in zip(examples, verdicts, strict=True)
            if example.answers
        ]
        auroc = roc_auc_score(
            [not example.answers for example in examples],
            [verdict.no_answer_probability for verdict in verdicts],
        )
        figures[name] = {
            "examples": len(examples),
            "right": sum(right) / len(right),
            "auroc": float(auroc),
        }
    return figures


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of squad2.*.jsonl and clapnq.*.jsonl")
    arguments.add_argument(
        "--asked",
        type=Path,
        default=Path("results/asked.jsonl"),
        help="what training.generate_questions wrote",
    )
    arguments.add_argument("--out", type=Path, default=READER_WEIGHTS)
    arguments.add_argument(
        "--runs",
        type=Path,
        default=Path("results"),
        help="folder of each run's own, until all are done; what is there is not made anew",
    )
    arguments.add_argument(
        "--measure",
        action="store_true",
        help="train nothing: say how good the weights in --out are",
    )
    options = arguments.parse_args()
    marked = make_examples(options.data)
    held_out = [example for example in marked if is_held_out(example.article)]
    if options.measure:
        print(measure_reader(Reader(options.out), held_out))
        return
    rows = [example for example in marked if not is_held_out(example.article)]
    rows += read_judged(options.asked)
    print(f"{len(rows)} examples, {sum(len(example.sentences) for example in rows)} sentences")
    paths = [options.runs / f"reader-{number}.safetensors" for number in range(len(RUNS))]
    for run, path in zip(RUNS, paths, strict=True):
        if not path.exists():
            train_run(rows, path, run)
    average_runs(paths, options.out)
    for path in paths:  # an interrupted training resumes from these; the next one does not
        path.unlink()
    print(measure_reader(Reader(options.out), held_out))


if __name__ == "__main__":
    main()
