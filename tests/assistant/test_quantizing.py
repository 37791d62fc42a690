"""A quantized graph computes what the one that it was made from does, with the adapter's updates, but for rounding to eight bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest
from openvino import opset13
from safetensors.numpy import save_file

from assistant import ModelError
from assistant.models import weights
from assistant.models.adapter import ADAPTER, FIRST_LAYER, LAYERS, LINEAR, SCALE
from assistant.models.quantizing import quantize

SIZE = 8
PRODUCTS = LAYERS * len(LINEAR) + 1
ROUNDED = 0.6 / 127  # of the largest of a row: half a step, and what its scale is rounded by
RANDOM = np.random.default_rng(0)


def saved(path: Path, matrices: np.ndarray[Any, Any]) -> Path:
    """A graph that multiplies its input with each of the matrices by itself."""
    values = opset13.parameter([-1, SIZE], np.float32)
    products = [opset13.matmul(values, opset13.constant(matrix), False, True) for matrix in matrices]
    openvino.save_model(openvino.Model(products, [values]), path, compress_to_fp16=False)
    return path


@pytest.fixture
def matrices() -> np.ndarray[Any, Any]:
    """With rows of very different sizes, and one of zeros."""
    values = RANDOM.normal(size=(PRODUCTS, SIZE, SIZE)) * np.geomspace(0.01, 10, SIZE)[:, None]
    values[:, 3] = 0
    return values.astype(np.float32)


@pytest.fixture
def graph(tmp_path: Path, matrices: np.ndarray[Any, Any]) -> Path:
    """As many products as the embedded model has, of a little size."""
    return saved(tmp_path / "openvino_model.xml", matrices)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    halves = {"down": (2, SIZE), "up": (SIZE, 2)}
    updates = {
        f"{layer}.{linear}.{half}": RANDOM.normal(size=shape).astype(np.float16)
        for layer in range(FIRST_LAYER, LAYERS)
        for linear in LINEAR
        for half, shape in halves.items()
    }
    save_file(updates, tmp_path / "adapter.safetensors")
    return tmp_path / "adapter.safetensors"


def multiplied(graph: Path) -> np.ndarray[Any, Any]:
    """(products, out, in): the matrices that a graph multiplies with."""
    computing = openvino.Core().compile_model(
        graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0"}
    )
    return np.stack([found.T for found in computing(np.eye(SIZE, dtype=np.float32)).values()])


def largest(matrices: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(np.abs(matrices).max(axis=2, keepdims=True))


def test_each_row_is_rounded_by_its_own_scale(graph: Path, matrices: np.ndarray[Any, Any], tmp_path: Path) -> None:
    quantize(graph, tmp_path / "quantized.xml", None)
    off = np.abs(multiplied(tmp_path / "quantized.xml") - matrices)
    assert (off <= largest(matrices) * ROUNDED + 1e-6).all()
    assert off.max() > 0
    assert (tmp_path / "quantized.bin").stat().st_size < (tmp_path / "openvino_model.bin").stat().st_size / 2


def test_an_adapters_updates_are_added_to_the_layers_that_they_are_of(
    graph: Path, matrices: np.ndarray[Any, Any], adapter: Path, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file

    quantize(graph, tmp_path / "quantized.xml", adapter)
    updates, meant = load_file(adapter), matrices.copy()
    for layer in range(FIRST_LAYER, LAYERS):
        for number, linear in enumerate(LINEAR):
            up, down = (updates[f"{layer}.{linear}.{half}"].astype(np.float32) for half in ("up", "down"))
            meant[layer * len(LINEAR) + number] += SCALE * (up @ down)
    assert np.abs(meant - matrices).max() > 1
    assert (np.abs(multiplied(tmp_path / "quantized.xml") - meant) <= largest(meant) * ROUNDED + 1e-6).all()


def test_progress_is_told(graph: Path, tmp_path: Path) -> None:
    told: list[float] = []
    quantize(graph, tmp_path / "quantized.xml", None, told.append)
    assert len(told) == PRODUCTS
    assert told == sorted(told)
    assert 0 <= told[0] < 0.01 < 0.99 < told[-1] <= 1


def test_a_graph_of_another_model_is_refused(tmp_path: Path, matrices: np.ndarray[Any, Any]) -> None:
    little = saved(tmp_path / "openvino_model.xml", matrices[:1])
    with pytest.raises(ValueError, match="products with a matrix"):
        quantize(little, tmp_path / "quantized.xml", None)
    with pytest.raises(ModelError, match="does not fit"):
        weights._quantize(little, ADAPTER)


def test_what_openvino_cannot_write_is_told_as_that(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*given: object) -> None:
        raise RuntimeError("no space left")

    monkeypatch.setattr(weights, "quantize", full)
    with pytest.raises(ModelError, match=r"no space left\. Free disk"):
        weights._quantize(tmp_path / "openvino_model.xml", ADAPTER)


def test_an_adapter_of_another_model_is_refused(graph: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="another shape"):
        quantize(graph, tmp_path / "quantized.xml", ADAPTER)
    assert not (tmp_path / "quantized.xml").exists()
