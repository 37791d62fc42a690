"""A desk with an article open, its API in process, and the same behind a real server on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from assistant.api import create_api
from assistant.page.desk import Desk
from index.article import Article
from index.embedding import MiniLM
from index.library import Library

from ..assistant.conftest import BRIDGE
from ..assistant.fakes import small
from .serving import opened, serving


@pytest.fixture(scope="session")
def bridge() -> Article:
    return Article.from_text(BRIDGE, "The Old Bridge", date="2024-05-01")


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM, bridge: Article, volcano: Article) -> Iterator[Library]:
    """The open article and another one."""
    library = Library(tmp_path_factory.mktemp("kept"), minilm)
    library.add(bridge)
    library.add(volcano)
    yield library
    library.close()


@pytest.fixture(scope="session")
def desk(bridge: Article, kept: Library) -> Desk:
    """Answers by quotes alone."""
    return opened(bridge, kept)


@pytest.fixture(scope="session")
def writer(bridge: Article, kept: Library) -> Desk:
    """Its model says always the same."""
    return opened(bridge, kept, small("Mayor Ana Ruiz ", "opened it."))


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return TestClient(create_api(desk), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def address(writer: Desk) -> Iterator[str]:
    """Of a real server, by the desk that has a model."""
    with serving(create_api(writer)) as address:
        yield address


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM) -> Iterator[Library]:
    """A library to add to, or to break."""
    library = Library(tmp_path_factory.mktemp("empty"), minilm)
    yield library
    library.close()
