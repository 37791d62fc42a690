"""Open the socket of a server, unless other machines could reach it without permission."""

from __future__ import annotations

import socket
import sys

from index.errors import InputError

__all__ = ["LOOPBACK_HOSTS", "check_host", "open_listener"]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


def check_host(host: str, *, is_allowed: bool) -> None:
    """Refuse an address that other machines reach, unless the settings allow it; then warn.

    Raises:
        InputError: the address is not allowed.
    """
    if host in LOOPBACK_HOSTS:
        return
    if not is_allowed:
        raise InputError(
            f"Other machines can reach {host}, and there are no accounts: everybody who reaches it "
            "can read, change and delete all articles. Put a server that asks for a password in "
            "front, and set ARTICLE_ASSISTANT_ALLOW_PUBLIC=true to serve there."
        )
    print(
        f"WARNING: {host} is open to other machines. Everybody who reaches it can read, change and "
        "delete all articles. There are no accounts and there is no encryption.",
        file=sys.stderr,
        flush=True,
    )


def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address, so that clients can connect at once.

    `uvicorn.Config.bind_socket` would exit without saying what to do if the port is in use.

    Raises:
        InputError: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise InputError(
            f"The server cannot listen on {host}:{port} ({error.strerror}). "
            "Choose another with --port or --host."
        ) from error
    return listener
