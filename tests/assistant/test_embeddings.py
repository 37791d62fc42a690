"""Embeddings by their name: a folder's, and those of other programs and providers, from servers on this machine."""

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
from assistant.cli import app
from assistant.doctor import examine
from assistant.models.embeddings import ProvidedEmbedder, make_embedder
from assistant.page.desk import Desk
from assistant.settings import Settings
from index.embedding import Embedder, MiniLM, minilm_folder
from index.folder import FolderEmbedder
from index.library import Library
from index.store import Store

from ..index.hashing import Hashing, numbered
from . import servers
from .fakes import checked
from .servers import Provider, provider

# Of each provider: what it is called, and the variables that its package reads.
PROVIDERS: dict[str, tuple[str, Callable[[str], dict[str, str]]]] = {
    "openai": ("openai:text-embedding-3-small", lambda at: {"OPENAI_API_BASE": f"{at}/v1", "OPENAI_API_KEY": "k"}),
    "mistral": ("mistral:mistral-embed", lambda at: {"MISTRAL_BASE_URL": f"{at}/v1", "MISTRAL_API_KEY": "k"}),
    "google": ("google:gemini-embedding-001", lambda at: {"GOOGLE_GEMINI_BASE_URL": at, "GOOGLE_API_KEY": "k"}),
    "ollama": ("ollama:nomic-embed-text:v1.5", lambda at: {"OLLAMA_HOST": at}),
}
QUESTION = "Who opened the Old Bridge of Lund?"


@pytest.fixture
def server(minilm: MiniLM) -> Iterator[Provider]:
    """One that speaks OpenAI's protocol, and has the default's vectors, three times as long as they should be."""

    def embed(texts: list[str]) -> list[list[float]]:
        return [[3 * value for value in row] for row in minilm.embed_documents(texts)]

    with provider(servers.openai, embed=embed, models={"data": [{"id": "small"}, {"id": "large"}]}) as running:
        yield running


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Embedder]:
    """The embedder of a provider, from a server that stands in for it."""

    def make(name: str, at: Provider, **settings: Any) -> Embedder:
        called, variables = PROVIDERS[name]
        for variable, value in variables(at.address).items():
            monkeypatch.setenv(variable, value)
        return make_embedder(called, Settings(**settings))

    return make


def test_the_default_is_one_a_process() -> None:
    assert make_embedder("embedded") is MiniLM.shared()


@pytest.mark.parametrize("name", ["", "minilm", "openai:", ":name", "no/such/folder", "x" * 5_000, "~nobody/x", "a\0b"])
def test_what_are_no_embeddings_is_told(name: str) -> None:
    with pytest.raises(InputError, match=r"There are no embeddings .*`embedded`, a folder"):
        make_embedder(name)


def test_a_provider_that_nobody_knows_is_told() -> None:
    with pytest.raises(InputError, match=r"The embeddings nobody:x cannot be used: .*'nobody' is not supported"):
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
def test_a_package_that_is_missing_is_told(name: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from langchain.embeddings import base

    base._get_embeddings_class_creator.cache_clear()
    monkeypatch.setenv("MISTRAL_API_KEY", "k")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"{name} need a package that is not installed: .*article-assistant\[{extra}\]"):
        make_embedder(name)


@pytest.mark.parametrize(
    ("name", "keys"),
    [("openai:m", ["OPENAI_API_KEY"]), ("google:m", ["GOOGLE_API_KEY", "GEMINI_API_KEY"]), ("mistral:m", ["MISTRAL_API_KEY"])],
)
def test_a_key_that_is_missing_is_told(name: str, keys: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for key in keys:
        monkeypatch.delenv(key, raising=False)
    with pytest.raises(InputError, match=rf"The embeddings {name} cannot be used: .*(?i:api.?key)"):
        make_embedder(name)


def test_a_folder_is_one_by_its_place() -> None:
    embedder = make_embedder(str(minilm_folder()))
    assert isinstance(embedder, FolderEmbedder)
    assert embedder.name == str(minilm_folder())


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_providers_vectors_are_had_in_unit_length(name: str, made: Any) -> None:
    hashing = Hashing()
    with provider(servers.openai, embed=lambda texts: (5 * hashing.embed(texts)).tolist()) as at:
        embedder = made(name, at)
        assert at.asked == []  # nobody is asked before there is something to embed
        texts = [f"House {number} of the village." for number in range(70)] + ["half a character \ud800"]
        assert embedder.embed(texts)[:70] == pytest.approx(hashing.embed(texts[:70]), abs=1e-5)
        assert embedder.embed_question("Who?") == pytest.approx(hashing.embed(["Who?"])[0], abs=1e-5)
    assert (embedder.name, embedder.fingerprint, embedder.steady) == (PROVIDERS[name][0], PROVIDERS[name][0], False)


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    ("status", "told"), [(401, "refused the key (status 401)"), (404, "does not know this model"), (500, "failed")]
)
def test_a_provider_that_refuses_is_told_without_its_secrets(name: str, status: int, told: str, made: Any) -> None:
    with (
        provider(servers.openai, embed=lambda texts: [[1.0]], statuses=[status] * 9, problem="Wrong key sk-secret") as at,
        pytest.raises(ModelError, match=f"The embeddings {PROVIDERS[name][0]} cannot be had") as failed,
    ):
        made(name, at, model_retries=0).embed(["A text."])
    assert told in str(failed.value)
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_that_cannot_be_reached_or_is_silent_is_told(name: str, made: Any) -> None:
    with provider(servers.openai, embed=lambda texts: [[1.0]], pause=6) as at:
        begun = time.monotonic()
        with pytest.raises(ModelError, match="did not answer in time"):
            made(name, at, model_timeout=0.5, model_retries=0).embed(["A text."])
        assert time.monotonic() - begun < 5
        gone = made(name, at, model_retries=0)
    with pytest.raises(ModelError, match="cannot be reached"):
        gone.embed(["A text."])


@pytest.mark.parametrize(
    "given",
    [[], [[]], [[0.0, 0.0]], [[1.0, 2.0], [3.0]], [["a", "b"]], [[1.0, 0.0]] * 3, [[None, 1.0]], [[1e308 * 10, 1.0]], "vector"],
)
def test_what_is_no_vector_for_each_text_is_refused(given: Any) -> None:
    class Odd:
        def embed_documents(self, texts: list[str]) -> Any:
            return given

    with pytest.raises(ModelError, match="gave something else than a vector for each text"):
        ProvidedEmbedder("odd", Odd).embed(["One.", "Two."])  # type: ignore[arg-type]


def test_a_server_is_asked_by_its_address_for_its_first_model(
    server: Provider, bridge: Article, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    opened = Assistant.open(bridge, model="none", embeddings=server.address, data=tmp_path)
    answer = checked(opened.ask(QUESTION), bridge)
    assert answer.quotes[0].start == 0
    assert {one["model"] for one in server.asked} == {"small"}
    assert {one["authorization"] for one in server.headers} == {"Bearer none"}
    assert all(isinstance(one["input"], list) for one in server.asked)


def test_a_server_is_asked_for_a_model_by_name_with_its_own_key(server: Provider) -> None:
    make_embedder(f"large@{server.address}", Settings(embeddings_key="sk-own")).embed(["A text."])  # type: ignore[arg-type]
    assert server.asked[0]["model"] == "large"
    assert server.headers[0]["authorization"] == "Bearer sk-own"


@pytest.mark.parametrize("name", ["http://", "ftp://host", "http://user:pass@host", "http://host/?a=b"])
def test_what_is_no_address_is_told(name: str) -> None:
    with pytest.raises(InputError, match="is no address of a model server"):
        make_embedder(name)


def test_the_same_vectors_give_the_same_answers_whoever_makes_them(
    server: Provider, bridges: Library, bundled: Article, tmp_path: Path
) -> None:
    mine = Assistant(bridges, [bundled], None).ask("How many people are trapped by the siege?")
    theirs = Assistant.open(bundled, model="none", embeddings=server.address, data=tmp_path).ask(mine.question)
    assert [quote.text for quote in theirs.quotes] == [quote.text for quote in mine.quotes]


def test_a_library_is_embedded_anew_with_progress_and_asked(server: Provider, bridge: Article, tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(dimensions=96))
    library.add(bridge)
    library.add(numbered(1))
    library.close()
    opened = Assistant.open(bridge, model="none", embeddings=server.address, data=tmp_path)
    told: list[tuple[str, float]] = []
    opened.load(lambda step, share: told.append((step, share)))
    assert {step for step, _ in told} == {"embedding all articles anew"}
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert told[-1][1] == 1
    assert checked(opened.ask(QUESTION), bridge).quotes[0].start == 0


def test_one_process_has_one_kind_of_embeddings_a_folder(server: Provider, bridge: Article, tmp_path: Path) -> None:
    Assistant.open(bridge, model="none", embeddings=server.address, data=tmp_path)
    with pytest.raises(InputError, match=rf"is open in this process with the embeddings {server.address}, not with all-MiniLM"):
        Assistant.open(bridge, model="none", data=tmp_path)


def test_embeddings_that_go_away_are_told_at_a_question(server: Provider, bridge: Article, tmp_path: Path) -> None:
    opened = Assistant.open(bridge, model="none", embeddings=server.address, data=tmp_path, settings=Settings(model_retries=0))
    opened.load()
    server.statuses = [500] * 9
    with pytest.raises(ModelError, match=f"{server.address} cannot be had. The model's server failed"):
        opened.ask(QUESTION)
    server.statuses = []
    assert opened.ask(QUESTION).answered


def test_the_page_says_that_it_embeds_anew_and_why_it_cannot(server: Provider, bridge: Article, tmp_path: Path) -> None:
    filled = Library(tmp_path, Hashing())
    filled.add(bridge)
    filled.close()
    embedder = make_embedder(server.address, Settings(model_retries=0))
    server.statuses = [401] * 9
    library = Library(tmp_path, embedder)
    desk = Desk(bridge, library, None, Settings())
    desk._load()
    assert desk.state == "failed"
    assert "refused the key" in desk.status
    assert "0 of 6 passages were embedded anew" in desk.status.replace("0 of 5", "0 of 6")
    with pytest.raises(AssistantError, match="refused the key"):
        list(desk.ask(QUESTION))
    server.statuses = []
    desk = Desk(bridge, library, None, Settings())
    told: list[str] = []
    library.load(lambda done, total: (desk._embedded_anew(done, total), told.append(desk.status))[1])
    assert told[-1] == "Preparing all articles anew … 100 %"
    desk._load()
    *_, answer = desk.ask(QUESTION)
    assert checked(answer, bridge).quotes[0].start == 0
    library.close()


def test_the_commands_take_embeddings_and_keep_to_them(server: Provider, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text("Mayor Ana Ruiz opened the bridge in May 1998. It cost 3 million euros.")
    given = ["--embeddings", server.address, "--data", str(tmp_path / "data")]
    added = CliRunner().invoke(app, ["library", "add", str(tmp_path / "bridge.txt"), *given])
    assert added.exit_code == 0, added.output
    store = Store(tmp_path / "data")
    assert store.stale(server.address) == {}
    store.close()
    asked = CliRunner().invoke(app, ["ask", "Who opened the bridge?", "--all", "--model", "none", "--json", *given])
    assert asked.exit_code == 0, asked.output
    assert "Ana Ruiz" in json.loads(asked.stdout)["quotes"][0]["text"]


def test_a_command_tells_embeddings_that_cannot_be_had(tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text("Mayor Ana Ruiz opened the bridge.")
    told = CliRunner().invoke(
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
    assert told.exit_code == 1
    assert "Error: The embeddings http://127.0.0.1:9 cannot be had. There is no model at http://127.0.0.1:9/v1." in told.stderr


def test_doctor_tells_of_the_embeddings_and_that_refusals_were_fitted_with_others(server: Provider, tmp_path: Path) -> None:
    def check(name: str) -> Any:
        settings = Settings(embeddings=name, model="none", data=tmp_path, cache=tmp_path)
        return next((one for one in examine(settings) if one.name == "chosen embeddings"), None)

    assert check("embedded") is None
    assert (check(server.address).state, check("ollama:m").state) == ("note", "note")
    assert "fitted with the default embeddings" in check(server.address).todo
    assert "not asked here" in check("ollama:m").found
    assert check("http://127.0.0.1:9").state == check(str(tmp_path)).state == check("nobody:m").state == "wrong"
