"""Test `doctor` and its checks."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from assistant.interfaces.cli.doctor import (
    Check,
    _check_bundled_model,
    _check_bundled_weights,
    _check_data_folder,
    _check_disk,
    _check_memory,
    _check_old_conversions,
    _check_port,
    run_checks,
)
from assistant.interfaces.cli.main import app
from assistant.models import conversion as weights
from assistant.models.langchain_provider import PROVIDER_EXTRAS
from assistant.pipeline.evidence.reader import READER_WEIGHTS
from assistant.settings import Settings
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from index.text.article import Article
from tests.index.serving import serving
from tests.index.storage.test_chroma_server import answer_version
from tools.postgresql import PostgresqlServer


def make_settings(tmp_path: Path, *, model: str = "none", port: int = 0) -> Settings:
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache", model=model, port=port)


def test_checks_of_good_installation_find_no_error(tmp_path: Path) -> None:
    checks = list(run_checks(make_settings(tmp_path)))
    assert [check for check in checks if check.state == "wrong"] == []
    names = {check.name for check in checks}
    assert {
        "python",
        "packages",
        "embeddings",
        "reader",
        "adapter",
        "model",
        "data",
        "disk",
        "memory",
        "port",
    } <= names
    assert {f"extra {extra}" for extra in [*PROVIDER_EXTRAS.values(), "mcp"]} <= names
    assert not (tmp_path / "data").exists()  # nothing is changed


def test_doctor_prints_one_line_per_check(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--model", "none", "--data", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "ok     data: " in result.stdout


def test_doctor_with_error_prints_json_and_exits_with_1(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["doctor", "--model", "nobody:x", "--data", str(tmp_path), "--json"]
    )
    assert result.exit_code == 1
    wrong = [check for check in json.loads(result.stdout) if check["state"] == "wrong"]
    assert [check["name"] for check in wrong] == ["model"]
    assert "nobody:x" in wrong[0]["todo"]


@pytest.mark.parametrize(
    ("model", "expected"),
    [("http://127.0.0.1:9", "does not answer"), ("gone.gguf", "cannot be used")],
)
def test_check_of_missing_model_is_wrong(model: str, expected: str, tmp_path: Path) -> None:
    check = next(
        check for check in run_checks(make_settings(tmp_path, model=model)) if check.name == "model"
    )
    assert check.state == "wrong"
    assert expected in check.found
    assert check.todo


def test_check_of_unconverted_model_suggests_what_to_do(tmp_path: Path) -> None:
    check = _check_bundled_model(tmp_path)
    assert check.state in ("note", "wrong")  # depends on whether its packages are installed
    assert check.todo


def test_check_of_old_conversions_reports_and_keeps_them(tmp_path: Path) -> None:
    for folder in (weights.model_folder(tmp_path), weights.model_folder(tmp_path, None)):
        folder.mkdir(parents=True)
    assert list(_check_old_conversions(tmp_path)) == []
    old = tmp_path / "models" / f"{weights.MODEL_NAME}-before"
    old.mkdir()
    (old / "openvino_model.bin").write_bytes(bytes(60_000_000))
    (check,) = _check_old_conversions(tmp_path)
    assert (check.state, check.found[:6]) == ("note", "0.1 GB")
    assert str(old) in check.todo
    assert str(weights.model_folder(tmp_path)) not in check.todo
    assert old.is_dir()


def test_check_of_data_folder_counts_articles(tmp_path: Path, minilm: MiniLM) -> None:
    library = Library(tmp_path, minilm)
    library.add(Article.from_text("The bridge cost 3 million euros.", "The bridge"))
    assert _check_data_folder(tmp_path).state == "note"  # it is in use
    library.close()
    assert _check_data_folder(tmp_path) == Check("data", "good", f"{tmp_path}, 1 articles")


def test_check_of_unreachable_database_hides_the_password(tmp_path: Path) -> None:
    address = SecretStr("postgresql+psycopg://user:s3cret@127.0.0.1:1/articles")
    settings = make_settings(tmp_path).model_copy(update={"database": address})
    (check,) = (check for check in run_checks(settings) if check.name == "database")
    assert check.state == "wrong"
    assert "articles on 127.0.0.1:1" in check.todo
    assert "s3cret" not in f"{check} {settings}"


def test_check_of_database_changes_nothing(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    address = SecretStr(postgresql.make_address())
    settings = make_settings(tmp_path).model_copy(update={"database": address})
    (check,) = (check for check in run_checks(settings) if check.name == "database")
    assert check.state == "good"
    postgresql.execute("CREATE SCHEMA article_assistant")  # fails if there is one


def test_check_of_damaged_database_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "articles.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    check = _check_data_folder(tmp_path)
    assert check.state == "wrong"
    assert "is damaged" in check.found


def test_check_of_data_folder_below_a_file_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert _check_data_folder(tmp_path / "file" / "data").state == "wrong"


def test_check_of_truncated_or_missing_weights_is_wrong(tmp_path: Path) -> None:
    cut = tmp_path / "reader.safetensors"
    cut.write_bytes(READER_WEIGHTS.read_bytes()[:-100])
    assert _check_bundled_weights("reader", READER_WEIGHTS).state == "good"
    assert _check_bundled_weights("reader", cut).state == "wrong"
    assert _check_bundled_weights("reader", tmp_path / "absent").state == "wrong"


def test_check_of_port_in_use_is_a_note(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        check = _check_port(make_settings(tmp_path, port=taken.getsockname()[1]))
    assert check.state == "note"
    assert "is taken" in check.found


def test_checks_of_disk_and_memory_report_gigabytes(tmp_path: Path) -> None:
    assert "GB free in" in _check_disk(make_settings(tmp_path)).found
    assert "GB" in _check_memory(make_settings(tmp_path)).found


def find_chroma_check(tmp_path: Path, url: str) -> Check:
    settings = Settings(data=tmp_path, cache=tmp_path, model="none", port=0, chroma=url)
    (check,) = [check for check in run_checks(settings) if check.name == "chroma"]
    return check


@pytest.mark.parametrize(("name", "state"), [("", "good"), ("uvicorn", "wrong")])
def test_python_chroma_server_is_wrong(tmp_path: Path, name: str, state: str) -> None:
    with serving() as site:
        site.replies = answer_version("1.0.0", name)
        check = find_chroma_check(tmp_path, site.url)
    assert check.state == state
    assert ("CVE-2026-45829" in check.todo) == (state == "wrong")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "127.0.0.1:9"])
def test_unusable_chroma_server_is_wrong(tmp_path: Path, url: str) -> None:
    check = find_chroma_check(tmp_path, url)
    assert check.state == "wrong"
    assert "ARTICLE_ASSISTANT_CHROMA" in check.todo
