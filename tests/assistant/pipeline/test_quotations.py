"""Test the list of what people say in an article."""

from __future__ import annotations

import pytest
from hypothesis import given

from assistant import Article
from assistant.pipeline.evidence.quotations import list_quotations
from tests.index.texts import any_text


def list_words(text: str) -> list[tuple[str, str, str]]:
    """Return the words, the speaker and the verb of each quotation."""
    article = Article.from_text(text)
    return [
        (
            article.slice(row.words),
            article.slice(row.speaker) if row.speaker else "",
            article.slice(row.verb) if row.verb else "",
        )
        for row in list_quotations(article)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "“The bridge will open in May,” said Petra Holt.",
            [("The bridge will open in May,", "Petra Holt", "said")],
        ),
        (
            "Petra Holt is the mayor. She warned: “Nobody may cross it now.”",
            [("Nobody may cross it now.", "Petra Holt", "warned")],
        ),
        (
            "“We waited for hours,” said Tom Reed, “and nobody came to help us.”",
            [
                ("We waited for hours,", "Tom Reed", "said"),
                ("and nobody came to help us.", "Tom Reed", "said"),
            ],
        ),
        (
            "“They said it was safe to cross,” Eva Lind recalled.",
            [("They said it was safe to cross,", "Eva Lind", "recalled")],
        ),
        ("The so-called “old mill” burnt down.", []),
        ("It burnt down in “the great fire of 1950”.", [("the great fire of 1950", "", "")]),
        ("Nobody spoke.", []),
    ],
)
def test_quotations_have_speaker_and_verb(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert list_words(text) == expected


@given(any_text)
def test_quotations_of_any_text_are_exact(text: str) -> None:
    article = Article.from_text(f"{text} “Here are some words,” he said.")
    for row in list_quotations(article):
        for span in filter(None, (row.words, row.speaker, row.verb)):
            assert 0 <= span.start < span.end <= len(article.text)
