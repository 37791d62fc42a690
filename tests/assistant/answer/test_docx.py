"""Test the export of conversations to Word."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from assistant import Answer, Article, InputError, Quote
from assistant.answer.render.answer_parts import Locale
from assistant.answer.render.docx import render_docx
from assistant.answer.render.original_link import link_to_sentence
from index.loaders import load_bytes
from tests.assistant.answer.test_transcript import ARTICLE, CONVERSATION
from tests.assistant.interfaces.web.test_html import PAYLOADS
from tests.test_extras import check_message, hide_package

pytestmark = pytest.mark.unit

WEB = "https://www.example.org/a"


def read_paragraphs(file: bytes) -> list[tuple[str, str]]:
    """Return the style and the text of each paragraph."""
    return [
        (str(paragraph.style and paragraph.style.name), paragraph.text)
        for paragraph in Document(BytesIO(file)).paragraphs
    ]


def test_word_export_has_headings_quotes_and_sources() -> None:
    paragraphs = read_paragraphs(render_docx(CONVERSATION, [ARTICLE], "The talk"))
    assert paragraphs[0] == ("Title", "The talk")
    headings = [text for style, text in paragraphs if style == "Heading 1"]
    assert headings == [*(question for question, _ in CONVERSATION), "Sources"]
    quotes = [text for style, text in paragraphs if style == "Quote"]
    first, second = (ARTICLE.slice(sentence) for sentence in ARTICLE.sentences)
    assert quotes == [f"“{first}”[1]", f"“{second}”[2]", f"“{first}”[3]"]
    sources = paragraphs[-3:]
    assert sources[1] == ("Normal", "[2] The bridge, bridge.pdf, page 2, paragraph 1")
    texts = [text for _, text in paragraphs]
    assert "Ana Ruiz opened it[1]." in texts
    assert {"Related passage:", "A note."} < set(texts)


def test_word_export_links_markers_and_original() -> None:
    article = Article.from_text("It was so.", "T", source=WEB)
    quote = Quote.of(article, article.sentences[0], 1)
    file = render_docx([("So?", Answer.from_text("So?", "Yes. [1]", (quote,)))], [article], "T")
    document = Document(BytesIO(file))
    links = [link for paragraph in document.paragraphs for link in paragraph.hyperlinks]
    assert [link.address for link in links] == ["", "", link_to_sentence(WEB, "It was so.")]
    bookmarks = document.element.iter(qn("w:bookmarkStart"))
    assert [mark.get(qn("w:name")) for mark in bookmarks] == [links[0].fragment]


def test_word_export_translates_labels_and_sets_direction() -> None:
    locale = Locale(
        "ar", {"Sources": "المصادر", "The article does not say.": "لا يذكر المقال ذلك."}
    )
    document = Document(BytesIO(render_docx(CONVERSATION, [ARTICLE], "T", locale)))
    from_right = {
        paragraph.text
        for paragraph in document.paragraphs
        if paragraph._p.find(f".//{qn('w:bidi')}") is not None
    }
    assert from_right == {"المصادر", "لا يذكر المقال ذلك."}


@pytest.mark.parametrize("payload", [*PAYLOADS, "a\x00b\x1f\ud800\uffff"])
def test_word_export_of_hostile_text_can_be_opened(payload: str) -> None:
    article = Article.from_text(f"It {payload}", payload, source="https://a.example/?\x01\ud800=&")
    quote = Quote.of(article, article.sentences[0], 1)
    answer = Answer.from_text(payload, f"{payload} [1]", (quote,), notes=(payload,))
    file = render_docx([(payload, answer)], [article], payload)
    assert "Sources" in load_bytes(file, "chat.docx").text


def test_word_export_without_package_names_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("docx")]:
        hide_package(monkeypatch, name)
    with pytest.raises(InputError) as caught:
        render_docx(CONVERSATION, [ARTICLE], "T")
    check_message(caught.value, "office")


def test_own_word_export_is_a_loadable_article(tmp_path: Path) -> None:
    file = render_docx(CONVERSATION, [ARTICLE], "The talk")
    assert load_bytes(file, "talk.docx").title == "The talk"
