"""Serve `/metrics` for Prometheus: numbers only, no text of users."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from assistant.interfaces.http.local_requests import is_local
from assistant.service.service import AssistantService
from index.errors import AssistantError, InputError

try:
    from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector
except ImportError as error:
    raise InputError(
        "Metrics need the package prometheus-client. "
        "Install it with: pip install 'article-assistant[metrics]'"
    ) from error

__all__ = ["Metrics", "create_metrics_router"]

PREFIX = "article_assistant"
SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80)


class Metrics:
    """The counters of a server. Give `observe_answer` to its service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            f"{PREFIX}_questions", "Questions by outcome", ["outcome"], registry=self._registry
        )
        self._seconds = Histogram(
            f"{PREFIX}_answer_seconds",
            "Seconds from the turn of a question to the end of its answer",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._responses = Counter(
            f"{PREFIX}_http_responses", "Responses by status", ["status"], registry=self._registry
        )
        ProcessCollector(registry=self._registry)

    def watch(self, service: AssistantService) -> None:
        """Report the queue, the articles and the model of a service as well."""
        self._registry.register(_ServiceCollector(service))

    def observe_answer(self, outcome: str, seconds: float) -> None:
        """Count an answer."""
        self._answers.labels(outcome).inc()
        self._seconds.observe(seconds)

    def observe_response(self, status: int) -> None:
        """Count a response."""
        self._responses.labels(str(status)).inc()

    def render(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return generate_latest(self._registry)


class _ServiceCollector(Collector):
    """Read the present state of a service when it is asked for."""

    def __init__(self, service: AssistantService) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        service = self._service
        queue = service.questions
        gauges = {
            "questions_running": ("Questions that are being answered", queue.running),
            "questions_waiting": ("Questions that wait for their turn", queue.waiting),
            "ready": ("Whether questions are answered", service.is_ready),
            "model_loaded": (
                "Whether a language model writes the answers",
                service.state == "ready" and service.writer != "none",
            ),
        }
        with suppress(AssistantError):  # `/readyz` says what is wrong
            gauges["articles"] = ("Articles in the library", len(service.whole_library.store.ids()))
        for name, (description, value) in gauges.items():
            yield GaugeMetricFamily(f"{PREFIX}_{name}", description, value=float(value))
        yield CounterMetricFamily(
            f"{PREFIX}_questions_refused",
            "Questions that were refused because too many waited",
            value=queue.refused,
        )


def create_metrics_router(metrics: Metrics, readers: Literal["loopback", "all"]) -> APIRouter:
    """Return the router of `/metrics`.

    Args:
        metrics: what it serves.
        readers: "loopback" answers only requests that come from this machine without a proxy.
    """
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    def show_metrics(request: Request) -> Response:
        if readers == "loopback" and not is_local(request):
            raise HTTPException(404, "Metrics are shown on this machine only.")
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return router
