"""A chat that comes back from a browser is shown as it was, or is said to be unreadable, and never does anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Answer, Article, InputError, Quote
from assistant.page.chats import SHOWN, Chat
from assistant.page.followups import followups

from .test_page import Flag
from .test_render import PAYLOADS, Read

ARTICLE = Article.from_text("The bridge was opened by Ana Ruiz. It cost 3 million euros.", "The bridge")
FIRST, SECOND = (Quote.of(ARTICLE, sentence, 1) for sentence in ARTICLE.sentences)
WHOLE = Answer("Who?", "Ana Ruiz [1].", (FIRST,), searched="Who?")
PART = Answer("And when?", "In", (), searched="And when?", partial=True)


def sent(*turns: Any, **more: Any) -> str:
    return json.dumps({"id": "a1", "title": "A talk", "articles": ARTICLE.id, "turns": turns, **more})


def turn(answer: Answer) -> dict[str, Any]:
    return {"question": answer.question, "answer": answer.to_dict()}


def read(kept: object) -> Chat:
    return Chat.of(kept, lambda ids: [ARTICLE])


def test_a_chat_comes_back_with_whole_answers_and_leans_on_no_part() -> None:
    chat = read(sent(turn(WHOLE), turn(PART)))
    assert (chat.id, chat.title, chat.articles) == ("a1", "A talk", [ARTICLE])
    assert chat.talk == [("Who?", WHOLE), ("And when?", PART)]
    assert chat.history == [("Who?", WHOLE)]
    assert [message["role"] for message in chat.messages] == ["user", "assistant"] * 2


@pytest.mark.parametrize(
    ("wanted", "first"),
    [({}, 10), ({"shown": 25}, 5), ({"shown": 99}, 0), ({"shown": "all"}, 10), ({"shown": -1}, 10), ({"shown": 3}, 10)],
)
def test_of_a_long_chat_the_last_exchanges_are_shown_and_all_are_known(wanted: dict[str, Any], first: int) -> None:
    chat = read(sent(*[turn(WHOLE)] * 30, **wanted))
    assert len(chat.history) == 30
    assert len(chat.messages) == 2 * (30 - first)
    assert f"question at-{first}" in chat.messages[0]["content"]


def test_the_articles_are_those_that_the_browser_names() -> None:
    named: list[str] = []
    Chat.of(sent(articles="a,b"), lambda ids: named.extend(ids) or [ARTICLE])  # type: ignore[func-returns-value]
    assert named == ["a", "b"]


def test_a_turn_that_cannot_be_read_keeps_its_place_and_is_told() -> None:
    chat = read(sent({"question": "Why?", "answer": {"text": 1}}, None, "x", turn(WHOLE)))
    assert [one.question for one in chat.turns] == ["Why?", "", "", "Who?"]
    assert len(chat.messages) == 8
    assert "cannot be read" in chat.messages[1]["content"]
    assert chat.talk == [("Who?", WHOLE)]


@pytest.mark.parametrize("kept", [None, 7, "", "{", "[]", "null", '{"turns": 1}', '{"turns": {}}', "[" * 100_000, "1" * 10_000])
def test_what_is_no_chat_is_told(kept: object) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(kept)


def test_a_chat_that_no_browser_can_keep_is_refused() -> None:
    with pytest.raises(InputError):
        read(sent(*[None] * 1_001))
    with pytest.raises(InputError):
        read(sent("x" * 6_000_001))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_chat_acts(payload: str) -> None:
    quote = {**turn(WHOLE)["answer"]["quotes"][0], "title": payload}
    answer = {
        **WHOLE.to_dict(),
        "question": payload,
        "text": f"{payload} [1]",
        "notes": [payload],
        "quotes": [quote],
        "model": payload,
    }
    for message in read(sent({"question": payload, "answer": answer}, {"question": payload, "answer": payload})).messages:
        assert Read(message["content"]).text  # which holds elements and attributes to the page's own


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


@given(st.lists(anything | st.fixed_dictionaries({"question": anything, "answer": anything})))
def test_any_turns_are_shown_each_in_its_place(turns: list[Any]) -> None:
    chat = read(sent(*turns))
    assert len(chat.messages) == 2 * min(len(turns), SHOWN)
    for message in chat.messages:
        Read(message["content"]).text.encode("utf-8")


# ---- questions to go on with
NAMES = Article.from_text(
    "The bridge is in Lund. Ana Ruiz opened it, and Bo Ek was there. They came from Malmö, and it rained in Ystad, too."
)
SAID = [("Where is it?", Answer("Where is it?", "Lund [1].", (Quote.of(NAMES, NAMES.sentences[0], 1),)))]


def test_followups_are_about_names_nearby_and_are_answered_by_something_new() -> None:
    asked: list[str] = []

    def answer(question: str) -> Answer:
        asked.append(question)
        number = 1 if "Bo Ek" in question else 0 if "Ystad" in question else 2
        return Answer(question, "…", (Quote.of(NAMES, NAMES.sentences[number], 1),), answered="Malmö" not in question)

    found = followups(SAID, [NAMES], answer, Flag())
    assert found
    assert all("Malmö" not in question for question in found)  # which is not answered
    assert all("Ystad" not in question for question in found)  # that sentence was cited already
    assert len(asked) <= 12


def test_no_followup_is_looked_for_once_something_else_is_asked() -> None:
    flag = Flag()
    flag.set()
    assert followups(SAID, [NAMES], lambda question: pytest.fail("asked"), flag) == []


def test_without_quotes_or_answers_there_are_none() -> None:
    assert followups([], [NAMES], lambda question: None, Flag()) == []
    assert followups(SAID, [NAMES], lambda question: None, Flag()) == []
