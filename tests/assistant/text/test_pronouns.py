"""Test the lists of pronouns."""

from __future__ import annotations

import pytest

from assistant.text.pronouns import (
    DEMONSTRATIVES,
    ENGLISH_REFERRING,
    FEMALE,
    MALE,
    PERSONAL,
    PLURAL,
    POSSESSIVE,
    SUBJECTS,
    THIRD_PERSON,
)

pytestmark = pytest.mark.unit


def test_languages_of_all_lists_are_the_same() -> None:
    assert PERSONAL.keys() == POSSESSIVE.keys() == SUBJECTS.keys()


def test_subjects_include_persons_and_demonstratives() -> None:
    subjects = {word for words in SUBJECTS.values() for word in words}
    assert MALE | FEMALE | DEMONSTRATIVES | set(THIRD_PERSON) <= subjects
    assert not DEMONSTRATIVES & set(THIRD_PERSON)


def test_gender_is_known_for_singular_persons_only() -> None:
    persons = {word for words in PERSONAL.values() for word in words}
    assert persons - MALE - FEMALE == {"sie", "ellos", "ellas", "il", "ils", "elles"}
    assert not (MALE | FEMALE) & set(PLURAL)


def test_referring_pronouns_exclude_impersonal_it() -> None:
    assert "it" not in ENGLISH_REFERRING
    assert len(set(ENGLISH_REFERRING)) == len(ENGLISH_REFERRING)
