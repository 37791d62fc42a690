"""Test the parsing of chats that a browser sends back, and the next questions."""

from __future__ import annotations

import json
from threading import Event as Flag
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Answer, Article, InputError, Quote
from assistant.interfaces.web.conversation import DEFAULT_VISIBLE_TURNS, Chat
from assistant.service.next_questions import suggest_next_questions
from tests.assistant.interfaces.web.test_html import PAYLOADS, Read

ARTICLE = Article.from_text(
    "The bridge was opened by Ana Ruiz. It cost 3 million euros.", "The bridge"
)
FIRST, SECOND = (Quote.of(ARTICLE, sentence, 1) for sentence in ARTICLE.sentences)
WHOLE = Answer.from_text("Who?", "Ana Ruiz [1].", (FIRST,), searched="Who?")
PART = Answer.from_text("And when?", "In", (), searched="And when?", partial=True)


def sent(*turns: Any, **more: Any) -> str:
    return json.dumps(
        {"id": "a1", "title": "A talk", "articles": ARTICLE.id, "turns": turns, **more}
    )


def turn(answer: Answer) -> dict[str, Any]:
    return {"question": answer.question, "answer": answer.to_dict()}


def parse(chat_json: object) -> Chat:
    return Chat.from_json(chat_json, lambda ids: [ARTICLE])


def test_chat_from_json_restores_answers_and_complete_history() -> None:
    chat = parse(sent(turn(WHOLE), turn(PART)))
    assert (chat.id, chat.title, chat.articles) == ("a1", "A talk", [ARTICLE])
    assert chat.exchanges == [("Who?", WHOLE), ("And when?", PART)]
    assert chat.history == [("Who?", WHOLE)]
    assert [message["role"] for message in chat.messages] == ["user", "assistant"] * 2


@pytest.mark.parametrize(
    ("extra", "first"),
    [
        ({}, 10),
        ({"shown": 25}, 5),
        ({"shown": 99}, 0),
        ({"shown": "all"}, 10),
        ({"shown": -1}, 10),
        ({"shown": 3}, 10),
    ],
)
def test_long_chat_shows_last_turns_and_keeps_history(extra: dict[str, Any], first: int) -> None:
    chat = parse(sent(*[turn(WHOLE)] * 30, **extra))
    assert len(chat.history) == 30
    assert len(chat.messages) == 2 * (30 - first)
    assert f"question at-{first}" in chat.messages[0]["content"]


def test_chat_from_json_requests_articles_of_the_browser() -> None:
    requested_ids: list[str] = []

    def get_articles(ids: list[str]) -> list[Article]:
        requested_ids.extend(ids)
        return [ARTICLE]

    Chat.from_json(sent(articles="a,b"), get_articles)
    assert requested_ids == ["a", "b"]


def test_unreadable_turn_keeps_its_position_and_shows_notice() -> None:
    chat = parse(sent({"question": "Why?", "answer": {"text": 1}}, None, "x", turn(WHOLE)))
    assert [entry.question for entry in chat.turns] == ["Why?", "", "", "Who?"]
    assert len(chat.messages) == 8
    assert "cannot be read" in chat.messages[1]["content"]
    assert chat.exchanges == [("Who?", WHOLE)]


@pytest.mark.parametrize(
    "chat_json",
    [None, 7, "", "{", "[]", "null", '{"turns": 1}', '{"turns": {}}', "[" * 100_000, "1" * 10_000],
)
def test_chat_from_json_invalid_json_raises_error(chat_json: object) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        parse(chat_json)


def test_chat_from_json_too_long_raises_error() -> None:
    with pytest.raises(InputError):
        parse(sent(*[None] * 1_001))
    with pytest.raises(InputError):
        parse(sent("x" * 6_000_001))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_chat_messages_escape_payloads(payload: str) -> None:
    quote = {**turn(WHOLE)["answer"]["quotes"][0], "title": payload}
    answer = {
        **WHOLE.to_dict(),
        "question": payload,
        "text": f"{payload} [1]",
        "notes": [payload],
        "quotes": [quote],
        "model": payload,
    }
    for message in parse(
        sent({"question": payload, "answer": answer}, {"question": payload, "answer": payload})
    ).messages:
        # Read allows only the elements and attributes of the page itself.
        assert Read(message["content"]).text


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(st.lists(anything | st.fixed_dictionaries({"question": anything, "answer": anything})))
def test_arbitrary_turns_render_one_message_pair_each(turns: list[Any]) -> None:
    chat = parse(sent(*turns))
    assert len(chat.messages) == 2 * min(len(turns), DEFAULT_VISIBLE_TURNS)
    for message in chat.messages:
        Read(message["content"]).text.encode("utf-8")


# ---- next questions
NAMES = Article.from_text(
    "The bridge is in Lund. They met Ana Ruiz, who opened it, and Bo Ek, who paid. "
    "From Malmö came Eva Lind, who sang, and it rained in Ystad, too."
)
EXCHANGES = [
    (
        "Where is it?",
        Answer.from_text("Where is it?", "Lund [1].", (Quote.of(NAMES, NAMES.sentences[0], 1),)),
    )
]


def test_next_questions_use_nearby_names_and_new_quotes() -> None:
    tried: list[str] = []

    def answer(question: str) -> Answer:
        tried.append(question)
        number = 1 if "Bo Ek" in question else 0 if "Ana Ruiz" in question else 2
        return Answer.from_text(
            question,
            "…",
            (Quote.of(NAMES, NAMES.sentences[number], 1),),
            answered="Eva Lind" not in question,
        )

    suggestions = suggest_next_questions(EXCHANGES, [NAMES], answer, Flag())
    # What is said of Eva Lind is not answered, and the sentence with Ana Ruiz is cited already.
    assert suggestions == ["Who is Bo Ek?"]
    assert {"Who is Eva Lind?", "Who is Ana Ruiz?"} < set(tried)
    assert not any(place in question for question in tried for place in ("Malmö", "Ystad"))


def test_next_questions_flag_set_returns_none() -> None:
    flag = Flag()
    flag.set()
    assert (
        suggest_next_questions(EXCHANGES, [NAMES], lambda question: pytest.fail("asked"), flag)
        == []
    )


def test_next_questions_without_quotes_returns_none() -> None:
    assert suggest_next_questions([], [NAMES], lambda question: None, Flag()) == []
    assert suggest_next_questions(EXCHANGES, [NAMES], lambda question: None, Flag()) == []
