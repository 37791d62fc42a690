"""Test which sentence names the subject of another one."""

from __future__ import annotations

import pytest

from assistant.pipeline.evidence.referents import find_referent_sentence, has_pronoun_subject
from index.text.article import Article
from index.text.spans import Block

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("sentence", "language", "expected"),
    [
        ("She broke an arm in 2001.", "en", True),
        ("But later they sold it.", "en", True),
        ("In 2001 she broke an arm.", "en", True),
        ("Born in Lund, he moved to Hale.", "en", True),
        ("This was the first boat.", "en", True),
        ("Her brother repaired it.", "en", True),
        ("“It is over,” he said.", "en", True),
        ("This bridge is old.", "en", False),
        ("Their nephew Jonas helps.", "en", False),
        ("Maja steers it.", "en", False),
        ("It was clear that the dam leaked.", "en", False),
        ("It takes an hour to cross.", "en", False),
        ("One of them, Finn Rask, paid.", "en", False),
        ("The tug is hers.", "en", False),
        ("Sie brach sich 2001 den Arm.", "de", True),
        ("Das Rad ist alt.", "de", False),
        ("Es gibt zwei Boote.", "de", False),
        ("Rompió un remo en 2001.", "es", True),
        ("Ella rompió un remo.", "es", True),
        ("El barco es viejo.", "es", False),
        ("Elle a vendu un bateau.", "fr", True),
        ("Le bateau est vieux.", "fr", False),
    ],
)
def test_subject_is_pronoun_or_missing(sentence: str, language: str, expected: bool) -> None:
    assert has_pronoun_subject(sentence, language) is expected


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("Ana Ruiz came. She sang.", 1, 0),
        ("Ana Ruiz came. She sang. She left.", 2, 0),
        ("Ana Ruiz came. The hall was full. She sang.", 2, 0),  # a hall is no "she"
        ("Ana Ruiz came. The hall was full. It was warm.", 2, 1),
        ("Ana and Eva Ruiz came. Eva spoke to Ana. She sang.", 2, 1),
        ("Mr Ruiz came. The guests sang. They left.", 2, 1),
        ("The guests sang. Mr Ruiz came. They left.", 2, 0),
        ("She sang. She left.", 1, None),
        ("Ana Ruiz came. The hall was full.", 1, None),
        ("Ana Ruiz came. It rained. It stopped. It began. She sang.", 4, None),  # too far
    ],
)
def test_referent_sentence_is_nearest_with_subject(
    text: str, position: int, expected: int | None
) -> None:
    assert find_referent_sentence(Article.from_text(text, language="en"), position) == expected


def test_referent_sentence_is_in_same_section() -> None:
    text = "Ana Ruiz came.\n\nThe second day\n\nShe sang."
    blocks = (Block(0, 14), Block(16, 30, "heading", 2), Block(32, 41))
    article = Article.from_text(text, language="en", blocks=blocks)
    assert find_referent_sentence(article, 2) is None
