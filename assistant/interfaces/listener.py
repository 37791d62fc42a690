"""Open the socket of a server, unless other machines could reach it without permission."""

from __future__ import annotations

import socket
import sys

from index.errors import InputError

__all__ = ["LOOPBACK_HOSTS", "check_host", "open_listener"]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


def check_host(host: str, *, is_allowed: bool, has_accounts: bool) -> None:
    """Refuse an address that other machines reach without accounts, unless a setting allows it.

    What is not protected on an accepted address is printed as a warning.

    Raises:
        InputError: the address is not allowed.
    """
    if host in LOOPBACK_HOSTS:
        return
    if has_accounts:
        _warn(
            f"{host} is open to other machines, and there is no encryption: put a server that "
            "speaks HTTPS in front, so that nobody on the way can read passwords."
        )
        return
    if not is_allowed:
        raise InputError(
            f"Other machines can reach {host}, and there are no accounts: everybody who reaches it "
            "can read, change and delete all articles. Set ARTICLE_ASSISTANT_ACCOUNTS=true and add "
            "users with `article-assistant users add`. To serve everybody all the same, set "
            "ARTICLE_ASSISTANT_ALLOW_PUBLIC=true."
        )
    _warn(
        f"{host} is open to other machines. Everybody who reaches it can read, change and delete "
        "all articles. There are no accounts and there is no encryption."
    )


def _warn(text: str) -> None:
    print(f"WARNING: {text}", file=sys.stderr, flush=True)


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
