"""Test answers of several articles that are asked one by one."""

from __future__ import annotations

import pytest

from assistant import Answer, Article, Assistant
from assistant.answer.quote import NOT_STATED
from assistant.answer.render.html import render_html
from assistant.answer.render.markdown import render_markdown
from assistant.answer.render.plain_text import render_answer_text
from assistant.interfaces.web.html import render_answer
from index.storage.library import Library
from tests.assistant.fakes import KeywordReader, check_answer, make_capable_model, make_pipeline
from tests.assistant.pipeline.questions import ask


@pytest.fixture
def rows(bridges: Library, bridge: Article, volcano: Article, bundled: Article) -> Answer:
    reader = KeywordReader("never closed", "closed for one day")
    chain = make_pipeline(bridges, bridge, volcano, bundled, reader=reader)
    return check_answer(ask(chain, "What was the loss?")[1], bridge, volcano, bundled)


def test_two_articles_answer_in_rows(rows: Answer, bridge: Article, volcano: Article) -> None:
    assert rows.answered
    assert [(row.title, len(row.quotes)) for row in rows.rows] == [
        ("The Old Bridge", 1),
        ("Etna erupts", 1),
        (rows.rows[2].title, 0),
    ]
    assert [quote.article_id for quote in rows.quotes] == [bridge.id, volcano.id]
    assert rows.text.endswith(f"{rows.rows[2].title}: {NOT_STATED}")
    assert [quote.number for _, quote in rows.citations] == [1, 2]


def test_one_article_answers_without_rows(
    bridges: Library, bridge: Article, volcano: Article
) -> None:
    chain = make_pipeline(bridges, bridge, volcano, reader=KeywordReader("opened"))
    _, answer = ask(chain)
    assert answer.rows == ()
    assert {quote.article_id for quote in answer.quotes} == {bridge.id}


def test_shared_question_has_row_for_each_article(
    bridges: Library, bridge: Article, volcano: Article
) -> None:
    chain = make_pipeline(bridges, bridge, volcano, reader=KeywordReader("opened"))
    _, answer = ask(chain, "What do they say about the mayor?")
    assert [bool(row.quotes) for row in answer.rows] == [True, False]


def test_no_article_answers_abstains(bridges: Library, bridge: Article, volcano: Article) -> None:
    chain = make_pipeline(bridges, bridge, volcano, reader=KeywordReader("painted"))
    _, answer = ask(chain, "What do they say about the painter?")
    assert (answer.text, answer.answered, answer.rows) == (NOT_STATED, False, ())


def test_capable_model_gets_articles_together(
    bridges: Library, bridge: Article, volcano: Article
) -> None:
    model = make_capable_model("It opened [1].")
    chain = make_pipeline(bridges, bridge, volcano, model=model, reader=KeywordReader("opened"))
    assert ask(chain, "What do they say about the mayor?")[1].rows == ()


def test_rows_are_restored(
    rows: Answer, bridge: Article, volcano: Article, bundled: Article
) -> None:
    assert Answer.from_dict(rows.to_dict(), [bridge, volcano, bundled]) == rows
    left = Answer.from_dict(rows.to_dict(), [volcano, bundled])
    assert [(row.title, row.quotes) for row in left.rows] == [
        ("Etna erupts", (2,)),
        (rows.rows[2].title, ()),
    ]
    assert not Answer.from_dict(rows.to_dict(), [bundled]).answered


def test_rows_are_rendered_with_titles(
    rows: Answer, bridge: Article, volcano: Article, bundled: Article
) -> None:
    articles = [bridge, volcano, bundled]
    conversation = [(rows.question, rows)]
    for text in (
        render_answer_text(rows, articles),
        render_answer(rows),
        render_html(conversation, articles, "Chat"),
        render_markdown(conversation, articles, "Chat"),
        rows._repr_html_(),
    ):
        assert text.index("Etna erupts") < text.index("The airport of Catania")
        assert "The article does not say" in text


@pytest.mark.parametrize(
    ("question", "texts", "count"),
    [
        (
            "When was the slope last checked?",
            [
                "The owner, the firm of Lessing, says that the slope was checked in March.",
                "The mining office says that the slope was last checked in August.",
            ],
            2,
        ),
        (
            "What did the tower cost?",
            ["The bridge cost 4 million euros.", "The tower cost 5 million euros."],
            1,
        ),
    ],
)
def test_reader_tells_other_answers_from_other_things(
    library: Library, question: str, texts: list[str], count: int
) -> None:
    articles = [library.add(Article.from_text(text, "News")) for text in texts]
    answer = check_answer(Assistant(library, articles, None).ask(question), *articles)
    assert len(answer.quotes) == count
    assert bool(answer.rows) == (count > 1)


def test_articles_with_corrected_facts_answer_in_rows(library: Library) -> None:
    texts = {
        "Monday": "The flood killed 12 people in Tolm. The river rose at night. Later the number "
        "of people killed by the flood was corrected to 19.",
        "Thursday": "The flood killed 21 people in Tolm. The mayor wept. The number of people "
        "killed by the flood was corrected: it was 17.",
    }
    articles = [library.add(Article.from_text(text, title)) for title, text in texts.items()]
    chain = make_pipeline(library, *articles, reader=KeywordReader("flood killed"))
    answer = check_answer(ask(chain, "How many people did the flood kill?")[1], *articles)
    assert [len(row.quotes) for row in answer.rows] == [2, 2]
