"""Test the answer span, which the bundled model quotes before its sentence."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article
from assistant.pipeline.candidate import make_candidates_at
from assistant.pipeline.generation.answer_span import (
    SpanFilter,
    clause_around_span,
    contains_span_stems,
    find_candidate_with_span,
    quote_span,
)

pytestmark = pytest.mark.unit

TEXT = "The Old Bridge was opened by Mayor Ana Ruiz.\n\nIt cost 3,200,000\neuros."


def pieces(*texts: str) -> Generator[str, None, None]:
    yield from texts


@pytest.mark.parametrize(
    "output",
    [
        (' "3 million" It cost 3 million.',),
        (" ", '"', "3 mil", 'lion"', " It cost", " 3 million."),
        tuple(' "3 million" It cost 3 million.'),
    ],
)
def test_span_is_removed_however_output_is_cut(output: tuple[str, ...]) -> None:
    opening = SpanFilter()
    assert "".join(opening.filter(pieces(*output))).strip() == "It cost 3 million."
    assert opening.span == "3 million"


@pytest.mark.parametrize(
    "output",
    [
        ("“The worst", " moment” ", "Ana Ruiz called it that."),
        tuple(" “The worst moment” Ana Ruiz called it that."),
    ],
)
def test_span_in_quotation_marks_of_article_is_removed(output: tuple[str, ...]) -> None:
    opening = SpanFilter()
    assert "".join(opening.filter(pieces(*output))).strip() == "Ana Ruiz called it that."
    assert opening.span == "The worst moment"


@pytest.mark.parametrize(
    "output",
    [
        "“The worst moment,” said Ana Ruiz.",
        "“We won”, Ana said.",
        "“All” of it.",
        "“A ship”",
        "“A ship sank",
        " “A” ",
    ],
)
def test_sentence_that_begins_with_speech_is_unchanged(output: str) -> None:
    for cut in ((output,), tuple(output)):
        opening = SpanFilter()
        assert "".join(opening.filter(pieces(*cut))) == output
        assert opening.span == ""


@pytest.mark.parametrize(
    "output", [" It cost 3 million.", "", ' "It cost 3 million', 'It cost "3 million".']
)
def test_output_without_span_is_unchanged(output: str) -> None:
    opening = SpanFilter()
    assert "".join(opening.filter(pieces(*output))) == output
    assert opening.span == ""


def test_endless_quoted_words_are_discarded() -> None:
    def quoting() -> Generator[str, None, None]:
        yield '"Lingala'
        yield '"'
        while True:
            yield ' "African"'

    opening = SpanFilter()
    assert "".join(opening.filter(quoting())) == ""
    assert opening.span == "Lingala"


def test_closing_filtered_stream_stops_model() -> None:
    ended = []

    def model() -> Generator[str, None, None]:
        try:
            yield '"3 million"'
            yield " It cost"
        finally:
            ended.append(True)

    stream = SpanFilter().filter(model())
    next(stream)
    stream.close()
    assert ended


def test_find_candidate_needs_exact_span() -> None:
    article = Article.from_text(TEXT)
    candidates = make_candidates_at([article], lambda article: range(len(article.sentences)))
    assert find_candidate_with_span("3,200,000 euros", candidates) == candidates[1]
    assert find_candidate_with_span("3,200,001 euros", candidates) is None
    assert find_candidate_with_span("", candidates) is None


def test_contains_span_stems_accepts_inflected_forms() -> None:
    assert contains_span_stems("They were flooded for days.", "flooded")
    assert contains_span_stems("It cost 3 million.", "")
    assert not contains_span_stems("It opened in Dublin.", "Cork City")


def test_quote_span_matches_span_filter() -> None:
    opening = SpanFilter()
    assert list(opening.filter(pieces(quote_span("Cork City")))) == [""]
    assert opening.span == "Cork City"


@pytest.mark.parametrize(
    ("span", "sentence", "clause"),
    [
        ("postal", "Van Gend en Loos, a postal company, sued in 1963.", "a postal company"),
        (
            "21 miles",
            "They bought land, another 21 miles\nnorth of New York.",
            "another 21 miles north of New York",
        ),
        (
            "3,000",
            "Nearly 3,000 were killed in Toulouse alone.",
            "Nearly 3,000 were killed in Toulouse alone",
        ),
        ("Mayor Ana Ruiz", "Mayor Ana Ruiz (then 40) opened it.", "Mayor Ana Ruiz"),
        ("the U.S.", "It is ruled from the U.S.", "It is ruled from the U.S."),
        ("May, and June", "It rained – in May, and June – for days.", "in May, and June"),
        ("Turkey", "They left, but one is in Turkey.", "one is in Turkey"),
        ("so many", "It was cold, so many left.", "so many left"),
        ("No. 13", "Two regiments: No. 13 and No. 15; both fought.", "No. 13 and No. 15"),
    ],
)
def test_clause_around_span_ends_at_punctuation(span: str, sentence: str, clause: str) -> None:
    assert clause_around_span(span, sentence) == clause


def test_span_within_longer_number_does_not_match() -> None:
    assert clause_around_span("200", "In 1,200 days, 200 came.") == "200 came"
    (candidates,) = make_candidates_at(
        [Article.from_text("It cost 1,200 euros in 2016.")], lambda _: [0]
    )
    assert find_candidate_with_span("1,200", [candidates]) == candidates
    assert (
        find_candidate_with_span("200", [candidates])
        is find_candidate_with_span("16", [candidates])
        is find_candidate_with_span("euro", [candidates])
        is None
    )
    assert (
        clause_around_span("北京", "他在北京,很久。") == "他在北京,很久。"
    )  # which has no spaces between words
    with pytest.raises(ValueError, match="not in the sentence"):
        clause_around_span("200", "It cost 1,200 euros.")


@given(st.lists(st.sampled_from(["a", "b,", "1:", "(c)", "–", "d;"]), min_size=1), st.data())
def test_clause_contains_span_and_is_part_of_sentence(
    words: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    span = " ".join(words[start : data.draw(st.integers(start + 1, len(words)))])
    clause = clause_around_span(span, "\n".join(words))
    assert span in clause
    assert clause in " ".join(words)
