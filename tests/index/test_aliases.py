"""The module paths of 0.1."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from index._aliases import ALIASES


@pytest.mark.parametrize("old", sorted(ALIASES))
def test_former_path_is_importable_with_a_warning(old: str) -> None:
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=f"{old} is now {ALIASES[old]}"):
        module = import_module(old)
    replacement = import_module(ALIASES[old])
    assert [name for name in replacement.__all__ if not hasattr(module, name)] == []


def test_former_article_module_has_spans() -> None:
    sys.modules.pop("index.article", None)
    with pytest.warns(DeprecationWarning, match="index.article is now"):
        module = import_module("index.article")
    assert module.Span._fields == ("start", "end")
    assert module.Block._fields[:2] == ("start", "end")
