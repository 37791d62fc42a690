"""Test `/api/status` and the page `/admin`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from assistant.interfaces.http.local_requests import is_local
from assistant.interfaces.http.log_records import MAX_RECORDS, RecentRecords
from assistant.interfaces.server import create_app
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from tests.assistant.interfaces.accounts.conftest import ARTICLE, BASE_URL, MakeClient
from tests.assistant.interfaces.http.serving import open_service
from tests.index.hashing import Hashing

LOCAL = ("127.0.0.1", 50_000)


@pytest.fixture
def records() -> Iterator[RecentRecords]:
    """Yield the records of a logger, as those of a server's log."""
    handler = RecentRecords()
    logger = logging.getLogger("assistant.test")
    logger.addHandler(handler)
    logger.propagate = False
    yield handler
    logger.removeHandler(handler)
    logger.propagate = True


@pytest.fixture
def open_app(tmp_path: Path, records: RecentRecords) -> Iterator[TestClient]:
    """Yield a client on the server's machine; the server has no accounts."""
    library = Library(tmp_path, Hashing())
    service = open_service(ARTICLE, library, settings=Settings(answers_at_once=3))
    app = create_app(service, records=records)
    yield TestClient(app, base_url=BASE_URL, client=LOCAL)
    library.close()


def test_status_has_queue_library_and_storage(open_app: TestClient, tmp_path: Path) -> None:
    status = open_app.get("/api/status").json()
    assert status["questions"] == {
        "running": 0,
        "waiting": 0,
        "refused": 0,
        "most_running": 3,
        "most_waiting": 16,
    }
    assert status["library"] == {"articles": 1, "passages": 1, "removed": 0}
    assert status["storage"]["folder"] == str(tmp_path)
    assert status["storage"]["used_bytes"] > 1_000
    assert (status["model"], status["problems"], status["records"]) == ("none", [], [])


@pytest.mark.parametrize("path", ["/api/status", "/admin"])
def test_status_without_accounts_is_for_this_machine(open_app: TestClient, path: str) -> None:
    assert open_app.get(path).status_code == 200
    assert open_app.get(path, headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
    other = TestClient(open_app.app, base_url=BASE_URL, client=("192.0.2.1", 50_000))
    assert other.get(path).status_code == 404


@pytest.mark.parametrize(
    ("host", "header", "expected"),
    [
        ("127.0.0.1:7860", "accept", True),
        ("localhost", "accept", True),
        ("[::1]:7860", "accept", True),
        ("articles.example.org", "accept", False),  # of a proxy that adds no header
        ("127.0.0.1", "x-forwarded-for", False),
        ("127.0.0.1", "via", False),
    ],
)
def test_request_through_a_proxy_is_not_local(host: str, header: str, expected: bool) -> None:
    headers = [(b"host", host.encode()), (header.encode(), b"x")]
    scope = {"type": "http", "scheme": "http", "path": "/", "query_string": b"", "client": LOCAL}
    assert is_local(Request({**scope, "headers": headers})) is expected


@pytest.mark.parametrize("path", ["/api/status", "/admin"])
def test_status_with_accounts_is_for_admins(make_client: MakeClient, path: str) -> None:
    assert make_client("editor").get(path).status_code == 403
    assert make_client("admin").get(path).status_code == 200


def test_admin_page_lists_users_and_their_roles(make_client: MakeClient) -> None:
    html = make_client("admin").get("/admin").text
    for role in ("reader", "editor", "admin"):
        assert f"<bdi>{role}</bdi></td><td>{role}</td>" in html
    assert "Everything works." in html


def test_errors_are_shown_without_their_values(
    open_app: TestClient, records: RecentRecords
) -> None:
    log = logging.getLogger("assistant.test")
    try:
        raise ValueError("a secret text")
    except ValueError:
        log.exception("The question %s failed <here>.", "a secret question")
    log.info("Not a warning.")
    (record,) = open_app.get("/api/status").json()["records"]
    assert (record["message"], record["error"]) == ("The question %s failed <here>.", "ValueError")
    html = open_app.get("/admin").text
    assert "failed &lt;here&gt;." in html
    assert "secret" not in html
    for number in range(MAX_RECORDS + 5):
        log.warning(f"Warning {number}")
    shown = open_app.get("/api/status").json()["records"]
    assert (len(shown), shown[0]["message"]) == (MAX_RECORDS, f"Warning {MAX_RECORDS + 4}")


def test_problem_is_an_alert(open_app: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    service: AssistantService = open_app.app.state.service  # type: ignore[attr-defined]
    monkeypatch.setattr(service, "state", "failed")
    monkeypatch.setattr(service, "status", "The model is broken.")
    html = open_app.get("/admin").text
    assert '<ul role="alert">' in html
    assert "service: The model is broken." in html
    assert "Everything works." not in html


@pytest.mark.parametrize(
    ("every", "seconds"),
    [("10", "10"), ("1", "5"), ("99999", "3600"), ("0", ""), ("x", ""), ("", "")],
)
def test_page_updates_itself_only_if_asked(open_app: TestClient, every: str, seconds: str) -> None:
    html = open_app.get(f"/admin?every={every}").text
    assert (f'http-equiv="refresh" content="{seconds}"' in html) is bool(seconds)
    assert ("Stop updating" in html) is bool(seconds)
