"""Any bytes become an article with exact spans, or an `ArticleError`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.errors import ArticleError
from index.loaders import LOADERS, choose_loader
from tests.index.files import docx, epub, odt, paragraphs, pdf
from tests.index.loaders.test_kinds import LONG, PAGE, mail, w
from tests.index.text.test_sentences import check_spans
from tests.index.texts import any_text

SUFFIXES = sorted({suffix for loader in LOADERS for suffix in loader.suffixes})
HEADS = st.sampled_from(
    [
        b"",
        b"%PDF-1.4\n",
        b"PK\x03\x04",
        b"<html>",
        b"<!doctype html>",
        b"Subject: ",
        b"\xff\xfe",
        b"{\\rtf",
    ]
)
TAGS = [
    "p",
    "h1",
    "ul",
    "li",
    "table",
    "tr",
    "td",
    "br",
    "div",
    "pre",
    "b",
    "a",
    "script",
    "article",
    "body",
    "frameset",
    "svg",
]
tags = st.tuples(
    st.sampled_from(["<", "</"]),
    st.sampled_from(TAGS),
    st.sampled_from([">", " hidden>", "/>", ' style="display:none">']),
)
markup = st.lists(any_text | tags.map("".join), max_size=40).map(
    lambda pieces: "".join(pieces).encode("utf-8", "replace")
)


def check(data: bytes, name: str) -> None:
    path = Path(name)
    try:
        article = choose_loader(data, path).load(data, path)
    except ArticleError:
        return
    check_spans(article.text, article.blocks)
    check_spans(article.text, article.sentences)
    assert (
        not article.pages or "".join(article.slice(page) for page in article.pages) == article.text
    )
    assert article.text.encode()  # no halves of characters


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=25)
@given(head=HEADS, data=st.binary(max_size=300))
def test_any_bytes_become_an_article_or_an_explanation(
    suffix: str, head: bytes, data: bytes
) -> None:
    check(head + data, f"file{suffix}")


@given(data=markup)
@example(b"<tr><tr><td><td></tr>x</table>")
@example(b"a<body><frameset>b")
def test_any_markup_becomes_an_article_or_an_explanation(data: bytes) -> None:
    check(data, "file.html")
    check(b"Subject: x\nContent-Type: text/html; charset=utf-8\n\n" + data, "file.eml")


WHOLE: dict[str, bytes] = {
    "file.pdf": pdf([(72, 760, 20, "The bridge")], paragraphs(LONG), title="A title"),
    "file.docx": docx(w("The bridge", "Title") + w(LONG)),
    "file.odt": odt(f"<text:h>The bridge</text:h><text:p>{LONG}</text:p>"),
    "file.epub": epub(f"<p>{LONG}</p>"),
    "file.eml": mail(LONG, f"<p>{LONG}</p>", Subject="The bridge", From="a@example.org"),
    "file.html": PAGE.encode(),
}


def changed(data: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with some overwritten, and an end cut off."""
    places = st.lists(
        st.tuples(st.integers(0, len(data) - 1), st.binary(min_size=1, max_size=4)), max_size=6
    )
    return st.tuples(places, st.integers(0, len(data)) | st.just(0)).map(
        lambda drawn: _overwritten(data, *drawn)
    )


def _overwritten(data: bytes, places: list[tuple[int, bytes]], cut: int) -> bytes:
    whole = bytearray(data)
    for offset, piece in places:
        whole[offset : offset + len(piece)] = piece
    return bytes(whole[: len(whole) - cut])


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=40)
@given(data=st.data())
def test_a_damaged_file_becomes_an_article_or_an_explanation(
    name: str, data: st.DataObject
) -> None:
    check(data.draw(changed(WHOLE[name])), name)


@settings(max_examples=40)
@given(text=any_text, number=st.integers(0, 3))
def test_any_words_in_any_kind_of_file_are_exact(text: str, number: int) -> None:
    words = "".join(
        character for character in text if character.isprintable() or character.isspace()
    )
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8", "ignore").decode()
    makers: list[tuple[str, Callable[[str], bytes]]] = [
        ("file.docx", lambda inner: docx(w(inner))),
        ("file.odt", lambda inner: odt(f"<text:p>{inner}</text:p>")),
        ("file.epub", lambda inner: epub(f"<p>{inner}</p>")),
        ("file.html", lambda inner: f"<p>{inner}</p>".encode()),
    ]
    name, make = makers[number]
    check(make(escaped), name)
