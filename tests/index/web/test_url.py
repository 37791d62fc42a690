"""URLs that are fetched or refused, and the error messages, with a real local server."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleError
from index.loaders import load
from index.web import Fetcher
from tests.index.files import docx
from tests.index.serving import (
    PAGE,
    PUBLIC,
    QUICK,
    TEXT,
    Reply,
    Site,
    Wires,
    leads_to,
    opened,
    page,
    refused,
    serving,
)

DOCX = docx("<w:p><w:r><w:t>The bridge is long.</w:t></w:r></w:p>")


def test_a_page_becomes_an_article_with_its_address_and_the_time(site: Site) -> None:
    site.replies["/"] = page()
    article = opened(site)
    assert (article.title, article.source) == ("The bridge of Lund", f"{site.url}/")
    assert "opened by Mayor Ana Ruiz in May 1998" in article.text
    assert datetime.now(UTC) - datetime.fromisoformat(article.retrieved) < timedelta(seconds=30)
    for span in article.sentences:
        assert article.slice(span) == article.text[span.start : span.end] != ""


def test_a_page_under_its_address_and_as_a_file_is_the_same_text(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    site.replies["/"] = page()
    assert opened(site).id == load(tmp_path / "page.html").id


def test_fetch_redirect_makes_last_url_the_source(site: Site) -> None:
    site.replies |= {
        "/old": leads_to("/older", 301),
        "/older": leads_to("page#part"),
        "/page": Reply(),
    }
    assert opened(site, "/old#there").source == f"{site.url}/page"


def test_redirects_end_somewhere(site: Site) -> None:
    site.replies["/loop"] = leads_to("/loop")
    assert "redirects more than 3 times" in refused(site, "/loop")
    assert site.pages == ["/loop"] * 4


@pytest.mark.parametrize(
    "location",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://a:b@c/",
        "http://exa mple/",
    ],
)
def test_redirect_to_invalid_url_is_refused(site: Site, location: str) -> None:
    site.replies["/"] = leads_to(location)
    message = refused(site)
    assert any(
        reason in message
        for reason in (
            "redirects to an invalid address",
            "is not a valid address",
            "not on the web",
            "does not name a valid server",
            "password",
        )
    )
    assert site.pages == ["/"]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ftp://example.org/a.txt", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("gopher://example.org/", "only http and https"),
        ("http://", "does not name a valid server"),
        ("https:///path", "does not name a valid server"),
        ("http://ana:secret@example.org/a", "Give it without: http://example.org/a"),
        ("https://ana@example.org/", "name or password"),
        ("http://[::1", "is not a valid address"),
        ("http://example.org:port/", "is not a valid address"),
        ("http://exa mple.org/", "does not name a valid server"),
        ("http://-.org/", "valid server|valid address"),
        ("http://0177.0.0.1/", "is not a valid address"),
        ("http://example.org/\0", "is not a valid address"),
        ("http://ana:secret@xn--/", "is not a valid address"),
        ("http://example.org/" + "a" * 3_000, "at most 2,000"),
    ],
)
def test_invalid_url_is_refused_without_lookup(address: str, message: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError("nothing is looked up")

    with pytest.raises(ArticleError, match=message) as error:
        load(address, Fetcher(resolve=resolve))
    assert "secret" not in str(error.value)


PIECES = [
    "a",
    "%",
    "2e",
    ".",
    "/",
    ":",
    "@",
    "[",
    "]",
    "?",
    "#",
    "\\",
    "\0",
    "\n",
    " ",
    "é",
    "文",
    "\ud800",
    "-",
    "0x",
    "xn--",
    "127",
    "//",
    "。",
]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_any_words_after_the_scheme_are_looked_up_or_refused(words: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(ArticleError):
        load(f"http://{words}", Fetcher(resolve=resolve))


PRIVATE = [
    "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0", "0.0.0.0",
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1", "169.254.169.254", "0xa9fea9fe", "100.64.0.1", "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192", "198.18.0.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]", "[::127.0.0.1]",
    "[fe80::1]", "[fd00:ec2::254]", "[fc00::1]", "[ff02::1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::1]", "[2001:db8::1]",
    "[fec0::1]", "[2001:0:7f00:1::80ff:fffe]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused_however_they_are_spelt(host: str, site: Site) -> None:
    wires = Wires(site)
    with pytest.raises(
        ArticleError, match=r"private network.*ARTICLE_ASSISTANT_ALLOW_PRIVATE_URLS"
    ):
        load(f"http://{host}:{site.port}/", Fetcher(backend=wires, limits=QUICK))
    assert (wires.dialled, site.asked) == ([], [])


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"]]
)
def test_a_name_that_leads_to_a_private_network_is_refused(
    site: Site, addresses: list[str]
) -> None:
    wires = Wires(site)
    with pytest.raises(
        ArticleError, match=r"evil\.example \(.*\) is on this machine or in a private network"
    ):
        load("http://evil.example/", Fetcher(resolve=lambda host, port: addresses, backend=wires))
    assert wires.dialled == []


def test_without_the_setting_this_machine_is_refused(site: Site) -> None:
    with pytest.raises(ArticleError, match="on this machine"):
        load(site.url)
    assert site.asked == []


def public(
    site: Site, resolve: Callable[[str, int], list[str]] = lambda host, port: [PUBLIC]
) -> tuple[Fetcher, Wires]:
    wires = Wires(site)
    return Fetcher(resolve=resolve, backend=wires, limits=QUICK), wires


def test_the_connection_goes_to_the_address_that_was_checked(site: Site) -> None:
    """DNS rebinding: the name leads elsewhere when it is looked up again."""
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    fetcher, wires = public(site, lambda host, port: next(answers))
    assert load("http://rebinding.example/", fetcher).source == "http://rebinding.example/"
    assert set(wires.dialled) == {PUBLIC}  # and never the name, which would be looked up again


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://inside.example/",
        "//[::1]/",
        "http://0x7f.1/",
    ],
)
def test_every_redirect_is_checked(site: Site, location: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        return {
            "outside.example": [PUBLIC],
            "inside.example": ["192.168.0.10"],
            "0x7f.1": ["127.0.0.1"],
        }.get(host, [host])

    fetcher, wires = public(site, resolve)
    site.replies["/"] = leads_to(location)
    with pytest.raises(ArticleError, match="private network"):
        load("http://outside.example/", fetcher)
    assert set(wires.dialled) == {PUBLIC}
    assert site.pages == ["/"]


def test_the_next_address_is_tried_where_the_first_is_dead(site: Site) -> None:
    with socket.socket() as dead:
        dead.bind(("127.0.0.2", 0))
        fetcher = Fetcher(
            allow_private=True, resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"], limits=QUICK
        )
        assert load(f"http://two.example:{site.port}/", fetcher).text == TEXT


def test_proxies_of_the_environment_are_not_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert opened(site).text == TEXT


def test_an_unknown_name_is_told() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(
        ArticleError, match=r"^http://no\.example/ cannot be found: the address is wrong[^\[]*$"
    ):
        load("http://no.example/", Fetcher(resolve=resolve))


def test_a_closed_port_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ArticleError, match=r"cannot be reached: its server does not answer[^\[]*$"):
        load(f"http://127.0.0.1:{port}/", Fetcher(allow_private=True))


def test_a_server_without_tls_is_told(site: Site) -> None:
    with pytest.raises(ArticleError, match=r"no certificate that can be trusted|cannot be reached"):
        load(f"https://127.0.0.1:{site.port}/", Fetcher(allow_private=True, limits=QUICK))


@pytest.mark.parametrize(
    ("name", "trusted", "opens"),
    [
        ("secure.example", True, True),
        ("other.example", True, False),
        ("secure.example", False, False),
    ],
)
def test_fetch_https_checks_certificate_against_host_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool, opens: bool
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("secure.example").configure_cert(tls)
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(str(tmp_path / "trusted.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    with serving(tls) as site:
        fetcher, wires = public(site)
        if opens:
            assert load(f"https://{name}/", fetcher).text == TEXT
        else:
            with pytest.raises(
                ArticleError, match=rf"https://{name}/ has no certificate that can be trusted"
            ):
                load(f"https://{name}/", fetcher)
            assert site.asked == []
        assert set(wires.dialled) == {PUBLIC}
