"""Test the loading of trained weights into a network."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from assistant import ModelError
from assistant.models.cross_encoder import load_trained_weights

pytestmark = pytest.mark.unit


def load(network: torch.nn.Module, weights: Path) -> None:
    load_trained_weights(network, weights, name="ranker", required="bias")


def test_trained_weights_replace_those_of_the_network(tmp_path: Path) -> None:
    network = torch.nn.Linear(2, 1)
    before = network.weight.clone()
    save_file({"bias": torch.tensor([0.5], dtype=torch.float16)}, tmp_path / "a.safetensors")
    load(network, tmp_path / "a.safetensors")
    assert network.bias.tolist() == [0.5]
    assert torch.equal(network.weight, before)


@pytest.mark.parametrize(
    "state",
    [
        {"weight": torch.zeros(1, 2)},  # without the required one
        {"bias": torch.zeros(1), "other": torch.zeros(1)},
    ],
)
def test_weights_of_another_network_are_refused(
    tmp_path: Path, state: dict[str, torch.Tensor]
) -> None:
    save_file(state, tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match="they are of another ranker"):
        load(torch.nn.Linear(2, 1), tmp_path / "a.safetensors")


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    save_file({"bias": torch.zeros(3)}, tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match="size mismatch"):
        load(torch.nn.Linear(2, 1), tmp_path / "a.safetensors")
