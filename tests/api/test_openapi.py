"""The OpenAPI document says what is so, and a fuzzer finds nothing against it."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from assistant.api import create_api
from index.article import Article
from index.library import Library

from .serving import opened

PATHS = {
    "/api/ask": {"post"},
    "/api/ask/stream": {"post"},
    "/api/articles": {"get", "post"},
    "/api/articles/file": {"post"},
    "/api/articles/{article_id}": {"get", "patch", "delete"},
    "/api/articles/{article_id}/refresh": {"post"},
    "/api/articles/{article_id}/restore": {"post"},
    "/api/library": {"get", "post"},
    "/v1/chat/completions": {"post"},
    "/v1/models": {"get"},
    "/v1/models/{name}": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
}


@pytest.fixture
def document(client: TestClient) -> Any:
    return client.get("/api/openapi.json").json()


def test_every_endpoint_is_documented(document: Any) -> None:
    assert {path: set(methods) for path, methods in document["paths"].items()} == PATHS


def test_every_answer_in_json_has_a_schema(document: Any) -> None:
    for methods in document["paths"].values():
        for method in methods.values():
            for response in method["responses"].values():
                assert all(content["schema"] for content in response.get("content", {}).values())
    quote = document["components"]["schemas"]["Quote"]["properties"]
    assert {"number", "text", "start", "end", "article_id", "status"} <= set(quote)


def test_errors_are_documented_as_what_they_are_sent_as(document: Any) -> None:
    for path, methods in document["paths"].items():
        for method in methods.values():
            kinds = {kind for status, one in method["responses"].items() if status >= "400" for kind in one["content"]}
            assert kinds <= ({"application/json"} if path.startswith("/v1") else {"application/problem+json"})


def test_unknown_fields_are_documented_as_refused(document: Any) -> None:
    for name in ("Question", "Turn", "NewArticle", "NewAddress", "NewFile", "NewTitle", "NewLibrary", "ChatRequest"):
        assert document["components"]["schemas"][name]["additionalProperties"] is False


def test_the_document_loads_nothing_from_elsewhere(client: TestClient, document: Any) -> None:
    assert "://" not in json.dumps(document)
    assert {client.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")} == {404}


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name that the fuzzer makes up leads anywhere."""

    def unknown(*asked: Any, **other: Any) -> Any:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


@pytest.fixture(scope="module")
def described(bridge: Article, empty: Library) -> Any:
    """An API whose library may be changed, as it describes itself."""
    return schemathesis.openapi.from_asgi("/api/openapi.json", create_api(opened(bridge, empty)))


FITTING = [(path, method, GenerationMode.POSITIVE) for path, methods in PATHS.items() for method in sorted(methods)]
BARE = [path for path in PATHS if path.endswith(("/refresh", "/restore"))]  # nothing is sent that could be unfit
UNFIT = [
    (path, method, GenerationMode.NEGATIVE)
    for path, method, _ in FITTING
    if (method in ("post", "patch") and path not in BARE)
    or (path, method) in (("/api/articles", "get"), ("/api/library", "get"))
]
FORMS = ("/api/articles/file", "/api/library")


@pytest.mark.parametrize(("path", "method", "mode"), [*FITTING, *UNFIT])
def test_whatever_is_sent_the_answer_is_as_documented(described: Any, path: str, method: str, mode: GenerationMode) -> None:
    @given(case=described[path][method.upper()].as_strategy(generation_mode=mode))
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def check(case: Any) -> None:
        response = case.call()
        # "?!" fits any schema of a text and is no question all the same; what is too large is not looked at for what else it is; and
        # in a form even null is a file, of four letters.
        unseen = [negative_data_rejection] if response.status_code == 413 or (path in FORMS and method == "post") else []
        case.validate_response(response, excluded_checks=[positive_data_acceptance, *unseen])

    check()
