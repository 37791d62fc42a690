"""Go on with the reader's training on openly licensed sets: the second part of `make reader`.

It starts from the weights that `training.reader` made and takes an hour on two cores, or a few
minutes on a graphics card (`--passes 4 --batch 64 --rate 3e-4`). The weights that are saved lie
between those before and those after, where the log loss on half of the held-out documents is least.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from math import log
from pathlib import Path
from typing import Any

import torch
from sklearn.metrics import roc_auc_score

from assistant.pipeline.evidence.reader import READER_WEIGHTS, Reader, Sentence, load_network
from training.mixture import choose_mixture
from training.reader import compute_loss, encode, save_weights
from training.reader_data import Example, make_examples
from training.reader_open_data import make_open_examples
from training.schedule import Recipe, add_recipe_options, prepare_network, train_within
from training.splits import is_held_out

RECIPE = Recipe(minutes=60, rate=1.5e-4, batch=16)
MAX_EXAMPLES_PER_SET = 150  # of the held-out ones that figures are of
MIN_EXAMPLES_PER_SET = 25
MAX_QUOTES = 3  # sentences that are selected at most
SELECTION_SHARES = (0.1, 0.2, 0.3, 0.5, 1.0)  # `Thresholds.min_share_of_best` is one of them


def refine(
    examples: Sequence[Example], start: Path, target: Path, recipe: Recipe, seed: int = 0
) -> None:
    """Train from the weights in `start`, and save the new ones to `target`.

    Args:
        examples: of questions with sentences.
        start: the weights of `training.reader`.
        target: the weights; beside it, while training goes on, its state, which is resumed.
        recipe: how it is trained.
        seed: of the order of the examples.
    """
    torch.manual_seed(seed)
    network = prepare_network(load_network(start), recipe)
    chance = random.Random(seed)
    batches = [
        order[first : first + recipe.batch]
        for order in (chance.sample(examples, len(examples)) for _ in range(recipe.passes))
        for first in range(0, len(order), recipe.batch)
    ]
    state_file = target.with_suffix(".state")
    train_within(network, batches, encode, compute_loss, state_file, recipe)
    save_weights(network, target)
    state_file.unlink(missing_ok=True)


def group_by_set(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Return the examples by the name of their set, those with few left out."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        name, separator, _ = example.article.partition("_")
        groups[name if separator and name.islower() else "squad2"].append(example)
    return {
        name: rows[:MAX_EXAMPLES_PER_SET]
        for name, rows in sorted(groups.items())
        if len(rows) >= MIN_EXAMPLES_PER_SET
    }


def measure(reader: Reader, groups: Mapping[str, Sequence[Example]]) -> dict[str, dict[str, float]]:
    """Return the figures of each set.

    `right` is the share of the answerable examples whose best sentence answers, `auroc` that of
    "none", `loss` the mean log loss.
    """
    figures: dict[str, dict[str, float]] = {}
    for name, rows in groups.items():
        right, none, loss = [], [], 0.0
        for example in rows:
            verdict = reader.read(example.question, example.sentences)
            none.append(verdict.no_answer_probability)
            if example.answers:
                best = verdict.sentences.index(max(verdict.sentences))
                right.append(best in example.answers)
            chance = sum(verdict.sentences[row] for row in example.answers) or none[-1]
            loss -= log(max(chance, 1e-6))
        unanswered = [not example.answers for example in rows]
        figures[name] = {
            "examples": len(rows),
            "right": sum(right) / max(1, len(right)),
            "auroc": float(roc_auc_score(unanswered, none)) if len(set(unanswered)) > 1 else 1.0,
            "loss": loss / len(rows),
        }
    return figures


def measure_selection(
    reader: Reader, groups: Mapping[str, Sequence[Example]], share: float
) -> dict[str, float]:
    """Return how good the selection of answerable examples is, as means over the sets.

    `any` is the share of the examples with a sentence selected that answers; `precision` and
    `recall` are of the sentences.

    Args:
        reader: gives each sentence a probability.
        groups: the examples of each set.
        share: of the best sentence's probability, from which a further sentence is selected.
    """
    sums = dict.fromkeys(("any", "precision", "recall"), 0.0)
    for rows in groups.values():
        answered = [example for example in rows if example.answers]
        for example in answered:
            chances = reader.read(example.question, example.sentences).sentences
            ranked = sorted(range(len(chances)), key=lambda row: -chances[row])[:MAX_QUOTES]
            selected = {row for row in ranked if chances[row] >= share * max(chances)}
            right = len(selected & example.answers)
            weight = 1 / (len(answered) * len(groups))
            sums["any"] += weight * bool(right)
            sums["precision"] += weight * right / len(selected)
            sums["recall"] += weight * right / len(example.answers)
    return sums


def average_figures(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each figure over the sets, each of which counts the same."""
    return {
        key: sum(row[key] for row in figures.values()) / len(figures)
        for key in ("right", "auroc", "loss")
    }


def is_for_choice(article: str) -> bool:
    """Return whether a held-out document is for choosing weights, and not for the figures."""
    return int(sha256(f"choice {article}".encode()).hexdigest(), 16) % 2 == 0


def read_examples(cache: Path, folder: Path) -> list[Example]:
    """Return the examples of the open sets; make them unless a file has them."""
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            asdict(example) | {"answers": sorted(example.answers)}
            for example in make_open_examples(folder)
        ]
        cache.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return [_parse_example(line) for line in cache.read_text(encoding="utf-8").splitlines()]


def _parse_example(line: str) -> Example:
    row: dict[str, Any] = json.loads(line)
    return Example(
        row["question"],
        tuple(Sentence(*fields) for fields in row["sentences"]),
        frozenset(row["answers"]),
        row["article"],
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of squad2.*.jsonl and clapnq.*.jsonl")
    arguments.add_argument("open_data", type=Path, help="folder of the openly licensed sets")
    arguments.add_argument("--weights", type=Path, default=READER_WEIGHTS, help="replaced")
    arguments.add_argument("--runs", type=Path, default=Path("results"))
    add_recipe_options(arguments, RECIPE)
    arguments.add_argument(
        "--measure", action="store_true", help="train nothing: print the figures of --weights"
    )
    options = arguments.parse_args()
    examples = read_examples(options.runs / "reader-examples.jsonl", options.open_data)
    examples += make_examples(options.data)
    held_out = [example for example in examples if is_held_out(example.article)]
    choice = group_by_set([row for row in held_out if is_for_choice(row.article)])
    judged = group_by_set([row for row in held_out if not is_for_choice(row.article)])
    if not options.measure:
        trained = [example for example in examples if not is_held_out(example.article)]
        refined = options.runs / "reader-refined.safetensors"
        if not refined.exists():
            recipe = Recipe(options.minutes, options.rate, options.batch, options.passes)
            refine(trained, options.weights, refined, recipe)

        def fit(network: Any) -> tuple[float, dict[str, float]]:
            figures = average_figures(measure(Reader.from_network(network), choice))
            return figures["loss"], figures

        network, _ = choose_mixture(load_network(options.weights), load_network(refined), fit)
        save_weights(network, options.weights)
    figures_by_set = measure(Reader(options.weights), judged)
    for name, row in figures_by_set.items():
        print(name, row)
    print("mean", average_figures(figures_by_set))
    for share in SELECTION_SHARES:
        print("selection", share, measure_selection(Reader(options.weights), judged, share))


if __name__ == "__main__":
    main()
