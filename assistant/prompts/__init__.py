"""Prompts are Markdown files beside this one, reviewed as text."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

__all__ = ["prompt"]


def prompt(name: str, **values: str) -> str:
    """The text of `name.md` with each `{key}` replaced, once: braces in the values stay as they are."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), _template(name))


@cache
def _template(name: str) -> str:
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
