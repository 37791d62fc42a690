"""Test models of providers and servers over their protocols, against local fake servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Article, Assistant, InputError
from assistant.models import Model, make_model
from assistant.settings import Settings
from index.storage.library import Library
from tests.assistant import servers
from tests.assistant.fakes import check_answer, make_pipeline
from tests.assistant.servers import Provider, run_provider

QUESTION = "Who opened the Old Bridge?"
# What a model says that keeps to the format: sentence 1 is the one that says so.
SAID = ("Mayor Ana ", "Ruiz opened it", " [1].")

# Of each provider: what it is called, its protocol, and the variables that its package reads.
PROVIDERS: dict[str, tuple[str, servers.Protocol, Callable[[str], dict[str, str]]]] = {
    "openai": (
        "openai:gpt-4o-mini",
        servers.openai,
        lambda at: {"OPENAI_API_BASE": f"{at}/v1", "OPENAI_API_KEY": "k"},
    ),
    "mistral": (
        "mistral:mistral-small",
        servers.openai,
        lambda at: {"MISTRAL_BASE_URL": f"{at}/v1", "MISTRAL_API_KEY": "k"},
    ),
    "google": (
        "google:gemini-2.5-flash",
        servers.google,
        lambda at: {"GOOGLE_GEMINI_BASE_URL": at, "GOOGLE_API_KEY": "k"},
    ),
    "ollama": ("ollama:llama3.2", servers.ollama, lambda at: {"OLLAMA_HOST": at}),
}
# Anthropic's answers have a format of their own (`test_anthropic_citations.py`); its errors are
# like those of the rest.
ALL = PROVIDERS | {
    "anthropic": (
        "anthropic:claude-sonnet-4-5",
        servers.anthropic,
        lambda at: {"ANTHROPIC_BASE_URL": at, "ANTHROPIC_API_KEY": "k"},
    )
}


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Model]:
    """Return a function that makes a provider's model against a fake server."""

    def make_from_server(name: str, at: Provider, **settings: Any) -> Model:
        called, _, variables = ALL[name]
        for variable, value in variables(at.address).items():
            monkeypatch.setenv(variable, value)
        model = make_model(called, tmp_path, Settings(**settings))
        assert model
        return model

    return make_from_server


@pytest.fixture
def server() -> Iterator[Provider]:
    """Run a server with OpenAI's protocol, two models and scripted responses."""
    models = {
        "data": [{"id": "small", "meta": {"n_ctx": 2048}}, {"id": "large", "max_model_len": 32_000}]
    }
    with run_provider(servers.openai, *SAID, models=models) as running:
        yield running


def make_server_model(at: Provider, name: str = "", **settings: Any) -> Model:
    model = make_model(
        f"{name}@{at.address}" if name else at.address, Path("/nowhere"), Settings(**settings)
    )
    assert model
    return model


def ask(library: Library, article: Article, model: Model, question: str = QUESTION) -> Answer:
    return check_answer(make_pipeline(library, article, model=model).invoke(question), article)


@pytest.mark.parametrize("name", PROVIDERS)
def test_provider_answers_with_quotes(
    name: str, make: Any, bridges: Library, bridge: Article
) -> None:
    with run_provider(PROVIDERS[name][1], *SAID) as at:
        answer = ask(bridges, bridge, make(name, at))
        assert "[1] The Old Bridge of Lund was opened" in at.prompt
    assert answer.text == "Mayor Ana Ruiz opened it [1]."
    assert answer.quotes[0].start == 0


@pytest.mark.parametrize("name", PROVIDERS)
def test_provider_rewrites_followup(
    name: str, make: Any, bridges: Library, bridge: Article
) -> None:
    with run_provider(PROVIDERS[name][1], "When did Mayor Ana Ruiz open the Old Bridge?") as at:
        chain = make_pipeline(bridges, bridge, model=make(name, at))
        answer = chain.invoke(
            {"question": "And when?", "history": [(QUESTION, "Mayor Ana Ruiz opened it.")]}
        )
    assert answer.searched == "When did Mayor Ana Ruiz open the Old Bridge?"


@pytest.mark.parametrize("name", ["openai", "google"])
def test_busy_provider_is_retried(name: str, make: Any, bridges: Library, bridge: Article) -> None:
    with run_provider(PROVIDERS[name][1], *SAID, statuses=[503]) as at:
        answer = ask(bridges, bridge, make(name, at))
        assert len(at.requests) == 2
    assert answer.text == "Mayor Ana Ruiz opened it [1]."


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "refused the key (status 401)"),
        (404, "does not know this model (status 404)"),
        (429, "limits how much it is asked (status 429)"),
        (500, "The model's server failed (status 500). Try again later."),
    ],
)
def test_provider_refusal_leaves_quotes_with_note(
    name: str, status: int, expected: str, make: Any, bridges: Library, bridge: Article
) -> None:
    with run_provider(ALL[name][1], statuses=[status] * 9, problem="Wrong key sk-secret") as at:
        answer = ask(bridges, bridge, make(name, at, model_retries=0))
    assert answer.quotes_alone
    assert expected in answer.notes[0]
    assert "secret" not in answer.notes[0]


@pytest.mark.parametrize("name", ALL)
def test_silent_provider_times_out(name: str, make: Any, bridges: Library, bridge: Article) -> None:
    with run_provider(ALL[name][1], *SAID, pause=6) as at:
        started = time.monotonic()
        answer = ask(bridges, bridge, make(name, at, model_timeout=0.5, model_retries=0))
    assert time.monotonic() - started < 5
    assert answer.quotes_alone
    assert answer.notes[0].startswith("The model did not answer in time.")


@pytest.mark.parametrize("name", ALL)
def test_unreachable_provider_leaves_quotes(
    name: str, make: Any, bridges: Library, bridge: Article
) -> None:
    with run_provider(ALL[name][1]) as at:
        model = make(name, at, model_retries=0)
    answer = ask(bridges, bridge, model)
    assert answer.quotes_alone
    assert answer.notes[0].startswith("The model's server cannot be reached.")


def test_server_address_answers_with_first_model(
    server: Provider, bridges: Library, bridge: Article
) -> None:
    opened = Assistant(bridges, [bridge], make_server_model(server))
    answer = check_answer(opened.ask("Who opened the Old Bridge of Lund?"), bridge)
    assert opened.trouble == ""
    assert answer.text == "Mayor Ana Ruiz opened it [1]."
    assert answer.model == server.address
    assert server.requests[0]["model"] == "small"
    assert server.requests[0]["temperature"] == 0


def test_server_name_selects_model(server: Provider) -> None:
    model = make_server_model(server, "large")
    model.chat.load(lambda step, share: None)  # type: ignore[attr-defined]
    assert model.context == 32_000
    assert "".join(chunk.text for chunk in model.chat.stream("Who?")) == "".join(SAID)
    assert server.requests[0]["model"] == "large"


def test_server_never_gets_openai_key(server: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    for model in (make_server_model(server), make_server_model(server, model_key="sk-own")):
        assert list(model.chat.stream("Who?"))
    assert [headers["authorization"] for headers in server.headers] == [
        "Bearer none",
        "Bearer sk-own",
    ]


@pytest.mark.parametrize(
    ("models", "name", "expected"),
    [
        ({"data": []}, "", "has no model. Load one there."),
        ({"data": [{"id": "small"}]}, "other", "has no model 'other'. It has small."),
        ({"hello": "world"}, "", "does not speak OpenAI's protocol"),
        ([1, 2], "", "does not speak OpenAI's protocol"),
    ],
)
def test_server_without_model_is_reported(
    models: Any, name: str, expected: str, bridges: Library, bridge: Article
) -> None:
    with run_provider(servers.openai, models=models) as at:
        opened = Assistant(bridges, [bridge], make_server_model(at, name))
        answer = check_answer(opened.ask("Who opened the Old Bridge of Lund?"), bridge)
    assert expected in opened.trouble
    assert answer.quotes_alone


def test_stopped_server_is_reported(bridges: Library, bridge: Article) -> None:
    with run_provider(servers.openai) as at:
        pass
    opened = Assistant(bridges, [bridge], make_server_model(at))
    opened.load()
    assert opened.trouble.startswith(
        f"There is no model at {at.address}/v1. The model's server cannot be reached."
    )


@pytest.mark.parametrize(
    "name",
    [
        "http://",
        "ftp://host",
        "http://host:0",
        "http://user:pass@host",
        "http://host/?a=b",
        "@http://h h",
        "http://host:99999",
    ],
)
def test_malformed_address_raises_input_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not the URL of a model server"):
        make_model(name, tmp_path)


def test_prompt_fits_context_of_model(server: Provider, bridges: Library, bundled: Article) -> None:
    model = make_server_model(server)
    model.chat.context_tokens = 1_100  # type: ignore[attr-defined]
    ask(bridges, bundled, model, "What happened in the city?")
    assert 0 < server.prompt.count("\\n[") < 6
    assert len(server.prompt.encode()) / 3 < 1_100


def test_context_error_is_explained(server: Provider, bridges: Library, bridge: Article) -> None:
    server.statuses, server.problem = [400], "This model's maximum context length is 512 tokens."
    answer = ask(bridges, bridge, make_server_model(server))
    assert answer.quotes_alone
    assert answer.notes[0].startswith("What was found is longer than the model's context.")


@pytest.mark.parametrize(
    "output",
    [
        ("Mayor Ana Ruiz opened it.",),  # no citation
        ("Mayor Ana Ruiz opened it [77].",),  # an invented one
        ("Mayor Bo Berg opened it [1].",),  # an invented name
        ("She opened it in 1887 [1].",),  # an invented number
        ("",),
        (" ", "\n"),
        ('{"answer": "Mayor Ana Ruiz"}',),
        ("[1][2][3]",),
    ],
)
def test_output_without_format_or_evidence_is_hidden(
    output: tuple[str, ...], server: Provider, bridges: Library, bridge: Article
) -> None:
    server.pieces = output
    answer = ask(bridges, bridge, make_server_model(server))
    assert answer.quotes_alone or not answer.answered or output[0].startswith("[1]")
    assert "Berg" not in answer.text
    assert "1887" not in answer.text
    assert answer.notes or output[0].startswith("[1]")
