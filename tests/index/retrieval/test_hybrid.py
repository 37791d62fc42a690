from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from index.embedders.base import Vectors
from index.embedders.minilm import MiniLM
from index.retrieval.bm25 import KeywordIndex
from index.retrieval.hybrid import RANK_CONSTANT, HybridRetriever
from index.storage.library import Library
from index.text.article import Article
from tests.index.hashing import Hashing, numbered

QUESTIONS = [
    "How many people have left their homes?",
    "Who supports Assad?",
    "What did Mohammed Khandaqani say?",
    "When did Etna erupt?",
    "Why was the airport closed?",
]


def over(library: Library, *articles: Article, k: int = 8) -> HybridRetriever:
    return HybridRetriever(
        library=library, article_ids=tuple(article.id for article in articles), k=k
    )


def contents(documents: list[Document]) -> str:
    return "\n".join(document.page_content for document in documents)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many people have left front-line neighbourhoods?", "30,000"),
        ("What did the medic call the moment?", "worst moment"),
        ("Who backs Assad?", "Iran, Russia"),
        ("Which district do the Kurds control?", "Sheikh Maqsoud"),
        ("When did the conflict begin?", "2011"),
    ],
)
def test_the_passage_with_the_answer_is_found(
    library: Library, bundled: Article, question: str, answer: str
) -> None:
    assert answer in contents(over(library, bundled).invoke(question))


def test_retriever_documents_are_exact_slices(library: Library, bundled: Article) -> None:
    retriever = over(library, bundled)
    assert isinstance(retriever, BaseRetriever)
    for document in retriever.invoke("Where have people gone?"):
        facts = document.metadata
        assert document.page_content == bundled.text[facts["start"] : facts["end"]]
        assert (facts["article_id"], facts["title"], facts["source"]) == (
            bundled.id,
            bundled.title,
            bundled.source,
        )
        assert {type(facts[name]) for name in ("score", "dense", "bm25")} == {float}


async def test_it_answers_asynchronously_and_several_questions_at_once(
    library: Library, bundled: Article
) -> None:
    retriever = over(library, bundled)
    together = await asyncio.gather(*(retriever.ainvoke(question) for question in QUESTIONS))
    assert list(together) == retriever.batch(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_rankings_are_joined_by_their_ranks(
    library: Library, bundled: Article, question: str
) -> None:
    """Against reciprocal rank fusion written out, over exact cosines instead of Chroma's."""
    passages = [bundled.structure.search_text(span) for span in bundled.passages]
    dense = library.store.vectors(bundled.id) @ library.embedder.embed([question])[0]
    sparse = KeywordIndex(passages).scores(question)
    expected = np.zeros(len(passages))
    for scores, ranked in ((dense, np.full(len(passages), True)), (sparse, sparse > 0)):
        order = [row for row in np.argsort(-scores, kind="stable") if ranked[row]]
        for rank, row in enumerate(order[:50]):
            expected[row] += 1 / (RANK_CONSTANT + rank)
    hits = over(library, bundled).hits(question, k=20)
    assert [hit.score for hit in hits] == pytest.approx(
        sorted(expected, reverse=True)[:20], abs=1e-9
    )
    for hit in hits:
        row = bundled.passages.index(hit.span)
        assert (hit.score, hit.dense, hit.bm25) == pytest.approx(
            (expected[row], dense[row], sparse[row]), abs=1e-4
        )


def test_no_passage_of_an_article_is_lost_among_many_like_it(tmp_path: Path) -> None:
    """Add sixty articles that differ by numbers: HNSW cannot reach some of their passages."""
    library = Library(tmp_path, Hashing())
    for number in range(60):
        library.add(numbered(number))

    def fail(
        vector: Vectors,
        count: int,
        article_ids: Sequence[str] | None = None,
        viewer: str | None = None,
    ) -> list[tuple[str, int, float]]:
        pytest.fail("a few passages are compared one by one")

    library.vectors.find_nearest = fail  # type: ignore[method-assign]
    for article in library.articles():
        for row in (0, 7, 19):
            hits = over(library, article, k=20).hits(article.slice(article.passages[row]))
            assert (hits[0].span, len(hits)) == (article.passages[row], 20)
            exact = library.store.vectors(article.id) @ library.embed_question(
                article.slice(article.passages[row])
            )
            dense = {article.passages.index(hit.span): hit.dense for hit in hits}
            assert [dense[position] for position in range(20)] == pytest.approx(exact, abs=1e-6)
    library.close()


@pytest.mark.parametrize("exact", [0, 10_000])
def test_library_search_loads_only_the_articles_of_the_hits(tmp_path: Path, exact: int) -> None:
    """Search by the indexes of SQLite and Chroma as in memory."""
    library = Library(tmp_path, Hashing(), max_unindexed=100)
    for number in range(10):
        library.add(numbered(number))
    question = "Was house 50007 counted in village 4?"
    in_memory = HybridRetriever(library=library, article_ids=None, k=5).hits(question)
    loaded: list[str] = []

    def get(article_id: str) -> Article:
        loaded.append(article_id)
        return library.store.get(article_id)

    library.get = get  # type: ignore[method-assign]
    for article_ids in (None, tuple(library.store.ids())):
        hits = HybridRetriever(
            library=library,
            article_ids=article_ids,
            k=5,
            max_loaded_passages=20,
            max_exact_passages=exact,
        ).hits(question)
        best = numbered(4)
        assert (hits[0].article, hits[0].span) == (best, best.passages[7])
        assert (in_memory[0].article, in_memory[0].span) == (best, best.passages[7])
        assert len(hits) == 5
        assert set(loaded) == {hit.article.id for hit in hits}
    library.close()


def test_library_search_sees_changes_at_once(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(), max_unindexed=30)
    retriever = HybridRetriever(
        library=library, article_ids=None, k=3, max_loaded_passages=0, max_exact_passages=0
    )
    for number in range(4):
        article = library.add(numbered(number))
        question = article.slice(article.passages[3])
        assert retriever.hits(question)[0].article == article
    library.remove(article.id)
    assert article not in [hit.article for hit in retriever.hits(question)]
    library.restore(article.id)
    assert retriever.hits(question)[0].article == article
    assert retriever.model_copy(update={"article_ids": ()}).hits(question) == []
    library.close()


def test_passage_that_the_index_misses_is_compared_by_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path, Hashing())
    for number in range(4):
        library.add(numbered(number))
    question = "Was house 30005 counted in village 2?"
    exact = HybridRetriever(library=library, article_ids=None, k=3).hits(question)
    find_nearest = library.vectors.find_nearest

    def miss(*arguments: Any) -> list[tuple[str, int, float]]:
        best = (exact[0].article.id, 5)
        return [hit for hit in find_nearest(*arguments) if hit[:2] != best]

    monkeypatch.setattr(library.vectors, "find_nearest", miss)
    by_index = HybridRetriever(
        library=library, article_ids=None, k=3, max_loaded_passages=0, max_exact_passages=0
    ).hits(question)
    assert (exact[0].article, exact[0].span) == (numbered(2), numbered(2).passages[5])
    assert (by_index[0].article, by_index[0].span) == (exact[0].article, exact[0].span)
    assert by_index[0].dense == pytest.approx(exact[0].dense)
    library.close()


@pytest.mark.parametrize("question", QUESTIONS[1:4])
@pytest.mark.parametrize("exact", [0, 10_000])
def test_asking_one_article_never_finds_the_other(
    library: Library,
    bundled: Article,
    volcano: Article,
    question: str,
    exact: int,
) -> None:
    """By the index as by comparing one by one."""
    for article in (bundled, volcano):
        retriever = HybridRetriever(
            library=library, article_ids=(article.id,), k=50, max_exact_passages=exact
        )
        documents = retriever.invoke(question)
        assert len(documents) == len(article.passages)
        assert all(document.page_content in article.text for document in documents)
        assert {document.metadata["article_id"] for document in documents} == {article.id}


def test_asking_both_articles_finds_the_best_of_both(
    library: Library, bundled: Article, volcano: Article
) -> None:
    retriever = over(library, bundled, volcano)
    assert retriever.hits("When did Etna erupt?")[0].article.id == volcano.id
    assert (
        retriever.hits("How many people streamed into Sheikh Maqsoud?")[0].article.id == bundled.id
    )


def test_the_order_of_the_articles_does_not_change_what_is_found(
    library: Library, bundled: Article, volcano: Article
) -> None:
    question = "Who was hurt?"
    first, second = (
        over(library, bundled, volcano).hits(question),
        over(library, volcano, bundled).hits(question),
    )
    assert {(hit.article.id, hit.span) for hit in first} == {
        (hit.article.id, hit.span) for hit in second
    }


@pytest.mark.parametrize(
    "question",
    [
        "quantum chromodynamics lattice renormalisation",
        "zzz qqq",
        "",
        "?",
        "\ud800",
        "\0",
        "文字",
        "x " * 5_000,
    ],
)
def test_a_question_that_shares_no_word_still_finds_as_many(
    library: Library, bundled: Article, question: str
) -> None:
    hits = over(library, bundled).hits(question)
    assert len({hit.span for hit in hits}) == 8
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_short_article_gives_all_that_it_has(library: Library, volcano: Article) -> None:
    assert len(over(library, volcano, k=50).hits("ash")) == len(volcano.passages)


def test_more_passages_than_usual_can_be_asked_for(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    article = library.add(numbered(1, passages=120))
    assert len(over(library, article).hits("House 20004", k=100)) == 100
    library.close()


def test_asking_no_articles_finds_nothing(library: Library) -> None:
    assert over(library).invoke("Who was hurt?") == []


def test_the_same_question_finds_the_same(library: Library, bundled: Article) -> None:
    assert over(library, bundled).invoke(QUESTIONS[0]) == over(library, bundled).invoke(
        QUESTIONS[0]
    )


@pytest.mark.parametrize(
    ("language", "text", "question", "answer"),
    [
        ("ar", ("تقع حلب في شمال سوريا. فر نحو ثلاثين ألف شخص من ديارهم خلال القتال. أغلقت "
               "المدارس أبوابها في المدينة."), "كم شخصا فر؟", "ثلاثين"),
        ("zh", "阿勒颇是叙利亚第二大城市，位于该国的北部，靠近土耳其边境，历史十分悠久，闻名于世。"
         "约三万居民逃离了前线附近的街区，他们大多步行前往城市西部的安全地带寻求庇护。",
         "多少居民逃离？", "三万"),
        ("he", "העיר נמצאת בצפון המדינה. כשלושים אלף איש עזבו את בתיהם.",
         "כמה איש עזבו?", "כשלושים"),
        ("", "\U0001f600 \U0001f601 word \ud800 \0 \u2028 end.", "\U0001f600", "word"),
    ],
    ids=["Arabic", "Chinese", "Hebrew", "odd characters"],
)  # fmt: skip
def test_articles_in_other_scripts_are_searched(
    tmp_path: Path, minilm: MiniLM, language: str, text: str, question: str, answer: str
) -> None:
    library = Library(tmp_path, minilm)
    article = library.add(Article.from_text(text, "Title", language=language))
    documents = over(library, article).invoke(question)
    assert answer in contents(documents)
    assert all(
        document.page_content == text[document.metadata["start"] : document.metadata["end"]]
        for document in documents
    )
    library.close()
