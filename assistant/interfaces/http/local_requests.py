"""Recognise requests that come from this machine."""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import Request

from assistant.interfaces.listener import LOOPBACK_HOSTS

__all__ = ["is_local"]

PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def is_local(request: Request) -> bool:
    """Return whether a request comes from this machine, and not through a proxy on it.

    A proxy adds a header, or passes on a name of the server that is none of this machine alone.
    """
    if request.client is None or any(name in request.headers for name in PROXY_HEADERS):
        return False
    if request.url.hostname not in LOOPBACK_HOSTS:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
