"""Train a network on batches within a given time, and resume an interrupted run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch

__all__ = ["train_within"]

Example = TypeVar("Example")
STEPS_PER_SAVE = 100
STEPS_PER_REPORT = 20
WEIGHT_DECAY = 0.01
MAX_NORM = 1.0  # of the gradient


def train_within(
    network: Any,
    batches: Sequence[Sequence[Example]],
    compute_loss: Callable[[Any, Sequence[Example]], torch.Tensor],
    state_file: Path,
    *,
    minutes: float,
    rate: float,
    warm_up: float,
) -> None:
    """Train the parameters that require a gradient, with AdamW and bfloat16.

    The learning rate rises during the warm-up, then falls linearly. It reaches zero after the last
    batch or when the time is up, whichever comes first. The state is saved every few minutes. If
    the state file exists, training resumes from it.

    Args:
        batches: of examples, each a step.
        compute_loss: returns the loss of a batch, a scalar.
        state_file: the network, the optimizer and the number of steps that were made.
        minutes: the time that all runs together may take.
        rate: the highest learning rate.
        warm_up: share of the training.
    """
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=WEIGHT_DECAY)
    done, elapsed, average = 0, 0.0, 0.0
    if state_file.exists():
        state = torch.load(state_file)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        done, elapsed = state["step"], state["elapsed"]
    network.train()
    started = time.monotonic() - elapsed
    for step, batch in enumerate(batches[done:], done + 1):
        elapsed = time.monotonic() - started
        progress = max(step / len(batches), elapsed / (60 * minutes))
        if progress >= 1 and step < len(batches):
            break
        current = rate * min(progress / warm_up, (1 - progress) / (1 - warm_up))
        optimizer.param_groups[0]["lr"] = current
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = compute_loss(network, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, MAX_NORM)
        optimizer.step()
        average = loss.item() if not average else 0.98 * average + 0.02 * loss.item()
        if step % STEPS_PER_REPORT == 0:
            print(
                f"step {step} of {len(batches)}, loss {average:.3f}, rate {current:.1e}, "
                f"{elapsed:.0f} s",
                flush=True,
            )
        if step % STEPS_PER_SAVE == 0:
            _save_state(state_file, network, optimizer, step, elapsed)
    _save_state(state_file, network, optimizer, len(batches), elapsed)
    network.eval()


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
