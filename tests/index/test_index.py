"""What holds for the package as a whole."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from index import errors
from tests.conftest import ROOT

FILES = sorted((ROOT / "index").rglob("*.py"))


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(file: Path) -> Iterator[tuple[str, str]]:
    """Return `(module, name)` of each import of a file; the name is empty for `import module`."""
    package = (
        module_name(file) if file.name == "__init__.py" else module_name(file).rpartition(".")[0]
    )
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = (
                package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            )
            yield from (
                (".".join([*above, *filter(None, [node.module])]), alias.name)
                for alias in node.names
            )


def names_used_elsewhere(module: str) -> set[str]:
    everywhere = [
        *FILES,
        *(ROOT / "assistant").rglob("*.py"),
        *(ROOT / "training").rglob("*.py"),
        *ROOT.glob("app.py"),
    ]
    return {
        name for file in everywhere for source, name in imports(file) if source == module and name
    }


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_index_imports_neither_the_assistant_nor_the_page(file: Path) -> None:
    packages = {module.partition(".")[0] for module, _ in imports(file)}
    assert not packages & {
        "assistant",
        "app",
        "gradio",
        "openvino_genai",
        "langchain",
        "training",
        "tests",
    }


@pytest.mark.parametrize("name", [module_name(file) for file in FILES])
def test_public_names_are_sorted_and_complete(name: str) -> None:
    module = import_module(name)
    if not Path(str(module.__file__)).read_text():
        return
    listed = module.__all__
    assert listed == sorted(set(listed))
    assert [public for public in listed if not hasattr(module, public)] == []
    defined = {
        public
        for public, value in vars(module).items()
        if _is_own(value, name) and not public.startswith("_")
    }
    submodules = {
        module_name(file).rpartition(".")[2]
        for file in FILES
        if module_name(file).rpartition(".")[0] == name
    }
    assert sorted((defined | names_used_elsewhere(name)) - submodules - set(listed)) == []


def _is_own(value: object, module: str) -> bool:
    return (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == module


def test_what_the_package_offers_can_be_imported_from_it() -> None:
    from index import Article, Block, Span

    assert (Article.__name__, Block.__name__, Span.__name__) == ("Article", "Block", "Span")


def test_every_error_is_one_that_the_assistant_explains() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__]
    assert all(issubclass(kind, errors.AssistantError) and kind.__doc__ for kind in kinds)
    assert {kind.exit_status for kind in kinds if issubclass(kind, errors.InputError)} == {2}
    assert {kind.exit_status for kind in kinds if not issubclass(kind, errors.InputError)} == {1}
