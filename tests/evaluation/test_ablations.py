"""Ablations: the switched-off part changes nothing any more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant import Answer, Assistant
from assistant.pipeline.calculation import Ask
from assistant.pipeline.evidence.reader import Reader
from assistant.pipeline.strategy import AnswerStrategy
from evaluation.ablations import WITHOUT, WithoutSectionScope
from index.embedders.minilm import MiniLM
from index.loaders import load_bytes
from index.storage.library import Library
from index.text.article import Article

HUTS = b"""# Huts

## Low hut

Keys are kept by the warden. Supper is at six.

## High hut

Keys are kept in the inn. Supper is at seven.

## Menu

1. Soup
2. Bread
3. Cheese
"""


@pytest.fixture(scope="module")
def huts() -> Article:
    return load_bytes(HUTS, "huts.md")


@pytest.fixture(scope="module")
def huts_library(
    tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM, huts: Article
) -> Iterator[Library]:
    library = Library(tmp_path_factory.mktemp("huts"), minilm)
    library.add(huts)
    yield library
    library.close()


def ask(library: Library, article: Article, strategy: type[AnswerStrategy], text: str) -> Answer:
    chain = Assistant(library, [article], None).runnable
    chain.strategy = strategy
    return chain.invoke(text)


def test_without_section_scope_keeps_parallel_sections(
    huts_library: Library, huts: Article
) -> None:
    def read_candidates(strategy: type[AnswerStrategy]) -> set[str]:
        read: set[str] = set()

        class Recording(strategy):  # type: ignore[valid-type,misc]
            def select_evidence(self, reader: Reader, ask: Ask | None = None) -> None:
                read.update(candidate.text for candidate in self.candidates)
                super().select_evidence(reader, ask)

        ask(huts_library, huts, Recording, "When is supper at the high hut?")
        return read

    other = "Supper is at six."
    assert other not in " ".join(read_candidates(AnswerStrategy))
    assert other in " ".join(read_candidates(WithoutSectionScope))


def test_without_item_by_number_computes_no_item(huts_library: Library, huts: Article) -> None:
    question = "What is item 2?"
    computed = ask(huts_library, huts, AnswerStrategy, question)
    assert [quote.text for quote in computed.quotes] == ["Bread"]
    without = ask(huts_library, huts, WITHOUT["item-by-number"], question)
    assert computed.confidence != without.confidence
