"""Of parallel sections, the one that the question names is read."""

from __future__ import annotations

import pytest

from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.pipeline.evidence.section_scope import scope_to_sections
from index.loaders import load_bytes
from index.text.article import Article

pytestmark = pytest.mark.unit

HUTS = b"""# Huts

## Low hut

Keys are kept by the warden. Supper is at six.

## High hut

Keys are kept in the inn. Supper is at seven.

## History

The warden of 1950 kept goats.
"""


@pytest.fixture(scope="module")
def huts() -> Article:
    return load_bytes(HUTS, "huts.md")


def candidates(article: Article, *words: str) -> list[Candidate]:
    everything = make_candidates_at([article], lambda article: range(len(article.sentences)))
    return [item for text in words for item in everything if text in item.text]


def texts(found: list[Candidate]) -> list[str]:
    return [candidate.text for candidate in found]


def test_parallel_sentences_of_other_sections_are_dropped(huts: Article) -> None:
    found = scope_to_sections(
        "When is supper at the high hut?", candidates(huts, "at six", "at seven")
    )
    assert texts(found) == ["Supper is at seven."]


def test_a_parallel_sentence_of_the_named_section_is_added(huts: Article) -> None:
    found = scope_to_sections("Where are the keys of the high hut?", candidates(huts, "warden."))
    assert texts(found) == ["Keys are kept in the inn."]


def test_sentences_of_their_own_kind_stay(huts: Article) -> None:
    given = candidates(huts, "goats", "at seven")
    assert scope_to_sections("Who was warden of the high hut?", given) == given


@pytest.mark.parametrize(
    "question", ["When is supper?", "Are the low hut and the high hut open?", "Who kept goats?"]
)
def test_nothing_changes_unless_one_section_is_named(huts: Article, question: str) -> None:
    given = candidates(huts, "at six", "at seven")
    assert scope_to_sections(question, given) == given
