"""Prompts are filled once; what an article says is never read as a prompt."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from assistant.prompts import prompt

NAMES = sorted(path.name.removesuffix(".md") for path in files("assistant.prompts").iterdir() if path.name.endswith(".md"))
# What the program fills in.
KEYS = {
    "ask": {"question", "manner"},
    "cited": {"heading", "sentences", "length"},
    "documents": {"length"},
    "gist": {"ids"},
    "named": {"heading", "question", "sentences"},
    "read": {"heading", "sentences"},
    "rephrase": set(),
    "rewrite": {"question", "ids", "missing"},
    "verdict": {"sentences", "question"},
}


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_asks_for_what_the_program_gives(name: str) -> None:
    assert set(re.findall(r"\{(\w+)\}", prompt(name))) == KEYS[name]


def test_values_take_the_places_of_their_names() -> None:
    assert prompt("ask", question="Who?", manner="Say Yes.") == "Question: Who?\nSay Yes."


def test_braces_in_a_value_are_not_filled_again() -> None:
    filled = prompt("cited", heading="{sentences} {heading}", sentences="[1] {heading} {sentences} {} {0} {other")
    assert filled.endswith("{sentences} {heading}\n[1] {heading} {sentences} {} {0} {other")


def test_backslashes_in_a_value_stay() -> None:
    assert prompt("ask", question=r"\1 \g<0> \n", manner="") == "Question: \\1 \\g<0> \\n\n"


def test_a_missing_value_leaves_its_name() -> None:
    assert "{manner}" in prompt("ask", question="Who?")


def test_there_is_no_prompt_of_another_name() -> None:
    with pytest.raises(FileNotFoundError):
        prompt("nothing")
