"""Test that a quantized graph equals its source plus the adapter, up to rounding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest
from openvino import opset13
from safetensors.numpy import save_file

from assistant import ModelError
from assistant.models import conversion as weights
from assistant.models.adapter import (
    ADAPTER_PATH,
    FIRST_LAYER,
    LAYER_COUNT,
    LINEAR_MODULES,
    UPDATE_SCALE,
)
from assistant.models.quantization import quantize

SIZE = 8
PRODUCTS = LAYER_COUNT * len(LINEAR_MODULES) + 1
# Maximum error, relative to the largest number of a row: half a step and the rounding of its scale.
MAX_ROUNDING_ERROR = 0.6 / 127
RANDOM = np.random.default_rng(0)


def save_graph(path: Path, matrices: np.ndarray[Any, Any]) -> Path:
    """Save a graph that multiplies its input with each of the matrices."""
    values = opset13.parameter([-1, SIZE], np.float32)
    products = [
        opset13.matmul(values, opset13.constant(matrix), False, True) for matrix in matrices
    ]
    openvino.save_model(openvino.Model(products, [values]), path, compress_to_fp16=False)
    return path


@pytest.fixture
def matrices() -> np.ndarray[Any, Any]:
    """Return matrices with rows of very different magnitudes and one row of zeros."""
    values = RANDOM.normal(size=(PRODUCTS, SIZE, SIZE)) * np.geomspace(0.01, 10, SIZE)[:, None]
    values[:, 3] = 0
    return values.astype(np.float32)


@pytest.fixture
def graph(tmp_path: Path, matrices: np.ndarray[Any, Any]) -> Path:
    """Save a graph with as many products as the bundled model, of a small size."""
    return save_graph(tmp_path / "openvino_model.xml", matrices)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    halves = {"down": (2, SIZE), "up": (SIZE, 2)}
    updates = {
        f"{layer}.{linear}.{half}": RANDOM.normal(size=shape).astype(np.float16)
        for layer in range(FIRST_LAYER, LAYER_COUNT)
        for linear in LINEAR_MODULES
        for half, shape in halves.items()
    }
    save_file(updates, tmp_path / "adapter.safetensors")
    return tmp_path / "adapter.safetensors"


def extract_matrices(graph: Path) -> np.ndarray[Any, Any]:
    """Return the matrices of a graph, of shape (products, out, in)."""
    computing = openvino.Core().compile_model(
        graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0"}
    )
    return np.stack([product.T for product in computing(np.eye(SIZE, dtype=np.float32)).values()])


def max_of_rows(matrices: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(np.abs(matrices).max(axis=2, keepdims=True))


def test_each_row_has_its_own_scale(
    graph: Path, matrices: np.ndarray[Any, Any], tmp_path: Path
) -> None:
    quantize(graph, tmp_path / "quantized.xml", None)
    off = np.abs(extract_matrices(tmp_path / "quantized.xml") - matrices)
    assert (off <= max_of_rows(matrices) * MAX_ROUNDING_ERROR + 1e-6).all()
    assert off.max() > 0
    assert (tmp_path / "quantized.bin").stat().st_size < (
        tmp_path / "openvino_model.bin"
    ).stat().st_size / 2


def test_adapter_updates_are_added_to_their_layers(
    graph: Path, matrices: np.ndarray[Any, Any], adapter: Path, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file

    quantize(graph, tmp_path / "quantized.xml", adapter)
    updates, expected = load_file(adapter), matrices.copy()
    for layer in range(FIRST_LAYER, LAYER_COUNT):
        for number, linear in enumerate(LINEAR_MODULES):
            up, down = (
                updates[f"{layer}.{linear}.{half}"].astype(np.float32) for half in ("up", "down")
            )
            expected[layer * len(LINEAR_MODULES) + number] += UPDATE_SCALE * (up @ down)
    assert np.abs(expected - matrices).max() > 1
    assert (
        np.abs(extract_matrices(tmp_path / "quantized.xml") - expected)
        <= max_of_rows(expected) * MAX_ROUNDING_ERROR + 1e-6
    ).all()


def test_quantize_reports_progress(graph: Path, tmp_path: Path) -> None:
    shares: list[float] = []
    quantize(graph, tmp_path / "quantized.xml", None, shares.append)
    assert len(shares) == PRODUCTS
    assert shares == sorted(shares)
    assert 0 <= shares[0] < 0.01 < 0.99 < shares[-1] <= 1


def test_graph_of_other_model_is_refused(tmp_path: Path, matrices: np.ndarray[Any, Any]) -> None:
    small = save_graph(tmp_path / "openvino_model.xml", matrices[:1])
    with pytest.raises(ValueError, match="products with a matrix"):
        quantize(small, tmp_path / "quantized.xml", None)
    with pytest.raises(ModelError, match="does not fit"):
        weights._quantize(small, ADAPTER_PATH)


def test_write_error_of_openvino_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("no space left")

    monkeypatch.setattr(weights, "quantize", fail)
    with pytest.raises(ModelError, match=r"no space left\. Free disk"):
        weights._quantize(tmp_path / "openvino_model.xml", ADAPTER_PATH)


def test_adapter_of_other_model_is_refused(graph: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="another shape"):
        quantize(graph, tmp_path / "quantized.xml", ADAPTER_PATH)
    assert not (tmp_path / "quantized.xml").exists()
