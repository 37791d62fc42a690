"""Detection of swapped arguments."""

from __future__ import annotations

import pytest

from assistant.pipeline.verification.role_swap import find_role_swap

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "Danes farm strips of the west coast, as do Swedish settlers, who want a port.",
            "Swedish settlers farm strips of the west coast, as do Danes.",
        ),
        ("Anna beat Paul in the final.", "Paul beat Anna in the final. [1]"),
        ("Anna beat Paul in the final.", "There was a match. Paul beat Anna."),
        (
            "Anna beat Paul in the final.",
            "Paul beat Anna in the final [1]. It rained for three days [2].",
        ),
        ("Anna beat Paul and Bob.", "Bob beat Paul and Anna."),
        ("It rose from 20 to 30 percent.", "It rose from 30 to 20 percent."),
        ("The house was sold by Anna to Paul.", "The house was sold by Paul to Anna."),
    ],
)
def test_role_swap_is_found(source: str, text: str) -> None:
    assert find_role_swap(text, [source])
    assert find_role_swap(text, ["The weather was fine.", source])
    assert find_role_swap(text, []) is None
    assert find_role_swap(source, [source]) is None


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "In 1957 rules were put into the Treaty of Rome.",
            "Rules were put into the Treaty of Rome in 1957.",
        ),
        ("Paul was beaten by Anna in the final.", "Anna beaten Paul in the final."),
        ("Anna beaten Paul in the final.", "In the final Paul was beaten by Anna."),
        (
            "Yesterday the mayor was severely attacked by the rebels.",
            "Yesterday the rebels severely attacked the mayor.",
        ),
        ("Lyon is the capital of silk and of food.", "The capital of silk is Lyon."),
        ("Lyon is the capital of silk and of food.", "Lyon is the capital of food and of silk."),
        ("Lyon was twinned with Milan.", "Milan was twinned with Lyon."),
        ("France, Italy and Spain signed it.", "Spain, Italy and France signed it."),
        ("It rained in France as well as Belgium.", "It rained in Belgium as well as France."),
        ("Syria borders Turkey in the north.", "Turkey borders Syria in the north."),
        ("Anna married Paul.", "Paul married Anna."),
        ("They are in the north or on the hills.", "On the hills they are or in the north."),
        (
            "Danes farm the west coast, as do Swedish settlers.",
            "Swedish settlers farm the west coast.",
        ),  # nothing has moved
        (
            "Danes farm the west coast, as do Swedish settlers.",
            "They came from the hills, and Swedish settlers saw Danes there.",
        ),  # no copy
        ("Danes farm the north.", ""),
    ],
)
def test_role_swap_ignores_other_word_order(source: str, text: str) -> None:
    assert find_role_swap(text, [source]) is None


def test_role_swap_ignores_exact_copy_of_other_sentence() -> None:
    first, second = "Anna beat Paul in the final of 2001.", "Paul beat Anna in the final of 2003."
    assert find_role_swap(second, [first, second]) is None
    assert find_role_swap(f"{first} [1] {second} [2]", [first, second]) is None
