"""`doctor` says what is there, what is missing and what to do; its status tells whether something needed is wrong."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.doctor import Check, _data, _disk, _earlier, _embedded, _memory, _port, _shipped, examine
from assistant.models import weights
from assistant.models.provider import EXTRAS
from assistant.settings import Settings
from index.article import Article
from index.embedding import MiniLM
from index.library import Library


def settings(tmp_path: Path, **other: object) -> Settings:
    return Settings(**{"data": tmp_path / "data", "cache": tmp_path / "cache", "model": "none", "port": 0, **other})  # type: ignore[arg-type]


def test_a_sound_installation_has_nothing_wrong(tmp_path: Path) -> None:
    checks = list(examine(settings(tmp_path)))
    assert [check for check in checks if check.state == "wrong"] == []
    names = {check.name for check in checks}
    assert {"python", "packages", "embeddings", "reader", "adapter", "model", "data", "disk", "memory", "port"} <= names
    assert {f"extra {extra}" for extra in [*EXTRAS.values(), "mcp"]} <= names
    assert not (tmp_path / "data").exists()  # nothing is changed


def test_the_command_prints_a_line_a_check(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--model", "none", "--data", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "ok     data: " in result.stdout


def test_the_command_prints_json_and_ends_with_1_where_something_is_wrong(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--model", "nobody:x", "--data", str(tmp_path), "--json"])
    assert result.exit_code == 1
    wrong = [check for check in json.loads(result.stdout) if check["state"] == "wrong"]
    assert [check["name"] for check in wrong] == ["model"]
    assert "nobody:x" in wrong[0]["todo"]


@pytest.mark.parametrize(("model", "found"), [("http://127.0.0.1:9", "does not answer"), ("gone.gguf", "cannot be used")])
def test_a_model_that_is_not_there_is_wrong(model: str, found: str, tmp_path: Path) -> None:
    check = next(check for check in examine(settings(tmp_path, model=model)) if check.name == "model")
    assert check.state == "wrong"
    assert found in check.found
    assert check.todo


def test_an_embedded_model_that_is_not_converted_yet_is_told(tmp_path: Path) -> None:
    check = _embedded(tmp_path)
    assert check.state in ("note", "wrong")  # as its packages are installed or not
    assert check.todo


def test_what_other_versions_converted_is_told_and_left(tmp_path: Path) -> None:
    for place in (weights.folder(tmp_path), weights.folder(tmp_path, None)):
        place.mkdir(parents=True)
    assert list(_earlier(tmp_path)) == []
    old = tmp_path / "models" / f"{weights.NAME}-before"
    old.mkdir()
    (old / "openvino_model.bin").write_bytes(bytes(60_000_000))
    (check,) = _earlier(tmp_path)
    assert (check.state, check.found[:6]) == ("note", "0.1 GB")
    assert str(old) in check.todo
    assert str(weights.folder(tmp_path)) not in check.todo
    assert old.is_dir()


def test_a_data_folder_tells_its_articles(tmp_path: Path, minilm: MiniLM) -> None:
    library = Library(tmp_path, minilm)
    library.add(Article.from_text("The bridge cost 3 million euros.", "The bridge"))
    assert _data(tmp_path).state == "note"  # it is in use
    library.close()
    assert _data(tmp_path) == Check("data", "good", f"{tmp_path}, 1 articles")


def test_a_damaged_database_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "articles.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    check = _data(tmp_path)
    assert check.state == "wrong"
    assert "is damaged" in check.found


def test_a_data_folder_below_a_file_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert _data(tmp_path / "file" / "data").state == "wrong"


def test_weights_that_are_cut_short_or_missing_are_wrong(tmp_path: Path) -> None:
    from assistant.reader import WEIGHTS

    cut = tmp_path / "reader.safetensors"
    cut.write_bytes(WEIGHTS.read_bytes()[:-100])
    assert _shipped("reader", WEIGHTS).state == "good"
    assert _shipped("reader", cut).state == "wrong"
    assert _shipped("reader", tmp_path / "absent").state == "wrong"


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        check = _port(settings(tmp_path, port=taken.getsockname()[1]))
    assert check.state == "note"
    assert "is taken" in check.found


def test_disk_and_memory_are_told_in_gigabytes(tmp_path: Path) -> None:
    assert "GB free in" in _disk(settings(tmp_path)).found
    assert "GB" in _memory(settings(tmp_path)).found
