"""Which addresses may be fetched: http and https, without credentials, of servers on the public internet."""

from __future__ import annotations

import ipaddress
import re
import socket

import httpx

from ..errors import ArticleError

__all__ = ["check_public", "checked", "resolve"]

LONGEST_SHOWN = 200
LONGEST = 2_000  # characters of an address; browsers and servers take no more everywhere
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
# Not everything here is private to every version of `ipaddress`: special uses, site-local, local NAT64, documentation, and
# the public address that a cloud serves its machines' secrets from (Azure; other clouds use link-local and shared ones).
_CLOSED = [
    ipaddress.ip_network(one)
    for one in (
        *("100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("fec0::/10", "64:ff9b:1::/48", "2001:db8::/32", "3fff::/20", "5f00::/16"),
    )
]
_USER = re.compile(r"//[^/?#]*@")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|[0-9a-f:.]+(?:%[a-z0-9]+)?", re.IGNORECASE)

_IP = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked(address: str) -> httpx.URL:
    """The address, ready to be fetched. Raises ArticleError where it is none, or of a kind that is refused."""
    address, shown = address.strip(), _shown(address)
    if len(address) > LONGEST:
        raise ArticleError(f"{shown} has {len(address):,} characters; at most {LONGEST:,} are an address. Shorten it.")
    try:
        url = httpx.URL(address)
        _ = url.raw_path, url.netloc, url.host
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise ArticleError(f"{shown} is not an address that can be read ({error}). Copy it from the browser.") from error
    if url.userinfo:
        raise ArticleError(f"The address of {url.host} has a name or password in it. Give it without: {shown}")
    if url.scheme not in ("http", "https"):
        raise ArticleError(f"{shown} is not on the web: only http and https are opened. Save it and open the file.")
    if not _HOST.fullmatch(url.raw_host.decode("ascii", "replace")):
        raise ArticleError(f"{shown} names no server that can be. Copy the whole address from the browser.")
    return url.copy_with(fragment=None)


def _shown(address: str) -> str:
    """As a message may show it: no password, nothing that is not seen, not without end."""
    seen = "".join(character if character.isprintable() else " " for character in _USER.sub("//", address.strip()))
    return seen if len(seen) <= LONGEST_SHOWN else f"{seen[:LONGEST_SHOWN]}…"


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host, in the order in which to try them. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def check_public(host: str, addresses: list[str]) -> None:
    """Raises ArticleError if any of a host's IP addresses is not on the public internet."""
    for address in addresses:
        if not _is_public(ipaddress.ip_address(address.partition("%")[0])):
            where = host if host == address else f"{host} ({address})"
            raise ArticleError(
                f"{where} is on this machine or in a private network, and is not opened. If it is yours and you want that, set "
                "ARTICLE_ASSISTANT_ALLOW_PRIVATE_URLS=true."
            )


def _is_public(address: _IP) -> bool:
    closed = address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global
    if closed or any(address in network for network in _CLOSED):
        return False
    return all(_is_public(inner) for inner in _inner(address))


def _inner(address: _IP) -> list[_IP]:
    """The IPv4 addresses that an IPv6 address leads to: mapped, 6to4, Teredo, NAT64, or in its last four bytes."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[_IP] = [inner for inner in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if inner]
    if address in _NAT64 or address in _COMPATIBLE:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return found
