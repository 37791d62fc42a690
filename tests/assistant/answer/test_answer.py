"""Test `Answer`: citations, JSON, Markdown and LangChain messages."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from assistant import Answer, Article, Quote
from assistant.answer.quote import NOT_STATED, render_quotes_text
from index import Span

pytestmark = pytest.mark.unit


@pytest.fixture
def quotes(bridge: Article, volcano: Article) -> tuple[Quote, ...]:
    return (
        Quote.of(bridge, bridge.sentences[0], 1, 0.03),
        Quote.of(volcano, volcano.sentences[1], 2, 0.02),
    )


@pytest.fixture
def answer(quotes: tuple[Quote, ...]) -> Answer:
    text = "Ana Ruiz opened it [1]. Etna erupted [2], she opened it [1]."
    return Answer.from_text(
        "Who?",
        text,
        quotes,
        searched="Who?",
        model="fake",
        notes=("Told twice.",),
        seconds={"total": 0.5},
    )


def list_citations(message: AIMessage) -> list[dict[str, Any]]:
    (block,) = message.content_blocks
    assert block["type"] == "text"
    return [dict(annotation) for annotation in block["annotations"]]


def test_quote_of_span_is_text_of_article(bridge: Article) -> None:
    quote = Quote.of(bridge, Span(4, 14), 3, 0.5)
    assert (quote.text, quote.start, quote.end) == ("Old Bridge", 4, 14)
    assert (quote.number, quote.article_id, quote.title) == (3, bridge.id, "The Old Bridge")
    assert (quote.status, quote.score) == ("verified", 0.5)


def test_citations_pair_each_marker_with_its_quote(answer: Answer) -> None:
    citations = [
        (answer.text[span.start : span.end], quote.number) for span, quote in answer.citations
    ]
    assert citations == [("[1]", 1), ("[2]", 2), ("[1]", 1)]


@pytest.mark.parametrize("marker", ["[0]", "[3]", "[999]", "[1234]", "[]", "[a]", "[-1]", "1]"])
def test_citations_skip_marker_without_quote(quotes: tuple[Quote, ...], marker: str) -> None:
    assert not list(Answer.from_text("Who?", f"Ana Ruiz {marker}", quotes).citations)


def test_citations_skip_footnote_within_quote() -> None:
    article = Article.from_text("It was built in 1998.[2] Nobody knows why [1]. It fell.")
    quotes = tuple(
        Quote.of(article, Span(*span), number)
        for number, span in enumerate([(0, 24), (25, 46), (47, 55)], 1)
    )
    answer = Answer.from_text("When?", render_quotes_text(quotes), quotes)
    assert answer.text.startswith("“It was built in 1998.[2]” [1]\n“Nobody knows why [1].” [2]")
    assert [quote.number for _, quote in answer.citations] == [1, 2, 3]


def test_answer_to_dict_is_json(answer: Answer, quotes: tuple[Quote, ...]) -> None:
    values = json.loads(json.dumps(answer.to_dict()))
    assert values["text"] == answer.text
    assert values["quotes"][1] == {
        "number": 2,
        "text": quotes[1].text,
        "start": quotes[1].start,
        "end": quotes[1].end,
        "article_id": quotes[1].article_id,
        "title": "Etna erupts",
        "status": "verified",
        "score": 0.02,
        "page": None,
        "context": False,
        "answer_start": None,
        "answer_end": None,
    }
    assert values["seconds"] == {"total": 0.5}
    assert values["notes"] == ["Told twice."]
    assert values["nearest"] is None


def test_answer_read_from_json_is_equal(answer: Answer, bridge: Article, volcano: Article) -> None:
    values = json.loads(json.dumps(answer.to_dict()))
    assert Answer.from_dict(values, [bridge, volcano]) == answer


def test_markdown_lists_each_quote_with_its_position(
    answer: Answer, quotes: tuple[Quote, ...]
) -> None:
    first, *lines = answer.to_markdown().split("\n\n")
    assert first == answer.text
    assert lines[0] == "*Told twice.*"
    for line, quote in zip(lines[1:], quotes, strict=True):
        location = f"({quote.title}, characters {quote.start}–{quote.end})"
        assert line.strip() == f"> [{quote.number}] “{quote.text}” {location}"


def test_markdown_of_untitled_article_has_quote_position() -> None:
    article = Article.from_text("The bridge\nis closed.")
    quote = Quote.of(article, article.sentences[0], 1)
    assert (
        Answer.from_text("?", "Closed [1].", (quote,))
        .to_markdown()
        .endswith("> [1] “The bridge is closed.” (characters 0–21)\n")
    )


def test_quote_of_source_with_pages_has_page() -> None:
    article = replace(
        Article.from_text("Alpha begins.\n\nBeta ends.", "Paper"), pages=(Span(0, 15), Span(15, 25))
    )
    quote = Quote.of(article, article.sentences[1], 1)
    assert (quote.text, quote.page) == ("Beta ends.", 2)
    assert (
        Answer.from_text("?", "Beta [1].", (quote,))
        .to_markdown()
        .endswith("(Paper, page 2, characters 15–25)\n")
    )
    assert Quote.of(Article.from_text("Alpha."), Span(0, 6), 1).page is None


def test_markdown_labels_nearest_passage_as_no_quote(
    quotes: tuple[Quote, ...],
) -> None:
    markdown = Answer.from_text("Who?", NOT_STATED, answered=False, nearest=quotes[0]).to_markdown()
    assert markdown.startswith("The article does not say.\n\n> Related passage: “The Old Bridge")
    assert "[1]" not in markdown


def test_message_has_standard_citation_for_each_marker(answer: Answer) -> None:
    message = answer.to_message()
    assert isinstance(message, AIMessage)
    assert message.text == answer.text
    citations = list_citations(message)
    assert [citation["type"] for citation in citations] == ["citation"] * 3
    assert [
        message.text[citation["start_index"] : citation["end_index"]] for citation in citations
    ] == [
        "[1]",
        "[2]",
        "[1]",
    ]


def test_message_extras_have_offsets_in_articles(
    answer: Answer, bridge: Article, volcano: Article
) -> None:
    standard = {"type", "id", "title", "url", "start_index", "end_index", "cited_text", "extras"}
    for citation, article, location in zip(
        list_citations(answer.to_message()), (bridge, volcano, bridge), (0, 1, 0), strict=True
    ):
        assert set(citation) <= standard
        extras = citation["extras"]
        assert "extras" not in extras
        assert (
            article.text[extras["start_char_index"] : extras["end_char_index"]]
            == citation["cited_text"]
        )
        assert extras["document_index"] == location
        assert (extras["document_id"], citation["title"], extras["status"]) == (
            article.id,
            article.title,
            "verified",
        )


def test_message_metadata_has_answered_and_model(answer: Answer) -> None:
    assert answer.to_message().response_metadata["answered"] is True
    message = Answer.from_text("Who?", NOT_STATED, answered=False).to_message()
    assert message.response_metadata["answered"] is False
    assert message.response_metadata["model_name"] == "none"
    assert list_citations(message) == []


def test_message_survives_serialization(answer: Answer) -> None:
    message = answer.to_message()
    assert (
        AIMessage.model_validate_json(message.model_dump_json()).content_blocks
        == message.content_blocks
    )


def test_quotes_alone_is_true_only_without_words(answer: Answer, quotes: tuple[Quote, ...]) -> None:
    alone = Answer.from_text("Who?", render_quotes_text(quotes), quotes)
    assert alone.quotes_alone
    assert alone.text.splitlines()[0] == f"“{quotes[0].text}” [1]"
    assert not answer.quotes_alone
    assert not Answer.from_text("Who?", "").quotes_alone


def test_answer_is_frozen(answer: Answer) -> None:
    with pytest.raises(AttributeError):
        answer.text = "Something else."  # type: ignore[misc]
