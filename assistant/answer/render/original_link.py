"""Build links that open the original page of an article at a sentence.

The links carry a text fragment (`#:~:text=`), as the WICG specification "URL Fragment Text
Directives" defines it. A browser that does not know it, or does not find the text, opens the page.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

__all__ = ["link_to_sentence", "site_name", "web_address"]

MAX_WORDS = 12  # of a text that is named whole; citations.js has the same number
EDGE_WORDS = 6  # at the beginning and at the end of a longer one
_ADDRESS_CHARACTERS = "%/:?#[]@!$&'()*+,;=~"  # as they are in an address


def web_address(source: str) -> str:
    """Return the source of an article if it is an http or https address; else an empty string."""
    try:
        address = urlsplit(source)
        is_web = address.scheme in ("http", "https") and bool(address.hostname)
    except ValueError:
        return ""
    return quote(source, safe=_ADDRESS_CHARACTERS, errors="replace") if is_web else ""


def site_name(source: str) -> str:
    """Return the site of an address, without "www."; another source as it is."""
    address = web_address(source)
    return str(urlsplit(address).hostname).removeprefix("www.") if address else source


def link_to_sentence(source: str, text: str) -> str:
    """Return a link to a text on the page at `source`; empty if that is no web address."""
    address = web_address(source)
    words = text.split()
    if not address or not words:
        return ""
    ends = [words] if len(words) <= MAX_WORDS else [words[:EDGE_WORDS], words[-EDGE_WORDS:]]
    fragment = ",".join(_encode(" ".join(end)) for end in ends)
    page, _, anchor = address.partition("#")
    return f"{page}#{re.sub(':~:.*', '', anchor)}:~:text={fragment}"


def _encode(text: str) -> str:
    """Percent-encode a text; a hyphen has a meaning in a text fragment, too."""
    return quote(text, safe="", errors="replace").replace("-", "%2D")
