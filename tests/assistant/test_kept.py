"""An answer that comes back from where it was kept says nothing that the article does not bear out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Answer, Article, InputError, Quote
from assistant.answer import NOT_STATED, quotes_as_text
from index import Span


@pytest.fixture
def answer(bridge: Article, volcano: Article) -> Answer:
    quotes = (Quote.of(bridge, bridge.sentences[0], 1, 0.03), Quote.of(volcano, volcano.sentences[1], 2, 0.02))
    seconds = {"total": 0.5}
    return Answer("Who?", "Ana Ruiz [1]. Etna [2].", quotes, searched="Who?", notes=("Told.",), confidence=0.9, seconds=seconds)


def back(answer: Answer, *articles: Article, **changed: Any) -> Answer:
    return Answer.from_dict(json.loads(json.dumps({**answer.to_dict(), **changed})), articles)


def test_what_was_kept_comes_back_whole(answer: Answer, bridge: Article, volcano: Article) -> None:
    assert back(answer, bridge, volcano) == answer
    refusal = Answer("Why?", NOT_STATED, answered=False, nearest=answer.quotes[0], searched="Why?", partial=True)
    assert back(refusal, bridge) == refusal


def test_words_in_quotation_marks_are_looked_up_anew(answer: Answer, bridge: Article, volcano: Article) -> None:
    text = "She, “Mayor Ana Ruiz”, said “one” “seven” and “nothing” [1]."
    others = [
        ("one", "elsewhere", volcano.id),
        ("seven", "verified", bridge.id),
        ("nothing", "not found", ""),
        ("else", "verified", ""),
    ]
    claimed = [("Mayor Ana Ruiz", "not found", ""), *others]
    kept = {**answer.to_dict(), "text": text}
    kept["quoted"] = [{"words": words, "status": status, "article_id": one} for words, status, one in claimed]
    found = Answer.from_dict(kept, [bridge], {volcano.id: Article.from_text("No one. But one.", "Other")}.get).quoted
    assert [(one.words, one.status, one.title) for one in found] == [
        *(("Mayor Ana Ruiz", "verified", bridge.title), ("one", "elsewhere", "Other"), ("seven", "not found", "")),
        ("nothing", "not found", ""),
    ]
    assert {one.status for one in Answer.from_dict(kept, [bridge]).quoted} == {"verified", "not found"}
    with pytest.raises(InputError):
        Answer.from_dict({**kept, "quoted": [{"words": "x", "status": "sure"}]}, [bridge])


def test_a_quote_that_is_not_the_articles_words_is_dropped_and_told(answer: Answer, bridge: Article, volcano: Article) -> None:
    first, second = answer.to_dict()["quotes"]
    changed = [{**first, "text": first["text"].replace("1998", "1999")}, second]
    kept = back(answer, bridge, volcano, quotes=changed)
    assert [quote.number for quote in kept.quotes] == [2]
    assert kept.notes[-1] == "1 kept quote is not in the article as it is now, and was left out."


@pytest.mark.parametrize(("start", "end"), [(-64, -1), (5, 5), (9, 3), (0, 10**18), (-1, 63), (1, 65)])
def test_offsets_that_do_not_cut_out_the_words_are_dropped(answer: Answer, bridge: Article, start: int, end: int) -> None:
    first = {**answer.to_dict()["quotes"][0], "start": start, "end": end}
    kept = back(answer, bridge, quotes=[first])
    assert (kept.quotes, kept.answered) == ((), False)
    assert "Ana Ruiz" not in kept.text


def test_a_quote_of_an_article_that_is_not_there_is_dropped(answer: Answer, bridge: Article) -> None:
    assert [quote.article_id for quote in back(answer, bridge).quotes] == [bridge.id]
    assert back(answer).text.startswith("The quotes of this kept answer are not in the article")


def test_quotes_alone_lose_the_words_of_the_quote_that_is_dropped(answer: Answer, bridge: Article) -> None:
    kept = back(answer, bridge, text=quotes_as_text(answer.quotes))
    assert kept.quotes_alone
    assert "Etna" not in kept.text


def test_so_do_the_quotes_that_a_long_answer_ends_in(answer: Answer, bridge: Article) -> None:
    kept = back(answer, bridge, text=f"It is so. [1]\n{quotes_as_text(answer.quotes)}")
    assert kept.text == f"It is so. [1]\n{quotes_as_text(kept.quotes)}"
    assert "Etna" not in kept.text


def test_title_page_and_status_are_the_articles_whatever_was_kept(answer: Answer, bridge: Article) -> None:
    first = {**answer.to_dict()["quotes"][0], "title": "<b>Other</b>", "page": 7, "status": "not found"}
    (quote,) = back(answer, bridge, quotes=[first]).quotes
    assert quote == replace(answer.quotes[0], score=quote.score)


@pytest.mark.parametrize(
    "changed",
    [
        {"text": None},
        {"text": {"html": "x"}},
        {"text": "x" * 20_001},
        {"quotes": "all"},
        {"quotes": [None]},
        {"quotes": [{}]},
        {"quotes": [{"number": 0, "text": "x", "start": 0, "end": 1, "article_id": ""}]},
        {"notes": ["x"] * 51},
        {"confidence": 2},
        {"seconds": {"total": float("nan")}},
    ],
)
def test_what_is_no_answer_is_refused(answer: Answer, bridge: Article, changed: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        back(answer, bridge, **changed)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["question", "text", "quotes", "nearest", "x"]), inner),
    max_leaves=20,
)


@given(anything)
def test_anything_is_an_answer_or_told_to_be_none(data: object) -> None:
    try:
        kept = Answer.from_dict(data, ())
    except InputError:
        return
    assert not kept.quotes
    kept.to_markdown().encode("utf-8")


def test_a_quote_within_a_sentence_is_kept(bridge: Article) -> None:
    part = Quote.of(bridge, Span(4, 14), 1)
    assert back(Answer("What?", "The Old Bridge [1]", (part,), searched="What?"), bridge).quotes == (part,)
