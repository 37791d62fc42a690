"""Test that a restored answer has only quotes that the article contains."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Answer, Article, InputError, Quote
from assistant.answer.quote import NOT_STATED, render_quotes_text
from index import Span

pytestmark = pytest.mark.unit


@pytest.fixture
def answer(bridge: Article, volcano: Article) -> Answer:
    quotes = (
        Quote.of(bridge, bridge.sentences[0], 1, 0.03),
        Quote.of(volcano, volcano.sentences[1], 2, 0.02),
    )
    seconds = {"total": 0.5}
    return Answer.from_text(
        "Who?",
        "Ana Ruiz [1]. Etna [2].",
        quotes,
        searched="Who?",
        notes=("Told.",),
        confidence=0.9,
        seconds=seconds,
    )


def restore(answer: Answer, *articles: Article, **changed: Any) -> Answer:
    return Answer.from_dict(json.loads(json.dumps({**answer.to_dict(), **changed})), articles)


def restore_text(answer: Answer, text: str, *articles: Article) -> Answer:
    """Restore the answer with another text."""
    statements = Answer.from_text(answer.question, text, answer.quotes).statements
    return restore(replace(answer, statements=statements), *articles)


def test_restored_answer_is_equal(answer: Answer, bridge: Article, volcano: Article) -> None:
    assert restore(answer, bridge, volcano) == answer
    refusal = Answer.from_text(
        "Why?", NOT_STATED, answered=False, nearest=answer.quotes[0], searched="Why?", partial=True
    )
    assert restore(refusal, bridge) == refusal


def test_restored_phrases_are_looked_up_again(
    answer: Answer, bridge: Article, volcano: Article
) -> None:
    text = "She, “Mayor Ana Ruiz”, said “one” “seven” and “nothing” [1]."
    other_articles = [
        ("one", "elsewhere", volcano.id),
        ("seven", "verified", bridge.id),
        ("nothing", "not found", ""),
        ("else", "verified", ""),
    ]
    claimed = [("Mayor Ana Ruiz", "not found", ""), *other_articles]
    restored = {**answer.to_dict(), "text": text, "statements": None}
    restored["quoted"] = [
        {"words": words, "status": status, "article_id": phrase}
        for words, status, phrase in claimed
    ]
    phrases = Answer.from_dict(
        restored, [bridge], {volcano.id: Article.from_text("No one. But one.", "Other")}.get
    ).quoted
    assert [(phrase.words, phrase.status, phrase.title) for phrase in phrases] == [
        *(
            ("Mayor Ana Ruiz", "verified", bridge.title),
            ("one", "elsewhere", "Other"),
            ("seven", "not found", ""),
        ),
        ("nothing", "not found", ""),
    ]
    assert {phrase.status for phrase in Answer.from_dict(restored, [bridge]).quoted} == {
        "verified",
        "not found",
    }
    with pytest.raises(InputError):
        Answer.from_dict({**restored, "quoted": [{"words": "x", "status": "sure"}]}, [bridge])


def test_altered_quote_is_dropped_with_note(
    answer: Answer, bridge: Article, volcano: Article
) -> None:
    first, second = answer.to_dict()["quotes"]
    changed = [{**first, "text": first["text"].replace("1998", "1999")}, second]
    restored = restore(answer, bridge, volcano, quotes=changed)
    assert [quote.number for quote in restored.quotes] == [2]
    assert (
        restored.notes[-1] == "1 kept quote is not in the article as it is now, and was left out."
    )


@pytest.mark.parametrize(
    ("start", "end"), [(-64, -1), (5, 5), (9, 3), (0, 10**18), (-1, 63), (1, 65)]
)
def test_quote_with_wrong_offsets_is_dropped(
    answer: Answer, bridge: Article, start: int, end: int
) -> None:
    first = {**answer.to_dict()["quotes"][0], "start": start, "end": end}
    restored = restore(answer, bridge, quotes=[first])
    assert (restored.quotes, restored.answered) == ((), False)
    assert "Ana Ruiz" not in restored.text


def test_quote_of_missing_article_is_dropped(answer: Answer, bridge: Article) -> None:
    assert [quote.article_id for quote in restore(answer, bridge).quotes] == [bridge.id]
    assert restore(answer).text.startswith("The quotes of this kept answer are not in the article")


def test_quotes_only_answer_loses_words_of_dropped_quote(answer: Answer, bridge: Article) -> None:
    restored = restore_text(answer, render_quotes_text(answer.quotes), bridge)
    assert restored.quotes_alone
    assert "Etna" not in restored.text


def test_long_answer_loses_words_of_dropped_quote(answer: Answer, bridge: Article) -> None:
    restored = restore_text(answer, f"It is so. [1]\n{render_quotes_text(answer.quotes)}", bridge)
    assert restored.text == f"It is so. [1]\n{render_quotes_text(restored.quotes)}"
    assert "Etna" not in restored.text


def test_restored_title_page_and_status_are_the_articles(answer: Answer, bridge: Article) -> None:
    first = {
        **answer.to_dict()["quotes"][0],
        "title": "<b>Other</b>",
        "page": 7,
        "status": "not found",
    }
    (quote,) = restore(answer, bridge, quotes=[first]).quotes
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
def test_invalid_answer_is_refused(
    answer: Answer, bridge: Article, changed: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        restore(answer, bridge, **changed)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["question", "text", "quotes", "nearest", "x"]), inner)
    ),
    max_leaves=8,
)


@given(anything)
def test_any_json_is_restored_or_refused(data: object) -> None:
    try:
        restored = Answer.from_dict(data, ())
    except InputError:
        return
    assert not restored.quotes
    restored.to_markdown().encode("utf-8")


def test_quote_within_sentence_is_restored(bridge: Article) -> None:
    part = Quote.of(bridge, Span(4, 14), 1)
    assert restore(
        Answer.from_text("What?", "The Old Bridge [1]", (part,), searched="What?"), bridge
    ).quotes == (part,)
