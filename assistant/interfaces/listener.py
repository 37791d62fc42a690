"""Open the socket of a server, unless other machines could reach it without permission."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence

from index.errors import InputError

__all__ = ["LOOPBACK_HOSTS", "check_host", "open_listener"]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


def check_host(
    host: str, *, is_allowed: bool, has_accounts: bool, names: Sequence[str] = ()
) -> None:
    """Refuse an address that other machines reach without accounts, unless a setting allows it.

    What is not protected on an accepted address is printed as a warning.

    Args:
        host: the address to listen on.
        is_allowed: whether a setting allows an address that other machines reach.
        has_accounts: whether users have to sign in.
        names: names under which a proxy serves a loopback address to other machines.

    Raises:
        InputError: the address is not allowed.
    """
    public_names = [name for name in names if name not in LOOPBACK_HOSTS]
    if host in LOOPBACK_HOSTS:
        if not public_names or has_accounts:
            return
        host = public_names[0]
    elif has_accounts:
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
