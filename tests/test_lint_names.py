"""Test the lint rules for names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.lint_names import MAX_TEST_NAME_LENGTH, bound_names, long_tests, main, participles

pytestmark = pytest.mark.unit


def make_test(length: int, keyword: str = "def") -> str:
    return f"{keyword} {'test_'.ljust(length, 'x')}() -> None: ..."


def test_bound_names_yields_parameters_and_variables() -> None:
    source = "def add(first: int, *rest: int) -> int:\n    total = first\n    return total"
    assert sorted(bound_names(source)) == [(1, "first"), (1, "rest"), (2, "total")]


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_long_tests_yields_names_above_the_limit(keyword: str) -> None:
    assert not list(long_tests(make_test(MAX_TEST_NAME_LENGTH, keyword)))
    ((line, name),) = long_tests(f"\n{make_test(MAX_TEST_NAME_LENGTH + 1, keyword)}")
    assert (line, len(name)) == (2, MAX_TEST_NAME_LENGTH + 1)


def test_long_tests_ignores_other_functions() -> None:
    assert not list(long_tests(f"def {'x' * 99}() -> None: ..."))


def test_participles_allows_nouns_of_the_field() -> None:
    paths = [Path("asking.py"), Path("kept.py"), Path("streaming.py"), Path("loaded.py")]
    assert participles(paths) == [Path("asking.py"), Path("loaded.py")]


@pytest.mark.parametrize(
    ("name", "source", "status"),
    [
        ("tests/test_page.py", make_test(MAX_TEST_NAME_LENGTH), 0),
        ("tests/test_page.py", make_test(MAX_TEST_NAME_LENGTH + 1), 1),
        ("index/page.py", "title = 1", 0),
        ("index/page.py", "told = 1", 1),
        ("index/asking.py", "title = 1", 1),
    ],
)
def test_main_fails_for_bad_names(tmp_path: Path, name: str, source: str, status: int) -> None:
    file = tmp_path / name
    file.parent.mkdir()
    file.write_text(source)
    assert main(tmp_path) == status
