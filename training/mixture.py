"""Mix the weights of a network before and after further training.

A network between both is often better than either on texts of kinds that it was not trained on
(Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

import torch

__all__ = ["SHARES", "choose_mixture", "mix_networks"]

SHARES = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)  # of the weights after, which are tried
Fitted = TypeVar("Fitted")


def mix_networks(before: Any, after: Any, share: float) -> Any:
    """Return a mixture of two networks with the same weights by name.

    Args:
        before: the network before further training.
        after: the one after it.
        share: of the weights after; the rest is of those before.
    """
    mixture = deepcopy(after)
    old = before.state_dict()
    mixture.load_state_dict(
        {
            name: torch.lerp(old[name].float(), value.float(), share)
            for name, value in after.state_dict().items()
        }
    )
    return mixture


def choose_mixture(
    before: Any, after: Any, fit: Callable[[Any], tuple[float, Fitted]]
) -> tuple[Any, Fitted]:
    """Return the mixture with the least loss, and what was fitted for it.

    Args:
        before: the network before further training.
        after: the one after it.
        fit: returns a network's loss and what else it fits.
    """
    tries = []
    for share in SHARES:
        loss, fitted = fit(mix_networks(before, after, share))
        print(f"share {share} of the new weights: loss {loss:.4f}, {fitted}", flush=True)
        tries.append((loss, share, fitted))
    _, share, fitted = min(tries, key=lambda row: row[0])
    return mix_networks(before, after, share), fitted
