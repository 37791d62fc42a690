"""Test the load test: what it counts, which answers it calls wrong, and its mock model."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from openai import OpenAI

from evaluation.load.__main__ import summarize
from evaluation.load.cases import Case, describe_fault, make_articles, make_cases
from evaluation.load.mock_model import choose_sentence, make_server, parse_delay

pytestmark = pytest.mark.unit

TEXT = "The Alder bridge cost 1,234 euros."
CASE = Case("How much did the bridge cost?", "a", TEXT, "1,234")


def make_answer(**changes: Any) -> dict[str, Any]:
    quote = {"article_id": "a", "start": 0, "end": len(TEXT), "text": TEXT}
    return {"question": CASE.question, "quotes": [{**quote, **changes.pop("quote", {})}], **changes}


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (make_answer(), ""),
        (make_answer(question="How many books?"), "the answer to another question"),
        (make_answer(quote={"article_id": "b"}), "a quote of another article"),
        (make_answer(quote={"start": 1}), "a quote that is not exact"),
        (make_answer(quote={"end": 3, "text": "The"}), "no quote with the answer"),
        (make_answer(quotes=[]), "no quote with the answer"),
    ],
)
def test_describe_fault_names_what_is_wrong(answer: dict[str, Any], fault: str) -> None:
    assert describe_fault(CASE, answer) == fault


def test_articles_state_each_answer_once() -> None:
    articles = list(make_articles(0))
    cases = [
        case
        for title, text, questions in articles
        for case in make_cases({"id": title, "text": text}, questions)
    ]
    assert len({case.question for case in cases}) == len(cases) > 20
    texts = "\n".join(text for _, text, _ in articles)
    assert all(texts.count(case.expected) == 1 for case in cases)
    assert articles == list(make_articles(0)) != list(make_articles(1))


def test_summarize_counts_outcomes_and_users() -> None:
    rows = [("answered", 1.0, "a"), ("answered", 3.0, "a"), ("refused", 0.0, "b")]
    rows += [("wrong", 1.0, "a"), ("error", 9.0, "b")]
    answers = [
        {"outcome": outcome, "seconds": seconds, "user": user, "detail": outcome}
        for outcome, seconds, user in rows
    ]
    row = summarize(answers, 30)
    assert (row["answered"], row["refused"], row["wrong"], row["error"]) == (2, 1, 1, 1)
    assert (row["per_minute"], row["p50"]) == (4.0, 2.0)
    assert (row["addresses"], row["addresses_served"]) == (2, 1)
    assert row["details"] == {"wrong": 1, "error": 1}


def test_mock_model_repeats_the_nearest_sentence() -> None:
    context = {"role": "system", "content": "[3] The sea is deep.\n[4] The bridge cost 5 euros."}
    question = {"role": "user", "content": "How much did the bridge cost?"}
    assert choose_sentence([context, question]) == "The bridge cost 5 euros. [4]"
    server = make_server("mock-1ms")
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    client = OpenAI(base_url=f"http://127.0.0.1:{server.server_address[1]}/v1", api_key="-")
    assert client.models.list().data[0].id == "mock-1ms"
    messages: Any = [context, question]
    chunks = client.chat.completions.create(model="mock-1ms", messages=messages, stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == "The bridge cost 5 euros. [4]"
    server.shutdown()
    server.server_close()


def test_mock_model_without_delay_in_name_is_refused() -> None:
    assert parse_delay("mock-500ms") == 0.5
    with pytest.raises(ValueError, match="mock-500ms"):
        parse_delay("mock")
