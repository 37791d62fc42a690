"""Train a network on batches within a given time, and resume an interrupted run."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

__all__ = [
    "Recipe",
    "add_recipe_options",
    "choose_device",
    "make_length_batches",
    "prepare_network",
    "train_within",
]

Example = TypeVar("Example")
SECONDS_PER_SAVE = 240
STEPS_PER_REPORT = 20
WEIGHT_DECAY = 0.01
MAX_NORM = 1.0  # of the gradient
ENCODING_PROCESSES = 4  # beside a graphics card, which waits for nothing then
BATCHES_PER_BUCKET = 40  # batches of which each has examples of similar length
DROPOUT = 0.1  # of a network that sees an example several times


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    minutes: float  # the time that all runs together may take
    rate: float  # the highest learning rate
    batch: int  # examples of a step
    passes: int = 1  # over the examples
    warm_up: float = 0.05  # share of the training


def add_recipe_options(arguments: argparse.ArgumentParser, default: Recipe) -> None:
    """Add the options of a recipe to a command."""
    arguments.add_argument(
        "--minutes", type=float, default=default.minutes, help="the time that it may take"
    )
    arguments.add_argument("--rate", type=float, default=default.rate)
    arguments.add_argument("--batch", type=int, default=default.batch)
    arguments.add_argument("--passes", type=int, default=default.passes)


def choose_device() -> torch.device:
    """Return the graphics card if there is one, or the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def prepare_network(network: Any, recipe: Recipe) -> Any:
    """Move a network to the device; keep its word embeddings, which are not bundled, as they are.

    A network that sees each example once needs no dropout.
    """
    network = network.float().to(choose_device())
    network.encoder.embeddings.requires_grad_(False)
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = DROPOUT if recipe.passes > 1 else 0.0
    return network


def make_length_batches(
    examples: Sequence[Example],
    batch_size: int,
    measure: Callable[[Example], int],
    chance: random.Random,
) -> Iterator[list[Example]]:
    """Yield batches of examples of similar length, so that little of them is padding.

    Args:
        examples: in the order of the training.
        batch_size: examples of a batch.
        measure: returns the length of an example.
        chance: shuffles the batches that are near each other.
    """
    size = batch_size * BATCHES_PER_BUCKET
    for start in range(0, len(examples), size):
        bucket = sorted(examples[start : start + size], key=measure)
        batches = [bucket[row : row + batch_size] for row in range(0, len(bucket), batch_size)]
        yield from chance.sample(batches, len(batches))


def train_within(
    network: Any,
    batches: Sequence[Sequence[Example]],
    encode: Callable[[Any, Sequence[Example]], Any],
    compute_loss: Callable[[Any, Any], torch.Tensor],
    state_file: Path,
    recipe: Recipe,
) -> None:
    """Train the parameters that require a gradient, with AdamW and bfloat16.

    The learning rate rises during the warm-up, then falls linearly. It reaches zero after the last
    batch or when the time is up, whichever comes first. The state is saved every few minutes. If
    the state file exists, training resumes from it.

    Args:
        network: from `prepare_network`.
        batches: of examples, each a step.
        encode: returns what `compute_loss` takes: tensors of a batch, in a list or a dictionary.
        compute_loss: returns the loss of an encoded batch, a scalar.
        state_file: the network, the optimizer and the number of steps that were made.
        recipe: its time and its learning rate are used.
    """
    device = next(network.parameters()).device
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=recipe.rate, weight_decay=WEIGHT_DECAY)
    done, elapsed = 0, 0.0
    if state_file.exists():
        state = torch.load(state_file, map_location=device)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        done, elapsed = state["step"], state["elapsed"]
    network.train()
    average: torch.Tensor | None = None
    started = time.monotonic() - elapsed
    saved = elapsed
    for step, inputs in enumerate(_encode_batches(network, batches[done:], encode), done + 1):
        elapsed = time.monotonic() - started
        progress = max(step / len(batches), elapsed / (60 * recipe.minutes))
        if progress >= 1 and step < len(batches):
            break
        rate = recipe.rate * min(progress / recipe.warm_up, (1 - progress) / (1 - recipe.warm_up))
        optimizer.param_groups[0]["lr"] = rate
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = compute_loss(network, _move(inputs, device))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, MAX_NORM)
        optimizer.step()
        loss = loss.detach()
        average = loss if average is None else 0.98 * average + 0.02 * loss
        if step % STEPS_PER_REPORT == 0:
            print(
                f"step {step} of {len(batches)}, loss {average.item():.3f}, rate {rate:.1e}, "
                f"{elapsed:.0f} s",
                flush=True,
            )
        if elapsed - saved > SECONDS_PER_SAVE:
            _save_state(state_file, network, optimizer, step, elapsed)
            saved = elapsed
    _save_state(state_file, network, optimizer, len(batches), elapsed)
    network.eval()


class _EncodedBatches(Dataset[Any]):  # type: ignore[misc]
    """The batches as tensors, encoded when they are asked for."""

    def __init__(
        self, network: Any, batches: Sequence[Any], encode: Callable[[Any, Any], Any]
    ) -> None:
        self._network = network
        self._batches = batches
        self._encode = encode

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, number: int) -> Any:
        return self._encode(self._network, self._batches[number])


def _encode_batches(
    network: Any, batches: Sequence[Any], encode: Callable[[Any, Any], Any]
) -> Iterator[Any]:
    """Yield the batches in order, encoded by other processes if a graphics card computes."""
    processes = ENCODING_PROCESSES if choose_device().type == "cuda" else 0
    encoded = _EncodedBatches(network, batches, encode)
    yield from DataLoader(encoded, batch_size=None, num_workers=processes)


def _move(inputs: Any, device: torch.device) -> Any:
    """Return tensors, or lists and dictionaries of tensors, on a device."""
    if isinstance(inputs, torch.Tensor):
        return inputs.to(device, non_blocking=True)
    if isinstance(inputs, dict):
        return {name: _move(value, device) for name, value in inputs.items()}
    return [_move(value, device) for value in inputs]


def _save_state(
    state_file: Path, network: Any, optimizer: torch.optim.Optimizer, step: int, elapsed: float
) -> None:
    part = state_file.with_suffix(".part")
    state = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "elapsed": elapsed,
    }
    torch.save(state, part)
    part.replace(state_file)
