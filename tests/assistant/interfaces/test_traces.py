"""Test the traces of answers with a collector of this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from threading import Lock
from typing import Any

import grpc
import pytest
from langchain_core.language_models import FakeListChatModel
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from assistant.interfaces.traces import AnswerTraces
from assistant.models import Model
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.embedders.minilm import MiniLM
from index.errors import InputError
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import QUESTION, wait_until

MAX_ANSWER_SECONDS = 8  # an export is given up after ten


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps the spans that it gets."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._lock = Lock()

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802
        with self._lock:
            self.spans += [
                span
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    """Yield a collector and its URL."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    received = Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(received, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield received, f"http://127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def library(tmp_path: Path, minilm: MiniLM) -> Iterator[Library]:
    """Yield a library of this test's own: a service adds its article."""
    library = Library(tmp_path, minilm)
    yield library
    library.close()


def read_attributes(span: Span) -> dict[str, Any]:
    """Return the attributes of a span by name."""
    return {
        item.key: getattr(item.value, item.value.WhichOneof("value")) for item in span.attributes
    }


def open_service(
    article: Article, library: Library, traces: AnswerTraces, model: Model | None = None
) -> AssistantService:
    service = AssistantService(article, library, model, Settings(), callbacks=[traces])
    service.start()
    wait_until(lambda: service.is_settled)
    return service


def test_answer_span_has_outcome_and_no_text(
    bridge: Article, library: Library, collector: tuple[Collector, str]
) -> None:
    received, url = collector
    traces = AnswerTraces(url)
    service = open_service(bridge, library, traces)
    *_, answer = service.ask(QUESTION)
    traces.close()
    (span,) = received.spans
    values = read_attributes(span)
    assert span.name == "answer"
    assert values["article_assistant.outcome"] == "answered"
    assert values["article_assistant.quotes"] == len(answer.quotes)  # type: ignore[union-attr]
    assert values["article_assistant.seconds.searching"] > 0
    assert span.end_time_unix_nano > span.start_time_unix_nano
    assert not any(word in str(span) for word in (QUESTION, "Lund", bridge.title))


def test_model_call_is_a_child_of_its_answer(
    bridge: Article, library: Library, collector: tuple[Collector, str]
) -> None:
    received, url = collector
    traces = AnswerTraces(url)
    chat = FakeListChatModel(responses=["The bridge cost 4 million euros. [1]"])
    model = Model("fake", chat, answers_in_one_call=True)
    service = open_service(bridge, library, traces, model)
    list(service.ask(QUESTION))
    traces.close()
    spans = {span.name: span for span in received.spans}
    assert spans["chat"].parent_span_id == spans["answer"].span_id
    assert spans["chat"].trace_id == spans["answer"].trace_id
    assert read_attributes(spans["chat"])["gen_ai.operation.name"] == "chat"


def test_invalid_question_ends_its_span_with_an_error(
    bridge: Article, library: Library, collector: tuple[Collector, str]
) -> None:
    received, url = collector
    traces = AnswerTraces(url)
    service = open_service(bridge, library, traces)
    with pytest.raises(InputError):
        list(service.ask("?"))
    traces.close()
    (span,) = received.spans
    assert read_attributes(span)["error.type"] == "InputError"
    assert span.status.code == span.status.STATUS_CODE_ERROR


def test_stopped_answer_ends_its_span(
    bridge: Article, library: Library, collector: tuple[Collector, str]
) -> None:
    received, url = collector
    traces = AnswerTraces(url)
    service = open_service(bridge, library, traces)
    events = service.ask(QUESTION)
    next(events)
    events.close()
    traces.close()
    (span,) = received.spans
    assert "article_assistant.outcome" not in read_attributes(span)


def test_answer_does_not_wait_for_a_missing_collector(bridge: Article, library: Library) -> None:
    traces = AnswerTraces("http://127.0.0.1:9")
    service = open_service(bridge, library, traces)
    started = time.monotonic()
    *_, answer = service.ask(QUESTION)
    assert answer.outcome == "answered"  # type: ignore[union-attr]
    assert time.monotonic() - started < MAX_ANSWER_SECONDS


@pytest.mark.parametrize("text", ["4317", "file:///tmp/traces", "http://user@127.0.0.1:4317"])
def test_traces_setting_refuses_what_is_no_server(text: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:4317"):
        Settings(traces=text)
