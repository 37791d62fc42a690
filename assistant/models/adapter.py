"""The embedded model's adapter: small trained updates of its linear layers (Hu et al., LoRA, 2021), grafted onto its graph.

`training.adapter` makes it. Only the updates are shipped; the weights that they change are the registry's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["ADAPTER", "FIRST_LAYER", "LAYERS", "LINEAR", "SCALE", "graft", "name_of"]

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


def graft(source: Path, target: Path, adapter: Path = ADAPTER) -> None:
    """Write the graph at `source` (an OpenVINO `.xml`) with the adapter's updates to `target`. Raises ValueError if it does not fit."""
    import numpy as np
    import openvino
    from openvino import opset13
    from safetensors.numpy import load_file

    updates = load_file(adapter)
    model = openvino.Core().read_model(source)
    layers = _linear_layers(model)
    if len(layers) != LAYERS * len(LINEAR):
        raise ValueError(f"the graph has {len(layers)} linear layers, not {LAYERS * len(LINEAR)}")
    for number, product in enumerate(layers):
        if number < FIRST_LAYER * len(LINEAR):
            continue
        name = f"{number // len(LINEAR)}.{LINEAR[number % len(LINEAR)]}"
        down, up = updates[f"{name}.down"], updates[f"{name}.up"]
        if (up.shape[0], down.shape[1]) != tuple(product.input_value(1).get_shape()):
            raise ValueError(f"{name} has another shape")
        readers = list(product.output(0).get_target_inputs())
        narrow = opset13.matmul(product.input_value(0), _constant(opset13, down), False, True)
        update = opset13.matmul(narrow, _constant(opset13, (up * np.float16(SCALE)).astype(np.float16)), False, True)
        whole = opset13.add(product.output(0), update)
        for reader in readers:
            reader.replace_source_output(whole.output(0))
    model.validate_nodes_and_infer_types()
    openvino.save_model(model, target, compress_to_fp16=False)


def _constant(opset: Any, values: Any) -> Any:
    return opset.convert(opset.constant(values), "f32")


def _linear_layers(model: Any) -> list[Any]:
    """Of each block the seven, in order: products with a constant matrix, by the number in their names, in which they were made.

    The last one of all gives the logits.
    """
    found = [
        node
        for node in model.get_ordered_ops()
        if node.get_type_name() == "MatMul" and node.input_value(1).get_partial_shape().is_static
    ]
    return sorted(found, key=lambda node: int(node.get_friendly_name().rsplit("_", 1)[1]))[:-1]
