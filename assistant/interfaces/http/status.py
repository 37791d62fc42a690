"""Serve `/api/status`, the state of the server for administrators."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from assistant.accounts.request_access import get_access
from assistant.interfaces.http.local_requests import is_local
from assistant.interfaces.http.problem_details import describe_problems
from assistant.interfaces.http.streaming import ServiceDependency
from assistant.service.status import ServerStatus, describe_status

__all__ = ["check_administrator", "router"]

router = APIRouter(prefix="/api", tags=["status"], responses=describe_problems(403, 404))


def check_administrator(request: Request) -> None:
    """Check that an administrator sent a request.

    With accounts, `access` has checked the permission. Without them, requests of this machine are
    trusted.

    Raises:
        HTTPException: it came from another machine, or through a proxy (404).
    """
    if get_access(request.scope) is None and not is_local(request):
        raise HTTPException(404, "The state of the server is shown on its own machine only.")


@router.get("/status")
def show_status(service: ServiceDependency, request: Request) -> ServerStatus:
    """Describe the queue, the model, the library, the storage and the last errors.

    With accounts, an admin may see it; without, requests of the server's own machine.
    """
    check_administrator(request)
    return describe_status(service, request.app.state.records.list_newest_first())
