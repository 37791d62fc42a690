"""Test links to a sentence of the original page."""

from __future__ import annotations

import pytest

from assistant.answer.render.original_link import link_to_sentence

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("source", "text", "link"),
    [
        (
            "https://a.example/x?y=1&z=2",
            "Rebel-held, “all” & more.",
            "https://a.example/x?y=1&z=2#:~:text="
            "Rebel%2Dheld%2C%20%E2%80%9Call%E2%80%9D%20%26%20more.",
        ),
        (
            "http://a.example/#part",
            " ".join(f"w{number}" for number in range(20)),
            "http://a.example/#part:~:text=w0%20w1%20w2%20w3%20w4%20w5,w14%20w15%20w16%20w17"
            "%20w18%20w19",
        ),
        ("https://a.example/#:~:text=old", "new", "https://a.example/#:~:text=new"),
        ('https://a.example/"><b> x', "new", "https://a.example/%22%3E%3Cb%3E%20x#:~:text=new"),
    ],
)
def test_link_names_page_and_encoded_text(source: str, text: str, link: str) -> None:
    assert link_to_sentence(source, text) == link


@pytest.mark.parametrize(
    "source",
    ["", "bridge.pdf", "javascript:alert(1)", "data:text/html,x", "http://", "http://[", "//a.b"],
)
def test_other_sources_have_no_link(source: str) -> None:
    assert link_to_sentence(source, "Some words.") == ""


def test_text_without_words_has_no_link() -> None:
    assert link_to_sentence("https://a.example/", " ") == ""
