"""Train the verifier, which judges statements against their evidence: `make verifier`.

One pass over the examples, the claims twice, or what `--minutes` allow. With
`--start`, the new weights are mixed with the old ones. A fifth of the documents is held out: the
temperature, the mixture and the threshold are fitted on half of them, and
`python -m evaluation.verification` measures on the other half.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from assistant.models.cross_encoder import quantize_weights
from assistant.pipeline.verification.verifier import (
    CLASSES,
    VERIFIER_WEIGHTS,
    Verifier,
    load_network,
)
from training.mixture import choose_mixture
from training.schedule import (
    Recipe,
    add_recipe_options,
    make_length_batches,
    prepare_network,
    train_within,
)
from training.verifier_data import CLAIM_SETS, LABELS, Example, make_examples, split_examples

__all__ = [
    "compute_probabilities",
    "find_threshold",
    "fit_temperature",
    "is_calibration",
    "train",
]

RECIPE = Recipe(minutes=45, rate=3e-4, batch=32, warm_up=0.06)
CLAIM_PASSES = 2  # claims that people wrote are fewer than the others, and harder
# Shares of the frequent and easy kinds that are trained on, which balances the classes.
SHARES = {
    "copy": 0.5,
    "paraphrase": 0.8,
    "added detail": 0.4,
    "name": 0.5,
    "negation": 0.6,
    "quantifier": 0.6,
    "tense": 0.6,
}
# Kinds that take word order to tell from the truth, and how often they are seen. Each time a true
# statement with the same evidence goes with them.
HARD_PASSES = {
    "swapped names": 4,
    "swapped numbers": 4,
    "other name": 2,
    "corrected later": 2,
    "altered question": 2,
    "cause": 4,
}
# Shares of the examples of a single pass, by characters at most: a long one costs more time.
# Several passes, which take a graphics card, have all.
LENGTH_SHARES = ((450, 1.0), (700, 0.3), (10_000, 0.15))
SHORT_CHARACTERS = 330
SHORT_FIRST_SHARE = 0.06  # of the evidence, with which the training begins
MAX_FALSE_ALARMS = 0.03  # share of supported statements that the threshold may stop
CALIBRATION_EXAMPLES = 2_000


def train(
    examples: Sequence[Example],
    target: Path,
    recipe: Recipe,
    start: Path | None = None,
    seed: int = 0,
) -> Any:
    """Train the network and return it. Resume from `target` if it is there.

    Args:
        examples: statements with their evidence.
        target: file of the state of the training, saved every few minutes.
        recipe: how it is trained.
        start: trained weights to begin with; None for those of the registry's package.
        seed: of the order of the examples.
    """
    torch.manual_seed(seed)
    network = prepare_network(load_network(start), recipe)
    batches = [
        batch
        for number in range(recipe.passes)
        for batch in _make_batches(
            examples, recipe.batch, seed + number, with_long=recipe.passes > 1
        )
    ]
    train_within(network, batches, _encode, _compute_loss, target, recipe)
    return network.cpu()


def _make_batches(
    examples: Sequence[Example], batch_size: int, seed: int, *, with_long: bool
) -> Iterator[list[Example]]:
    """Yield batches of examples of similar length; at first short ones, which teach to compare.

    A statement and its altered form have the same evidence and go into one batch, mostly.
    """
    chance = random.Random(seed)
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        count = CLAIM_PASSES if example.source in CLAIM_SETS else 1
        size = _count_characters(example)
        share = next(share for limit, share in LENGTH_SHARES if with_long or size <= limit)
        if chance.random() < SHARES.get(example.kind, 1) * (1 if count > 1 else share):
            for number in range(count):
                groups[f"{number} {example.evidence}"].append(example)
    for name, rows in list(groups.items()):
        true = [row for row in rows if row.is_supported]
        for number in range(1, max(HARD_PASSES.get(row.kind, 1) for row in rows)):
            hard = [row for row in rows if HARD_PASSES.get(row.kind, 1) > number]
            groups[f"hard {number} {name}"] = hard + true[: len(hard)]
    order = chance.sample(sorted(groups), len(groups))
    short = [name for name in order if _count_characters(groups[name][0]) <= SHORT_CHARACTERS]
    short = short[: int(SHORT_FIRST_SHARE * len(order))]
    first = set(short)
    order = short + [name for name in order if name not in first]
    rows = [example for name in order for example in groups[name]]
    yield from make_length_batches(rows, batch_size, _count_characters, chance)


def _count_characters(example: Example) -> int:
    return len(example.question) + len(example.statement) + len(example.evidence)


def _encode(network: Any, batch: Sequence[Example]) -> dict[str, Any]:
    """Return the tokens of a batch, and which classes each label allows."""
    allowed = [[name in LABELS[row.label] for name in CLASSES] for row in batch]
    return {
        "tokens": network.encode([_make_pair(example) for example in batch]),
        "allowed": torch.tensor(allowed),
    }


def _compute_loss(network: Any, inputs: dict[str, Any]) -> torch.Tensor:
    """Return the mean cross entropy, a scalar; a label may allow several classes."""
    logs = torch.log_softmax(network(inputs["tokens"]).float(), dim=1)
    return -torch.logsumexp(logs.masked_fill(~inputs["allowed"], -torch.inf), dim=1).mean()


def _make_pair(example: Example) -> tuple[str, str]:
    return f"{example.question} {example.statement}".strip(), example.evidence


def save_weights(network: Any, target: Path, temperature: float = 1.0) -> None:
    """Save the weights that training changed, eight bits each; scores divided by a temperature."""
    state = {
        name: value.detach() / (temperature if name.startswith("score.") else 1.0)
        for name, value in network.state_dict().items()
        if not name.startswith("encoder.embeddings.")
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(quantize_weights(state, "score.weight"), target)


def is_calibration(group: str) -> bool:
    """Return whether held-out documents are for fitting, and not for the figures."""
    return int(sha256(f"calibration {group}".encode()).hexdigest(), 16) % 2 == 0


def compute_probabilities(verifier: Verifier, examples: Sequence[Example]) -> np.ndarray:
    """Return the probabilities of the classes for each example; shape `(examples, 3)`."""
    rows = [(example.question, example.statement, example.evidence) for example in examples]
    return np.array(verifier.judge(rows)).reshape(-1, len(CLASSES))


def fit_temperature(probabilities: np.ndarray, supported: np.ndarray) -> tuple[float, float]:
    """Return the least log loss of "supported", and the temperature that has it.

    See Guo et al., "On calibration of modern neural networks", 2017.

    Args:
        probabilities: of the classes, shape `(examples, 3)`.
        supported: whether each example is supported.
    """
    logits = np.log(np.clip(probabilities, 1e-12, 1))
    best = (np.inf, 1.0)
    for temperature in np.arange(0.5, 4.01, 0.05):
        scaled = logits / temperature
        scaled -= scaled.max(1, keepdims=True)
        chances = np.exp(scaled[:, 0]) / np.exp(scaled).sum(1)
        right = np.clip(np.where(supported, chances, 1 - chances), 1e-9, 1)
        best = min(best, (float(-np.log(right).mean()), float(temperature)))
    return best


def find_threshold(
    chances: np.ndarray, supported: np.ndarray, share: float = MAX_FALSE_ALARMS
) -> float:
    """Return the probability below which a given share of the supported statements lies."""
    return float(np.quantile(chances[supported], share))


def read_examples(cache: Path, data: Path) -> list[Example]:
    """Return the examples; make them unless a file has them."""
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(asdict(example)) for example in make_examples(data)]
        cache.write_text("\n".join(lines), encoding="utf-8")
    return [Example(**json.loads(line)) for line in cache.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of *.claims.jsonl, *.questions.jsonl")
    arguments.add_argument("--out", type=Path, default=VERIFIER_WEIGHTS)
    arguments.add_argument(
        "--runs", type=Path, default=Path("results"), help="folder of the state of the training"
    )
    add_recipe_options(arguments, RECIPE)
    arguments.add_argument(
        "--start", type=Path, help="trained weights to go on with (default: the registry's)"
    )
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    examples = read_examples(options.runs / "verifier-examples.jsonl", options.data)
    trained, held_out = split_examples(examples)
    calibration = [row for row in held_out if is_calibration(row.group)]
    calibration = random.Random(0).sample(calibration, min(CALIBRATION_EXAMPLES, len(calibration)))
    print(f"{len(trained)} examples, {len(held_out)} held out", flush=True)
    state = options.runs / "verifier.state"
    recipe = Recipe(options.minutes, options.rate, options.batch, options.passes, RECIPE.warm_up)
    network = train(trained, state, recipe, options.start, options.seed)
    supported = np.array([example.is_supported for example in calibration])

    def fit(network: Any) -> tuple[float, float]:
        probabilities = compute_probabilities(Verifier.from_network(network), calibration)
        return fit_temperature(probabilities, supported)

    if options.start:
        network, temperature = choose_mixture(load_network(options.start), network, fit)
    else:
        _, temperature = fit(network)
    save_weights(network, options.out, temperature)
    # An interrupted training resumes from the state; the next one does not.
    state.unlink()
    chances = compute_probabilities(Verifier(options.out), calibration)[:, 0]
    print(
        f"temperature {temperature:.2f}; {MAX_FALSE_ALARMS:.0%} of the supported statements are "
        f"below {find_threshold(chances, supported):.3f}"
    )


if __name__ == "__main__":
    main()
