"""Two parts of a sentence in each other's place."""

from __future__ import annotations

import pytest

from assistant.exchange import exchanged

SENTENCES = [
    "Rebels hold patches of the north-west, as do Kurdish forces, who want a state.",
    "Anna beat Paul in the final.",
    "In 1957 rules were put into the Treaty of Rome.",
    "Lyon is the capital of silk and of food.",
    "It rose from 20 to 30 percent.",
]


@pytest.mark.parametrize(
    "text",
    [
        "Kurdish forces hold patches of the north-west, as do rebels.",
        "Kurdish forces hold patches of the north-west, as do rebels, who want a state. [1]",
        "Paul beat Anna in the final.",
        "There was a match. Paul beat Anna.",
        "It rose from 30 to 20 percent.",
    ],
)
def test_what_is_in_each_other_s_place_is_found(text: str) -> None:
    assert exchanged(text, SENTENCES)


@pytest.mark.parametrize(
    "text",
    [
        *SENTENCES,
        "Rules were put into the Treaty of Rome in 1957.",
        "Paul was beaten by Anna in the final.",
        "The capital of silk is Lyon.",
        "Lyon is the capital of food and of silk.",
        "Kurdish forces hold the north-west.",  # nothing is where it was not
        "",
    ],
)
def test_what_is_said_in_another_order_is_not(text: str) -> None:
    assert exchanged(text, SENTENCES) is None
    assert exchanged(text, []) is None
