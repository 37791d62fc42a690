from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from index.text.sentences import MAX_SENTENCE_CHARACTERS, split_paragraphs, split_sentences
from index.text.spans import Block, Span
from tests.index.texts import any_text, languages, texts_in_blocks

pytestmark = pytest.mark.unit


def sentences(text: str, language: str = "en", blocks: tuple[Block, ...] = ()) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, language, blocks)]


def check_spans(text: str, spans: tuple[Span, ...] | tuple[Block, ...]) -> None:
    """In order, apart, without white space around them, and leaving nothing out but white space."""
    assert all(span.start < span.end for span in spans)
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    assert edges == sorted(edges)
    assert all((part := text[span.start : span.end]).strip() == part for span in spans)
    assert not "".join(
        text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)
    ).strip()


@given(any_text, languages)
@settings(max_examples=150)
def test_sentences_cover_any_text_exactly(text: str, language: str) -> None:
    check_spans(text, split_sentences(text, language))


@given(texts_in_blocks(), languages)
def test_no_sentence_crosses_the_edge_of_a_block(
    text_and_blocks: tuple[str, tuple[Block, ...]], language: str
) -> None:
    text, blocks = text_and_blocks
    spans = split_sentences(text, language, blocks)
    check_spans(text, spans)
    assert all(
        any(block.start <= start and end <= block.end for block in blocks) for start, end in spans
    )


@given(any_text)
@settings(max_examples=150)
def test_paragraphs_cover_any_text_and_hold_no_blank_line(text: str) -> None:
    blocks = split_paragraphs(text)
    check_spans(text, blocks)
    assert not any(re.search(r"\n\s*\n", text[block.start : block.end]) for block in blocks)


@given(any_text)
def test_no_sentence_crosses_a_blank_line(text: str) -> None:
    assert not any(re.search(r"\n\s*\n", sentence) for sentence in sentences(text))


@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u2028\u3000\x85"])
def test_a_text_of_white_space_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == ()


CASES = {
    "quoted speech stays with its speaker": (
        "“We’re open now. Don’t be late,” some shopkeepers say.| One man laughed.",
        "“Stop!” he cried.| ‘Why?’ she asked.",
    ),
    "a quotation may end a sentence": ('He said: "It is over."| Then he left.',),
    "abbreviations end no sentence": (
        "Dr. Smith met Mrs. Jones in the U.S. on Jan. 5.| They ate.",
        "It rained, i.e. it poured.| Prices (esp. of food) rose.",
        "See Fig. 3 and Sec. 2.1.| See also pp. 3-4.",
        "At 5 p.m. the train left.| At 6 a.m. on Monday it arrived.",
        "Acme Corp. was sold to Apple Inc. in May.| All agreed.",
    ),
    "initials end no sentence": (
        "J. R. R. Tolkien wrote it.| It sold well.",
        "George W. Bush spoke.| Few listened.",
    ),
    "an abbreviation may end a sentence": ("She lives in Washington D.C.| The president left.",),
    "decimals, sections and addresses are whole": (
        "It grew by 3.5 per cent.| Inflation hit 2.1%.",
        "Visit www.example.com for more.| Then write to a.b@c.org.",
    ),
    "an ellipsis ends a sentence only before a capital": (
        "Wait … what did he say?| Well... maybe.| No!",
    ),
    "several marks end one sentence": ("What?!| No!!!| Really…?",),
    "a line break ends no sentence": (
        "The first line\nruns on into the second.| The next sentence\nfollows.",
    ),
    "a heading is a sentence": ("The siege of Aleppo|\n\nIt began in 2012.| It lasted.",),
    "list items parted by blank lines are sentences": (
        "- one hamburger|\n\n- two dogs|\n\n* three blankets",
    ),
    "white space of other kinds parts words too": (
        "One\u2028sentence here.|\u0085 Another one.|\u3000A third.|\xa0A fourth.",
    ),
    "characters beyond the first plane count as one": (
        "\U0001f600 It works.| \U0001f1f8\U0001f1fe Really!",
    ),
    "a lone bracket or quote does no harm": ("(He left early.| She stayed “for long.| All went",),
}


@pytest.mark.parametrize("text", [text for texts in CASES.values() for text in texts])
def test_english_sentences_are_told_apart(text: str) -> None:
    """In the case, `|` stands before white space where one sentence ends and the next begins."""
    assert sentences(text.replace("|", "")) == [part.strip() for part in text.split("|")]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ar", ["قال الرئيس: «لن نغادر».", "هل هذا صحيح؟", "نعم، إنه صحيح!"]),
        ("de", ["Am 3. Mai kam z. B. Herr Dr. Müller.", "Er blieb."]),
        ("es", ["¿Quién llegó?", "La Sra. López.", "¡Qué bien!"]),
        ("fr", ["Mme Dupont est arrivée.", "« Où est-il ? » demande-t-elle."]),
        ("hi", ["यह एक वाक्य है।", "यह दूसरा है।"]),
        ("ru", ["Он приехал в 2016 г. из Москвы.", "Где он?"]),
        ("no such language", ["One sentence.", "Another one."]),
        ("", ["One sentence.", "Another one."]),
    ],
)
def test_other_languages_are_told_apart(language: str, expected: list[str]) -> None:
    assert sentences(" ".join(expected), language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", ["他说：“我们走吧。”", "她同意了。", "真的吗？", "是的！"]),
        ("ja", ["これは文です。", "次の文です。"]),
    ],
)
def test_sentences_without_spaces_between_them_are_told_apart(
    language: str, expected: list[str]
) -> None:
    assert sentences("".join(expected), language) == expected


def test_right_to_left_marks_stay_where_they_are() -> None:
    assert sentences("\u202bهذا نص قصير.\u202c وهذا آخر.", "ar")[-1].endswith("وهذا آخر.")


def test_text_without_full_stops_is_cut_at_white_space() -> None:
    parts = sentences("word " * 1_000)
    assert " ".join(parts) == ("word " * 1_000).strip()
    limit = MAX_SENTENCE_CHARACTERS
    assert all(limit / 2 <= len(part) <= limit for part in parts[:-1])


def test_text_without_white_space_is_cut_too() -> None:
    assert [len(part) for part in sentences("x" * 2_500)] == [1_000, 1_000, 500]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "unit",
    ["A sentence of a few words, “quoted” and (not). ", "a ", "\n", " \n", ". ", "a\n", "A. "],
)
def test_split_sentences_of_megabyte_takes_seconds(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    check_spans(text, split_sentences(text))
