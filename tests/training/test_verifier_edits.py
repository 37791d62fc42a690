"""Alterations change what a statement says; paraphrases do not."""

from __future__ import annotations

import random

import pytest

from training.verifier_edits import (
    ALTERATIONS,
    change_number,
    classify_span,
    find_spans,
    replace_word,
)
from training.verifier_paraphrases import paraphrase

pytestmark = pytest.mark.unit

POOL = find_spans(
    "Berlin had 600 ships in 1967. Anna Berg sold them on 4 July 1976 for 12 percent."
)
# Of each kind: a statement, and one of its altered forms.
ALTERED = {
    "number": ("The village has 12 wells.", "The village has 600 wells."),
    "swapped numbers": ("Of 600 dock workers, 120 left.", "Of 120 dock workers, 600 left."),
    "swapped names": ("Acme sued Globex in May.", "Globex sued Acme in May."),
    "name": ("The fair was held in Oslo.", "The fair was held in Berlin."),
    "negation": ("The bridge is open.", "The bridge is not open."),
    "direction": ("Prices rose in spring.", "Prices fell in spring."),
    "comparison": ("The north is warmer.", "The north is colder."),
    "quantifier": ("Some workers left.", "All workers left."),
    "tense": ("The tunnel will be built here.", "The tunnel was built here."),
    "cause": (
        "The ferry was late because the harbour was frozen.",
        "The harbour was frozen because the ferry was late.",
    ),
    "added detail": ("The ferry was late.", "The ferry was late in 1967."),
}


def apply_often(kind: str, statement: str) -> set[str]:
    """Return what an alteration makes of a statement with two hundred random sources."""
    results = (ALTERATIONS[kind].apply(statement, POOL, random.Random(seed)) for seed in range(200))
    return {result for result in results if result is not None}


@pytest.mark.parametrize("kind", sorted(ALTERATIONS))
def test_alteration_makes_expected_statement(kind: str) -> None:
    statement, altered = ALTERED[kind]
    assert altered in apply_often(kind, statement)


@pytest.mark.parametrize("kind", sorted(ALTERATIONS))
def test_alteration_always_changes_the_statement(kind: str) -> None:
    for statement, _ in ALTERED.values():
        assert statement not in apply_often(kind, statement)


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("number", "The bridge is open."),
        ("swapped names", "Anna and Berta met."),
        ("swapped numbers", "The war lasted from 1914–1918."),
        ("negation", "Prices rose."),
        ("direction", "The bridge is open."),
        ("cause", "The ferry was late because of fog."),
    ],
)
def test_alteration_that_does_not_apply_is_none(kind: str, statement: str) -> None:
    assert not apply_often(kind, statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("The bridge is not open.", "The bridge is open."),
        ("The bridge isn't open.", "The bridge is open."),
        ("They cannot leave.", "They can leave."),
        ("They won't leave.", "They will leave."),
        ("It was never sold.", "It was sold."),
    ],
)
def test_negation_is_removed(statement: str, expected: str) -> None:
    assert apply_often("negation", statement) == {expected}


def test_spans_have_the_text_at_their_offsets() -> None:
    text = (
        "Since May 2019 Ana de Souza paid $5 million, 12 % of 3,400 shares; "
        "on 3 March 2020 two fell."
    )
    spans = find_spans(text)
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert [(span.kind, span.text) for span in spans] == [
        ("date", "May 2019"),
        ("name", "Ana de Souza"),
        ("money", "$5 million"),
        ("percent", "12 %"),
        ("number", "3,400"),
        ("date", "3 March 2020"),
        ("number", "two"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1998", "year"),
        ("over 10,000", "number"),
        ("twelve", "number"),
        ("12 March 1990", "date"),
        ("the Rhine", "name"),
        ("Sully Prudhomme", "name"),
        ("a lack of water", "phrase"),
    ],
)
def test_short_text_has_its_kind(text: str, kind: str) -> None:
    assert classify_span(text) == kind


@pytest.mark.parametrize("text", ["12", "1,250 people", "3.5 tonnes", "1990", "twelve", "9"])
def test_number_is_changed(text: str) -> None:
    changed = [change_number(text, random.Random(seed)) for seed in range(100)]
    assert None not in changed
    assert text not in changed


def test_number_keeps_its_form() -> None:
    changed = {str(change_number("1,250 people", random.Random(seed))) for seed in range(50)}
    assert all(text.endswith(" people") and len(text.split()) == 2 for text in changed)


def test_text_without_number_is_not_changed() -> None:
    assert change_number("people", random.Random(0)) is None


def test_longer_phrase_is_replaced_first() -> None:
    table = {"more": "less", "more than": "under"}
    assert replace_word("More than 12 came.", table, random.Random(0)) == "Under 12 came."
    assert replace_word("Nobody came.", table, random.Random(0)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In 1998, Acme sold two ships.", "Acme sold two ships in 1998."),
        ("The mine (a pit) closed.", "The mine closed."),
        ("It opened on 3 May 1990 in Rome.", "It opened on May 3, 1990 in Rome."),
        ("The ferry has 12 cabins now.", "The ferry has twelve cabins now."),
        ("They did not leave.", "They didn't leave."),
        ("However, they left on foot.", "They left on foot."),
        ("The old town was rebuilt, although it was small.", "The old town was rebuilt."),
    ],
)
def test_paraphrase_makes_expected_statement(text: str, expected: str) -> None:
    assert expected in {paraphrase(text, random.Random(seed)) for seed in range(300)}
