from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleError
from index.text.article import Article
from index.text.spans import Block, Span
from tests.index.texts import texts_with_words

pytestmark = pytest.mark.unit


@given(texts_with_words)
def test_a_text_is_kept_to_the_letter(text: str) -> None:
    assert Article.from_text(text).text == text


def test_an_article_has_the_same_id_in_every_run() -> None:
    assert Article.from_text("A short text.", "Title").id == "c5b8207e0f1fab29"


def test_another_text_or_another_title_is_another_article() -> None:
    articles = [
        Article.from_text(text, title)
        for text in ("One text.", "Two texts.")
        for title in ("", "One", "Two")
    ]
    assert len({article.id for article in articles}) == 6


def test_date_source_and_language_do_not_make_another_article() -> None:
    assert (
        Article.from_text(
            "A text.", author="Jane Doe", date="2024", source="a.txt", language="de"
        ).id
        == Article.from_text("A text.").id
    )


@pytest.mark.parametrize("text", ["", " \n\t\u2028", "…!? — \U0001f600", "\0\u200b"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(ArticleError, match=r"notes\.txt has no words in it\. Give a text"):
        Article.from_text(text, "Notes", source="notes.txt")


def test_from_text_without_words_and_source_is_refused() -> None:
    with pytest.raises(ArticleError, match="The article has no words in it"):
        Article.from_text("")


def test_an_article_cannot_be_changed(bundled: Article) -> None:
    with pytest.raises(FrozenInstanceError):
        bundled.text = "something else"  # type: ignore[misc]


def test_title_with_surrogates_is_made_printable() -> None:
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    article = Article.from_text("Some words.", name, source=f"/tmp/{name}")
    assert (article.title, article.source) == ("caf?.txt", "/tmp/caf?.txt")


def test_title_date_and_source_have_no_white_space_around_them() -> None:
    article = Article.from_text("Some words.", " Title\n", date=" 2024 ", source="\ta.txt ")
    assert (article.title, article.date, article.source) == ("Title", "2024", "a.txt")


def test_words_are_what_white_space_parts() -> None:
    assert Article.from_text("Three  plain\nwords").words == 3


def test_from_text_without_blocks_splits_at_blank_lines() -> None:
    article = Article.from_text("One.\n\nTwo\nlines.")
    assert article.blocks == (Block(0, 4), Block(6, 16))


def test_blocks_that_a_loader_knows_are_kept() -> None:
    blocks = (Block(0, 5, "heading", 1), Block(6, 19, "item", 2))
    assert Article.from_text("Title An item here.", blocks=blocks).blocks == blocks


def test_a_slice_is_the_text_of_the_span() -> None:
    assert Article.from_text("Naïve \U0001f600 café.").slice(Span(6, 12)) == "\U0001f600 café"


@given(texts_with_words, st.data())
def test_sentences_in_a_span_are_those_that_touch_it(text: str, data: st.DataObject) -> None:
    article = Article.from_text(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    touching = [
        i for i, (first, last) in enumerate(article.sentences) if first < end and last > start
    ]
    assert list(article.sentences_in(Span(start, end))) == touching


@given(texts_with_words)
def test_every_passage_holds_whole_sentences(text: str) -> None:
    article = Article.from_text(text)
    for passage in article.passages:
        ids = article.sentences_in(passage)
        assert passage == Span(article.sentences[ids[0]].start, article.sentences[ids[-1]].end)


def test_a_character_stands_on_the_last_page_that_has_begun() -> None:
    article = Article.from_text(
        "One page. Two pages.", pages=(Span(0, 10), Span(10, 10), Span(10, 20))
    )
    assert [article.page_of(offset) for offset in (0, 9, 10, 19, 20)] == [1, 1, 3, 3, None]
    assert Article.from_text("No pages.").page_of(0) is None


def test_same_text_of_two_users_is_two_articles() -> None:
    text, title = "The mill has 3 wheels.", "The mill"
    article = Article.from_text(text, title)
    ids = {article.owned_by(owner).id for owner in ("", "ana", "bob")}
    assert len(ids) == 3
    assert article.owned_by("ana").owned_by("").id == article.id == "c3eef78c6051475e"
    assert article.owned_by("ana").renamed("Mine").id == article.owned_by("ana").id
    # No title and text of a shared article make the ID of a private one.
    assert Article.from_text(f"{title}\0{text}", "ana").id not in ids
