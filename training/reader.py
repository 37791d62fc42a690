"""Train the reader, the extractive model: a part of `make reader`.

The mean of three runs is shipped. A run takes five minutes on a graphics card, and much longer on
two cores. Two of the eight SQuAD articles and three fifths of ClapNQ's passages are held out, so
that the figures of the shipped reader are on questions that it was not trained on.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from assistant.models.cross_encoder import dequantize_weights, quantize_weights
from assistant.pipeline.evidence.reader import READER_WEIGHTS, Reader, load_network
from training.reader_data import Example, make_examples, read_judged
from training.schedule import choose_device
from training.splits import is_held_out

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
    network = load_network(None).to(choose_device())
    network.encoder.embeddings.requires_grad_(False)
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
        loss = compute_loss(network, encode(network, batch))
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


def encode(network: Any, batch: Sequence[Example]) -> dict[str, Any]:
    """Return the tokens and the targets of a batch.

    `tokens` are of the pairs of question and sentence, in slices of similar length, which saves
    padding. `positions` are those of the pairs in the slices, one after the other; shape
    `(examples, sentences + 1)`, -1 where an example has fewer sentences. The last column stands for
    "none". `weights` of the same shape are the targets: a mark for each sentence that answers, or a
    model's probabilities where `is_judged`.
    """
    pairs = [(example.question, sentence) for example in batch for sentence in example.sentences]
    order = sorted(
        range(len(pairs)),
        key=lambda row: len(pairs[row][0]) + len(pairs[row][1].format_with_context()),
    )
    each = -(-len(order) // SLICES_PER_BATCH)
    slices = [order[first : first + each] for first in range(0, len(order), each)]
    rank = torch.argsort(torch.tensor(order)).tolist()
    width = max(len(example.sentences) for example in batch)
    positions = torch.full((len(batch), width + 1), -1)
    weights = torch.zeros(len(batch), width + 1)
    first = 0
    for row, example in enumerate(batch):
        count = len(example.sentences)
        positions[row, :count] = torch.tensor(rank[first : first + count], dtype=torch.long)
        first += count
        for position, chance in enumerate(example.chances[:count]):
            weights[row, position] = chance
        for position in example.answers:
            weights[row, position] = 1
        weights[row, -1] = example.chances[-1] if example.chances else not example.answers
    return {
        "tokens": [network.encode([pairs[row] for row in rows]) for rows in slices],
        "positions": positions,
        "weights": weights,
        "is_judged": torch.tensor([bool(example.chances) for example in batch]),
    }


def compute_loss(network: Any, inputs: dict[str, Any]) -> torch.Tensor:
    """Return the mean cross entropy of an encoded batch, a scalar.

    The target is any of the marked sentences, "none" without one, or a model's probabilities.
    """
    scores = torch.cat([network(tokens) for tokens in inputs["tokens"]])
    positions, weights = inputs["positions"], inputs["weights"]
    rows = scores[positions[:, :-1].clamp(min=0)].float()
    rows = rows.masked_fill(positions[:, :-1] < 0, -1e4)
    none = network.none.float().expand(len(rows), 1)
    logs = torch.log_softmax(torch.cat([rows, none], dim=1), dim=1)
    judged = -(weights * logs).sum(1)
    marked = -torch.logsumexp(logs.masked_fill(weights == 0, -torch.inf), dim=1)
    return torch.where(inputs["is_judged"], judged, MARKED_WEIGHT * marked).mean()


def save_weights(network: Any, target: Path) -> None:
    """Save the weights that training changed, eight bits each."""
    state = {
        name: value.detach().cpu()
        for name, value in network.state_dict().items()
        if not name.startswith("encoder.embeddings.")
    }
    save_state(state, target)


def save_state(state: Mapping[str, torch.Tensor], target: Path) -> None:
    """Save weights by name, eight bits each."""
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(quantize_weights(state, "score.weight"), target)


def average_runs(runs: Sequence[Path], target: Path) -> None:
    """Save the mean of the weights of several runs (Wortsman et al., "Model soups", 2022)."""
    weights = [dequantize_weights(load_file(path)) for path in runs]
    state = {name: sum(run[name] for run in weights) / len(runs) for name in weights[0]}
    for name in ("score.weight", "score.bias", "none"):
        state[name] *= SHARPNESS
    save_state(state, target)


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
