"""`/healthz` and `/readyz`, for whatever starts and watches the server."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from .asking import AtDesk
from .problems import problems

__all__ = ["router"]

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """An answer can be given."""

    status: Literal["ready"] = "ready"
    detail: str  # by which model, or why by quotes alone


@router.get("/healthz")
async def healthz() -> Alive:
    """Whether the process is alive."""
    return Alive()


@router.get("/readyz", responses=problems(503))
async def readyz(desk: AtDesk) -> Ready:
    """Whether a question can be answered, be it by quotes alone."""
    if not desk.ready:
        raise HTTPException(503, desk.status, {"Retry-After": "2"})
    # Until the first questions are chosen, the desk's status still tells of opening.
    return Ready(detail="The article is open." if desk.state == "opening" else desk.status)
