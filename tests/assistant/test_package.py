"""What holds for the package as a whole."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import assistant

from ..conftest import ROOT
from ..index.test_index import imports, module_name

FILES = sorted((ROOT / "assistant").rglob("*.py"))
MODULES = [module_name(file) for file in FILES if file.name != "__main__.py"]
HEAVY = {"torch", "transformers", "sentence_transformers", "gradio", "chromadb", "openvino_genai", "langchain"}


def used_elsewhere(module: str) -> set[str]:
    """Names that other files of the program import from a module."""
    files = [*FILES, *ROOT.glob("*.py"), *(ROOT / "training").glob("*.py")]
    submodules = {other.rpartition(".")[2] for other in MODULES if other.rpartition(".")[0] == module}
    return {name for file in files for source, name in imports(file) if source == module and name} - submodules


# `serve` on the command line starts the page, which is app.py's; nothing else may know of it.
@pytest.mark.parametrize("file", [file for file in FILES if file.name != "cli.py"], ids=module_name)
def test_the_assistant_does_not_import_the_page(file: Path) -> None:
    packages = {module.partition(".")[0] for module, _ in imports(file)}
    assert not packages & {"app", "training", "tests"}


def test_nothing_but_the_page_imports_gradio() -> None:
    using = {module_name(file) for file in FILES if any(module.partition(".")[0] == "gradio" for module, _ in imports(file))}
    assert all(name.startswith("assistant.page.") for name in using)


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_sorted_and_complete(name: str) -> None:
    module = import_module(name)
    if not Path(str(module.__file__)).read_text():
        return
    listed = module.__all__
    assert listed == sorted(set(listed))
    assert [one for one in listed if not hasattr(module, one)] == []
    assert sorted(used_elsewhere(name) - set(listed)) == []


@pytest.mark.parametrize("name", MODULES)
def test_every_public_class_and_function_says_what_it_is(name: str) -> None:
    module = import_module(name)
    listed = [getattr(module, one) for one in getattr(module, "__all__", [])]
    assert [one.__name__ for one in listed if inspect.isclass(one) and not one.__doc__] == []


def test_what_the_package_offers_is_what_the_documentation_names() -> None:
    assert {"Answer", "Article", "Assistant", "Event", "Found", "Library", "Quote", "Stage", "Words"} <= set(assistant.__all__)
    errors = {"ArticleError", "AssistantError", "DataError", "InUseError", "InputError", "ModelError"}
    assert errors <= set(assistant.__all__)


@pytest.mark.parametrize("module", ["assistant", "assistant.cli"])
def test_importing_it_stays_light(module: str) -> None:
    script = f"import {module}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert sorted(HEAVY & set(loaded)) == []


def test_importing_it_turns_off_what_would_tell_others() -> None:
    names = ["LANGSMITH_TRACING", "ANONYMIZED_TELEMETRY", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_OFFLINE"]
    script = f"import assistant, os; print(*[os.environ[name] for name in {names}])"
    environment = {"PATH": "/usr/bin:/bin"}
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["false", "False", "False", "1"]
