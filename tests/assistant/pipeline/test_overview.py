"""The dates and the figures of an article are listed as quotes."""

from __future__ import annotations

import pytest

from assistant.answer.answer import Answer
from assistant.pipeline.computation.overview import MAX_LISTED, list_dates, list_figures
from assistant.pipeline.pipeline import AnswerPipeline
from index.retrieval.hybrid import HybridRetriever
from index.storage.library import Library
from index.text.article import Article

TEXT = (
    "The pier opened on 3 May 1931. It burned in 1954. Anna Berg had planned it since 1920. "
    "It is 212 metres long. One keeper lives there. In May 1931 2,000 people came."
)
ARTICLE = Article.from_text(TEXT, "The pier")


@pytest.mark.unit
def test_dates_are_in_the_order_of_time() -> None:
    listed = list_dates([ARTICLE])
    words = [ARTICLE.slice(row.words) for row in listed]
    assert words == ["1920", "May 1931", "3 May 1931", "1954"]


@pytest.mark.unit
def test_figures_are_no_dates() -> None:
    words = [ARTICLE.slice(row.words) for row in list_figures([ARTICLE])]
    assert [word.split()[0] for word in words] == ["212", "2,000"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Give me a timeline.", ["1920", "May 1931", "3 May 1931", "1954"]),
        ("Chronologie", ["1920", "May 1931", "3 May 1931", "1954"]),
        ("List all dates in the article", ["1920", "May 1931", "3 May 1931", "1954"]),
        ("What numbers are in the article?", ["212 metres long", "2,000"]),
    ],
)
def test_request_for_a_list_is_answered(library: Library, question: str, words: list[str]) -> None:
    answer = ask(library, ARTICLE, question)
    assert [quote.answer_words for quote in answer.quotes] == words
    for quote in answer.quotes:
        assert quote.text == TEXT[quote.start : quote.end]
        assert TEXT[quote.answer_start : quote.answer_end] == quote.answer_words


def test_article_without_dates_says_so(library: Library) -> None:
    article = Article.from_text("The pier is long. It is old and grey.", "The pier")
    answer = ask(library, article, "Make a timeline of the events")
    assert (answer.text, answer.quotes) == ("The article states no date with a year.", ())


def test_long_list_is_cut_with_a_note(library: Library) -> None:
    text = " ".join(f"The count of {year} was held." for year in range(1900, 1900 + 30))
    answer = ask(library, Article.from_text(text, "Counts"), "timeline")
    assert len(answer.quotes) == MAX_LISTED
    assert answer.notes == ("These are the first 20 of 30 sentences.",)


@pytest.mark.parametrize("question", ["When was the timeline made?", "Which dates taste best?"])
def test_question_about_a_thing_is_not_a_list(library: Library, question: str) -> None:
    answer = ask(library, ARTICLE, question)
    assert len(answer.quotes) < 4


def ask(library: Library, article: Article, question: str) -> Answer:
    stored = library.add(article)
    retriever = HybridRetriever(library=library, article_ids=(stored.id,))
    return AnswerPipeline(retriever, None).invoke(question)
