"""robots.txt (RFC 9309): what a server asks programs not to fetch."""

from __future__ import annotations

from collections.abc import Iterator

from protego import Protego

__all__ = ["AGENT", "LARGEST", "Robots"]

AGENT = "ArticleAssistant"
LARGEST = 500 * 1024  # bytes; what the RFC asks to be read


class Robots:
    """The rules of one server.

    Args:
        status: that robots.txt was answered with. One that is not there forbids nothing; one that the server fails to send
            forbids everything.
    """

    def __init__(self, status: int, data: bytes) -> None:
        self.unreachable = status >= 500
        text = data[:LARGEST].decode("utf-8", "replace") if 200 <= status < 300 else ""
        self._rules = Protego.parse("\n".join(_ours(text)))

    def allows(self, url: str) -> bool:
        return not self.unreachable and bool(self._rules.can_fetch(url, AGENT))


def _ours(text: str) -> Iterator[str]:
    """The lines, with all other programs under one name: rules are kept once for each, and a file could name thousands."""
    for line in text.splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        other = name.strip().lower() == "user-agent" and value.strip().lower() not in ("*", AGENT.lower())
        yield "User-agent: other" if other else line
