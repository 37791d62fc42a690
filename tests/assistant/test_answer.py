"""What a user does with an answer: shows it, saves it, copies it, hands it to LangChain."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from assistant import Answer, Article, Quote
from assistant.answer import NOT_STATED, Quoted, quotes_as_text
from index import Span


@pytest.fixture
def quotes(bridge: Article, volcano: Article) -> tuple[Quote, ...]:
    return (Quote.of(bridge, bridge.sentences[0], 1, 0.03), Quote.of(volcano, volcano.sentences[1], 2, 0.02))


@pytest.fixture
def answer(quotes: tuple[Quote, ...]) -> Answer:
    text = "Ana Ruiz opened it [1]. Etna erupted [2], she opened it [1]."
    return Answer("Who?", text, quotes, searched="Who?", model="fake", notes=("Told twice.",), seconds={"total": 0.5})


def citations_of(message: AIMessage) -> list[dict[str, Any]]:
    (block,) = message.content_blocks
    assert block["type"] == "text"
    return [dict(annotation) for annotation in block["annotations"]]


def test_a_quote_is_cut_from_its_article(bridge: Article) -> None:
    quote = Quote.of(bridge, Span(4, 14), 3, 0.5)
    assert (quote.text, quote.start, quote.end) == ("Old Bridge", 4, 14)
    assert (quote.number, quote.article_id, quote.title) == (3, bridge.id, "The Old Bridge")
    assert (quote.status, quote.score) == ("verified", 0.5)


def test_every_marker_is_a_citation_of_its_quote(answer: Answer) -> None:
    found = [(answer.text[span.start : span.end], quote.number) for span, quote in answer.citations]
    assert found == [("[1]", 1), ("[2]", 2), ("[1]", 1)]


@pytest.mark.parametrize("marker", ["[0]", "[3]", "[999]", "[1234]", "[]", "[a]", "[-1]", "1]"])
def test_a_marker_without_a_quote_is_no_citation(quotes: tuple[Quote, ...], marker: str) -> None:
    assert not list(Answer("Who?", f"Ana Ruiz {marker}", quotes).citations)


def test_a_footnote_within_a_quote_is_no_citation() -> None:
    article = Article.from_text("It was built in 1998.[2] Nobody knows why [1]. It fell.")
    quotes = tuple(Quote.of(article, Span(*span), number) for number, span in enumerate([(0, 24), (25, 46), (47, 55)], 1))
    answer = Answer("When?", quotes_as_text(quotes), quotes)
    assert answer.text.startswith("“It was built in 1998.[2]” [1]\n“Nobody knows why [1].” [2]")
    assert [quote.number for _, quote in answer.citations] == [1, 2, 3]


def test_an_answer_is_json(answer: Answer, quotes: tuple[Quote, ...]) -> None:
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
    }
    assert values["seconds"] == {"total": 0.5}
    assert values["notes"] == ["Told twice."]
    assert values["nearest"] is None


def test_an_answer_read_from_json_is_the_same_answer(answer: Answer) -> None:
    values = json.loads(json.dumps(answer.to_dict()))
    values["quotes"] = tuple(Quote(**quote) for quote in values["quotes"])
    values["notes"] = tuple(values["notes"])
    values["quoted"] = tuple(Quoted(**quoted) for quoted in values["quoted"])
    assert Answer(**values) == answer


def test_copied_as_markdown_each_citation_keeps_its_quote_and_position(answer: Answer, quotes: tuple[Quote, ...]) -> None:
    first, *rest = answer.to_markdown().split("\n\n")
    assert first == answer.text
    assert rest[0] == "*Told twice.*"
    for line, quote in zip(rest[1:], quotes, strict=True):
        place = f"({quote.title}, characters {quote.start}–{quote.end})"
        assert line.strip() == f"> [{quote.number}] “{quote.text}” {place}"


def test_copied_as_markdown_a_quote_of_an_untitled_article_keeps_its_position() -> None:
    article = Article.from_text("The bridge\nis closed.")
    quote = Quote.of(article, article.sentences[0], 1)
    assert Answer("?", "Closed [1].", (quote,)).to_markdown().endswith("> [1] “The bridge is closed.” (characters 0–21)\n")


def test_a_quote_of_a_source_with_pages_names_its_page() -> None:
    article = replace(Article.from_text("Alpha begins.\n\nBeta ends.", "Paper"), pages=(Span(0, 15), Span(15, 25)))
    quote = Quote.of(article, article.sentences[1], 1)
    assert (quote.text, quote.page) == ("Beta ends.", 2)
    assert Answer("?", "Beta [1].", (quote,)).to_markdown().endswith("(Paper, page 2, characters 15–25)\n")
    assert Quote.of(Article.from_text("Alpha."), Span(0, 6), 1).page is None


def test_copied_as_markdown_the_nearest_passage_is_not_taken_for_a_quote(quotes: tuple[Quote, ...]) -> None:
    told = Answer("Who?", NOT_STATED, answered=False, nearest=quotes[0]).to_markdown()
    assert told.startswith("The article does not say.\n\n> Nearest passage, which does not answer it: “The Old Bridge")
    assert "[1]" not in told


def test_as_a_message_each_marker_has_a_standard_citation(answer: Answer) -> None:
    message = answer.to_message()
    assert isinstance(message, AIMessage)
    assert message.text == answer.text
    found = citations_of(message)
    assert [one["type"] for one in found] == ["citation"] * 3
    assert [message.text[one["start_index"] : one["end_index"]] for one in found] == ["[1]", "[2]", "[1]"]


def test_as_a_message_the_places_in_the_articles_are_extras_and_cut_out_the_quotes(
    answer: Answer, bridge: Article, volcano: Article
) -> None:
    standard = {"type", "id", "title", "url", "start_index", "end_index", "cited_text", "extras"}
    for one, article, place in zip(citations_of(answer.to_message()), (bridge, volcano, bridge), (0, 1, 0), strict=True):
        assert set(one) <= standard
        extras = one["extras"]
        assert "extras" not in extras
        assert article.text[extras["start_char_index"] : extras["end_char_index"]] == one["cited_text"]
        assert extras["document_index"] == place
        assert (extras["document_id"], one["title"], extras["status"]) == (article.id, article.title, "verified")


def test_a_message_says_whether_it_answers_and_which_model_wrote_it(answer: Answer) -> None:
    assert answer.to_message().response_metadata["answered"] is True
    message = Answer("Who?", NOT_STATED, answered=False).to_message()
    assert message.response_metadata["answered"] is False
    assert message.response_metadata["model_name"] == "none"
    assert citations_of(message) == []


def test_a_message_survives_being_saved(answer: Answer) -> None:
    message = answer.to_message()
    assert AIMessage.model_validate_json(message.model_dump_json()).content_blocks == message.content_blocks


def test_quotes_without_a_models_words_are_told_from_an_answer(answer: Answer, quotes: tuple[Quote, ...]) -> None:
    alone = Answer("Who?", quotes_as_text(quotes), quotes)
    assert alone.quotes_alone
    assert alone.text.splitlines()[0] == f"“{quotes[0].text}” [1]"
    assert not answer.quotes_alone
    assert not Answer("Who?", "").quotes_alone


def test_an_answer_cannot_be_changed(answer: Answer) -> None:
    with pytest.raises(AttributeError):
        answer.text = "Something else."  # type: ignore[misc]
