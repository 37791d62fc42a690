"""Render the prompts, which are Markdown files in this folder."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

__all__ = ["render_prompt"]


def render_prompt(name: str, **values: str) -> str:
    """Return the text of `name.md` with each `{key}` replaced by its value.

    Replacement is not recursive: braces in the values are left unchanged. Unknown keys are, too.
    """
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), _load_template(name))


@cache
def _load_template(name: str) -> str:
    return files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
