"""The embedded model's matrices quantized to eight-bit integers with one scale for each row, as processors multiply them fastest.

The registry's have four to six bits in blocks of 16 and 32 with scales of their own, which cost more to unpack than to multiply. Its
adapter's updates are added to them first: they cost nothing then.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .adapter import FIRST_LAYER, LAYERS, LINEAR, SCALE

__all__ = ["PROPERTIES", "quantize"]

# With which openvino computes what is quantized here. It rounds to eight bits what it multiplies the matrices with, 128 numbers at a time,
# if it is to compute in single precision; in bfloat16, its default where a processor has it, each new token takes half as long again.
PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "128"}
_LARGEST = 127  # of an eight-bit integer, on either side of zero


def quantize(source: Path, target: Path, adapter: Path | None, progress: Callable[[float], None] = lambda share: None) -> None:
    """Write the graph at `source` (an OpenVINO `.xml`) to `target`, quantized, with the adapter's updates if there are any.

    Args:
        progress: is told how far it is, 0 to 1.

    Raises ValueError if it is another model's, or the adapter does not fit.
    """
    import openvino
    from safetensors.numpy import load_file

    updates = load_file(adapter) if adapter else {}
    model = openvino.Core().read_model(source)
    products = _products(model)
    if len(products) != LAYERS * len(LINEAR) + 1:
        raise ValueError(f"the graph has {len(products)} products with a matrix, not {LAYERS * len(LINEAR) + 1}")
    for number, product in enumerate(products):
        matrix = _values(product.input_value(1))
        layer, linear = divmod(number, len(LINEAR))
        if updates and FIRST_LAYER <= layer < LAYERS:
            matrix += _update(updates, f"{layer}.{LINEAR[linear]}", matrix.shape)
        product.input(1).replace_source_output(_quantized(matrix))
        progress(number / len(products))
    model.validate_nodes_and_infer_types()
    openvino.save_model(model, target, compress_to_fp16=False)


def _products(model: Any) -> list[Any]:
    """Those with a constant matrix, by the number in their names, in which they were made: of each block seven, then the logits."""
    found = [
        node
        for node in model.get_ordered_ops()
        if node.get_type_name() == "MatMul" and node.input_value(1).get_partial_shape().is_static
    ]
    return sorted(found, key=lambda node: int(node.get_friendly_name().rsplit("_", 1)[1]))


def _values(matrix: Any) -> Any:
    """(out, in) single-precision numbers of a matrix that the graph unpacks."""
    import openvino

    unpacking = openvino.compile_model(openvino.Model([matrix], []), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return unpacking([])[0]


def _update(updates: dict[str, Any], name: str, shape: tuple[int, int]) -> Any:
    down, up = updates[f"{name}.down"].astype("float32"), updates[f"{name}.up"].astype("float32")
    if (up.shape[0], down.shape[1]) != shape:
        raise ValueError(f"{name} has another shape")
    return SCALE * (up @ down)


def _quantized(matrix: Any) -> Any:
    """The graph's output for a matrix, each row of which is integers times its scale."""
    import numpy as np
    from openvino import opset13

    scales = np.abs(matrix).max(axis=1, keepdims=True) / _LARGEST
    scales = np.maximum(scales, np.finfo(np.float16).tiny).astype(np.float16)
    integers = np.clip(np.rint(matrix / scales), -_LARGEST, _LARGEST).astype(np.int8)
    product = opset13.multiply(opset13.convert(opset13.constant(integers), "f16"), opset13.constant(scales))
    return opset13.convert(product, "f32").output(0)
