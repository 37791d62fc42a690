"""Test the package as a whole: imports, public names, environment."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import assistant
from tests.conftest import ROOT
from tests.index.test_index import imports, module_name

FILES = sorted((ROOT / "assistant").rglob("*.py"))
MODULES = [module_name(file) for file in FILES if file.name != "__main__.py"]
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "gradio",
    "chromadb",
    "openvino_genai",
    "langchain",
}


def used_elsewhere(module: str) -> set[str]:
    """Return the names of a module that other files of the program import."""
    files = [*FILES, *ROOT.glob("*.py"), *(ROOT / "training").glob("*.py")]
    submodules = {name.rpartition(".")[2] for name in MODULES if name.rpartition(".")[0] == module}
    return {
        name for file in files for source, name in imports(file) if source == module and name
    } - submodules


def test_only_web_interface_imports_gradio() -> None:
    using = {
        module_name(file)
        for file in FILES
        if any(module.partition(".")[0] == "gradio" for module, _ in imports(file))
    }
    assert {name for name in using if not name.startswith("assistant.interfaces.web.")} == {
        "assistant.interfaces.server"
    }


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_sorted_and_complete(name: str) -> None:
    module = import_module(name)
    if not Path(str(module.__file__)).read_text():
        return
    listed = module.__all__
    assert listed == sorted(set(listed))
    assert [item for item in listed if not hasattr(module, item)] == []
    assert sorted(used_elsewhere(name) - set(listed)) == []


@pytest.mark.parametrize("name", MODULES)
def test_public_names_have_docstrings(name: str) -> None:
    module = import_module(name)
    listed = [getattr(module, item) for item in getattr(module, "__all__", [])]
    assert [item.__name__ for item in listed if inspect.isclass(item) and not item.__doc__] == []


def test_public_names_match_documentation() -> None:
    assert {
        "Answer",
        "Article",
        "Assistant",
        "Event",
        "Library",
        "Quote",
        "QuotesFound",
        "Stage",
        "TextDelta",
    } <= set(assistant.__all__)
    errors = {
        "ArticleError",
        "AssistantError",
        "DataError",
        "InUseError",
        "InputError",
        "ModelError",
    }
    assert errors <= set(assistant.__all__)


@pytest.mark.parametrize("module", ["assistant", "assistant.interfaces.cli.main"])
def test_import_loads_no_heavy_package(module: str) -> None:
    script = f"import {module}, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert sorted(HEAVY & set(loaded)) == []


def test_import_turns_off_telemetry() -> None:
    names = [
        "LANGSMITH_TRACING",
        "ANONYMIZED_TELEMETRY",
        "GRADIO_ANALYTICS_ENABLED",
        "HF_HUB_OFFLINE",
    ]
    script = f"import assistant, os; print(*[os.environ[name] for name in {names}])"
    environment = {"PATH": "/usr/bin:/bin"}
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == ["false", "False", "False", "1"]


@pytest.mark.parametrize(
    ("old", "new"), [("Found", "QuotesFound"), ("Quoted", "QuotedPhrase"), ("Words", "TextDelta")]
)
def test_renamed_class_is_available_with_warning(old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{old} is now {new}"):
        assert getattr(assistant, old) is getattr(assistant, new)
