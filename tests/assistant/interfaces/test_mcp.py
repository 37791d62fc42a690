"""Test the MCP server with the client of the official SDK, over both transports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from typer.testing import CliRunner

from assistant.interfaces.cli.main import app
from assistant.interfaces.mcp import create_server, make_http_app
from assistant.settings import Settings
from index.embedders.minilm import MiniLM
from index.errors import InputError
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.accounts.fakes import make_accounts
from tests.conftest import ROOT
from tests.index.serving import page, serving

TEXT = "The bridge of Lund cost 3,200,000 euros. Mayor Ana Ruiz opened it in May 1998."
TOOLS = {"add_text", "add_file", "add_address", "list_articles", "search", "ask"}
COMMAND = ["-m", "assistant", "mcp", "--model", "none", "--data"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM) -> Iterator[Library]:
    library = Library(tmp_path_factory.mktemp("mcp"), minilm)
    yield library
    library.close()


@asynccontextmanager
async def connect(
    library: Library, *folders: Path, addresses: bool = False, settings: Settings | None = None
) -> AsyncIterator[Client]:
    """Yield a client of a server in this process."""
    server = create_server(
        library, None, settings=settings or Settings(), folders=folders, addresses=addresses
    )
    async with Client(server) as client:
        yield client


async def call_tool(client: Client, tool: str, **arguments: Any) -> Any:
    """Call a tool and return its result, or its error message."""
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        return "".join(part.text for part in result.content if part.type == "text")
    content: Any = result.structured_content
    return content["result"] if set(content) == {"result"} else content


def check_quote(cited: Any, text: str = TEXT) -> None:
    assert cited["text"] == text[cited["start"] : cited["end"]]
    assert cited["article_id"]
    assert cited["title"]


async def use_all_tools(client: Client) -> None:
    """Add an article, list it, search it and ask about it."""
    assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
    added = await call_tool(client, "add_text", text=TEXT, title="The bridge")
    assert await call_tool(client, "add_text", text=TEXT, title="The bridge") == added
    assert [
        article
        for article in await call_tool(client, "list_articles")
        if article["article_id"] == added["article_id"]
    ] == [added]
    passages = await call_tool(
        client, "search", query="cost of the bridge", articles=[added["article_id"]], limit=1
    )
    assert len(passages) == 1
    check_quote(passages[0])
    answer = await call_tool(
        client, "ask", question="Who opened the bridge of Lund?", articles=[added["article_id"]]
    )
    assert answer["answered"]
    assert answer["citations"]
    for cited in answer["citations"]:
        check_quote(cited)
    assert "Ana Ruiz" in answer["text"]


async def test_tools_add_list_search_and_ask(library: Library) -> None:
    async with connect(library) as client:
        await use_all_tools(client)


async def test_ask_not_stated_returns_unanswered(library: Library, bundled: Article) -> None:
    async with connect(library) as client:
        await call_tool(client, "add_text", text=TEXT, title="The bridge")
        answer = await call_tool(
            client, "ask", question="What is the boiling point of tungsten in degrees?"
        )
    assert answer["answered"] is False
    assert answer["citations"] == []
    check_quote(answer["nearest"])


async def test_ask_with_explain_adds_trace(library: Library) -> None:
    question = "Who opened the bridge of Lund?"
    async with connect(library) as client:
        await call_tool(client, "add_text", text=TEXT, title="The bridge")
        assert (await call_tool(client, "ask", question=question))["trace"] is None
        trace = (await call_tool(client, "ask", question=question, explain=True))["trace"]
    assert trace["question"]["question"] == question
    assert trace["sentences"]


async def test_tools_with_bad_input_return_errors(library: Library, tmp_path: Path) -> None:
    async with connect(library, tmp_path) as client:
        await call_tool(client, "add_text", text=TEXT, title="The bridge")
        assert "The question is empty" in await call_tool(client, "ask", question="?!")
        assert "There is no article 'x'" in await call_tool(
            client, "ask", question="Who?", articles=["x"]
        )
        assert "has no words in it" in await call_tool(
            client, "add_text", text=" ", title="Nothing"
        )
        assert "There is no file" in await call_tool(
            client, "add_file", path=str(tmp_path / "absent.txt")
        )
        assert "limit" in await call_tool(client, "search", query="bridge", limit=0)


async def test_ask_empty_library_is_an_error(tmp_path: Path, minilm: MiniLM) -> None:
    library = Library(tmp_path, minilm)
    async with connect(library) as client:
        assert "has no article yet" in await call_tool(client, "ask", question="Who opened it?")
        assert await call_tool(client, "list_articles") == []
        assert await call_tool(client, "search", query="bridge") == []
    library.close()


async def test_add_file_outside_of_folders_is_refused(library: Library, tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside.txt"
    inside.mkdir()
    (inside / "report.md").write_text(f"# A report\n\n{TEXT}\n")
    outside.write_text("A secret.")
    (inside / "link.txt").symlink_to(outside)
    async with connect(library, inside) as client:
        assert (await call_tool(client, "add_file", path=str(inside / "report.md")))[
            "title"
        ] == "A report"
        for path in (
            outside,
            inside / ".." / "outside.txt",
            inside / "link.txt",
            Path("/etc/passwd"),
        ):
            assert "is not in a folder that may be read" in await call_tool(
                client, "add_file", path=str(path)
            )
    async with connect(library) as client:
        assert "start the server with --folder" in await call_tool(
            client, "add_file", path=str(inside / "report.md")
        )


async def test_add_address_needs_permission(library: Library) -> None:
    with serving() as site:
        site.replies["/bridge"] = page()
        url = f"{site.url}/bridge"
        async with connect(library) as client:
            assert "Start the server with --addresses" in await call_tool(
                client, "add_address", url=url
            )
        async with connect(library, addresses=True) as client:
            assert "127.0.0.1" in await call_tool(client, "add_address", url=url)
            assert "is no web address" in await call_tool(
                client, "add_address", url="file:///etc/passwd"
            )
        assert site.asked == []
        async with connect(
            library, addresses=True, settings=Settings(allow_private_urls=True)
        ) as client:
            added = await call_tool(client, "add_address", url=url)
            assert (added["title"], added["source"]) == ("The bridge of Lund", url)
            answer = await call_tool(
                client,
                "ask",
                question="Who opened the bridge of Lund?",
                articles=[added["article_id"]],
            )
        for cited in answer["citations"]:
            check_quote(cited, library.get(added["article_id"]).text)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", ""])
def test_mcp_on_public_address_is_refused(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    command = ["mcp", "--model", "none", "--data", str(data), "--http", "--host", host]
    monkeypatch.delenv("ARTICLE_ASSISTANT_ALLOW_PUBLIC", raising=False)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == InputError.exit_status
    assert "ARTICLE_ASSISTANT_ALLOW_PUBLIC=true" in result.stderr
    assert not data.exists()  # nothing was opened


async def test_mcp_on_public_address_needs_permission(tmp_path: Path) -> None:
    command = [sys.executable, *COMMAND, str(tmp_path)]
    command += ["--http", "--port", "0", "--host", "0.0.0.0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "ARTICLE_ASSISTANT_ALLOW_PUBLIC": "true"}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stderr
            assert "0.0.0.0" in process.stdout.readline()
            assert process.stderr.readline().startswith("WARNING: 0.0.0.0 is open")
        finally:
            process.terminate()


@pytest.mark.parametrize(
    ("scopes", "status"),
    [(None, 401), (["read", "ask"], 403), (["edit"], 403), (["read", "ask", "edit"], 200)],
)
def test_mcp_with_accounts_needs_key_with_all_scopes(
    library: Library, tmp_path: Path, scopes: list[str] | None, status: int
) -> None:
    accounts = make_accounts(tmp_path)
    accounts.add_user("ana", "editor", None)
    app = make_http_app(create_server(library, None), "127.0.0.1", accounts, Settings())
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    headers = {"Accept": "application/json, text/event-stream"}
    if scopes:
        headers["Authorization"] = f"Bearer {accounts.add_key('ana', scopes)}"
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        response = client.post("/mcp", json=request, headers=headers)
        assert response.status_code == status
        assert client.get("/other", headers=headers).status_code == (404 if scopes else 401)
    accounts.close()


def call_over_http(client: TestClient, key: str, session: str, tool: str, **arguments: Any) -> str:
    """Call a tool in a session, and return the response."""
    params = {"name": tool, "arguments": arguments}
    headers = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {key}"}
    headers |= {"Mcp-Session-Id": session, "Mcp-Protocol-Version": "2025-06-18"}
    request = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}
    return client.post("/mcp", json=request, headers=headers).text


def begin_session(client: TestClient, key: str) -> str:
    headers = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {key}"}
    about = {"protocolVersion": "2025-06-18", "capabilities": {}}
    about |= {"clientInfo": {"name": "test", "version": "1"}}
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
    response = client.post("/mcp", json=request, headers=headers)
    session = str(response.headers["mcp-session-id"])
    done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert client.post("/mcp", json=done, headers=headers | {"Mcp-Session-Id": session}).is_success
    return session


def test_questions_of_each_user_are_limited(minilm: MiniLM, tmp_path: Path) -> None:
    library, accounts = Library(tmp_path, minilm), make_accounts(tmp_path)
    library.add(Article.from_text(TEXT, "The bridge"))
    settings = Settings(questions_per_minute=2)
    app = make_http_app(
        create_server(library, None, settings=settings), "127.0.0.1", accounts, settings
    )
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        for name in ("ana", "bob"):
            accounts.add_user(name, "editor", None)
            key = accounts.add_key(name, ["read", "ask", "edit"])
            session = begin_session(client, key)
            question = {"question": "Who opened the bridge of Lund?"}
            answers = [call_over_http(client, key, session, "ask", **question) for _ in range(3)]
            assert ["Ana Ruiz" in answer for answer in answers] == [True, True, False]
            assert "You can ask 2 questions in a minute" in answers[2]
    library.close()
    accounts.close()


@pytest.mark.parametrize(
    ("headers", "size", "status"),
    [
        ({"Origin": "http://evil.example"}, 100, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 100, 403),
        ({}, 12_000_000, 413),
    ],
)
def test_other_sites_and_large_bodies_are_refused(
    library: Library, headers: dict[str, str], size: int, status: int
) -> None:
    app = make_http_app(create_server(library, None), "127.0.0.1", None, Settings())
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        response = client.post("/mcp", json={"jsonrpc": "2.0", "text": "x" * size}, headers=headers)
        assert response.status_code == status


def test_tools_show_private_articles_to_their_owner_alone(minilm: MiniLM, tmp_path: Path) -> None:
    library, accounts = Library(tmp_path, minilm), make_accounts(tmp_path)
    private = library.add(Article.from_text(TEXT, "The bridge").owned_by("ana"))
    library.add(Article.from_text("The mill of Lund has 3 wheels.", "The mill"))
    keys = {}
    for name in ("ana", "bob"):
        accounts.add_user(name, "editor", None)
        keys[name] = accounts.add_key(name, ["read", "ask", "edit"])
    app = make_http_app(create_server(library, None), "127.0.0.1", accounts, Settings())
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        sessions = {name: begin_session(client, key) for name, key in keys.items()}
        # The last one is a user in the session of another: the request says who asks.
        for name, session in (*sessions.items(), ("bob", sessions["ana"])):
            key, is_shown = keys[name], name == "ana"
            words, question = "bridge", "Who opened the bridge of Lund?"
            listed = call_over_http(client, key, session, "list_articles")
            assert ("The bridge" in listed) == is_shown
            for articles in ({}, {"articles": [private.id]}):
                found = call_over_http(client, key, session, "search", query=words, **articles)
                assert ("Ana Ruiz" in found) == is_shown
                answer = call_over_http(client, key, session, "ask", question=question, **articles)
                assert ("Ana Ruiz" in answer) == is_shown
            assert is_shown or "There is no article" in answer
    library.close()
    accounts.close()


async def test_operator_sees_all_articles(minilm: MiniLM, tmp_path: Path) -> None:
    library = Library(tmp_path, minilm)
    library.add(Article.from_text(TEXT, "The bridge").owned_by("ana"))
    for sees_all in (False, True):
        server = create_server(library, None, settings=Settings(), sees_all=sees_all)
        async with Client(server) as client:
            assert len(await call_tool(client, "list_articles")) == sees_all
    library.close()


@pytest.mark.timeout(900)  # the machine may be busy
async def test_tools_work_over_standard_input_and_output(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "ARTICLE_ASSISTANT_CACHE": str(tmp_path / "cache")}
    server = StdioServerParameters(
        command=sys.executable, args=[*COMMAND, str(tmp_path)], env=environment, cwd=ROOT
    )
    with (tmp_path / "log").open("w+") as log:
        async with Client(stdio_client(server, log), read_timeout_seconds=600) as client:
            await use_all_tools(client)
        log.seek(0)
        assert "Traceback" not in log.read()


@pytest.mark.timeout(900)
async def test_tools_work_over_http(tmp_path: Path) -> None:
    command = [sys.executable, *COMMAND, str(tmp_path), "--http", "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            match = re.search(r"http://127\.0\.0\.1:\d+/mcp", process.stdout.readline())
            assert match
            async with Client(match[0], read_timeout_seconds=600) as client:
                await use_all_tools(client)
        finally:
            process.terminate()
