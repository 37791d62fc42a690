"""Responses that are slow, broken, too large, no article or refused, and their messages."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest

from index.errors import ArticleError
from index.loaders import load
from index.web import Fetcher, Limits
from tests.index.files import docx
from tests.index.serving import PAGE, QUICK, TEXT, Reply, Site, leads_to, opened, page, refused

DOCX = docx("<w:p><w:r><w:t>The bridge is long.</w:t></w:r></w:p>")


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1)


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """Headers, a byte at a time, each in time."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.1)


def trickling(handler: BaseHTTPRequestHandler) -> None:
    Reply(b"", headers={"Content-Length": "100000"})(handler)
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.1)


@pytest.mark.parametrize("act", [silent, dripping, trickling])
def test_a_slow_server_is_given_up(
    site: Site, act: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    site.replies["/"] = act
    began = time.monotonic()
    assert "did not answer in time (at most 1.5 seconds)" in refused(site)
    assert time.monotonic() - began < 4


def breaking(handler: BaseHTTPRequestHandler) -> None:
    Reply(b"<p>half", headers={"Content-Length": "1000"})(handler)
    handler.close_connection = True


def nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"nonsense\r\n\r\n")
    handler.close_connection = True


@pytest.mark.parametrize("act", [breaking, nonsense])
def test_a_broken_answer_is_told(site: Site, act: Callable[[BaseHTTPRequestHandler], None]) -> None:
    site.replies["/"] = act
    assert "cannot be reached" in refused(site)


def endless(handler: BaseHTTPRequestHandler) -> None:
    Reply(b"", headers={"Content-Length": ""})(handler)
    while True:
        handler.wfile.write(b"<p>more of the same</p>" * 1_000)


def test_what_is_too_large_is_refused_with_and_without_a_length(site: Site) -> None:
    site.replies |= {"/told": Reply(b"x" * 100_001), "/endless": endless}
    for path in ("/told", "/endless"):
        assert "is larger than 0.1 MB" in refused(site, path)


def test_what_unpacks_to_too_much_is_refused(site: Site) -> None:
    bomb = gzip.compress(b"<p>word</p>" * 5_000_000)
    assert len(bomb) < 200_000
    site.replies["/"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    assert "is larger than 0.2 MB" in refused(site, limits=Limits(max_bytes=200_000))


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_a_packing_that_was_not_asked_for_is_refused(site: Site, encoding: str) -> None:
    site.replies["/"] = Reply(headers={"Content-Encoding": encoding})
    assert "is compressed as" in refused(site)


def test_a_packed_page_is_unpacked(site: Site) -> None:
    site.replies["/"] = Reply(gzip.compress(TEXT.encode()), headers={"Content-Encoding": "gzip"})
    assert opened(site).text == TEXT


@pytest.mark.parametrize(
    "kind",
    [
        "image/png",
        "video/mp4",
        "application/json",
        "application/xml",
        "text/css",
        "font/woff2",
        "no type",
    ],
)
def test_what_is_no_article_is_refused_before_it_is_read(site: Site, kind: str) -> None:
    site.replies["/"] = Reply(kind=kind)
    assert f"/ is not an article but {kind}" in refused(site)


def test_a_document_is_known_by_its_type_or_its_name(site: Site) -> None:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    site.replies |= {
        "/download": Reply(DOCX, word),
        "/report.docx": Reply(DOCX, "application/octet-stream"),
        "/notes.md": Reply(b"# Notes\n\nThe *bridge* is long.", "text/plain"),
        "/plain": Reply(b"The <bridge> is long.", "text/plain"),
        "/untold": Reply(kind=""),
        "/untold.page": Reply(PAGE.encode(), kind=""),
    }
    assert (
        opened(site, "/download").text == opened(site, "/report.docx").text == "The bridge is long."
    )
    assert (opened(site, "/notes.md").title, opened(site, "/notes.md").text) == (
        "Notes",
        "Notes\n\nThe bridge is long.",
    )
    assert (opened(site, "/plain").title, opened(site, "/plain").text) == (
        "plain",
        "The <bridge> is long.",
    )
    assert opened(site, "/untold").text == TEXT
    assert opened(site, "/untold.page").title == "The bridge of Lund"


def test_bytes_of_no_told_kind_are_known_by_what_they_are(site: Site) -> None:
    site.replies |= {
        "/a": Reply(DOCX, "application/octet-stream"),
        "/b": Reply(bytes(range(256)) * 9, "application/octet-stream"),
    }
    assert opened(site, "/a?id=1").text == "The bridge is long."
    assert f"{site.url}/b is not a text file" in refused(site, "/b")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("naïve café – œuvre".encode("cp1252"), "text/plain; charset=iso-8859-1"),
        ("naïve café – œuvre".encode(), "text/plain"),
        ("naïve café – œuvre".encode(), "text/plain; charset=iso-8859-1"),  # the server is wrong
        ("naïve café – œuvre".encode("utf-16"), "text/plain; charset=utf-8"),
        ("naïve café – œuvre".encode("utf-16-le"), "text/plain; charset=utf-16le"),
        ("naïve café – œuvre".encode(), "text/plain; charset=unknown-9"),
        ("naïve café – œuvre".encode(), "text/plain; charset=rot13"),
    ],
)
def test_letters_are_read_in_the_encoding_that_is_told_or_seen(
    site: Site, body: bytes, kind: str
) -> None:
    site.replies["/"] = Reply(body, kind)
    assert opened(site).text == "naïve café – œuvre"


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, "log-in"), (402, "paid"), (403, "not given"), (404, "is not there"),
     (410, "any more"), (429, "too often"), (451, "legal"), (418, "is not given"),
     (500, "server fails"),
     (503, "server fails"), (304, "is not given")],
)  # fmt: skip
def test_fetch_error_status_names_the_reason(site: Site, status: int, reason: str) -> None:
    site.replies["/"] = Reply(
        b"" if status == 304 else b"<p>Words of the error page.</p>", status=status
    )
    message = refused(site)
    assert reason in message
    assert f"(status {status})" in message


def test_fetch_page_without_words_names_the_url(site: Site) -> None:
    site.replies |= {
        "/empty": Reply(b""),
        "/page.html": page("<html><body><script>x</script></body></html>"),
    }
    assert f"{site.url}/empty is empty" in refused(site, "/empty")
    assert f"{site.url}/page.html has no words" in refused(site, "/page.html")


def described(description: object) -> Reply:
    script = f'<script type="application/ld+json">{json.dumps(description)}</script>'
    return page(PAGE.replace("</head>", f"{script}</head>"))


PAID = {"@type": "NewsArticle", "isAccessibleForFree": False}


@pytest.mark.parametrize(
    "description",
    [
        PAID,
        {
            "@graph": [
                {"@type": "WebPage"},
                {"@type": ["Thing", "BlogPosting"], "isAccessibleForFree": "False"},
            ]
        },
        [{"@type": "Article", "isAccessibleForFree": "http://schema.org/False"}],
    ],
)
def test_a_page_that_says_it_is_for_those_who_paid_is_refused(
    site: Site, description: object
) -> None:
    site.replies["/"] = described(description)
    assert "for subscribers only" in refused(site)


@pytest.mark.parametrize(
    "description",
    [
        {"@type": "NewsArticle", "isAccessibleForFree": True},
        {"@type": "NewsArticle", "about": {"@type": "Museum", "isAccessibleForFree": False}},
        {"@type": "NewsArticle"},
    ],
)
def test_a_free_page_is_opened(site: Site, description: object) -> None:
    site.replies["/"] = described(description)
    assert opened(site).title == "The bridge of Lund"


@pytest.mark.parametrize(
    "script",
    ["<script type=application/ld+json>" * 3_000,
     '<script type="application/ld+json">' + "[" * 50_000 + "</script>",
     '<script type="application/ld+json">not JSON</script>', "<script" * 10_000],
)  # fmt: skip
def test_a_description_made_to_harm_does_none(site: Site, script: str) -> None:
    site.replies["/"] = page(PAGE + script)
    began = time.monotonic()
    with suppress(ArticleError):  # nesting that no parser takes
        opened(site, limits=Limits())
    assert time.monotonic() - began < 60  # and not hours


def test_robots_txt_is_asked_once_and_respected(site: Site) -> None:
    site.replies |= {
        "/robots.txt": Reply(b"User-agent: *\nDisallow: /private\n", "text/plain"),
        "/private/a": Reply(),
        "/b": Reply(),
    }
    fetcher = Fetcher(allow_private=True, limits=QUICK)
    assert load(f"{site.url}/b", fetcher).text == TEXT
    with pytest.raises(ArticleError, match=r"robots\.txt asks programs not to"):
        load(f"{site.url}/private/a", fetcher)
    assert site.asked == ["/robots.txt", "/b"]


def test_robots_txt_is_respected_after_a_redirect(site: Site) -> None:
    site.replies |= {
        "/robots.txt": Reply(b"User-agent: ArticleAssistant\nDisallow: /*?print=\n", "text/plain"),
        "/a": leads_to("/page?print=1"),
        "/page": Reply(),
    }
    assert "asks programs not to" in refused(site, "/a")
    assert site.pages == ["/a"]


@pytest.mark.parametrize(
    ("status", "rules", "allowed"),
    [
        (200, "User-agent: Other\nDisallow: /", True),
        (200, "User-agent: *\nDisallow: /\n\nUser-agent: articleassistant\nAllow: /", True),
        (200, "User-agent: *\nDisallow:", True),
        (200, "<html>not rules at all</html>", True),
        (403, "User-agent: *\nDisallow: /", True),
        (404, "", True),
        (503, "", False),
        (200, "User-agent: *\nDisallow: /", False),
        (
            200,
            "\n".join(f"User-agent: bot{n}" for n in range(15_000)) + "\nDisallow: /a" * 15_000,
            True,
        ),
    ],
)
def test_what_robots_txt_may_say(site: Site, status: int, rules: str, allowed: bool) -> None:
    site.replies["/robots.txt"] = Reply(rules.encode(), "text/plain", status)
    if allowed:
        assert opened(site, limits=Limits()).text == TEXT
    else:
        assert "is not fetched" in refused(site)
        assert site.pages == []
