"""Test the OpenAPI document, and fuzz the API against it."""

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

from assistant.interfaces.http import create_api
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import open_service

PATHS = {
    "/api/ask": {"post"},
    "/api/ask/stream": {"post"},
    "/api/status": {"get"},
    "/api/articles": {"get", "post"},
    "/api/articles/file": {"post"},
    "/api/articles/{article_id}": {"get", "patch", "delete"},
    "/api/articles/{article_id}/refresh": {"post"},
    "/api/articles/{article_id}/restore": {"post"},
    "/api/articles/{article_id}/boxes": {"get"},
    "/api/articles/{article_id}/pages/{number}.png": {"get"},
    "/api/articles/{article_id}/pages/{number}/boxes": {"get"},
    "/api/articles/{article_id}/sheet": {"get"},
    "/api/articles/{article_id}/marks": {"get", "post"},
    "/api/articles/{article_id}/marks.md": {"get"},
    "/api/articles/{article_id}/marks/{mark_id}": {"delete"},
    "/api/articles/{article_id}/tags": {"put"},
    "/api/export": {"post"},
    "/api/library": {"get", "post"},
    "/api/library/search": {"get"},
    "/v1/chat/completions": {"post"},
    "/v1/models": {"get"},
    "/v1/models/{name}": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
}


@pytest.fixture
def document(client: TestClient) -> Any:
    return client.get("/api/openapi.json").json()


def test_openapi_has_every_endpoint(document: Any) -> None:
    assert {path: set(methods) for path, methods in document["paths"].items()} == PATHS


def test_openapi_json_responses_have_schemas(document: Any) -> None:
    for methods in document["paths"].values():
        for method in methods.values():
            for response in method["responses"].values():
                assert all(content["schema"] for content in response.get("content", {}).values())
    quote = document["components"]["schemas"]["Quote"]["properties"]
    assert {"number", "text", "start", "end", "article_id", "status"} <= set(quote)


def test_openapi_errors_have_their_media_types(document: Any) -> None:
    for path, methods in document["paths"].items():
        for method in methods.values():
            media_types = {
                media_type
                for status, response in method["responses"].items()
                if status >= "400"
                for media_type in response["content"]
            }
            assert media_types <= (
                {"application/json"} if path.startswith("/v1") else {"application/problem+json"}
            )


def test_openapi_bodies_forbid_unknown_fields(document: Any) -> None:
    for name in (
        "Question",
        "Turn",
        "NewArticle",
        "NewAddress",
        "NewFile",
        "NewTitle",
        "NewMark",
        "NewTags",
        "NewLibrary",
        "ExportRequest",
        "ExportedTurn",
        "ChatRequest",
    ):
        assert document["components"]["schemas"][name]["additionalProperties"] is False


def test_openapi_has_no_external_urls(client: TestClient, document: Any) -> None:
    assert "://" not in json.dumps(document)
    assert {client.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")} == {404}


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every host name that the fuzzer generates unknown."""

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


@pytest.fixture(scope="module")
def api_schema(bridge: Article, empty_library: Library) -> Any:
    """Return the schema of an API whose library tests may change."""
    return schemathesis.openapi.from_asgi(
        "/api/openapi.json", create_api(open_service(bridge, empty_library))
    )


VALID_CASES = [
    (path, method, GenerationMode.POSITIVE)
    for path, methods in PATHS.items()
    for method in sorted(methods)
]
BODILESS_PATHS = [
    path for path in PATHS if path.endswith(("/refresh", "/restore"))
]  # no body, so none can be invalid
INVALID_CASES = [
    (path, method, GenerationMode.NEGATIVE)
    for path, method, _ in VALID_CASES
    if (method in ("post", "patch", "put") and path not in BODILESS_PATHS)
    or (path, method)
    in (("/api/articles", "get"), ("/api/library", "get"), ("/api/library/search", "get"))
]
FORM_PATHS = ("/api/articles/file", "/api/library")


@pytest.mark.parametrize(("path", "method", "mode"), [*VALID_CASES, *INVALID_CASES])
def test_api_responses_match_openapi(
    api_schema: Any, path: str, method: str, mode: GenerationMode
) -> None:
    @given(case=api_schema[path][method.upper()].as_strategy(generation_mode=mode))
    @settings(
        max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    def check(case: Any) -> None:
        response = case.call()
        # "?!" fits the schema of a question, yet is refused. A body that is too large is refused
        # before it is validated. In a form even null is a file, of four letters.
        skipped = (
            [negative_data_rejection]
            if response.status_code == 413 or (path in FORM_PATHS and method == "post")
            else []
        )
        case.validate_response(response, excluded_checks=[positive_data_acceptance, *skipped])

    check()
