"""Serve `/healthz` and `/readyz`, the health checks for process managers and monitoring."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from assistant.accounts.request_access import has_permission
from assistant.interfaces.http.problem_details import (
    PROBLEM_MEDIA_TYPE,
    PartProblem,
    Problem,
    describe_problems,
)
from assistant.interfaces.http.streaming import ServiceDependency
from assistant.service.health import find_problems

__all__ = ["router"]

router = APIRouter(tags=["health"])


class HealthStatus(BaseModel):
    """The process is running."""

    status: Literal["ok"] = "ok"


class ReadinessStatus(BaseModel):
    """The server can answer questions."""

    status: Literal["ready"] = "ready"
    detail: str  # the model that writes the answers, or why answers are quotes only


@router.get("/healthz")
async def healthz() -> HealthStatus:
    """Check that the process is running."""
    return HealthStatus()


@router.get("/readyz", response_model=ReadinessStatus, responses=describe_problems(503))
def readyz(service: ServiceDependency, request: Request) -> Any:
    """Check that the server can answer questions, and name everything that is wrong.

    If the server has accounts, only an admin is told what is wrong.
    """
    problems = find_problems(service)
    if not has_permission(request.scope, "admin"):
        if problems:
            raise HTTPException(503, "The server is not ready.", {"Retry-After": "2"})
        return ReadinessStatus(detail="Questions are answered.")
    if problems:
        document = Problem(
            title=HTTPStatus(503).phrase,
            status=503,
            detail=" ".join(problem.detail for problem in problems),
            problems=[PartProblem(**asdict(problem)) for problem in problems],
        )
        content = document.model_dump(exclude_none=True)
        return JSONResponse(content, 503, {"Retry-After": "2"}, media_type=PROBLEM_MEDIA_TYPE)
    # Until the suggested questions are ready, the service's status still describes opening.
    return ReadinessStatus(
        detail="The article is open." if service.state == "opening" else service.status
    )
