"""Send events of the page by hand: each gets a plain answer, and none a traceback in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.interfaces.server import create_app
from assistant.interfaces.web.event_guard import COMPONENT_PATH, EVENT_PATH
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import open_service
from tests.index.hashing import Hashing

ARTICLE = Article.from_text(
    "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998.", "The bridge"
)
CHAT = json.dumps({"id": "c", "title": "t", "articles": ARTICLE.id, "turns": []})

Sender = Callable[[str, object], Any]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AssistantService]:
    library = Library(tmp_path_factory.mktemp("events"), Hashing())
    yield open_service(ARTICLE, library, settings=Settings(longest_question=200))
    library.close()


@pytest.fixture(scope="module")
def client(service: AssistantService) -> Iterator[TestClient]:
    with TestClient(
        create_app(service), base_url="http://127.0.0.1", raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture(scope="module")
def page(client: TestClient) -> Any:
    """Return the page as Gradio describes it to browsers."""
    return client.get("/config").json()


@pytest.fixture(scope="module")
def functions(page: Any) -> list[tuple[int, int, bool]]:
    """Return the index, the number of inputs and whether it is queued, of each function."""
    return [(d["id"], len(d["inputs"]), d["queue"] is not False) for d in page["dependencies"]]


@pytest.fixture(scope="module")
def chats(page: Any) -> int:
    """Return the id of the component whose functions the page calls."""
    ids = (c["id"] for c in page["components"] if c["props"].get("elem_id") == "chats")
    return int(next(ids))


@pytest.fixture
def send(
    client: TestClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Sender:
    """Return a function that sends an event and checks the log; it returns what came back."""

    def post(path: str, body: object) -> Any:
        caplog.clear()
        response = client.post(f"/gradio_api/{path}", content=encode(body), headers=JSON)
        answer = response.text
        if response.status_code == 200 and "event_id" in answer and path.startswith("queue"):
            session = json.loads(encode(body))["session_hash"]
            events = client.get("/gradio_api/queue/data", params={"session_hash": session})
            answer = events.text
        written = capfd.readouterr()
        assert "Traceback" not in written.err + written.out, (path, body, written.err)
        assert not [r for r in caplog.records if r.levelno >= logging.ERROR], (path, body)
        assert response.status_code in (200, 404, 413, 422), (path, body, response.text)
        return response.status_code, answer

    return post


JSON = {"Content-Type": "application/json"}


def encode(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


SURROGATES = st.text(st.characters(categories=["Cs", "L", "N"]), max_size=8)
LEAVES: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    SURROGATES,
    st.sampled_from(["", CHAT, ARTICLE.id, "0" * 16, "../../etc/passwd", "copy", "up", "html"]),
)
NAMES = st.sampled_from(
    ["kept", "asked", "ids", "title", "form", "place", "verdict", "words", "path", "meta", "id"]
)
VALUES = st.recursive(
    LEAVES,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(NAMES, parts, max_size=4),
    max_leaves=8,
)
CHATS = st.fixed_dictionaries(
    {},
    optional={
        "id": VALUES,
        "title": VALUES,
        "articles": st.sampled_from([ARTICLE.id, "0" * 16, f"{ARTICLE.id},{ARTICLE.id}"]) | VALUES,
        "turns": st.lists(
            VALUES | st.fixed_dictionaries({"question": VALUES, "answer": VALUES}), max_size=3
        )
        | VALUES,
        "shown": VALUES,
    },
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "kept": CHATS.map(json.dumps) | VALUES,
        "asked": VALUES,
        "ids": st.lists(st.sampled_from([ARTICLE.id, "0" * 16]) | VALUES, max_size=3) | VALUES,
        "title": VALUES,
        "form": st.sampled_from(["copy", "html", "json", "markdown"]) | VALUES,
        "place": st.integers(-3, 3) | VALUES,
        "verdict": VALUES,
        "reason": VALUES,
        "language": st.sampled_from(["de", "ar"]) | VALUES,
        "words": VALUES,
    },
)


@settings(max_examples=150)
@given(
    number=st.integers(0, 99),
    trigger=st.integers(-2, 60) | st.none(),
    texts=st.tuples(*[SURROGATES | st.none()] * 4),
    values=st.lists(VALUES, max_size=4) | st.none(),
    fields=FIELDS | VALUES,
)
def test_any_event_of_the_page_leaves_no_traceback(
    send: Sender,
    functions: list[tuple[int, int, bool]],
    number: int,
    trigger: int | None,
    texts: tuple[str | None, ...],
    values: list[object] | None,
    fields: object,
) -> None:
    index, inputs, is_queued = functions[number % len(functions)]
    event = {
        "session_hash": uuid4().hex,
        "fn_index": index,
        "trigger_id": trigger,
        "data": texts[:inputs] if values is None else values,
        "event_data": fields,
    }
    send("queue/join" if is_queued else "run/predict", event)


@settings(max_examples=60)
@given(fields=FIELDS | VALUES, name=st.sampled_from(["write", "rate", "model", "push", "load"]))
def test_any_call_of_a_function_leaves_no_traceback(
    send: Sender, chats: int, fields: object, name: str
) -> None:
    call = {"session_hash": "s", "component_id": chats, "fn_name": name, "data": fields}
    send("component_server", call)


@settings(max_examples=100)
@given(
    path=st.sampled_from(
        ["queue/join", "run/predict", "call/ask", "call/v2/ask", "call/none", "component_server",
         "cancel", "reset", "api/ask", "process_recording", "vibe-edit"]
    ),
    body=VALUES
    | st.dictionaries(
        st.sampled_from(
            ["data", "fn_index", "session_hash", "event_id", "trigger_id", "batched",
             "event_data", "component_id", "fn_name", "question", "simple_format", "oauth_token"]
        ),
        VALUES | st.just("s") | st.integers(0, 5) | st.just([]),
    ),
)  # fmt: skip
@example(path="queue/join", body=b"[" * 100_000)
@example(path="component_server", body=b'{"data": ' * 100_000)
@example(path="queue/join", body=b"\xff\xfe{}")
@example(path="queue/join", body={"data": [], "fn_index": 10**4, "session_hash": "\ud800"})
def test_any_body_leaves_no_traceback(send: Sender, path: str, body: object) -> None:
    send(path, body)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fn_index": 9_999}, "no such function"),
        ({"fn_index": "0"}, "fn_index"),
        ({"fn_index": True}, "fn_index"),
        ({"data": None}, "data"),
        ({"data": [1, 2, 3, 4, 5, 6, 7]}, "values came"),
        ({"event_data": "text"}, "event_data"),
        ({"event_data": {"path": "/etc/passwd"}}, "file"),
        ({"session_hash": 7}, "session_hash"),
        ({"session_hash": "s" * 1_000}, "session_hash"),
        ({"trigger_id": "x"}, "trigger_id"),
        ({"batched": True}, "batches"),
    ],
)
def test_event_of_wrong_form_is_refused(
    send: Sender, change: dict[str, object], reason: str
) -> None:
    event = {"session_hash": "s", "fn_index": 0, "data": [], "event_data": None, **change}
    status, answer = send("queue/join", event)
    assert status == 422
    assert reason in json.loads(answer)["detail"]


def find_upload(page: Any) -> dict[str, Any]:
    inputs = {c["id"] for c in page["components"] if c["type"] == "file"}
    found = (d for d in page["dependencies"] if inputs & set(d["inputs"]))
    event: dict[str, Any] = next(found)
    return event


@pytest.mark.parametrize(
    "value",
    [
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"path": str(Path(__file__)), "meta": {"_type": "gradio.FileData"}},
        {"path": "a\0b"},
        {"path": "x" * 10_000},
        {"url": "http://127.0.0.1:1/"},
        None,
        "text",
        [],
    ],
)
def test_file_from_elsewhere_is_refused(send: Sender, page: Any, value: object) -> None:
    event = {"session_hash": "s", "fn_index": find_upload(page)["id"], "data": [value, False, None]}
    status, answer = send("queue/join", event)
    assert status == 422
    assert "file" in json.loads(answer)["detail"]


def test_uploaded_file_is_opened_whatever_its_other_fields_say(
    send: Sender, page: Any, client: TestClient, service: AssistantService
) -> None:
    text = b"The tower of Lund is 40 metres high."
    (path,) = client.post("/gradio_api/upload", files={"files": ("tower.txt", text)}).json()
    value = {"path": path, "orig_name": "tower.txt", "url": "http://127.0.0.1:1/x", "size": "big"}
    event = {"session_hash": "u", "fn_index": find_upload(page)["id"], "data": [value, False, None]}
    status, answer = send("queue/join", event)
    assert status == 200
    assert "Opened." in answer
    assert "tower" in [article.title for article in service.library.articles()]


def test_lone_surrogate_in_a_question_is_replaced(
    send: Sender, page: Any, service: AssistantService
) -> None:
    service.library.restore(ARTICLE.id)  # another event may have removed it
    names = [d["id"] for d in page["dependencies"] if d["targets"] and d["targets"][0][1] == "ask"]
    event = {
        "session_hash": "q",
        "fn_index": names[0],
        "data": [],
        "event_data": {"asked": "Who opened \ud800 the bridge?", "kept": CHAT},
    }
    status, answer = send("queue/join", event)
    assert status == 200
    assert "Ana Ruiz" in answer


@pytest.mark.parametrize("path", ["queue/join", "run/predict", "run/_ask/"])
def test_paths_of_events_are_recognized(path: str) -> None:
    assert EVENT_PATH.fullmatch(path)
    assert not COMPONENT_PATH.fullmatch(path)
