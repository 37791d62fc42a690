"""Parse robots.txt (RFC 9309), which says what programs should not fetch from a server."""

from __future__ import annotations

from collections.abc import Iterator

from protego import Protego

__all__ = ["MAX_ROBOTS_BYTES", "RobotsRules", "USER_AGENT"]

USER_AGENT = "ArticleAssistant"
MAX_ROBOTS_BYTES = 500 * 1024  # the minimum that the RFC requires a crawler to read


class RobotsRules:
    """The robots.txt rules of one server.

    Args:
        status: the HTTP status of the response. A missing robots.txt (4xx) forbids nothing; a
            server error (5xx) forbids everything.
        data: the body of the response.
    """

    def __init__(self, status: int, data: bytes) -> None:
        self.is_unreachable = status >= 500
        text = data[:MAX_ROBOTS_BYTES].decode("utf-8", "replace") if 200 <= status < 300 else ""
        self._rules = Protego.parse("\n".join(_merge_other_agents(text)))

    def is_allowed(self, url: str) -> bool:
        """Return whether this program may fetch the URL."""
        return not self.is_unreachable and bool(self._rules.can_fetch(url, USER_AGENT))


def _merge_other_agents(text: str) -> Iterator[str]:
    """Yield the lines of robots.txt with all other user agents replaced by one name.

    The parser stores the rules once per user agent, and a file could list thousands.
    """
    for line in text.splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        is_agent = name.strip().lower() == "user-agent"
        is_ours = value.strip().lower() in ("*", USER_AGENT.lower())
        yield "User-agent: other" if is_agent and not is_ours else line
