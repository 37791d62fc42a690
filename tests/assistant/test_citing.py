"""Anthropic's own citations become our quotes, if their words are the article's. Its server is one on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Article
from assistant.models import Model, make_model
from assistant.settings import Settings
from assistant.wording import UNCITED
from index.library import Library

from . import servers
from .fakes import chain_of, checked
from .servers import Body, Provider, provider
from .test_chain import asked as events_of
from .test_chain import words_of

OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
COST = "It cost 3,200,000 euros and is 120 metres long."
QUESTION = "Who opened the Old Bridge?"


def cite(words: str, start: int, end: int | None = None, **other: Any) -> Body:
    """A citation of blocks as Anthropic's documentation has it."""
    place = {"start_block_index": start, "end_block_index": start + 1 if end is None else end}
    return {"type": "content_block_location", "cited_text": words, "document_index": 0, "document_title": "x"} | place | other


@pytest.fixture
def claude(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def make(at: Provider) -> Model:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", at.address)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
        model = make_model("anthropic:claude-sonnet-4-5", tmp_path, Settings(model_retries=0, model_timeout=20))
        assert model
        return model

    return make


def answered(claude: Any, library: Library, article: Article, *blocks: tuple[str, list[Body]], **script: Any) -> Answer:
    with provider(servers.anthropic, *blocks, **script) as at:
        return checked(chain_of(library, article, model=claude(at)).invoke(QUESTION), article)


def test_a_citation_becomes_a_quote_in_its_place(claude: Any, bridges: Library, bridge: Article) -> None:
    blocks: list[tuple[str, list[Body]]] = [
        ("Mayor Ana Ruiz opened it", [cite(OPENED, 0)]),
        (", and ", []),
        ("it cost 3,200,000 euros", [cite(COST, 1)]),
        (".", []),
    ]
    with provider(servers.anthropic, *blocks) as at:
        events, answer = events_of(chain_of(bridges, bridge, model=claude(at)), QUESTION)
    checked(answer, bridge)
    assert answer.text == "Mayor Ana Ruiz opened it [1], and it cost 3,200,000 euros [2]."
    assert [quote.text for quote in answer.quotes] == [OPENED, COST]
    assert words_of(events) == answer.text


def test_what_was_found_goes_in_as_documents_with_a_block_a_sentence(claude: Any, bridges: Library, bridge: Article) -> None:
    with provider(servers.anthropic, ("Mayor Ana Ruiz opened it.", [cite(OPENED, 0)])) as at:
        chain_of(bridges, bridge, model=claude(at)).invoke(QUESTION)
        document, question = at.asked[0]["messages"][0]["content"]
    assert document["type"] == "document"
    assert document["citations"] == {"enabled": True}
    assert document["title"] == "The Old Bridge"
    assert [block["text"] for block in document["source"]["content"]] == [
        bridge.slice(sentence) for sentence in bridge.sentences
    ]
    assert question == {"type": "text", "text": f"Question: {QUESTION}"}


def test_a_citation_of_several_sentences_is_a_quote_of_each(claude: Any, bridges: Library, bridge: Article) -> None:
    both = f"{OPENED}{COST}"
    answer = answered(claude, bridges, bridge, ("Mayor Ana Ruiz opened it; it cost 3,200,000 euros.", [cite(both, 0, 2)]))
    assert [quote.text for quote in answer.quotes] == [OPENED, COST]


@pytest.mark.parametrize(
    "wrong",
    [
        cite("The Old Bridge of Lund was opened by Mayor Ana Ruiz in June 1998.", 0),  # other words
        cite(OPENED, 1),  # another place
        cite(OPENED, 70),
        cite(OPENED, -1, 6),
        cite(OPENED, 0, 0),
        cite(OPENED, 0, document_index=3),
        cite("", 0),
        {
            "type": "char_location",
            "cited_text": OPENED,
            "document_index": 0,
            "document_title": "x",
            "start_char_index": 0,
            "end_char_index": 9,
        },
    ],
)
def test_a_citation_that_is_not_to_the_letter_does_not_count(
    wrong: Body, claude: Any, bridges: Library, bridge: Article
) -> None:
    answer = answered(claude, bridges, bridge, ("Mayor Ana Ruiz opened it.", [wrong]))
    assert answer.quotes_alone
    assert answer.notes[0] == UNCITED


def test_what_looks_like_a_citation_among_the_words_is_none(claude: Any, bridges: Library, bridge: Article) -> None:
    answer = answered(claude, bridges, bridge, ("Mayor Ana Ruiz [2] opened it", [cite(OPENED, 0)]), (" [3].", []))
    assert answer.text == "Mayor Ana Ruiz opened it [1]."
    assert [quote.text for quote in answer.quotes] == [OPENED]


def test_a_name_that_no_quote_has_is_not_shown(claude: Any, bridges: Library, bridge: Article) -> None:
    answer = answered(claude, bridges, bridge, ("Mayor Bo Berg opened it.", [cite(OPENED, 0)]))
    assert "Berg" not in answer.text
    assert answer.quotes_alone


def test_it_says_that_it_is_not_stated(claude: Any, bridges: Library, bridge: Article) -> None:
    assert not answered(claude, bridges, bridge, ("Not stated.", [])).answered


@pytest.mark.parametrize(("status", "told"), [(401, "refused the key"), (429, "limits how much"), (529, "failed (status 529)")])
def test_a_refusal_leaves_the_quotes(status: int, told: str, claude: Any, bridges: Library, bridge: Article) -> None:
    answer = answered(claude, bridges, bridge, statuses=[status])
    assert answer.quotes_alone
    assert told in answer.notes[0]


def test_two_articles_are_two_documents(claude: Any, bridges: Library, bridge: Article, volcano: Article) -> None:
    blocks = [
        ("Mayor Ana Ruiz opened it.", [cite(OPENED, 0)]),
        (" It erupted.", [cite("Mount Etna rises", 0, document_index=1)]),
    ]
    with provider(servers.anthropic, *blocks) as at:
        chain = chain_of(bridges, bridge, volcano, model=claude(at))
        answer = chain.invoke(QUESTION)
        assert [part["type"] for part in at.asked[0]["messages"][0]["content"]] == ["document", "document", "text"]
    checked(answer, bridge, volcano)
