"""Send a trace of each answer to an OpenTelemetry collector: times and counts, no text of users.

A trace has a span for the answer and one below it for each call of the language model. LangChain's
callbacks report both. The names of the attributes of calls are those of OpenTelemetry's conventions
for generative AI.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from assistant.answer.answer import Answer
from assistant.interfaces.http.request_log import get_request_id
from index.errors import InputError

try:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import Span, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
except ImportError as error:
    raise InputError(
        "Traces need the package opentelemetry-exporter-otlp-proto-grpc. "
        "Install it with: pip install 'article-assistant[tracing]'"
    ) from error

__all__ = ["AnswerTraces"]

PREFIX = "article_assistant"


class AnswerTraces(BaseCallbackHandler):
    """Turns LangChain's runs into spans. Give it to a service, and close it at the end.

    Spans are sent in batches by a thread. If the collector cannot be reached, they are dropped, and
    the log says so; answers do not wait.

    Args:
        collector: its URL, such as `http://127.0.0.1:4317`.
    """

    def __init__(self, collector: str) -> None:
        exporter = OTLPSpanExporter(endpoint=collector, insecure=collector.startswith("http:"))
        self._provider = TracerProvider(
            resource=Resource.create({SERVICE_NAME: "article-assistant"}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("assistant")
        self._spans: dict[UUID, Any] = {}
        self._lock = Lock()

    def close(self) -> None:
        """Send the spans that have ended, and stop."""
        self._provider.shutdown()

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Begin the span of an answer."""
        request_id = get_request_id()
        attributes = {f"{PREFIX}.request_id": request_id} if request_id else {}
        self._begin("answer", SpanKind.SERVER, attributes, run_id, parent_run_id)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of an answer. One that was stopped has no outcome."""
        attributes = _describe_answer(outputs) if isinstance(outputs, Answer) else {}
        self._end(run_id, attributes)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a question that failed or that cannot be used."""
        self._end(run_id, {}, error)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,
        messages: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Begin the span of a call of the language model."""
        attributes = {"gen_ai.operation.name": "chat"}
        if name := (metadata or {}).get("ls_model_name"):
            attributes["gen_ai.request.model"] = str(name)
        self._begin("chat", SpanKind.CLIENT, attributes, run_id, parent_run_id)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a call, with the tokens that the model counted."""
        self._end(run_id, _count_tokens(response))

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a call that failed."""
        self._end(run_id, {}, error)

    def _begin(
        self,
        name: str,
        kind: SpanKind,
        attributes: Mapping[str, str],
        run_id: UUID,
        parent_run_id: UUID | None,
    ) -> None:
        with self._lock:
            parent = self._spans.get(parent_run_id) if parent_run_id else None
            context = set_span_in_context(parent) if parent else None
            self._spans[run_id] = self._tracer.start_span(name, context, kind, attributes)

    def _end(
        self,
        run_id: UUID,
        attributes: Mapping[str, str | float],
        error: BaseException | None = None,
    ) -> None:
        with self._lock:
            span: Span | None = self._spans.pop(run_id, None)
        if span is None:
            return
        span.set_attributes(attributes)
        if error is not None:  # its message may have the user's words
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
        span.end()


def _describe_answer(answer: Answer) -> dict[str, str | float]:
    """Return the outcome of an answer, its numbers, and the seconds of each stage."""
    return {
        f"{PREFIX}.outcome": answer.outcome,
        f"{PREFIX}.quotes": len(answer.quotes),
        f"{PREFIX}.confidence": round(answer.confidence or 0.0, 3),
        **{f"{PREFIX}.seconds.{stage}": value for stage, value in answer.seconds.items()},
    }


def _count_tokens(response: LLMResult) -> dict[str, str | float]:
    messages = [
        generation.message
        for generations in response.generations
        for generation in generations
        if isinstance(generation, ChatGeneration)
    ]
    usage = [
        message.usage_metadata
        for message in messages
        if isinstance(message, AIMessage) and message.usage_metadata
    ]
    if not usage:
        return {}
    return {
        "gen_ai.usage.input_tokens": sum(item["input_tokens"] for item in usage),
        "gen_ai.usage.output_tokens": sum(item["output_tokens"] for item in usage),
    }
