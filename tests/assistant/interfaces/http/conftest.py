"""Provide a service with an open article, its API in process, and its API on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from assistant.interfaces.http import create_api
from assistant.service.service import AssistantService
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.conftest import BRIDGE
from tests.assistant.fakes import make_small_model
from tests.assistant.interfaces.http.serving import open_service, serve_app


@pytest.fixture(scope="session")
def bridge() -> Article:
    return Article.from_text(BRIDGE, "The Old Bridge", date="2024-05-01")


@pytest.fixture(scope="session")
def library(
    tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM, bridge: Article, volcano: Article
) -> Iterator[Library]:
    """Yield a library with the open article and another one."""
    library = Library(tmp_path_factory.mktemp("kept"), minilm)
    library.add(bridge)
    library.add(volcano)
    yield library
    library.close()


@pytest.fixture(scope="session")
def service(bridge: Article, library: Library) -> AssistantService:
    """Return a service without a model, whose answers are quotes only."""
    return open_service(bridge, library)


@pytest.fixture(scope="session")
def model_service(bridge: Article, library: Library) -> AssistantService:
    """Return a service with a fake model that always writes the same text."""
    return open_service(bridge, library, make_small_model("Mayor Ana Ruiz ", "opened it."))


@pytest.fixture
def client(service: AssistantService) -> TestClient:
    return TestClient(create_api(service), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def address(model_service: AssistantService) -> Iterator[str]:
    """Yield the URL of a real server for the service with a model."""
    with serve_app(create_api(model_service)) as address:
        yield address


@pytest.fixture(scope="module")
def empty_library(tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM) -> Iterator[Library]:
    """Yield an empty library that tests may change or break."""
    library = Library(tmp_path_factory.mktemp("empty"), minilm)
    yield library
    library.close()


@pytest.fixture(scope="module")
def client_to_edit(bridge: Article, empty_library: Library) -> TestClient:
    """Return a client of a server whose library tests may change."""
    return TestClient(
        create_api(open_service(bridge, empty_library)), raise_server_exceptions=False
    )
