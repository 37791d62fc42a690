"""Test who says what in a text."""

from __future__ import annotations

import pytest

from assistant.pipeline.evidence.person_names import is_same_person
from assistant.pipeline.evidence.speakers import is_direct_speech, speaker_of
from index.text.article import Article

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "position", "speaker", "language"),
    [
        (
            "“We cannot heat the hall,” said Petra Holt, who runs the club.",
            0,
            "Petra Holt",
            "en",
        ),
        (
            "The deputy mayor, Emil Sand, disagreed. "
            "“There is room for it, if we move the stage,” he told the club.",
            1,
            "Emil Sand",
            "en",
        ),
        (
            "Guests had come. Holt replied that the choir should stay. "
            "“I would sooner sell the piano than the hall,” she said.",
            2,
            "Holt",
            "en",
        ),
        (
            "Guests had come. Holt replied that the choir should stay. "
            "“I would sooner sell the piano than the hall,” she said.",
            1,
            "Holt",
            "en",
        ),
        ("Sand called the report “a fairy tale”.", 0, "Sand", "en"),
        ("“It will rain all week,” the forecaster said.", 0, "the forecaster", "en"),
        ("“It will rain all week,” said the engineer Knut Dahl.", 0, "Knut Dahl", "en"),
        (
            "“It will rain all week,” deputy mayor Emil Sand told reporters.",
            0,
            "Emil Sand",
            "en",
        ),
        ("“It will rain all week,” said deputy mayor Emil Sand.", 0, "Emil Sand", "en"),
        (
            "“The dam is safe,” said Anna Holm. “We checked it twice this year.”",
            1,
            "Anna Holm",
            "en",
        ),
        ("“The dam is safe. We checked it twice this year,” said Anna Holm.", 0, "Anna Holm", "en"),
        ("According to Peter Lund, the dam is safe.", 0, "Peter Lund", "en"),
        ("The dam is safe, according to the inspector.", 0, "the inspector", "en"),
        ("“We were lucky,” said a spokesman for Nordfisk.", 0, "a spokesman for Nordfisk", "en"),
        (
            "Mr Holm and his wife came. Ms Berg was late. “I was lucky to come,” she said.",
            2,
            "Ms Berg",
            "en",
        ),
        ("In London on Sunday, Smith said: “We will not give up the house.”", 0, "Smith", "en"),
        (
            "On Monday, the mayor, Berta Kohl, said that the choir would stay.",
            0,
            "Berta Kohl",
            "en",
        ),
        ("Jane Doe, 40, who lives nearby, said it was loud.", 0, "Jane Doe", "en"),
        ("He died in 1990. The bridge was built in 1950.", 1, None, "en"),
        ("The bridge, which some call “the long old lady”, was built in 1950.", 0, None, "en"),
        ("“The house is lost,” the driver's lawyer, Tom Kay, said.", 0, "Tom Kay", "en"),
        ("“Das Haus ist verloren für uns”, sagte Anna Holm.", 0, "Anna Holm", "de"),
        ("Der Bürgermeister erklärte, dass das Bad bleibt.", 0, "Der Bürgermeister", "de"),
        ("«La casa está perdida hoy», dijo Ana Ruiz.", 0, "Ana Ruiz", "es"),
        ("« La maison est perdue », a dit Anne Petit.", 0, "Anne Petit", "fr"),
        (
            "“We have lost everything,” Harbour Master Lindqvist said.",
            0,
            "Harbour Master Lindqvist",
            "en",
        ),
        ("“We will go on,” said Dr. Anna Holm, head of the clinic.", 0, "Dr. Anna Holm", "en"),
        ("Anna Holm told the court: “I never saw the man before.”", 0, "Anna Holm", "en"),
        (
            "Anna Holm lives next door. “It was a terrible night,” she recalled.",
            1,
            "Anna Holm",
            "en",
        ),
        (
            "“It was a terrible night for us.” Anna Holm said that she would move.",
            0,
            "Anna Holm",
            "en",
        ),
        (
            "Nina Vogt, one of the guests, said that all her pupils had sung there.",
            0,
            "Nina Vogt",
            "en",
        ),
        (
            "One of them, Nina Vogt, said that all her pupils had sung there.",
            0,
            "Nina Vogt",
            "en",
        ),
        ("Kay: “We never sold the house to them.”", 0, "Kay", "en"),
        ("Anna Holm spoke first. The bridge would be shut, she said.", 1, "Anna Holm", "en"),
        (
            "“The engines sell well. They last for years,” the owner, Lars Ek, told us.",
            0,
            "Lars Ek",
            "en",
        ),
        ("Speaking to the paper, Peter Lund said the quay was full.", 0, "Peter Lund", "en"),
        ("Once the harbour said no, the boats left.", 0, None, "en"),
        ("In the city, medics say many are stuck. They said the road was shut.", 1, "medics", "en"),
        ("Ms Berg spoke. The boats are old. They said so.", 2, None, "en"),
    ],
)
def test_speaker_of_reporting_clause_is_its_subject(
    text: str, position: int, speaker: str | None, language: str
) -> None:
    article = Article.from_text(text, language=language)
    span = speaker_of(article, position)
    assert (article.slice(span) if span else None) == speaker


def test_sentence_with_quoted_words_is_direct_speech() -> None:
    article = Article.from_text("“It will rain,” she said. The bridge was shut.")
    assert [is_direct_speech(article, position) for position in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Holt", "Petra Holt", True),
        ("Mr Sand", "the deputy mayor, Emil Sand", True),
        ("Tora Lund", "Maja Lund", False),
        ("Holt", "Nina Vogt", False),
        ("the driver", "the driver", False),
    ],
)
def test_names_are_of_one_person_if_one_contains_other(first: str, second: str, same: bool) -> None:
    assert is_same_person(first, second) is same
