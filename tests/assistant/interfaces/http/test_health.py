"""Test `/healthz` and `/readyz`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.interfaces.cli.doctor import _check_data_folder, _check_index
from assistant.interfaces.http import create_api
from assistant.interfaces.http.problem_details import PROBLEM_MEDIA_TYPE
from assistant.models import Model
from assistant.service.health import find_problems
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.errors import ModelError
from index.storage.library import Library
from index.storage.sqlite.store import SqliteStore
from index.text.article import Article
from tests.assistant.fakes import UnloadableModel
from tests.assistant.interfaces.http.serving import QUESTION, open_service, wait_until
from tests.index.hashing import Hashing, numbered
from tests.postgresql import run_postgresql
from tools.postgresql import PASSWORD


def test_healthz_before_ready_is_ok_and_readyz_is_not(bridge: Article, library: Library) -> None:
    client = TestClient(create_api(AssistantService(bridge, library, None, Settings())))
    assert client.get("/healthz").json() == {"status": "ok"}
    response = client.get("/readyz")
    assert (response.status_code, response.headers["content-type"]) == (
        503,
        "application/problem+json",
    )
    assert response.json()["detail"] == "Opening the article …"


def readiness(client: TestClient) -> Any:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.headers["content-type"] == PROBLEM_MEDIA_TYPE
    assert response.headers["Retry-After"]
    return response.json()


@pytest.fixture
def damaged(bridge: Article, tmp_path: Path) -> Iterator[AssistantService]:
    """Yield a service whose files a test may damage."""
    library = Library(tmp_path, Hashing(), max_unindexed=0)
    yield open_service(bridge, library)
    with suppress(Exception):  # the database may be beyond closing
        library.close()


def halve(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: os.truncate(file, 0),
        halve,
        lambda file: file.write_bytes(b"\xff" * file.stat().st_size),
        Path.unlink,
    ],
)
def test_damaged_database_is_noticed_without_traceback(
    damaged: AssistantService, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    client = TestClient(create_api(damaged))
    for number in range(3):
        damaged.library.add(numbered(number))
    assert isinstance(damaged.whole_library.store, SqliteStore)
    damaged.whole_library.store._rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert client.get("/readyz").status_code == 200
    damage(damaged.library.store.path)
    assert [problem["part"] for problem in readiness(client)["problems"]] == ["database"]
    for path in ("/api/articles", f"/api/articles/{'0' * 16}"):
        assert client.get(path).status_code in (200, 404, 503)
    assert client.post("/api/ask", json={"question": QUESTION}).status_code in (200, 503)
    assert client.post("/api/articles", json={"text": "A tower."}).status_code in (201, 503)
    assert client.get("/healthz").status_code == 200
    assert not [record for record in caplog.records if record.exc_info]
    assert _check_data_folder(damaged.library.folder).state in ("wrong", "good")


def test_lost_search_index_is_noticed_and_rebuilt(
    damaged: AssistantService, caplog: pytest.LogCaptureFixture
) -> None:
    client = TestClient(create_api(damaged))
    shutil.rmtree(damaged.library.folder / "chroma")
    assert [problem["part"] for problem in readiness(client)["problems"]] == ["index"]
    assert [check.name for check in _check_index(damaged.library.folder)] == ["index"]
    assert client.post("/api/articles", json={"text": "The tower is old."}).status_code == 201
    assert client.get("/readyz").status_code == 200
    shutil.rmtree(damaged.library.folder / "chroma")
    assert client.post("/api/ask", json={"question": QUESTION}).json()["answered"]
    assert client.get("/readyz").status_code == 200
    assert damaged.library.vectors.count() == damaged.whole_library.store.count_passages()
    assert not [record for record in caplog.records if record.exc_info]


def test_database_that_stops_is_a_problem_until_it_runs_again(
    bridge: Article, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with run_postgresql() as server:
        library = Library(tmp_path, Hashing(), database=server.make_address("postgres"))
        client = TestClient(create_api(open_service(bridge, library)))
        assert client.post("/api/ask", json={"question": QUESTION}).json()["answered"]
        server.stop()
        (problem,) = readiness(client)["problems"]
        assert problem["part"] == "database"
        assert PASSWORD not in problem["detail"]
        for response in (
            client.get("/api/articles"),
            client.post("/api/ask", json={"question": QUESTION}),
            client.post("/api/articles", json={"text": "The tower is old."}),
        ):
            assert response.status_code == 503
            assert "ARTICLE_ASSISTANT_DATABASE" in response.json()["detail"]
        server.start()
        assert client.get("/readyz").status_code == 200
        assert client.post("/api/articles", json={"text": "The tower is old."}).status_code == 201
        assert client.post("/api/ask", json={"question": QUESTION}).json()["answered"]
        library.close()
    assert not [record for record in caplog.records if record.exc_info]


def test_full_disk_is_a_problem(damaged: AssistantService) -> None:
    assert find_problems(damaged) == []
    (problem,) = find_problems(damaged, min_free_bytes=10**18)
    assert problem.part == "disk"


def test_unusable_model_is_a_problem(bridge: Article, library: Library) -> None:
    model = UnloadableModel(pieces=(), problem=ModelError("The model is damaged."))
    service = open_service(bridge, library, Model("fake:bad", model, answers_in_one_call=False))
    client = TestClient(create_api(service))
    (problem,) = readiness(client)["problems"]
    assert problem == {"part": "model", "detail": "The model is damaged."}
    assert client.get("/healthz").status_code == 200
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200


def test_readyz_with_open_article_is_ready(client: TestClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "detail": "Answers are quotes alone."}


def test_readyz_after_failed_opening_is_unavailable(
    bridge: Article, empty_library: Library
) -> None:
    empty_library.store.close()
    service = AssistantService(bridge, empty_library, None, Settings())
    service.start()
    wait_until(lambda: service.is_settled)
    client = TestClient(create_api(service))
    problems = {problem["part"]: problem["detail"] for problem in readiness(client)["problems"]}
    assert set(problems) == {"service", "database"}
    assert "cannot be read" in problems["database"]
    assert client.post("/api/ask", json={"question": "Who?"}).status_code == 503
    assert client.get("/healthz").status_code == 200
