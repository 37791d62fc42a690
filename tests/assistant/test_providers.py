"""Models of other programs and providers, over the protocols that they speak, from servers on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Article, Assistant, InputError
from assistant.models import Model, make_model
from assistant.settings import Settings
from index.library import Library

from . import servers
from .fakes import chain_of, checked
from .servers import Provider, provider

QUESTION = "Who opened the Old Bridge?"
# What a model says that keeps to the format: sentence 1 is the one that says so.
SAID = ("Mayor Ana ", "Ruiz opened it", " [1].")

# Of each provider: what it is called, its protocol, and the variables that its package reads.
PROVIDERS: dict[str, tuple[str, servers.Protocol, Callable[[str], dict[str, str]]]] = {
    "openai": ("openai:gpt-4o-mini", servers.openai, lambda at: {"OPENAI_API_BASE": f"{at}/v1", "OPENAI_API_KEY": "k"}),
    "mistral": ("mistral:mistral-small", servers.openai, lambda at: {"MISTRAL_BASE_URL": f"{at}/v1", "MISTRAL_API_KEY": "k"}),
    "google": ("google:gemini-2.5-flash", servers.google, lambda at: {"GOOGLE_GEMINI_BASE_URL": at, "GOOGLE_API_KEY": "k"}),
    "ollama": ("ollama:llama3.2", servers.ollama, lambda at: {"OLLAMA_HOST": at}),
}
# Anthropic's way of answering is its own (`test_citing.py`); its ways of failing are everyone's.
ALL = PROVIDERS | {
    "anthropic": (
        "anthropic:claude-sonnet-4-5",
        servers.anthropic,
        lambda at: {"ANTHROPIC_BASE_URL": at, "ANTHROPIC_API_KEY": "k"},
    )
}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Model]:
    """The model of a provider, from a server that stands in for it."""

    def make(name: str, at: Provider, **settings: Any) -> Model:
        called, _, variables = ALL[name]
        for variable, value in variables(at.address).items():
            monkeypatch.setenv(variable, value)
        model = make_model(called, tmp_path, Settings(**settings))
        assert model
        return model

    return make


@pytest.fixture
def server() -> Iterator[Provider]:
    """One that speaks OpenAI's protocol, has two models, and says what it is told to."""
    models = {"data": [{"id": "small", "meta": {"n_ctx": 2048}}, {"id": "large", "max_model_len": 32_000}]}
    with provider(servers.openai, *SAID, models=models) as running:
        yield running


def served(at: Provider, name: str = "", **settings: Any) -> Model:
    model = make_model(f"{name}@{at.address}" if name else at.address, Path("/nowhere"), Settings(**settings))
    assert model
    return model


def asked(library: Library, article: Article, model: Model, question: str = QUESTION) -> Answer:
    return checked(chain_of(library, article, model=model).invoke(question), article)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_answers_with_quotes(name: str, made: Any, bridges: Library, bridge: Article) -> None:
    with provider(PROVIDERS[name][1], *SAID) as at:
        answer = asked(bridges, bridge, made(name, at))
        assert "[1] The Old Bridge of Lund was opened" in at.prompt
    assert answer.text == "Mayor Ana Ruiz opened it [1]."
    assert answer.quotes[0].start == 0


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_follow_up_is_rewritten_by_the_provider(name: str, made: Any, bridges: Library, bridge: Article) -> None:
    with provider(PROVIDERS[name][1], "When did Mayor Ana Ruiz open the Old Bridge?") as at:
        chain = chain_of(bridges, bridge, model=made(name, at))
        answer = chain.invoke({"question": "And when?", "history": [(QUESTION, "Mayor Ana Ruiz opened it.")]})
    assert answer.searched == "When did Mayor Ana Ruiz open the Old Bridge?"


@pytest.mark.parametrize("name", ["openai", "google"])
def test_a_provider_that_is_busy_is_asked_again(name: str, made: Any, bridges: Library, bridge: Article) -> None:
    with provider(PROVIDERS[name][1], *SAID, statuses=[503]) as at:
        answer = asked(bridges, bridge, made(name, at))
        assert len(at.asked) == 2
    assert answer.text == "Mayor Ana Ruiz opened it [1]."


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "refused the key (status 401)"),
        (404, "does not know this model (status 404)"),
        (429, "limits how much it is asked (status 429)"),
        (500, "The model's server failed (status 500). Try again later."),
    ],
)
def test_a_provider_that_refuses_leaves_the_quotes_with_a_note(
    name: str, status: int, told: str, made: Any, bridges: Library, bridge: Article
) -> None:
    with provider(ALL[name][1], statuses=[status] * 9, problem="Wrong key sk-secret") as at:
        answer = asked(bridges, bridge, made(name, at, model_retries=0))
    assert answer.quotes_alone
    assert told in answer.notes[0]
    assert "secret" not in answer.notes[0]


@pytest.mark.parametrize("name", ALL)
def test_a_provider_that_is_silent_is_not_waited_for(name: str, made: Any, bridges: Library, bridge: Article) -> None:
    with provider(ALL[name][1], *SAID, pause=6) as at:
        begun = time.monotonic()
        answer = asked(bridges, bridge, made(name, at, model_timeout=0.5, model_retries=0))
    assert time.monotonic() - begun < 5
    assert answer.quotes_alone
    assert answer.notes[0].startswith("The model did not answer in time.")


@pytest.mark.parametrize("name", ALL)
def test_a_provider_that_cannot_be_reached_leaves_the_quotes(name: str, made: Any, bridges: Library, bridge: Article) -> None:
    with provider(ALL[name][1]) as at:
        model = made(name, at, model_retries=0)
    answer = asked(bridges, bridge, model)
    assert answer.quotes_alone
    assert answer.notes[0].startswith("The model's server cannot be reached.")


def test_a_server_is_asked_by_its_address(server: Provider, bridges: Library, bridge: Article) -> None:
    opened = Assistant(bridges, [bridge], served(server))
    answer = checked(opened.ask("Who opened the Old Bridge of Lund?"), bridge)
    assert opened.trouble == ""
    assert answer.text == "Mayor Ana Ruiz opened it [1]."
    assert answer.model == server.address
    assert server.asked[0]["model"] == "small"
    assert server.asked[0]["temperature"] == 0


def test_a_server_is_asked_for_a_model_by_its_name(server: Provider) -> None:
    model = served(server, "large")
    model.chat.load(lambda step, share: None)  # type: ignore[attr-defined]
    assert model.context == 32_000
    assert "".join(chunk.text for chunk in model.chat.stream("Who?")) == "".join(SAID)
    assert server.asked[0]["model"] == "large"


def test_a_server_gets_its_own_key_and_never_openais(server: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    for model in (served(server), served(server, model_key="sk-own")):
        assert list(model.chat.stream("Who?"))
    assert [one["authorization"] for one in server.headers] == ["Bearer none", "Bearer sk-own"]


@pytest.mark.parametrize(
    ("models", "name", "told"),
    [
        ({"data": []}, "", "has no model. Load one there."),
        ({"data": [{"id": "small"}]}, "other", "has no model 'other'. It has small."),
        ({"hello": "world"}, "", "does not speak OpenAI's protocol"),
        ([1, 2], "", "does not speak OpenAI's protocol"),
    ],
)
def test_a_server_without_the_model_is_told(models: Any, name: str, told: str, bridges: Library, bridge: Article) -> None:
    with provider(servers.openai, models=models) as at:
        opened = Assistant(bridges, [bridge], served(at, name))
        answer = checked(opened.ask("Who opened the Old Bridge of Lund?"), bridge)
    assert told in opened.trouble
    assert answer.quotes_alone


def test_a_server_that_does_not_run_is_told(bridges: Library, bridge: Article) -> None:
    with provider(servers.openai) as at:
        pass
    opened = Assistant(bridges, [bridge], served(at))
    opened.load()
    assert opened.trouble.startswith(f"There is no model at {at.address}/v1. The model's server cannot be reached.")


@pytest.mark.parametrize(
    "name",
    ["http://", "ftp://host", "http://host:0", "http://user:pass@host", "http://host/?a=b", "@http://h h", "http://host:99999"],
)
def test_what_is_no_address_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no address of a model server"):
        make_model(name, tmp_path)


def test_no_more_is_sent_than_the_model_takes(server: Provider, bridges: Library, bundled: Article) -> None:
    model = served(server)
    model.chat.context_tokens = 1_100  # type: ignore[attr-defined]
    asked(bridges, bundled, model, "What happened in the city?")
    assert 0 < server.prompt.count("\\n[") < 6
    assert len(server.prompt.encode()) / 3 < 1_100


def test_a_context_that_is_too_small_is_told(server: Provider, bridges: Library, bridge: Article) -> None:
    server.statuses, server.problem = [400], "This model's maximum context length is 512 tokens."
    answer = asked(bridges, bridge, served(server))
    assert answer.quotes_alone
    assert answer.notes[0].startswith("What was found is longer than the model's context.")


@pytest.mark.parametrize(
    "said",
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
def test_what_does_not_keep_to_the_format_or_the_evidence_is_not_shown(
    said: tuple[str, ...], server: Provider, bridges: Library, bridge: Article
) -> None:
    server.pieces = said
    answer = asked(bridges, bridge, served(server))
    assert answer.quotes_alone or not answer.answered or said[0].startswith("[1]")
    assert "Berg" not in answer.text
    assert "1887" not in answer.text
    assert answer.notes or said[0].startswith("[1]")
