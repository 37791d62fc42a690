"""Describe the bundled model's adapter: low-rank updates of its linear layers.

The method is LoRA (Hu et al., 2021). `training.adapter` makes the adapter, and `quantization` adds
it to the weights. Only the updates are shipped with this package; the weights come from the
registry.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "ADAPTER_PATH",
    "FIRST_LAYER",
    "LAYER_COUNT",
    "LINEAR_MODULES",
    "UPDATE_SCALE",
    "module_name",
]

ADAPTER_PATH = Path(__file__).parents[1] / "weights" / "adapter.safetensors"
LAYER_COUNT = 28
FIRST_LAYER = 8  # first layer with updates; training is a fifth faster than with all layers
# In the order in which the converted graph computes them.
LINEAR_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
UPDATE_SCALE = 2.0  # factor of an update: LoRA's alpha divided by its rank


def module_name(layer: int, linear: str) -> str:
    """Return the name that transformers gives to a linear module of a layer."""
    block = "self_attn" if linear in LINEAR_MODULES[:4] else "mlp"
    return f"model.layers.{layer}.{block}.{linear}"
