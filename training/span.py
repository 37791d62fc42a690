"""Train the span reader, which finds the words that answer: `make span`.

One pass over the examples, or what `--minutes` allow. It starts from the reader's layers, which
know what a sentence that answers looks like, or from `--start`; then the new weights are mixed
with the old ones. A fifth of the documents is held
out: the temperature is fitted on half of them, and `python -m evaluation.answer_words` measures on
the other half.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from assistant.models.cross_encoder import dequantize_weights, quantize_weights
from assistant.pipeline.evidence.reader import READER_WEIGHTS
from assistant.pipeline.evidence.span_reader import SPAN_WEIGHTS, load_network
from training.mixture import choose_mixture
from training.reader_refinement import is_for_choice
from training.schedule import (
    Recipe,
    add_recipe_options,
    make_length_batches,
    prepare_network,
    train_within,
)
from training.span_data import SpanExample, make_span_examples
from training.splits import is_held_out

RECIPE = Recipe(minutes=40, rate=3e-4, batch=32)
IGNORED = -100  # a target that is outside the tokens
TEMPERATURES = (0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)
CALIBRATION_EXAMPLES = 1_500


def train(
    examples: Sequence[SpanExample],
    state_file: Path,
    recipe: Recipe,
    start: Path | None = None,
    seed: int = 0,
) -> Any:
    """Train the network and return it. Resume from the state file if it is there.

    Args:
        examples: of a question, a passage and the answer.
        state_file: the state of the training, saved every few minutes.
        recipe: how it is trained.
        start: trained weights to begin with; None for the reader's layers.
        seed: of the order of the examples.
    """
    torch.manual_seed(seed)
    network = load_network(start)
    if start is None:
        encoder = {
            name: value
            for name, value in dequantize_weights(load_file(READER_WEIGHTS)).items()
            if name.startswith("encoder.")
        }
        network.load_state_dict(encoder, strict=False)
    network = prepare_network(network, recipe)
    batches = [
        batch
        for number in range(recipe.passes)
        for batch in _make_batches(examples, recipe.batch, seed + number)
    ]
    train_within(network, batches, _encode, _compute_loss, state_file, recipe)
    return network.cpu()


def _make_batches(
    examples: Sequence[SpanExample], batch_size: int, seed: int
) -> Iterator[list[SpanExample]]:
    chance = random.Random(seed)
    rows = chance.sample(examples, len(examples))
    yield from make_length_batches(rows, batch_size, lambda row: len(row.passage), chance)


def _encode(network: Any, batch: Sequence[SpanExample]) -> dict[str, torch.Tensor]:
    """Return the tokens of a batch, which of them may be the answer's ends, and which are.

    The shapes are `(examples, tokens)` and `(2, examples)`. Tokens of the question and padding
    cannot be the answer.
    """
    inputs = network.encode([(row.question, row.passage, row.title) for row in batch])
    targets = [_find_target(inputs, row, example) for row, example in enumerate(batch)]
    allowed = (inputs["token_type_ids"] * inputs["attention_mask"]).bool()
    allowed[:, 0] = True
    names = ("input_ids", "attention_mask", "token_type_ids")
    tokens = {name: inputs[name] for name in names}
    return {**tokens, "allowed": allowed, "targets": torch.tensor(targets).T}


def _compute_loss(network: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the mean cross entropy of the first and the last token, a scalar."""
    return _average_cross_entropy(_compute_scores(network, inputs), inputs["targets"])


def _compute_scores(network: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the scores of the first and the last token; shape `(2, examples, tokens)`."""
    return torch.stack(network(inputs)).float().masked_fill(~inputs["allowed"], -1e4)


def _average_cross_entropy(
    scores: torch.Tensor, targets: torch.Tensor, temperature: float = 1.0
) -> torch.Tensor:
    losses = [
        torch.nn.functional.cross_entropy(score / temperature, target, ignore_index=IGNORED)
        for score, target in zip(scores, targets, strict=True)
    ]
    return torch.stack(losses).mean()


def _find_target(inputs: Any, row: int, example: SpanExample) -> tuple[int, int]:
    """Return the first and the last token of the answer; the first token of all for none."""
    if example.start < 0:
        return 0, 0
    first = inputs.char_to_token(row, example.start, 1)
    last = inputs.char_to_token(row, example.end - 1, 1)
    if first is None or last is None:
        return IGNORED, IGNORED
    return first, last


def fit_temperature(network: Any, examples: Sequence[SpanExample]) -> tuple[float, float]:
    """Return the least log loss of the first and last token, and the temperature that has it."""
    losses = dict.fromkeys(TEMPERATURES, 0.0)
    with torch.inference_mode():
        for start in range(0, len(examples), RECIPE.batch):
            batch = examples[start : start + RECIPE.batch]
            inputs = _encode(network, batch)
            scores = _compute_scores(network, inputs)
            for temperature in TEMPERATURES:
                loss = float(_average_cross_entropy(scores, inputs["targets"], temperature))
                losses[temperature] += loss * len(batch) / len(examples)
    return min((loss, temperature) for temperature, loss in losses.items())


def save_weights(network: Any, target: Path, temperature: float = 1.0) -> None:
    """Save the weights that training changed, eight bits each; scores divided by a temperature."""
    state = {
        name: value.detach() / (temperature if name.startswith("ends.") else 1.0)
        for name, value in network.state_dict().items()
        if not name.startswith("encoder.embeddings.")
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(quantize_weights(state, "ends.weight"), target)


def read_examples(cache: Path, folder: Path) -> list[SpanExample]:
    """Return the examples; make them unless a file has them."""
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(asdict(example)) for example in make_span_examples(folder)]
        cache.write_text("\n".join(lines), encoding="utf-8")
    return [
        SpanExample(**json.loads(line)) for line in cache.read_text(encoding="utf-8").splitlines()
    ]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of *.questions.jsonl and *.docs.jsonl")
    arguments.add_argument("--out", type=Path, default=SPAN_WEIGHTS)
    arguments.add_argument("--runs", type=Path, default=Path("results"))
    arguments.add_argument(
        "--start", type=Path, help="trained weights to go on with (default: the reader's layers)"
    )
    add_recipe_options(arguments, RECIPE)
    options = arguments.parse_args()
    examples = read_examples(options.runs / "span-examples.jsonl", options.data)
    held_out = [example for example in examples if is_held_out(example.group)]
    trained = [example for example in examples if not is_held_out(example.group)]
    print(f"{len(trained)} examples, {len(held_out)} held out", flush=True)
    state_file = options.runs / "span.state"
    recipe = Recipe(options.minutes, options.rate, options.batch, options.passes)
    network = train(trained, state_file, recipe, options.start)
    choice = [example for example in held_out if is_for_choice(example.group)]

    def fit(network: Any) -> tuple[float, float]:
        return fit_temperature(network, choice[:CALIBRATION_EXAMPLES])

    if options.start:
        network, temperature = choose_mixture(load_network(options.start), network, fit)
    else:
        _, temperature = fit(network)
    print(f"temperature {temperature}", flush=True)
    save_weights(network, options.out, temperature)
    state_file.unlink()  # an interrupted training resumes from the state; the next does not


if __name__ == "__main__":
    main()
