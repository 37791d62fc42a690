"""Malicious files: deep and wide pages, invisible characters, wrong names, hostile archives."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ArticleError
from index.loaders import choose_loader, load_bytes
from tests.index.files import docx, epub, odt, paragraphs, pdf, zipped
from tests.index.loaders.test_any_file import WHOLE, check
from tests.index.loaders.test_kinds import LONG, mail, w

# Bidirectional, zero-width, control, private and unassigned characters, and a lone surrogate.
UNSEEN = [
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    *"\u200b\u200c\u200d\u2060\ufeff\u00ad",
]
UNSEEN += [
    *"\x00\x01\x08\x0b\x0c\x1b\x7f\x85\ufffe\uffff\ue000",
    "\ud800",
    "\udc80",
    "\U000e0041",
    "\U0010ffff",
]
unseen = st.lists(st.sampled_from([*UNSEEN, "word", " ", "\n", ". "]), max_size=40).map("".join)

MAKERS: dict[str, Callable[[str], bytes]] = {
    "file.txt": lambda words: words.encode("utf-8", "surrogatepass"),
    "file.md": lambda words: f"# {words}\n\n{words}".encode("utf-8", "surrogatepass"),
    "file.html": lambda words: f"<title>{words}</title><p>{words}</p>".encode(
        "utf-8", "surrogatepass"
    ),
    "file.eml": lambda words: (
        f"Subject: x\nContent-Type: text/plain; charset=utf-8\n\n{words}".encode(
            "utf-8", "surrogatepass"
        )
    ),
}

ELEMENTS = [
    "div",
    "p",
    "ul",
    "li",
    "table",
    "tr",
    "td",
    "b",
    "a",
    "blockquote",
    "section",
    "span",
    "select",
    "template",
    "math",
    "svg",
]
opened = st.lists(st.sampled_from(ELEMENTS), min_size=1, max_size=6)


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=30)
@given(words=unseen)
def test_characters_that_no_one_sees_harm_nothing(name: str, words: str) -> None:
    check(MAKERS[name](f"The bridge {words} is open."), name)


@settings(max_examples=20)
@given(names=opened, depth=st.integers(1, 400), closed=st.booleans())
def test_html_nested_in_any_way_is_loaded_or_refused(
    names: list[str], depth: int, closed: bool
) -> None:
    opening = "".join(f"<{name}>" for name in names)
    closing = "".join(f"</{name}>" for name in reversed(names)) if closed else ""
    check(f"<body>{opening * depth}{LONG}{closing * depth}</body>".encode(), "file.html")


def test_a_page_of_ten_thousand_links_is_read_soon() -> None:
    links = "".join(
        f'<li><a href="/{number}">Link number {number}</a></li>' for number in range(10_000)
    )
    data = f"<h1>The bridge</h1><ul>{links}</ul><p>{LONG}</p>".encode()
    started = time.process_time()
    check(data, "file.html")
    assert time.process_time() - started < 20


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize(
    "suffix", [".txt", ".md", ".html", ".pdf", ".docx", ".odt", ".epub", ".eml", ".jpg", ""]
)
def test_file_with_wrong_suffix_is_loaded_or_refused(name: str, suffix: str) -> None:
    check(WHOLE[name], f"file{suffix}")


@pytest.mark.parametrize(
    "name",
    [
        "../evil.xml",
        "..\\evil.xml",
        "/etc/passwd",
        "C:\\evil",
        "a/../../evil",
        "word/../../../evil",
        "C:evil",
    ],
)
def test_an_archive_with_a_name_that_leads_out_is_refused(name: str) -> None:
    data = zipped({"word/document.xml": "<w/>", name: "x"})
    with pytest.raises(ArticleError, match="points outside the file"):
        choose_loader(data, Path("file.docx")).load(data, Path("file.docx"))


@pytest.mark.parametrize(
    "make",
    [
        lambda inner: docx(w(inner)),
        lambda inner: odt(f"<text:p>{inner}</text:p>"),
        lambda inner: epub(f"<p>{inner}</p>"),
    ],
)
@pytest.mark.parametrize("shape", ["long", "many"])
def test_a_small_archive_that_becomes_a_large_text_is_bounded(
    make: Callable[[str], bytes], shape: str
) -> None:
    data = make("One and the same word. " * 30_000 if shape == "long" else "<b>x</b>" * 20_000)
    assert len(data) < 200_000
    check(data, "file.docx")


@settings(max_examples=15)
@given(words=unseen)
def test_unseen_characters_in_a_pdf_or_mail_harm_nothing(words: str) -> None:
    safe = words.encode("utf-8", "ignore").decode()
    check(
        pdf(paragraphs(f"{LONG} {safe.encode('latin-1', 'ignore').decode('latin-1')}")), "file.pdf"
    )
    check(mail(f"{LONG} {safe}", f"<p>{safe}</p>", Subject="The bridge"), "file.eml")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a\0b.txt",
        "\u202egnp.txt",
        "-",
        "x" * 5000 + ".txt",
        "con",
        ".html",
        " ",
    ],
)
def test_any_name_given_with_bytes_is_only_a_name(name: str) -> None:
    article = load_bytes(b"The bridge is open.", name)
    assert article.text.strip() == "The bridge is open."
    article.title.encode()  # no halves of characters
