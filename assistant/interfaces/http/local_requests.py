"""Recognise requests that come from this machine."""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import Request

__all__ = ["is_local"]

PROXY_HEADERS = ("forwarded", "x-forwarded-for")


def is_local(request: Request) -> bool:
    """Return whether a request comes from this machine, and not through a proxy on it."""
    if request.client is None or any(name in request.headers for name in PROXY_HEADERS):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
