"""Rendering of prompts: values are inserted once and never interpreted."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from assistant.pipeline.prompting.templates import render_prompt

pytestmark = pytest.mark.unit

NAMES = sorted(
    path.name.removesuffix(".md")
    for path in files("assistant.pipeline.prompting").iterdir()
    if path.name.endswith(".md")
)
# The keys that the program fills in.
KEYS = {
    "ask": {"question", "manner"},
    "cited": {"heading", "sentences", "length"},
    "documents": {"length"},
    "gist": {"ids"},
    "named": {"heading", "question", "sentences"},
    "open_question": set(),
    "plan": set(),
    "question": {"sentence"},
    "read": {"heading", "sentences"},
    "rephrase": set(),
    "rewrite": {"question", "ids", "missing"},
    "table": {"columns", "rows", "question"},
    "table_query": set(),
    "verdict": {"sentences", "question"},
}


@pytest.mark.parametrize("name", NAMES)
def test_prompt_has_expected_keys(name: str) -> None:
    assert set(re.findall(r"\{(\w+)\}", render_prompt(name))) == KEYS[name]


def test_render_prompt_inserts_values() -> None:
    assert render_prompt("ask", question="Who?", manner="Say Yes.") == "Question: Who?\nSay Yes."


def test_render_prompt_keeps_braces_in_values() -> None:
    filled = render_prompt(
        "cited",
        heading="{sentences} {heading}",
        sentences="[1] {heading} {sentences} {} {0} {other",
    )
    assert filled.endswith("{sentences} {heading}\n[1] {heading} {sentences} {} {0} {other")


def test_render_prompt_keeps_backslashes_in_values() -> None:
    assert render_prompt("ask", question=r"\1 \g<0> \n", manner="") == "Question: \\1 \\g<0> \\n\n"


def test_render_prompt_keeps_key_without_value() -> None:
    assert "{manner}" in render_prompt("ask", question="Who?")


def test_render_prompt_unknown_name_raises() -> None:
    with pytest.raises(FileNotFoundError):
        render_prompt("nothing")
