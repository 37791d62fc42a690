"""Test embedders by name: folders, providers and servers, against local fake servers."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant import Article, Assistant, AssistantError, InputError, ModelError
from assistant.interfaces.cli.doctor import run_checks
from assistant.interfaces.cli.main import app
from assistant.models.embeddings import LangChainEmbedder, make_embedder
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.embedders.base import Embedder
from index.embedders.folder import FolderEmbedder
from index.embedders.minilm import MiniLM, minilm_folder
from index.storage.library import Library
from index.storage.sqlite.store import SqliteStore
from tests.assistant import servers
from tests.assistant.fakes import check_answer
from tests.assistant.servers import Provider, run_provider
from tests.index.hashing import Hashing, numbered

# Of each provider: what it is called, and the variables that its package reads.
PROVIDERS: dict[str, tuple[str, Callable[[str], dict[str, str]]]] = {
    "openai": (
        "openai:text-embedding-3-small",
        lambda at: {"OPENAI_API_BASE": f"{at}/v1", "OPENAI_API_KEY": "k"},
    ),
    "mistral": (
        "mistral:mistral-embed",
        lambda at: {"MISTRAL_BASE_URL": f"{at}/v1", "MISTRAL_API_KEY": "k"},
    ),
    "google": (
        "google:gemini-embedding-001",
        lambda at: {"GOOGLE_GEMINI_BASE_URL": at, "GOOGLE_API_KEY": "k"},
    ),
    "ollama": ("ollama:nomic-embed-text:v1.5", lambda at: {"OLLAMA_HOST": at}),
}
QUESTION = "Who opened the Old Bridge of Lund?"


@pytest.fixture
def server(minilm: MiniLM) -> Iterator[Provider]:
    """Run a server with OpenAI's protocol that returns MiniLM's vectors with a length of 3."""

    def embed(texts: list[str]) -> list[list[float]]:
        return [[3 * value for value in row] for row in minilm.embed_documents(texts)]

    with run_provider(
        servers.openai, embed=embed, models={"data": [{"id": "small"}, {"id": "large"}]}
    ) as running:
        yield running


@pytest.fixture
def make_embeddings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Embedder]:
    """Return a function that makes a provider's embedder against a fake server."""

    def make(name: str, at: Provider, **settings: Any) -> Embedder:
        called, variables = PROVIDERS[name]
        for variable, value in variables(at.address).items():
            monkeypatch.setenv(variable, value)
        return make_embedder(called, Settings(**settings))

    return make


def test_default_embedder_is_shared_in_process() -> None:
    assert isinstance(make_embedder("embedded"), MiniLM)


@pytest.mark.parametrize(
    "name", ["", "minilm", "openai:", ":name", "no/such/folder", "x" * 5_000, "~nobody/x", "a\0b"]
)
def test_unknown_embeddings_raise_input_error(name: str) -> None:
    with pytest.raises(InputError, match=r"There are no embeddings .*`embedded`, a folder"):
        make_embedder(name)


def test_unknown_provider_raises_input_error() -> None:
    with pytest.raises(
        InputError, match=r"The embeddings nobody:x cannot be used: .*'nobody' is not supported"
    ):
        make_embedder("nobody:x")


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("ollama:m", "langchain_ollama", "ollama"),
        ("google:m", "langchain_google_genai", "google"),
        ("mistral:m", "langchain_mistralai", "mistral"),
        ("http://127.0.0.1:9", "langchain_openai", "openai"),
    ],
)
def test_missing_package_is_named(
    name: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langchain.embeddings import base

    base._get_embeddings_class_creator.cache_clear()
    monkeypatch.setenv("MISTRAL_API_KEY", "k")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        InputError,
        match=rf"{name} need a package that is not installed: .*article-assistant\[{extra}\]",
    ):
        make_embedder(name)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("openai:m", ["OPENAI_API_KEY"]),
        ("google:m", ["GOOGLE_API_KEY", "GEMINI_API_KEY"]),
        ("mistral:m", ["MISTRAL_API_KEY"]),
    ],
)
def test_missing_key_raises_input_error(
    name: str, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in keys:
        monkeypatch.delenv(key, raising=False)
    with pytest.raises(InputError, match=rf"The embeddings {name} cannot be used: .*(?i:api.?key)"):
        make_embedder(name)


def test_folder_name_makes_folder_embedder() -> None:
    embedder = make_embedder(str(minilm_folder()))
    assert isinstance(embedder, FolderEmbedder)
    assert embedder.name == str(minilm_folder())


@pytest.mark.parametrize("name", PROVIDERS)
def test_provider_vectors_have_unit_length(name: str, make_embeddings: Any) -> None:
    hashing = Hashing()
    with run_provider(
        servers.openai, embed=lambda texts: (5 * hashing.embed(texts)).tolist()
    ) as at:
        embedder = make_embeddings(name, at)
        assert at.requests == []  # nobody is asked before there is something to embed
        texts = [f"House {number} of the village." for number in range(70)] + [
            "half a character \ud800"
        ]
        assert embedder.embed(texts)[:70] == pytest.approx(hashing.embed(texts[:70]), abs=1e-5)
        assert embedder.embed_question("Who?") == pytest.approx(
            hashing.embed(["Who?"])[0], abs=1e-5
        )
    assert (embedder.name, embedder.fingerprint, embedder.is_versioned) == (
        PROVIDERS[name][0],
        PROVIDERS[name][0],
        False,
    )


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, "refused the key (status 401)"), (404, "does not know this model"), (500, "failed")],
)
def test_provider_refusal_is_explained_without_secrets(
    name: str, status: int, expected: str, make_embeddings: Any
) -> None:
    with (
        run_provider(
            servers.openai,
            embed=lambda texts: [[1.0]],
            statuses=[status] * 9,
            problem="Wrong key sk-secret",
        ) as at,
        pytest.raises(
            ModelError, match=f"The embeddings {PROVIDERS[name][0]} are not available"
        ) as failed,
    ):
        make_embeddings(name, at, model_retries=0).embed(["A text."])
    assert expected in str(failed.value)
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("name", PROVIDERS)
def test_unreachable_or_silent_provider_is_explained(name: str, make_embeddings: Any) -> None:
    with run_provider(servers.openai, embed=lambda texts: [[1.0]], pause=6) as at:
        started = time.monotonic()
        with pytest.raises(ModelError, match="did not answer in time"):
            make_embeddings(name, at, model_timeout=0.5, model_retries=0).embed(["A text."])
        assert time.monotonic() - started < 5
        gone = make_embeddings(name, at, model_retries=0)
    with pytest.raises(ModelError, match="cannot be reached"):
        gone.embed(["A text."])


@pytest.mark.parametrize(
    "vectors",
    [
        [],
        [[]],
        [[0.0, 0.0]],
        [[1.0, 2.0], [3.0]],
        [["a", "b"]],
        [[1.0, 0.0]] * 3,
        [[None, 1.0]],
        [[1e308 * 10, 1.0]],
        "vector",
    ],
)
def test_invalid_vectors_are_refused(vectors: Any) -> None:
    class Odd:
        def embed_documents(self, texts: list[str]) -> Any:
            return vectors

    with pytest.raises(ModelError, match="did not return one vector for each text"):
        LangChainEmbedder("odd", Odd).embed(["One.", "Two."])  # type: ignore[arg-type]


def test_server_address_uses_first_model(
    server: Provider, bridge: Article, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    opened = Assistant.open(bridge, model="none", embeddings=server.address, data=tmp_path)
    answer = check_answer(opened.ask(QUESTION), bridge)
    assert answer.quotes[0].start == 0
    assert {request["model"] for request in server.requests} == {"small"}
    assert {headers["authorization"] for headers in server.headers} == {"Bearer none"}
    assert all(isinstance(request["input"], list) for request in server.requests)


def test_server_name_selects_model_with_own_key(server: Provider) -> None:
    make_embedder(f"large@{server.address}", Settings(embeddings_key="sk-own")).embed(["A text."])
    assert server.requests[0]["model"] == "large"
    assert server.headers[0]["authorization"] == "Bearer sk-own"


@pytest.mark.parametrize(
    "name", ["http://", "ftp://host", "http://user:pass@host", "http://host/?a=b"]
)
def test_malformed_address_raises_input_error(name: str) -> None:
    with pytest.raises(InputError, match="is not the URL of a model server"):
        make_embedder(name)


def test_equal_vectors_give_equal_answers(
    server: Provider, bridges: Library, bundled: Article, tmp_path: Path
) -> None:
    mine = Assistant(bridges, [bundled], None).ask("How many people are trapped by the siege?")
    theirs = Assistant.open(bundled, model="none", embeddings=server.address, data=tmp_path).ask(
        mine.question
    )
    assert [quote.text for quote in theirs.quotes] == [quote.text for quote in mine.quotes]


def test_changed_embeddings_reembed_library_with_progress(
    server: Provider, bridge: Article, tmp_path: Path
) -> None:
    library = Library(tmp_path, Hashing(dimensions=96))
    library.add(bridge)
    library.add(numbered(1))
    library.close()
    opened = Assistant.open(bridge, model="none", embeddings=server.address, data=tmp_path)
    expected: list[tuple[str, float]] = []
    opened.load(lambda step, share: expected.append((step, share)))
    assert {step for step, _ in expected} == {"embedding all articles anew"}
    assert [share for _, share in expected] == sorted(share for _, share in expected)
    assert expected[-1][1] == 1
    assert check_answer(opened.ask(QUESTION), bridge).quotes[0].start == 0


def test_folder_open_with_other_embeddings_is_refused(
    server: Provider, bridge: Article, tmp_path: Path
) -> None:
    Assistant.open(bridge, model="none", embeddings=server.address, data=tmp_path)
    with pytest.raises(
        InputError,
        match=rf"is open in this process with the embeddings {server.address}, not with all-MiniLM",
    ):
        Assistant.open(bridge, model="none", data=tmp_path)


def test_embeddings_lost_later_are_reported_at_question(
    server: Provider, bridge: Article, tmp_path: Path
) -> None:
    opened = Assistant.open(
        bridge,
        model="none",
        embeddings=server.address,
        data=tmp_path,
        settings=Settings(model_retries=0),
    )
    opened.load()
    server.statuses = [500] * 9
    with pytest.raises(
        ModelError, match=f"{server.address} are not available. The model's server failed"
    ):
        opened.ask(QUESTION)
    server.statuses = []
    assert opened.ask(QUESTION).answered


def test_page_shows_reembedding_and_its_failure(
    server: Provider, bridge: Article, tmp_path: Path
) -> None:
    filled = Library(tmp_path, Hashing())
    filled.add(bridge)
    filled.close()
    embedder = make_embedder(server.address, Settings(model_retries=0))
    server.statuses = [401] * 9
    library = Library(tmp_path, embedder)
    service = AssistantService(bridge, library, None, Settings())
    service._load()
    assert service.state == "failed"
    assert "refused the key" in service.status
    assert "0 of 6 passages were embedded anew" in service.status.replace("0 of 5", "0 of 6")
    with pytest.raises(AssistantError, match="refused the key"):
        list(service.ask(QUESTION))
    server.statuses = []
    service = AssistantService(bridge, library, None, Settings())
    statuses: list[str] = []

    def report(done: int, total: int) -> None:
        service._report_reembedding(done, total)
        statuses.append(service.status)

    library.load(report)
    assert statuses[-1] == "Preparing all articles anew … 100 %"
    service._load()
    *_, answer = service.ask(QUESTION)
    assert check_answer(answer, bridge).quotes[0].start == 0
    library.close()


def test_commands_take_embeddings_option(server: Provider, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(
        "Mayor Ana Ruiz opened the bridge in May 1998. It cost 3 million euros."
    )
    vectors = ["--embeddings", server.address, "--data", str(tmp_path / "data")]
    added = CliRunner().invoke(app, ["library", "add", str(tmp_path / "bridge.txt"), *vectors])
    assert added.exit_code == 0, added.output
    store = SqliteStore(tmp_path / "data")
    assert store.count_stale_passages(server.address) == {}
    store.close()
    answered = CliRunner().invoke(
        app, ["ask", "Who opened the bridge?", "--all", "--model", "none", "--json", *vectors]
    )
    assert answered.exit_code == 0, answered.output
    assert "Ana Ruiz" in json.loads(answered.stdout)["quotes"][0]["text"]


def test_command_reports_unavailable_embeddings(tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text("Mayor Ana Ruiz opened the bridge.")
    expected = CliRunner().invoke(
        app,
        [
            "library",
            "add",
            str(tmp_path / "bridge.txt"),
            "--embeddings",
            "http://127.0.0.1:9",
            "--data",
            str(tmp_path / "data"),
        ],
    )
    assert expected.exit_code == 1
    assert (
        "Error: The embeddings http://127.0.0.1:9 are not available. There is no model at http://127.0.0.1:9/v1."
        in expected.stderr
    )


def test_doctor_warns_of_embeddings_without_calibration(server: Provider, tmp_path: Path) -> None:
    def check(name: str) -> Any:
        settings = Settings(embeddings=name, model="none", data=tmp_path, cache=tmp_path)
        return next(
            (check for check in run_checks(settings) if check.name == "chosen embeddings"), None
        )

    assert check("embedded") is None
    assert (check(server.address).state, check("ollama:m").state) == ("note", "note")
    assert "fitted with the default embeddings" in check(server.address).todo
    assert "not asked here" in check("ollama:m").found
    assert (
        check("http://127.0.0.1:9").state
        == check(str(tmp_path)).state
        == check("nobody:m").state
        == "wrong"
    )
