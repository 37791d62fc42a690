"""The real MCP client adds, lists, searches and asks, over both transports; every citation is exact."""

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
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from assistant.protocol import create
from assistant.settings import Settings
from index.article import Article
from index.embedding import MiniLM
from index.library import Library

from ..conftest import ROOT
from ..index.serving import page, serving

TEXT = "The bridge of Lund cost 3,200,000 euros. Mayor Ana Ruiz opened it in May 1998."
TOOLS = {"add_text", "add_file", "add_address", "list_articles", "search", "ask"}
COMMAND = ["-m", "assistant", "mcp", "--model", "none", "--data"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM) -> Iterator[Library]:
    library = Library(tmp_path_factory.mktemp("mcp"), minilm)
    yield library
    library.close()


@asynccontextmanager
async def connected(
    library: Library, *folders: Path, addresses: bool = False, settings: Settings | None = None
) -> AsyncIterator[Client]:
    """A client of a server in this process."""
    server = create(library, None, settings=settings or Settings(), folders=folders, addresses=addresses)
    async with Client(server) as client:
        yield client


async def call(client: Client, tool: str, **given: Any) -> Any:
    """What a tool returns. A failure is a text."""
    result = await client.call_tool(tool, given)
    if result.is_error:
        return "".join(part.text for part in result.content if part.type == "text")
    found: Any = result.structured_content
    return found["result"] if set(found) == {"result"} else found


def check(cited: Any, text: str = TEXT) -> None:
    assert cited["text"] == text[cited["start"] : cited["end"]]
    assert cited["article_id"]
    assert cited["title"]


async def used(client: Client) -> None:
    """All that a program does with it."""
    assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
    added = await call(client, "add_text", text=TEXT, title="The bridge")
    assert await call(client, "add_text", text=TEXT, title="The bridge") == added
    assert [one for one in await call(client, "list_articles") if one["article_id"] == added["article_id"]] == [added]
    passages = await call(client, "search", query="cost of the bridge", articles=[added["article_id"]], limit=1)
    assert len(passages) == 1
    check(passages[0])
    answer = await call(client, "ask", question="Who opened the bridge of Lund?", articles=[added["article_id"]])
    assert answer["answered"]
    assert answer["citations"]
    for cited in answer["citations"]:
        check(cited)
    assert "Ana Ruiz" in answer["text"]


async def test_a_program_adds_lists_searches_and_asks(kept: Library) -> None:
    async with connected(kept) as client:
        await used(client)


async def test_what_the_articles_do_not_say_is_no_answer(kept: Library, bundled: Article) -> None:
    async with connected(kept) as client:
        await call(client, "add_text", text=TEXT, title="The bridge")
        answer = await call(client, "ask", question="What is the boiling point of tungsten in degrees?")
    assert answer["answered"] is False
    assert answer["citations"] == []
    check(answer["nearest"])


async def test_mistakes_are_told(kept: Library, tmp_path: Path) -> None:
    async with connected(kept, tmp_path) as client:
        await call(client, "add_text", text=TEXT, title="The bridge")
        assert "The question is empty" in await call(client, "ask", question="?!")
        assert "There is no article 'x'" in await call(client, "ask", question="Who?", articles=["x"])
        assert "has no words in it" in await call(client, "add_text", text=" ", title="Nothing")
        assert "There is no file" in await call(client, "add_file", path=str(tmp_path / "absent.txt"))
        assert "limit" in await call(client, "search", query="bridge", limit=0)


async def test_an_empty_library_has_nothing_to_ask(tmp_path: Path, minilm: MiniLM) -> None:
    library = Library(tmp_path, minilm)
    async with connected(library) as client:
        assert "has no article yet" in await call(client, "ask", question="Who opened it?")
        assert await call(client, "list_articles") == []
        assert await call(client, "search", query="bridge") == []
    library.close()


async def test_only_files_of_the_named_folders_may_be_added(kept: Library, tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside.txt"
    inside.mkdir()
    (inside / "report.md").write_text(f"# A report\n\n{TEXT}\n")
    outside.write_text("A secret.")
    (inside / "link.txt").symlink_to(outside)
    async with connected(kept, inside) as client:
        assert (await call(client, "add_file", path=str(inside / "report.md")))["title"] == "A report"
        for path in (outside, inside / ".." / "outside.txt", inside / "link.txt", Path("/etc/passwd")):
            assert "is not in a folder that may be read" in await call(client, "add_file", path=str(path))
    async with connected(kept) as client:
        assert "start the server with --folder" in await call(client, "add_file", path=str(inside / "report.md"))


async def test_addresses_may_be_added_only_where_that_is_allowed(kept: Library) -> None:
    with serving() as site:
        site.replies["/bridge"] = page()
        url = f"{site.url}/bridge"
        async with connected(kept) as client:
            assert "start the server with --addresses" in await call(client, "add_address", url=url)
        async with connected(kept, addresses=True) as client:
            assert "127.0.0.1" in await call(client, "add_address", url=url)
            assert "is no web address" in await call(client, "add_address", url="file:///etc/passwd")
        assert site.asked == []
        async with connected(kept, addresses=True, settings=Settings(allow_private_urls=True)) as client:
            added = await call(client, "add_address", url=url)
            assert (added["title"], added["source"]) == ("The bridge of Lund", url)
            answer = await call(client, "ask", question="Who opened the bridge of Lund?", articles=[added["article_id"]])
        for cited in answer["citations"]:
            check(cited, kept.get(added["article_id"]).text)


@pytest.mark.timeout(900)  # a busy machine is no failure
async def test_over_standard_input_and_output(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "ARTICLE_ASSISTANT_CACHE": str(tmp_path / "cache")}
    server = StdioServerParameters(command=sys.executable, args=[*COMMAND, str(tmp_path)], env=environment, cwd=ROOT)
    with (tmp_path / "log").open("w+") as log:
        async with Client(stdio_client(server, log), read_timeout_seconds=600) as client:
            await used(client)
        log.seek(0)
        assert "Traceback" not in log.read()


@pytest.mark.timeout(900)
async def test_over_http(tmp_path: Path) -> None:
    command = [sys.executable, *COMMAND, str(tmp_path), "--http", "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            told = re.search(r"http://127\.0\.0\.1:\d+/mcp", process.stdout.readline())
            assert told
            async with Client(told[0], read_timeout_seconds=600) as client:
                await used(client)
        finally:
            process.terminate()
