"""What is shown of a model's words: whole words that the evidence carries, and citations of sentences that were there."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article
from assistant.checking import Evidence
from assistant.evidence import Candidate
from assistant.writing import Gate, Markers, UnsupportedError, name_sentences, says_not_stated, write_from, write_one_call
from index import Span
from index.search import Hit

from .conftest import BRIDGE
from .fakes import Scripted

ARTICLE = Article.from_text(BRIDGE)
HIT = Hit(ARTICLE, Span(0, 9), 0.03, 0.5, 1.0)
CANDIDATES = [Candidate(number, ARTICLE, number - 1, HIT) for number in (4, 2, 6)]
EVIDENCE = Evidence([ARTICLE.slice(span) for span in ARTICLE.sentences])

# Ids of candidates, ids of none, and what only looks like an id.
IDS = [
    "[4]",
    "[2]",
    "[6]",
    "[4, 2]",
    "[2;6]",
    "[4][2]",
    "[1]",
    "[3]",
    "[0]",
    "[00]",
    "[999999999]",
    "[4,4]",
    "[4, 999]",
    "[04]",
]
NO_IDS = ["[]", "[4", "[ 4 ]", "[a]", "4]", "[4-6]", "[1234567890]", "[4,]", "[", "]", " " * 90, "[2" + ",4" * 50]
WORDS = ["The", "bridge", " ", "  ", "\n", ".", ",", "4", "word "]
marked_texts = st.lists(st.sampled_from([*WORDS, *IDS]), max_size=12).map("".join)
odd_texts = st.lists(st.sampled_from([*WORDS, *IDS, *NO_IDS]), max_size=12).map("".join)
cuts = st.lists(st.integers(0, 60) | st.integers(0, 300), max_size=20)


def cut(text: str, places: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place for place in places if place < len(text))})
    return [text[start:end] for start, end in pairwise(edges)]


def marked(pieces: list[str]) -> tuple[str, list[int]]:
    markers = Markers(CANDIDATES)
    text = "".join(map(markers.take, pieces)) + markers.rest()
    return text, [candidate.id for candidate in markers.cited]


@pytest.mark.parametrize(
    ("written", "shown", "cited"),
    [
        ("It opened [4]. It cost [2].", "It opened [1]. It cost [2].", [4, 2]),
        ("It opened [2], it cost [4], it opened [2].", "It opened [1], it cost [2], it opened [1].", [2, 4]),
        ("It opened [4, 2].", "It opened [1][2].", [4, 2]),
        ("It opened [4; 2,6].", "It opened [1][2][3].", [4, 2, 6]),
        ("It opened [4][2].", "It opened [1][2].", [4, 2]),
        ("It opened [4][4].", "It opened [1][1].", [4]),
        ("It opened [4, 4].", "It opened [1].", [4]),
        ("It opened [004].", "It opened [1].", [4]),
        ("It opened [1].", "It opened.", []),
        ("It opened [0] [999] [123456789].", "It opened.", []),
        ("It opened [1, 6, 3].", "It opened [1].", [6]),
        ("It opened.", "It opened.", []),
        ("[4] It opened.", "[1] It opened.", [4]),
        ("", "", []),
    ],
)
def test_ids_of_sentences_become_numbers_of_quotes(written: str, shown: str, cited: list[int]) -> None:
    assert marked([written]) == (shown, cited)
    assert marked(list(written)) == (shown, cited)


@given(odd_texts, cuts)
def test_however_a_text_is_cut_its_citations_are_the_same(text: str, places: list[int]) -> None:
    assert marked(cut(text, places)) == marked([text])


@given(marked_texts, cuts)
def test_only_sentences_that_were_shown_are_cited(text: str, places: list[int]) -> None:
    shown, cited = marked(cut(text, places))
    assert set(cited) <= {4, 2, 6}
    assert len(cited) == len(set(cited))
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", shown)]
    assert set(numbers) == set(range(1, len(cited) + 1))
    assert list(dict.fromkeys(numbers)) == sorted(set(numbers))  # counted as they come


@given(marked_texts, cuts)
def test_nothing_but_ids_is_changed(text: str, places: list[int]) -> None:
    shown, _ = marked(cut(text, places))
    assert re.sub(r"\s|\[[\d,; ]+\]", "", shown) == re.sub(r"\s|\[[\d,; ]+\]", "", text)


def gated(pieces: list[str]) -> tuple[str, str]:
    """What was shown, and the word that closed the gate."""
    gate, shown = Gate(EVIDENCE), ""
    try:
        for piece in pieces:
            shown += gate.let(piece)
        shown += gate.rest()
    except UnsupportedError as error:
        return shown, error.word
    return shown, ""


gated_words = [
    "Ana Ruiz",
    "opened",
    "the bridge",
    "in 1998",
    "3,200,000",
    "Syrian",
    "[1]",
    "2003.",
    "in 1999",
    "Bob",
    "120",
    "1200",
    "\n",
]
gated_texts = st.lists(st.sampled_from(gated_words), max_size=10).map(" ".join)


def test_words_that_the_evidence_carries_pass() -> None:
    assert gated(["Ana Ru", "iz opened it in 19", "98."]) == ("Ana Ruiz opened it in 1998.", "")


@pytest.mark.parametrize(
    ("written", "shown", "word"),
    [
        ("Ana Ruiz opened it in 1999 or later.", "Ana Ruiz opened it in ", "1999"),
        ("Bob opened it.", "", "Bob"),
        ("It cost 3,200,001 euros.", "It cost ", "3,200,001"),
        ("It was opened by Ana Weberson.", "It was opened by Ana ", "Weberson"),
        ("It is 120 metres long, opened in 2013", "It is 120 metres long, opened in ", "2013"),
    ],
)
def test_the_first_word_that_the_evidence_lacks_closes_the_gate(written: str, shown: str, word: str) -> None:
    assert gated(list(written)) == (shown, word)


@given(gated_texts, cuts)
def test_however_a_text_is_cut_the_same_word_closes_the_gate(text: str, places: list[int]) -> None:
    shown, word = gated(cut(text, places))
    assert word == gated([text])[1] == (EVIDENCE.first_missing(text) or "")
    assert text.startswith(shown)
    assert EVIDENCE.first_missing(shown) is None
    assert shown == text if not word else shown != text


@given(gated_texts, cuts)
def test_only_whole_words_are_shown(text: str, places: list[int]) -> None:
    gate, shown = Gate(EVIDENCE), ""
    try:
        for piece in cut(text, places):
            shown += gate.let(piece)
            assert not shown or shown[-1].isspace()
    except UnsupportedError:
        pass


@pytest.mark.parametrize(
    "text",
    ["Not stated", "Not stated.", "  not stated", "NOT STATED!", "“Not stated.”", "**Not stated**", "The article does not say.",
     "The article does not mention a cost.", "The article does not state it"],
)  # fmt: skip
def test_a_refusal_is_known_as_one(text: str) -> None:
    assert says_not_stated(text)


@pytest.mark.parametrize(
    "text", ["", "It is not stated.", "Not all of it.", "The article does.", "The mayor does not say.", "No."]
)
def test_an_answer_is_not_taken_for_a_refusal(text: str) -> None:
    assert not says_not_stated(text)


def test_a_small_model_goes_on_from_the_sentences_that_it_is_pointed_to() -> None:
    model = Scripted(pieces=(" She opened", " it."))
    assert "".join(write_from("Who {ids} opened it?", [], CANDIDATES[:2], model, "Say Yes.")) == " She opened it."
    assert model.shown == ["Question: Who {ids} opened it?\nSay Yes.\nFound [4][2]."]


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ("4", [4]),
        ("4][12", [4, 12]),
        ("[4] [12].", [4, 12]),
        (" 4]. ", [4]),
        ("4]. She opened it.", []),
        ("She opened it [4].", []),
        ("1234567", []),
        ("", []),
    ],
)
def test_a_small_model_names_sentences_by_number_and_by_nothing_else(said: str, ids: list[int]) -> None:
    model = Scripted(pieces=(said,))
    assert name_sentences("Who?", [], model) == ids
    assert model.shown == ["Question: Who?\nFound ["]


def test_a_capable_model_is_asked_the_question_alone() -> None:
    model = Scripted(pieces=("She did [4].",))
    assert "".join(write_one_call("Who opened it?", [], model)) == "She did [4]."
    assert model.shown == ["Question: Who opened it?"]


def test_a_writer_that_is_closed_stops_its_model() -> None:
    model = Scripted(pieces=("She", " opened", " it."))
    writing = write_one_call("Who?", [], model)
    assert next(writing) == "She"
    writing.close()  # type: ignore[attr-defined]
    assert model.ended == ["closed"]
