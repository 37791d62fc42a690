"""Test the model calls, and the filters for evidence and citations in streamed output."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article
from assistant.pipeline.candidate import Candidate
from assistant.pipeline.generation.calls import choose_sentence_ids, write_from, write_one_call
from assistant.pipeline.generation.streaming import CitationFilter, EvidenceFilter, UnsupportedError
from assistant.pipeline.prompting.protocol import is_not_stated
from assistant.pipeline.verification.evidence import Evidence
from index import Span
from index.retrieval.hybrid import Hit
from tests.assistant.conftest import BRIDGE
from tests.assistant.fakes import ScriptedModel

pytestmark = pytest.mark.unit

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
NO_IDS = [
    "[]",
    "[4",
    "[ 4 ]",
    "[a]",
    "4]",
    "[4-6]",
    "[1234567890]",
    "[4,]",
    "[",
    "]",
    " " * 90,
    "[2" + ",4" * 50,
]
WORDS = ["The", "bridge", " ", "  ", "\n", ".", ",", "4", "word "]
marked_texts = st.lists(st.sampled_from([*WORDS, *IDS]), max_size=12).map("".join)
odd_texts = st.lists(st.sampled_from([*WORDS, *IDS, *NO_IDS]), max_size=12).map("".join)
cuts = st.lists(st.integers(0, 60) | st.integers(0, 300), max_size=20)


def split_at(text: str, cuts_at: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(edge for edge in cuts_at if edge < len(text))})
    return [text[start:end] for start, end in pairwise(edges)]


def filter_citations(pieces: list[str]) -> tuple[str, list[int]]:
    markers = CitationFilter(CANDIDATES)
    text = "".join(map(markers.filter, pieces)) + markers.finish()
    return text, [candidate.id for candidate in markers.cited]


@pytest.mark.parametrize(
    ("written", "emitted", "cited"),
    [
        ("It opened [4]. It cost [2].", "It opened [1]. It cost [2].", [4, 2]),
        (
            "It opened [2], it cost [4], it opened [2].",
            "It opened [1], it cost [2], it opened [1].",
            [2, 4],
        ),
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
def test_citation_filter_numbers_cited_ids(written: str, emitted: str, cited: list[int]) -> None:
    assert filter_citations([written]) == (emitted, cited)
    assert filter_citations(list(written)) == (emitted, cited)


@given(odd_texts, cuts)
def test_citation_filter_does_not_depend_on_cuts(text: str, cuts_at: list[int]) -> None:
    assert filter_citations(split_at(text, cuts_at)) == filter_citations([text])


@given(marked_texts, cuts)
def test_citation_filter_cites_candidates_only(text: str, cuts_at: list[int]) -> None:
    emitted, cited = filter_citations(split_at(text, cuts_at))
    assert set(cited) <= {4, 2, 6}
    assert len(cited) == len(set(cited))
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", emitted)]
    assert set(numbers) == set(range(1, len(cited) + 1))
    assert list(dict.fromkeys(numbers)) == sorted(set(numbers))  # counted as they come


@given(marked_texts, cuts)
def test_citation_filter_changes_ids_only(text: str, cuts_at: list[int]) -> None:
    emitted, _ = filter_citations(split_at(text, cuts_at))
    assert re.sub(r"\s|\[[\d,; ]+\]", "", emitted) == re.sub(r"\s|\[[\d,; ]+\]", "", text)


def filter_evidence(pieces: list[str]) -> tuple[str, str]:
    """Return the emitted text and the unsupported word that stopped it."""
    evidence_filter, emitted = EvidenceFilter(EVIDENCE), ""
    try:
        for piece in pieces:
            emitted += evidence_filter.filter(piece)
        emitted += evidence_filter.finish()
    except UnsupportedError as error:
        return emitted, error.word
    return emitted, ""


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


def test_evidence_filter_passes_supported_words() -> None:
    assert filter_evidence(["Ana Ru", "iz opened it in 19", "98."]) == (
        "Ana Ruiz opened it in 1998.",
        "",
    )


@pytest.mark.parametrize(
    ("written", "emitted", "word"),
    [
        ("Ana Ruiz opened it in 1999 or later.", "Ana Ruiz opened it in ", "1999"),
        ("Bob opened it.", "", "Bob"),
        ("It cost 3,200,001 euros.", "It cost ", "3,200,001"),
        ("It was opened by Ana Weberson.", "It was opened by Ana ", "Weberson"),
        ("It is 120 metres long, opened in 2013", "It is 120 metres long, opened in ", "2013"),
    ],
)
def test_evidence_filter_stops_at_first_unsupported_word(
    written: str, emitted: str, word: str
) -> None:
    assert filter_evidence(list(written)) == (emitted, word)


@given(gated_texts, cuts)
def test_evidence_filter_does_not_depend_on_cuts(text: str, cuts_at: list[int]) -> None:
    emitted, word = filter_evidence(split_at(text, cuts_at))
    assert word == filter_evidence([text])[1] == (EVIDENCE.find_missing_term(text) or "")
    assert text.startswith(emitted)
    assert EVIDENCE.find_missing_term(emitted) is None
    assert emitted == text if not word else emitted != text


@given(gated_texts, cuts)
def test_evidence_filter_emits_whole_words(text: str, cuts_at: list[int]) -> None:
    evidence_filter, emitted = EvidenceFilter(EVIDENCE), ""
    try:
        for piece in split_at(text, cuts_at):
            emitted += evidence_filter.filter(piece)
            assert not emitted or emitted[-1].isspace()
    except UnsupportedError:
        pass


@pytest.mark.parametrize(
    "text",
    [
        "Not stated",
        "Not stated.",
        "  not stated",
        "NOT STATED!",
        "“Not stated.”",
        "**Not stated**",
        "The article does not say.",
        "The article does not mention a cost.",
        "The article does not state it",
    ],
)
def test_is_not_stated_recognizes_refusal(text: str) -> None:
    assert is_not_stated(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It is not stated.",
        "Not all of it.",
        "The article does.",
        "The mayor does not say.",
        "No.",
    ],
)
def test_is_not_stated_rejects_answer(text: str) -> None:
    assert not is_not_stated(text)


def test_write_from_prompts_with_selected_ids() -> None:
    model = ScriptedModel(pieces=(" She opened", " it."))
    assert (
        "".join(write_from("Who {ids} opened it?", [], CANDIDATES[:2], model, "Say Yes."))
        == " She opened it."
    )
    assert model.prompts == ["Question: Who {ids} opened it?\nSay Yes.\nFound [4][2]."]


@pytest.mark.parametrize(
    ("output", "ids"),
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
def test_choose_sentence_ids_accepts_ids_only(output: str, ids: list[int]) -> None:
    model = ScriptedModel(pieces=(output,))
    assert choose_sentence_ids("Who?", [], model) == ids
    assert model.prompts == ["Question: Who?\nFound ["]


def test_write_one_call_prompts_with_question() -> None:
    model = ScriptedModel(pieces=("She did [4].",))
    assert "".join(write_one_call("Who opened it?", [], model)) == "She did [4]."
    assert model.prompts == ["Question: Who opened it?"]


def test_closing_writer_stops_model() -> None:
    model = ScriptedModel(pieces=("She", " opened", " it."))
    stream = write_one_call("Who?", [], model)
    assert next(stream) == "She"
    stream.close()
    assert model.ended == ["closed"]
