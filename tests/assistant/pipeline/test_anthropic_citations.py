"""Test that Anthropic's native citations become quotes, against a local fake server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Article
from assistant.models import Model, make_model
from assistant.pipeline.generation.actions import format_note
from assistant.pipeline.generation.draft import Finding
from assistant.settings import Settings
from index.storage.library import Library
from tests.assistant import servers
from tests.assistant.fakes import check_answer, make_pipeline
from tests.assistant.pipeline.questions import ask, join_text
from tests.assistant.servers import Body, Provider, run_provider

OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
COST = "It cost 3,200,000 euros and is 120 metres long."
QUESTION = "Who opened the Old Bridge?"


def cite(words: str, start: int, end: int | None = None, **fields: Any) -> Body:
    """Return a citation of blocks in the format of Anthropic's documentation."""
    blocks = {"start_block_index": start, "end_block_index": start + 1 if end is None else end}
    return (
        {
            "type": "content_block_location",
            "cited_text": words,
            "document_index": 0,
            "document_title": "x",
        }
        | blocks
        | fields
    )


@pytest.fixture
def claude(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def make(at: Provider) -> Model:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", at.address)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
        model = make_model(
            "anthropic:claude-sonnet-4-5", tmp_path, Settings(model_retries=0, model_timeout=20)
        )
        assert model
        return model

    return make


def ask_claude(
    claude: Any, library: Library, article: Article, *blocks: tuple[str, list[Body]], **script: Any
) -> Answer:
    with run_provider(servers.anthropic, *blocks, **script) as at:
        return check_answer(
            make_pipeline(library, article, model=claude(at)).invoke(QUESTION), article
        )


def test_native_citation_becomes_quote(claude: Any, bridges: Library, bridge: Article) -> None:
    blocks: list[tuple[str, list[Body]]] = [
        ("Mayor Ana Ruiz opened it", [cite(OPENED, 0)]),
        (", and ", []),
        ("it cost 3,200,000 euros", [cite(COST, 1)]),
        (".", []),
    ]
    with run_provider(servers.anthropic, *blocks) as at:
        events, answer = ask(make_pipeline(bridges, bridge, model=claude(at)), QUESTION)
    check_answer(answer, bridge)
    assert answer.text == "Mayor Ana Ruiz opened it [1], and it cost 3,200,000 euros [2]."
    assert [quote.text for quote in answer.quotes] == [OPENED, COST]
    assert join_text(events) == answer.text


def test_candidates_are_sent_as_documents_of_sentences(
    claude: Any, bridges: Library, bridge: Article
) -> None:
    with run_provider(servers.anthropic, ("Mayor Ana Ruiz opened it.", [cite(OPENED, 0)])) as at:
        make_pipeline(bridges, bridge, model=claude(at)).invoke(QUESTION)
        document, question = at.requests[0]["messages"][0]["content"]
    assert document["type"] == "document"
    assert document["citations"] == {"enabled": True}
    assert document["title"] == "The Old Bridge"
    assert [block["text"] for block in document["source"]["content"]] == [
        bridge.slice(sentence) for sentence in bridge.sentences
    ]
    assert question == {"type": "text", "text": f"Question: {QUESTION}"}


def test_citation_of_several_sentences_quotes_each(
    claude: Any, bridges: Library, bridge: Article
) -> None:
    both = f"{OPENED}{COST}"
    answer = ask_claude(
        claude,
        bridges,
        bridge,
        ("Mayor Ana Ruiz opened it; it cost 3,200,000 euros.", [cite(both, 0, 2)]),
    )
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
def test_inexact_citation_does_not_count(
    wrong: Body, claude: Any, bridges: Library, bridge: Article
) -> None:
    answer = ask_claude(claude, bridges, bridge, ("Mayor Ana Ruiz opened it.", [wrong]))
    assert answer.quotes_alone
    assert answer.notes[0] == format_note([Finding("missing-citation")])


def test_marker_in_text_of_model_is_removed(claude: Any, bridges: Library, bridge: Article) -> None:
    answer = ask_claude(
        claude, bridges, bridge, ("Mayor Ana Ruiz [2] opened it", [cite(OPENED, 0)]), (" [3].", [])
    )
    assert answer.text == "Mayor Ana Ruiz opened it [1]."
    assert [quote.text for quote in answer.quotes] == [OPENED]


def test_name_that_quotes_lack_is_hidden(claude: Any, bridges: Library, bridge: Article) -> None:
    answer = ask_claude(claude, bridges, bridge, ("Mayor Bo Berg opened it.", [cite(OPENED, 0)]))
    assert "Berg" not in answer.text
    assert answer.quotes_alone


def test_not_stated_abstains(claude: Any, bridges: Library, bridge: Article) -> None:
    assert not ask_claude(claude, bridges, bridge, ("Not stated.", [])).answered


@pytest.mark.parametrize(
    ("status", "message"),
    [(401, "refused the key"), (429, "limits how much"), (529, "failed (status 529)")],
)
def test_refusal_of_provider_leaves_quotes(
    status: int, message: str, claude: Any, bridges: Library, bridge: Article
) -> None:
    answer = ask_claude(claude, bridges, bridge, statuses=[status])
    assert answer.quotes_alone
    assert message in answer.notes[0]


def test_two_articles_are_sent_as_two_documents(
    claude: Any, bridges: Library, bridge: Article, volcano: Article
) -> None:
    blocks = [
        ("Mayor Ana Ruiz opened it.", [cite(OPENED, 0)]),
        (" It erupted.", [cite("Mount Etna rises", 0, document_index=1)]),
    ]
    with run_provider(servers.anthropic, *blocks) as at:
        chain = make_pipeline(bridges, bridge, volcano, model=claude(at))
        answer = chain.invoke(QUESTION)
        assert [part["type"] for part in at.requests[0]["messages"][0]["content"]] == [
            "document",
            "document",
            "text",
        ]
    check_answer(answer, bridge, volcano)
