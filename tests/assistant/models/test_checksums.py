"""Test that a flipped byte in a converted model is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant import ModelError
from assistant.models import conversion
from assistant.models.checksums import CHECKSUMS_NAME, find_damaged_file, write_checksums
from assistant.models.openvino import _Engine

pytestmark = pytest.mark.unit

FILES = {"openvino_model.bin": b"weights" * 1_000, "openvino_tokenizer.bin": b"tokens" * 100}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a cache with a model in the form that the conversion leaves."""
    folder = conversion.model_folder(tmp_path)
    folder.mkdir(parents=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    write_checksums(folder)
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    (folder / "manifest.json").write_text(json.dumps(sizes))
    return tmp_path


def flip_byte(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_whole_model_is_used(cache: Path) -> None:
    folder = conversion.model_folder(cache)
    assert find_damaged_file(folder) is None
    assert conversion.prepare_model(cache, parts=[]) == folder


@pytest.mark.parametrize("name", [*FILES, CHECKSUMS_NAME])
def test_flipped_byte_is_found_and_model_converted_again(
    cache: Path, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = conversion.model_folder(cache)
    flip_byte(folder / name)
    assert conversion.is_ready(cache)  # every size is right
    assert find_damaged_file(folder)
    part = tmp_path / "part"
    part.write_bytes(b"not the official file")
    with pytest.raises(ModelError, match="not the official file"):  # it tried to convert
        conversion.prepare_model(cache, parts=[part])
    assert "is damaged" in caplog.text
    assert not folder.exists()


def test_byte_flipped_while_running_is_found_by_its_time(cache: Path) -> None:
    folder = conversion.model_folder(cache)
    assert find_damaged_file(folder) is None
    flip_byte(folder / "openvino_model.bin")
    assert find_damaged_file(folder) == folder / "openvino_model.bin"


def test_model_of_an_earlier_version_gets_checksums(cache: Path) -> None:
    folder = conversion.model_folder(cache)
    (folder / CHECKSUMS_NAME).unlink()
    assert find_damaged_file(folder) is None
    flip_byte(folder / "openvino_tokenizer.bin")
    assert find_damaged_file(folder) == folder / "openvino_tokenizer.bin"


def test_missing_file_is_damage(cache: Path) -> None:
    folder = conversion.model_folder(cache)
    (folder / "openvino_model.bin").unlink()
    assert find_damaged_file(folder) == folder / "openvino_model.bin"


def test_failure_of_the_tokenizer_is_a_model_error(tmp_path: Path) -> None:
    class Tokenizer:
        def apply_chat_template(self, turns: object, add_generation_prompt: bool) -> str:
            raise RuntimeError("Check 'x' failed at src/core.cpp:99:\nbad vocabulary")

    engine = object.__new__(_Engine)
    engine._folder, engine._tokenizer = tmp_path, Tokenizer()
    with pytest.raises(ModelError, match=f"{tmp_path} failed .*bad vocabulary"):
        engine.prompt([])
