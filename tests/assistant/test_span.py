"""The few words that are the answer, which the embedded model quotes before its sentence."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article
from assistant.evidence import sentences_of
from assistant.span import Opening, clause_of, holds, in_quotes, stating

TEXT = "The Old Bridge was opened by Mayor Ana Ruiz.\n\nIt cost 3,200,000\neuros."


def pieces(*texts: str) -> Generator[str, None, None]:
    yield from texts


@pytest.mark.parametrize(
    "said",
    [
        (' "3 million" It cost 3 million.',),
        (" ", '"', "3 mil", 'lion"', " It cost", " 3 million."),
        tuple(' "3 million" It cost 3 million.'),
    ],
)
def test_the_quoted_words_are_taken_away_however_they_come(said: tuple[str, ...]) -> None:
    opening = Opening()
    assert "".join(opening.after(pieces(*said))).strip() == "It cost 3 million."
    assert opening.span == "3 million"


@pytest.mark.parametrize(
    "said", [("“The worst", " moment” ", "Ana Ruiz called it that."), tuple(" “The worst moment” Ana Ruiz called it that.")]
)
def test_words_that_a_speaker_said_may_keep_the_article_s_marks(said: tuple[str, ...]) -> None:
    opening = Opening()
    assert "".join(opening.after(pieces(*said))).strip() == "Ana Ruiz called it that."
    assert opening.span == "The worst moment"


@pytest.mark.parametrize(
    "said", ["“The worst moment,” said Ana Ruiz.", "“We won”, Ana said.", "“All” of it.", "“A ship”", "“A ship sank", " “A” "]
)
def test_a_sentence_may_begin_with_what_was_said(said: str) -> None:
    for cut in ((said,), tuple(said)):
        opening = Opening()
        assert "".join(opening.after(pieces(*cut))) == said
        assert opening.span == ""


@pytest.mark.parametrize("said", [" It cost 3 million.", "", ' "It cost 3 million', 'It cost "3 million".'])
def test_words_that_open_with_no_quotation_stay_as_they_are(said: str) -> None:
    opening = Opening()
    assert "".join(opening.after(pieces(*said))) == said
    assert opening.span == ""


def test_a_model_that_only_quotes_on_and_on_is_left() -> None:
    def quoting() -> Generator[str, None, None]:
        yield '"Lingala'
        yield '"'
        while True:
            yield ' "African"'

    opening = Opening()
    assert "".join(opening.after(quoting())) == ""
    assert opening.span == "Lingala"


def test_a_stream_that_is_left_stops_the_model() -> None:
    ended = []

    def model() -> Generator[str, None, None]:
        try:
            yield '"3 million"'
            yield " It cost"
        finally:
            ended.append(True)

    stream = Opening().after(model())
    next(stream)
    stream.close()
    assert ended


def test_the_words_must_stand_in_a_sentence_to_the_letter() -> None:
    article = Article.from_text(TEXT)
    found = sentences_of([article], lambda article: range(len(article.sentences)))
    assert stating("3,200,000 euros", found) == found[1]
    assert stating("3,200,001 euros", found) is None
    assert stating("", found) is None


def test_a_sentence_holds_what_it_says_in_other_forms() -> None:
    assert holds("They were flooded for days.", "flooded")
    assert holds("It cost 3 million.", "")
    assert not holds("It opened in Dublin.", "Cork City")


def test_what_is_taught_is_what_is_read() -> None:
    opening = Opening()
    assert list(opening.after(pieces(in_quotes("Cork City")))) == [""]
    assert opening.span == "Cork City"


@pytest.mark.parametrize(
    ("span", "sentence", "clause"),
    [
        ("postal", "Van Gend en Loos, a postal company, sued in 1963.", "a postal company"),
        ("21 miles", "They bought land, another 21 miles\nnorth of New York.", "another 21 miles north of New York"),
        ("3,000", "Nearly 3,000 were killed in Toulouse alone.", "Nearly 3,000 were killed in Toulouse alone"),
        ("Mayor Ana Ruiz", "Mayor Ana Ruiz (then 40) opened it.", "Mayor Ana Ruiz"),
        ("the U.S.", "It is ruled from the U.S.", "It is ruled from the U.S."),
        ("May, and June", "It rained – in May, and June – for days.", "in May, and June"),
        ("Turkey", "They left, but one is in Turkey.", "one is in Turkey"),
        ("so many", "It was cold, so many left.", "so many left"),
        ("No. 13", "Two regiments: No. 13 and No. 15; both fought.", "No. 13 and No. 15"),
    ],
)
def test_few_words_are_shown_with_what_they_are_said_of(span: str, sentence: str, clause: str) -> None:
    assert clause_of(span, sentence) == clause


def test_a_number_within_another_is_not_it() -> None:
    assert clause_of("200", "In 1,200 days, 200 came.") == "200 came"
    (found,) = sentences_of([Article.from_text("It cost 1,200 euros in 2016.")], lambda _: [0])
    assert stating("1,200", [found]) == found
    assert stating("200", [found]) is stating("16", [found]) is stating("euro", [found]) is None
    assert clause_of("北京", "他在北京,很久。") == "他在北京,很久。"  # which has no spaces between words
    with pytest.raises(ValueError, match="not in the sentence"):
        clause_of("200", "It cost 1,200 euros.")


@given(st.lists(st.sampled_from(["a", "b,", "1:", "(c)", "–", "d;"]), min_size=1), st.data())
def test_a_clause_has_the_span_and_is_of_the_sentence(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    span = " ".join(words[start : data.draw(st.integers(start + 1, len(words)))])
    clause = clause_of(span, "\n".join(words))
    assert span in clause
    assert clause in " ".join(words)
