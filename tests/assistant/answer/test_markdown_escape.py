"""Test that escaped text reads as it is, and that little is escaped."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.answer.render.markdown_escape import escape_markdown
from tests.assistant.interfaces.web.test_html import PAYLOADS

pytestmark = pytest.mark.unit

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
marked_text = st.text(st.sampled_from("ab1 .,:;!?#*_-+=~`<>[](){}|&\\/\"'^$%\t"))


def read_back(text: str, element: str) -> str:
    html = MARKDOWN.render(text).strip()
    start, end = f"<{element}>", f"</{element}>"
    assert html.startswith(start), html
    assert html.endswith(end), html
    inner = html.removeprefix(start).removesuffix(end)
    assert "<" not in inner, html
    return unescape(inner)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_escaped_payload_is_a_plain_paragraph(payload: str) -> None:
    collapsed = " ".join(payload.split())
    read = read_back(escape_markdown(payload, opens_line=True), "p")
    assert read == collapsed.replace("\0", "\ufffd")


@given(marked_text)
def test_escaped_text_is_a_plain_paragraph(text: str) -> None:
    collapsed = " ".join(text.split())
    if collapsed:
        assert read_back(escape_markdown(text, opens_line=True), "p") == collapsed
        assert read_back(f"# {escape_markdown(text, is_heading=True)}", "h1") == collapsed
        assert read_back(f"x {escape_markdown(text)}", "p") == f"x {collapsed}"


@pytest.mark.parametrize(
    "text",
    [
        "Der Artikel sagt es nicht.",
        "rebel-held areas (5 * 3 > 2), snake_case and C#",
        "On 2016-11-28 [he] paid $5 or 3 < 4 & more!?",
        "See [1], https://example.org/a_b?x=1&y=2.",
    ],
)
def test_plain_text_is_not_escaped(text: str) -> None:
    assert escape_markdown(text, opens_line=True).replace("\\", "") == text.replace("\\", "")
    assert "\\" not in escape_markdown(text, opens_line=True)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("1. One", "1\\. One"),
        ("- One", "\\- One"),
        ("# One", "\\# One"),
        ("*One*", "\\*One\\*"),
        ("[a](b)", "\\[a\\](b)"),
        ("%%a", "\\%%a"),
        ("<b>", "\\<b>"),
    ],
)
def test_markup_is_escaped(text: str, escaped: str) -> None:
    assert escape_markdown(text, opens_line=True) == escaped
