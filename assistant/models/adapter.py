"""The embedded model's adapter: small trained updates of its linear layers (Hu et al., LoRA, 2021).

`training.adapter` makes it, `quantizing` adds it to the weights. Only the updates are shipped; what they change is the registry's.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["ADAPTER", "FIRST_LAYER", "LAYERS", "LINEAR", "SCALE", "name_of"]

ADAPTER = Path(__file__).parents[1] / "weights" / "adapter.safetensors"
LAYERS = 28
FIRST_LAYER = 8  # of those that are changed: training is a fifth faster than with all
# In the order in which the converted graph computes them.
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
SCALE = 2.0  # of an update; LoRA's alpha divided by its rank


def name_of(layer: int, linear: str) -> str:
    """The module's name in transformers."""
    part = "self_attn" if linear in LINEAR[:4] else "mlp"
    return f"model.layers.{layer}.{part}.{linear}"
