"""Serve `/healthz` and `/readyz`, the health checks for process managers and monitoring."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from assistant.interfaces.http.problem_details import describe_problems
from assistant.interfaces.http.streaming import ServiceDependency

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


@router.get("/readyz", responses=describe_problems(503))
async def readyz(service: ServiceDependency) -> ReadinessStatus:
    """Check that the server can answer questions, at least with quotes only."""
    if not service.is_ready:
        raise HTTPException(503, service.status, {"Retry-After": "2"})
    # Until the suggested questions are ready, the service's status still describes opening.
    return ReadinessStatus(
        detail="The article is open." if service.state == "opening" else service.status
    )
