"""Decide which URLs may be fetched: http(s), without credentials, on the public internet."""

from __future__ import annotations

import ipaddress
import re
import socket

import httpx

from index.errors import ArticleError

__all__ = ["check_public", "resolve_host", "validate_url"]

MAX_PRINTED_CHARACTERS = 200
MAX_URL_CHARACTERS = 2_000  # longer URLs do not work in every browser and on every server
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
# Special uses, site-local, local NAT64, documentation, and the public address from which Azure
# serves the secrets of its machines (other clouds use link-local and shared addresses). Not every
# version of `ipaddress` treats all of these as private.
_SPECIAL_NETWORKS = [
    ipaddress.ip_network(network)
    for network in (
        *("100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("fec0::/10", "64:ff9b:1::/48", "2001:db8::/32", "3fff::/20", "5f00::/16"),
    )
]
_CREDENTIALS = re.compile(r"//[^/?#]*@")
_HOST_NAME = re.compile(
    r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|[0-9a-f:.]+(?:%[a-z0-9]+)?", re.IGNORECASE
)

_IP = ipaddress.IPv4Address | ipaddress.IPv6Address


def validate_url(address: str) -> httpx.URL:
    """Return the URL without its fragment, ready to be fetched.

    Raises:
        ArticleError: the URL is malformed, too long, not http(s), or contains credentials.
    """
    address, printed = address.strip(), _printable(address)
    if len(address) > MAX_URL_CHARACTERS:
        raise ArticleError(
            f"{printed} has {len(address):,} characters; at most {MAX_URL_CHARACTERS:,} are "
            "allowed. Shorten it."
        )
    try:
        url = httpx.URL(address)
        _ = url.raw_path, url.netloc, url.host
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise ArticleError(
            f"{printed} is not a valid address ({error}). Copy it from the browser."
        ) from error
    if url.userinfo:
        raise ArticleError(
            f"The address of {url.host} has a name or password in it. Give it without: {printed}"
        )
    if url.scheme not in ("http", "https"):
        raise ArticleError(
            f"{printed} is not on the web: only http and https are opened. "
            "Save it and open the file."
        )
    if not _HOST_NAME.fullmatch(url.raw_host.decode("ascii", "replace")):
        raise ArticleError(
            f"{printed} does not name a valid server. Copy the whole address from the browser."
        )
    return url.copy_with(fragment=None)


def _printable(address: str) -> str:
    """Return the URL as shown in a message: no credentials, printable, of limited length."""
    printed = "".join(
        character if character.isprintable() else " "
        for character in _CREDENTIALS.sub("//", address.strip())
    )
    return (
        printed
        if len(printed) <= MAX_PRINTED_CHARACTERS
        else f"{printed[:MAX_PRINTED_CHARACTERS]}…"
    )


def resolve_host(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host, in the order to try. Raises OSError if it has none."""
    records = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in records))


def check_public(host: str, addresses: list[str]) -> None:
    """Check that all IP addresses of a host are on the public internet.

    Raises:
        ArticleError: one of them is not.
    """
    for address in addresses:
        if not _is_public(ipaddress.ip_address(address.partition("%")[0])):
            where = host if host == address else f"{host} ({address})"
            raise ArticleError(
                f"{where} is on this machine or in a private network, and is not opened. "
                "If it is yours and you want that, set ARTICLE_ASSISTANT_ALLOW_PRIVATE_URLS=true."
            )


def _is_public(address: _IP) -> bool:
    is_special = (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or not address.is_global
    )
    if is_special or any(address in network for network in _SPECIAL_NETWORKS):
        return False
    return all(_is_public(inner) for inner in _embedded_ipv4_addresses(address))


def _embedded_ipv4_addresses(address: _IP) -> list[_IP]:
    """Return the IPv4 addresses that an IPv6 address embeds.

    Covers mapped, 6to4, Teredo and NAT64 addresses, and those in the last four bytes.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return []
    embedded: list[_IP] = [
        inner
        for inner in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
        if inner
    ]
    if address in _NAT64 or address in _IPV4_COMPATIBLE:
        embedded.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return embedded
