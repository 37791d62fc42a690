"""Test a library on a real Chroma server."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest
import trustme

from index.errors import DataError, InputError
from index.storage.chroma_server import (
    ChromaAddress,
    ChromaServer,
    identify_library,
    is_python_server,
)
from index.storage.library import Library
from index.storage.passage_collection import CollectionRecord
from index.text.article import Article
from tests.index.hashing import Hashing, numbered
from tests.index.serving import Act, Reply, serving

CHROMA = Path(sys.executable).with_name("chroma")
START_SECONDS = 20
VERSION_PATH = "/api/v2/version"
UNUSABLE = r"^The Chroma server http://127\.0\.0\.1:\d+ cannot be used \([^\n]*\)\. .*indexed once"


class Server:
    """A Chroma server on this machine, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.address = ChromaAddress(f"http://127.0.0.1:{self.port}")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, unless it runs, and wait until it answers."""
        if self._process is not None:
            return
        command = [str(CHROMA), "run", "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "--path", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.address.url}/api/v2/heartbeat").raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
        self.kill()
        raise TimeoutError("chroma run does not answer")

    def kill(self) -> None:
        """Kill the server, if it runs."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Accept connections and answer none in the body."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        yield
        self._process.send_signal(signal.SIGCONT)

    def collections(self, library: Library) -> list[str]:
        """Return the names of the collections of a library."""
        path = "api/v2/tenants/default_tenant/databases/default_database/collections"
        names = [entry["name"] for entry in httpx.get(f"{self.address.url}/{path}").json()]
        return [name for name in names if identify_library(library.store) in name]


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not CHROMA.exists():
        pytest.skip(f"there is no {CHROMA}")
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.kill()


@pytest.fixture
def server(shared_server: Server) -> Server:
    """Return a server that runs. It may have collections of other libraries."""
    shared_server.start()
    return shared_server


def open_library(folder: Path, server: Server, *, max_unindexed: int = 0) -> Library:
    return Library(folder, Hashing(), max_unindexed=max_unindexed, chroma=server.address)


def find(library: Library, article: Article, position: int = 4) -> tuple[str, int]:
    """Return the passage that is nearest to a passage of an article."""
    vector = library.embed_question(article.slice(article.passages[position]))
    article_id, found, _ = library.vectors.find_nearest(vector, 1)[0]
    return article_id, found


def assert_complete(library: Library, count: int) -> None:
    assert library.vectors.count() == library.store.count_passages() == 20 * count
    for article in library.articles():
        assert find(library, article) == (article.id, 4)


def test_library_on_a_server_is_searched_and_reopened(tmp_path: Path, server: Server) -> None:
    library = open_library(tmp_path / "data", server, max_unindexed=50)
    for number in range(4):
        library.add(numbered(number))
    library.vectors.finish_writing()
    assert library.store.unindexed_ids() == [numbered(3).id]
    library.remove(numbered(1).id)
    library.add(numbered(4))
    assert_complete(library, 4)
    library.close()
    assert not (tmp_path / "data" / "chroma").exists()
    library = open_library(tmp_path / "data", server)
    assert_complete(library, 4)
    library.restore(numbered(1).id)
    assert_complete(library, 5)
    assert len(server.collections(library)) == 1
    library.close()


def test_server_and_folder_find_the_same(tmp_path: Path, server: Server) -> None:
    found = []
    for chroma in (None, server.address):
        library = Library(tmp_path / "data", Hashing(), max_unindexed=0, chroma=chroma)
        for number in range(3):
            library.add(numbered(number))
        vector = library.embed_question("House 20004 of village 1")
        selected = [numbered(number).id for number in (0, 1)]
        found.append(
            [
                (article_id, position, round(score, 5))
                for article_id, position, score in library.vectors.find_nearest(
                    vector, 30, selected
                )
            ]
        )
        # The same library is indexed again on the server.
        assert len(server.collections(library)) == (0 if chroma is None else 1)
        library.close()
    assert found[0] == found[1]
    assert len(found[0]) == 30


def test_server_that_is_down_delays_only_the_index(
    tmp_path: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.kill()
    library = open_library(tmp_path / "data", server)
    articles = [library.add(numbered(number)) for number in range(2)]
    (warning,) = caplog.messages
    assert warning.startswith("Articles wait for the search index: The Chroma server http://127")
    assert library.store.unindexed_ids() == [article.id for article in articles]
    assert_complete(library, 2)
    library.close()
    server.start()
    library = open_library(tmp_path / "data", server)
    library.add(numbered(2))
    assert library.store.unindexed_ids() == []
    assert_complete(library, 3)
    library.close()


def test_server_that_is_killed_during_use_loses_nothing(tmp_path: Path, server: Server) -> None:
    library = open_library(tmp_path / "data", server)
    for number in range(3):
        library.add(numbered(number))
    assert_complete(library, 3)
    server.kill()
    with pytest.raises(DataError, match=UNUSABLE):
        find(library, numbered(1))
    library.add(numbered(3))
    library.remove(numbered(0).id)
    library.close()
    library = open_library(tmp_path / "data", server)
    with pytest.raises(DataError, match=UNUSABLE):
        find(library, numbered(1))
    server.start()
    assert_complete(library, 3)
    library.close()


def test_server_that_hangs_is_given_up(tmp_path: Path, server: Server) -> None:
    address = ChromaAddress(server.address.url, timeout_seconds=0.5)
    library = Library(tmp_path, Hashing(), max_unindexed=0, chroma=address)
    library.add(numbered(0))
    assert_complete(library, 1)
    with server.paused():
        with pytest.raises(DataError, match=UNUSABLE):
            find(library, numbered(0))  # by Chroma's client
        with pytest.raises(DataError, match=UNUSABLE):
            is_python_server(address)
    assert_complete(library, 1)
    library.close()


@pytest.mark.parametrize("is_reopened", [False, True])
def test_collection_that_the_server_lost_is_built_again(
    tmp_path: Path, server: Server, is_reopened: bool
) -> None:
    library = open_library(tmp_path / "data", server)
    for number in range(3):
        library.add(numbered(number))
    server.kill()
    shutil.rmtree(server.folder)
    server.start()
    if is_reopened:
        library.close()
        library = open_library(tmp_path / "data", server)
    else:
        with pytest.raises(DataError, match=UNUSABLE):
            find(library, numbered(1))
        assert library.describe_index_damage()
    assert_complete(library, 3)
    assert not library.describe_index_damage()
    library.close()


def test_libraries_on_one_server_do_not_mix(tmp_path: Path, server: Server) -> None:
    libraries = [open_library(tmp_path / name, server) for name in ("one", "two")]
    for number, library in enumerate(libraries):
        library.add(numbered(number))
        library.vectors.rebuild()  # a second collection; the first is removed at the next write
        library.add(numbered(number + 2))
        library.vectors.finish_writing()
    for library in libraries:
        assert_complete(library, 2)
        assert len(server.collections(library)) == 1
        library.close()


def test_wrong_tenant_is_one_clear_line(tmp_path: Path, server: Server) -> None:
    address = ChromaAddress(server.address.url, tenant="nobody")
    library = Library(tmp_path / "data", Hashing(), chroma=address)
    library.add(numbered(0))
    with pytest.raises(DataError, match=UNUSABLE):
        library.vectors.rebuild()
    library.close()


def test_rust_server_is_not_taken_for_python(server: Server) -> None:
    assert not is_python_server(server.address)


def answer_version(version: object, server: str = "") -> dict[str, Act]:
    """Return the answer of a Chroma server to the question for its version."""
    headers = {"Server": server} if server else {}
    return {VERSION_PATH: Reply(json.dumps(version).encode(), headers=headers)}


@pytest.mark.parametrize(
    ("version", "name", "is_python"),
    [("1.5.9", "uvicorn", True), ("0.6.3", "", True), ("1.0.0", "", False)],
)
def test_python_server_is_recognised(version: str, name: str, is_python: bool) -> None:
    with serving() as site:
        site.replies = answer_version(version, name)
        assert is_python_server(ChromaAddress(site.url)) is is_python


def test_headers_are_sent_with_each_request() -> None:
    keys = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        keys.append(handler.headers["X-Key"])
        Reply(b'"1.0.0"')(handler)

    with serving() as site:
        site.replies = dict.fromkeys((VERSION_PATH, "/api/v2/auth/identity"), answer)
        host = ChromaServer(ChromaAddress(site.url, {"X-Key": "secret"}), "library")
        with pytest.raises(DataError, match=UNUSABLE) as error:
            host.open(CollectionRecord("gone", 1))
    assert keys == ["secret", "secret"]  # of the check and of Chroma's client
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("is_trusted", [False, True])
def test_certificate_of_a_server_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_trusted: bool
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    (authority if is_trusted else trustme.CA()).cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serving(tls) as site:
        site.replies = answer_version("1.0.0")
        host = ChromaServer(ChromaAddress(f"https://127.0.0.1:{site.port}"), "library")
        reason = "not here" if is_trusted else "CERTIFICATE_VERIFY_FAILED"
        with pytest.raises(DataError, match=reason):
            host.open(CollectionRecord("gone", 1))
    # Chroma's own client asks who it is, by TLS, too.
    assert ("/api/v2/auth/identity" in site.asked) == is_trusted


def test_server_of_something_else_is_refused() -> None:
    with serving() as site:
        site.replies = answer_version({"detail": "no"})
        with pytest.raises(DataError, match=UNUSABLE):
            is_python_server(ChromaAddress(site.url))


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://host",
        "http://",
        "http://host:port",
        "http://user:secret@host",
        "http://host/path",
        "http://host?key=secret",
    ],
)
def test_unusable_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InputError) as error:
        ChromaAddress(url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("value", ["secret\nX: 1", "secret ", "secret–"])
def test_unusable_header_is_refused_without_its_value(value: str) -> None:
    with pytest.raises(InputError, match="'X-Key'") as error:
        ChromaAddress("http://host", {"X-Key": value})
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://host", ("host", 8000, False)),
        ("https://host/", ("host", 443, True)),
        ("http://[::1]:99", ("[::1]", 99, False)),
    ],
)
def test_url_gives_host_port_and_encryption(url: str, expected: tuple[str, int, bool]) -> None:
    address = ChromaAddress(url, {"X-Key": "secret"})
    assert (address.host, address.port, address.is_encrypted) == expected
    assert "secret" not in repr(address)
