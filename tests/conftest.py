"""Shared fixtures: articles, a library with real embeddings, and a folder for all data."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from assistant.resources import default_resources
from index.embedders.minilm import MiniLM
from index.loaders import BUNDLED_ARTICLE, load
from index.storage.library import Library
from index.text.article import Article
from tests.postgresql import run_postgresql
from tools.postgresql import PostgresqlServer

ROOT = Path(__file__).parent.parent

# A deadline would fail on a busy machine. The database of examples would be a folder in the
# working tree.
settings.register_profile(
    "tests",
    deadline=None,
    max_examples=100,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tests")


def pytest_configure() -> None:
    # On a busy machine, torch's threads that wait in a loop take half of the processors' time.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip what has no unit tests in `pytest -m unit`, because its imports take seconds.

    A folder without unit tests is skipped with its `conftest.py`.
    """
    if config.option.markexpr != "unit":
        return None
    if collection_path.is_dir():
        modules: Iterable[Path] = collection_path.rglob("test_*.py")
    elif collection_path.match("test_*.py"):
        modules = [collection_path]
    else:
        return None
    texts = (path.read_text(encoding="utf-8") for path in modules)
    return not any("mark.unit" in text or "BOTH_DATABASES" in text for text in texts) or None


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Set the default data folder to a temporary one, and never use the user's own."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ARTICLE_ASSISTANT_DATA", str(folder))
        yield folder


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    """Load the real embedder once for all tests."""
    embedder = default_resources().embedder("embedded")
    assert isinstance(embedder, MiniLM)
    return embedder


@pytest.fixture(scope="session")
def bundled() -> Article:
    return load(BUNDLED_ARTICLE)


@pytest.fixture(scope="session")
def volcano() -> Article:
    """Return a second article, on another subject than the bundled one."""
    return Article.from_text(
        "Mount Etna rises above the east coast of Sicily.\n\n"
        "It erupted again on 4 July 2024 and covered the streets of Catania with black ash.\n\n"
        "The airport of Catania closed for one day. No one was hurt. "
        "Farmers say that the ash will feed their vines.",
        "Etna erupts",
        date="2024-07-05",
        source="etna.txt",
    )


@pytest.fixture(scope="session")
def library(
    tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM, bundled: Article, volcano: Article
) -> Iterator[Library]:
    """Yield a library with both articles, really embedded.

    Tests must not change it, because all of them share it.
    """
    library = Library(tmp_path_factory.mktemp("library"), minilm)
    library.add(bundled)
    library.add(volcano)
    yield library
    library.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder beside the repository with articles and files that may not be copied."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(
            f"{folder} is absent: it lies beside the repository where this project is developed"
        )
    return folder


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Run PostgreSQL for all tests."""
    with run_postgresql() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: PostgresqlServer) -> PostgresqlServer:
    """Return the server, whose database contains no library."""
    postgresql_server.execute("DROP SCHEMA IF EXISTS article_assistant CASCADE")
    return postgresql_server


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Return the setting that selects a database: "sqlite" or "postgresql" is its parameter."""
    if request.param == "sqlite":
        return ""
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.make_address()
