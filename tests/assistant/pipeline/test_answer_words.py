"""The words of a quote that answer are marked, at their place in the article."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answer.quote import Quote
from assistant.pipeline.evidence.answer_words import find_in_passages, mark_answer_words
from assistant.pipeline.evidence.span_reader import SpanReader
from index.errors import ModelError
from index.text.article import Article
from tests.assistant.fakes import FixedSpanReader

ARTICLE = Article.from_text(
    "Ferry. Eva Lind steers the ferry. She was born in Tolm. The ferry is red.", "The ferry"
)


def quote(position: int, number: int, article: Article = ARTICLE) -> Quote:
    return Quote.of(article, article.sentences[position], number)


@pytest.mark.unit
def test_words_are_marked_in_the_quote_that_has_them() -> None:
    reader = FixedSpanReader("in Tolm")
    quotes = mark_answer_words(
        "Where was she born?", [quote(1, 1), quote(2, 2)], {ARTICLE.id: ARTICLE}, reader, 0.5
    )
    assert [each.answer_words for each in quotes] == ["", "in Tolm"]
    marked = quotes[1]
    assert ARTICLE.text[marked.answer_start : marked.answer_end] == "in Tolm"
    assert marked.text == ARTICLE.text[marked.start : marked.end]
    assert reader.asked == [
        (
            "Where was she born?",
            "Eva Lind steers the ferry. She was born in Tolm.",
            "The ferry",
        )
    ]


@pytest.mark.unit
@pytest.mark.parametrize(("words", "probability"), [("in Tolm", 0.4), ("the ferry. She was", 0.9)])
def test_unlikely_words_and_words_of_two_quotes_are_not_marked(
    words: str, probability: float
) -> None:
    quotes = [quote(1, 1), quote(2, 2)]
    reader = FixedSpanReader(words, probability)
    articles = {ARTICLE.id: ARTICLE}
    assert mark_answer_words("Who?", quotes, articles, reader, 0.5) == tuple(quotes)


@pytest.mark.unit
def test_article_in_another_language_is_not_read() -> None:
    article = Article.from_text(
        "Die Fähre ist rot. Eva Lind steuert sie seit vielen Jahren über den Fluss, und sie ist "
        "nicht die einzige.",
        "Die Fähre",
        language="de",
    )
    reader = FixedSpanReader("rot")
    quotes = (quote(0, 1, article),)
    assert mark_answer_words("Was?", quotes, {article.id: article}, reader, 0.5) == quotes
    assert not reader.asked


@pytest.mark.unit
def test_no_quotes_are_no_question_to_the_reader() -> None:
    assert mark_answer_words("Who?", (), {}, FixedSpanReader("x"), 0.5) == ()


@pytest.mark.unit
def test_missing_weights_have_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"The weights .* cannot be read"):
        SpanReader(tmp_path / "none.safetensors").load()


@pytest.mark.model
class TestBundledWeights:
    reader = SpanReader()

    @pytest.mark.parametrize(
        ("question", "words"),
        [
            ("Who steers the ferry?", "Eva Lind"),
            ("What colour is the ferry?", "red"),
            ("Where was Eva Lind born?", "Tolm"),
        ],
    )
    def test_words_that_answer_are_found(self, question: str, words: str) -> None:
        passages = [ARTICLE.slice(span) for span in ARTICLE.sentences[1:]]
        found = find_in_passages(question, passages, ARTICLE.title, self.reader, 0.3)
        assert found is not None
        number, span = found
        assert words in passages[number][span.start : span.end]

    def test_question_without_an_answer_has_a_likely_none(self) -> None:
        passage = "Eva Lind steers the ferry."
        none = self.reader.find("How many cars does the tunnel hold?", passage)
        some = self.reader.find("Who steers the ferry?", passage)
        assert none.no_answer_probability > some.no_answer_probability

    @pytest.mark.parametrize("text", ["", " ", "\ud800 ferry", "word " * 2_000])
    def test_odd_passages_are_read(self, text: str) -> None:
        words = self.reader.find("Who steers? " * 100, text)
        assert 0 <= words.probability <= 1
        assert words.span is None or 0 <= words.span.start < words.span.end <= len(text)
