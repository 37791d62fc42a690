"""Quantize the bundled model's matrices to eight-bit integers with one scale for each row.

Processors multiply this format fastest. The registry's matrices have four to six bits in blocks of
16 and 32 with a scale for each block, which cost more to unpack than to multiply. The adapter's
updates are added first, so they cost nothing at run time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.models.adapter import FIRST_LAYER, LAYER_COUNT, LINEAR_MODULES, UPDATE_SCALE

__all__ = ["OPENVINO_PROPERTIES", "quantize"]

# In single precision, openvino rounds the activations to eight bits, in groups of 128 numbers. In
# bfloat16, its default on a processor that has it, each new token takes half as long again.
OPENVINO_PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "128"}
_MAX_INTEGER = 127  # eight bits, symmetric around zero


def quantize(
    source: Path,
    target: Path,
    adapter: Path | None,
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Write the quantized graph of `source` (an OpenVINO `.xml`) to `target`.

    Args:
        adapter: file of updates to add to the matrices; None: none.
        progress: called with the share that is done, 0 to 1.

    Raises:
        ValueError: the graph is that of another model, or the adapter does not fit.
        KeyError: the adapter lacks an update.
    """
    import openvino
    from safetensors.numpy import load_file

    updates = load_file(adapter) if adapter else {}
    model = openvino.Core().read_model(source)
    products = _find_products(model)
    if len(products) != LAYER_COUNT * len(LINEAR_MODULES) + 1:
        raise ValueError(
            f"the graph has {len(products)} products with a matrix, "
            f"not {LAYER_COUNT * len(LINEAR_MODULES) + 1}"
        )
    for number, product in enumerate(products):
        matrix = _unpack_matrix(product.input_value(1))
        layer, linear = divmod(number, len(LINEAR_MODULES))
        if updates and FIRST_LAYER <= layer < LAYER_COUNT:
            matrix += _compute_update(updates, f"{layer}.{LINEAR_MODULES[linear]}", matrix.shape)
        product.input(1).replace_source_output(_quantize_matrix(matrix))
        progress(number / len(products))
    model.validate_nodes_and_infer_types()
    openvino.save_model(model, target, compress_to_fp16=False)


def _find_products(model: Any) -> list[Any]:
    """Return the products with a constant matrix: seven of each layer in order, then the logits.

    They are sorted by the number in their names, which is the order of their creation.
    """
    products = [
        node
        for node in model.get_ordered_ops()
        if node.get_type_name() == "MatMul" and node.input_value(1).get_partial_shape().is_static
    ]
    return sorted(products, key=lambda node: int(node.get_friendly_name().rsplit("_", 1)[1]))


def _unpack_matrix(matrix: Any) -> Any:
    """Return a packed matrix of the graph as single-precision numbers of shape (out, in)."""
    import openvino

    compiled = openvino.compile_model(
        openvino.Model([matrix], []), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    return compiled([])[0]


def _compute_update(updates: dict[str, Any], name: str, shape: tuple[int, int]) -> Any:
    down, up = updates[f"{name}.down"].astype("float32"), updates[f"{name}.up"].astype("float32")
    if (up.shape[0], down.shape[1]) != shape:
        raise ValueError(f"{name} has another shape")
    return UPDATE_SCALE * (up @ down)


def _quantize_matrix(matrix: Any) -> Any:
    """Return the graph output of a quantized matrix: integers times one scale for each row."""
    import numpy as np
    from openvino import opset13

    scales = np.abs(matrix).max(axis=1, keepdims=True) / _MAX_INTEGER
    scales = np.maximum(scales, np.finfo(np.float16).tiny).astype(np.float16)
    integers = np.clip(np.rint(matrix / scales), -_MAX_INTEGER, _MAX_INTEGER).astype(np.int8)
    product = opset13.multiply(
        opset13.convert(opset13.constant(integers), "f16"), opset13.constant(scales)
    )
    return opset13.convert(product, "f32").output(0)
