"""Render a conversation as a Word document, with python-docx."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from assistant.answer.answer import Answer
from assistant.answer.render.answer_parts import (
    ENGLISH,
    NEAREST,
    ORIGINAL,
    Conversation,
    Locale,
    describe_source,
    list_notes,
    locate_quote,
    split_answer,
)
from assistant.answer.statement import Statement, list_pieces
from index.errors import InputError
from index.text.article import Article

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

__all__ = ["SOURCES", "render_docx"]

SOURCES = "Sources"
_LINK_COLOUR = "0563C1"  # of the style "Hyperlink", which the template of python-docx lacks
# What XML 1.0 cannot hold.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_docx(
    conversation: Conversation, articles: Sequence[Article], title: str, locale: Locale = ENGLISH
) -> bytes:
    """Return a conversation as a Word document.

    Questions are headings. Markers lead to numbered sources at the end, each with the place of its
    quote and, if the article is from the web, a link to the original.

    Raises:
        InputError: python-docx is not installed.
    """
    try:
        from docx import Document
    except ModuleNotFoundError as error:
        raise InputError(
            "A chat cannot be exported to Word: the package python-docx is not installed. Run "
            "`pip install 'article-assistant[office]'`, or choose another format."
        ) from error
    document = Document()
    properties = document.core_properties
    properties.title, properties.author, properties.comments = _clean(title)[:255], "", ""
    return _Writer(document, articles, locale).write(conversation, title)


class _Writer:
    """Writes one document. The numbers of its sources go through the whole conversation."""

    def __init__(self, document: Document, articles: Sequence[Article], locale: Locale) -> None:
        self._document = document
        self._articles = articles
        self._locale = locale
        # For each source: what says where it is, and its link.
        self._sources: list[tuple[str, str]] = []

    def write(self, conversation: Conversation, title: str) -> bytes:
        """Write everything and return the file."""
        self._add(title, "Title")
        for article in self._articles:
            label = self._locale.translate("Article:")
            self._add(f"{label} {describe_source(article)}")
        for question, answer in conversation:
            self._add(question, "Heading 1")
            self._write_answer(answer)
        if self._sources:
            self._add(self._locale.translate(SOURCES), "Heading 1")
        for number, (place, link) in enumerate(self._sources, 1):
            self._write_source(number, place, link)
        file = BytesIO()
        self._document.save(file)
        return file.getvalue()

    def _write_answer(self, answer: Answer) -> None:
        first = len(self._sources) + 1
        numbers = {quote.number: first + index for index, quote in enumerate(answer.quotes)}
        for index, (statements, quotes) in enumerate(split_answer(answer, self._locale)):
            if statements:
                self._write_statements(statements, numbers)
            for note in () if index else list_notes(answer, self._locale):
                self._add(note).runs[0].italic = True
            for _, quote in quotes:
                location = locate_quote(quote, self._articles, self._locale)
                self._sources.append((", ".join(location.parts), location.link))
                if quote is answer.nearest:
                    self._add(self._locale.translate(NEAREST))
                paragraph = self._add(f"“{' '.join(quote.text.split())}”", "Quote")
                self._add_marker(paragraph, len(self._sources))

    def _write_statements(
        self, statements: Sequence[Statement], numbers: Mapping[int, int]
    ) -> None:
        paragraph = self._add("")
        text = ""
        for piece in list_pieces(statements):
            if isinstance(piece, int) and piece in numbers:
                _add_text(paragraph, text.removesuffix(" "))
                text = ""
                self._add_marker(paragraph, numbers[piece])
            else:
                text += piece if isinstance(piece, str) else f"[{piece}]"
        _add_text(paragraph, text)
        _set_direction(paragraph)

    def _write_source(self, number: int, place: str, link: str) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        paragraph = self._add("")
        start, end = (OxmlElement(f"w:bookmark{edge}") for edge in ("Start", "End"))
        start.set(qn("w:name"), _name_bookmark(number))
        for element in (start, end):
            element.set(qn("w:id"), str(number))
        paragraph._p.append(start)
        _add_text(paragraph, f"[{number}] {place}")
        paragraph._p.append(end)
        if link:
            _add_text(paragraph, " ")
            relation = self._document.part.relate_to(
                link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True
            )
            _add_link(paragraph, self._locale.translate(ORIGINAL), {"r:id": relation})
        _set_direction(paragraph)

    def _add(self, text: str, style: str | None = None) -> Paragraph:
        paragraph = self._document.add_paragraph(style=style)
        _add_text(paragraph, text)
        _set_direction(paragraph)
        return paragraph

    def _add_marker(self, paragraph: Paragraph, number: int) -> None:
        target = {"w:anchor": _name_bookmark(number)}
        _add_link(paragraph, f"[{number}]", target, is_marker=True)


def _name_bookmark(number: int) -> str:
    """Return the name of the place to which the markers of a source lead."""
    return f"source{number}"


def _clean(text: str) -> str:
    """Return a text with a replacement for each character that XML cannot hold."""
    return _NO_XML.sub("\ufffd", text)


def _add_text(paragraph: Paragraph, text: str) -> None:
    if text:
        paragraph.add_run(_clean(text))


def _set_direction(paragraph: Paragraph) -> None:
    """Set a paragraph from right to left if its first letter is of such a script."""
    from docx.oxml import OxmlElement

    directions = map(unicodedata.bidirectional, paragraph.text)
    first = next((direction for direction in directions if direction in ("L", "R", "AL")), "L")
    if first != "L":
        paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
        for run in paragraph.runs:
            run.font.rtl = True


def _add_link(
    paragraph: Paragraph, text: str, target: Mapping[str, str], *, is_marker: bool = False
) -> None:
    """Add a link: a marker stands raised, another link is underlined in the colour of links."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import RGBColor
    from docx.text.run import Run

    link = OxmlElement("w:hyperlink")
    for name, value in target.items():
        link.set(qn(name), value)
    run = Run(OxmlElement("w:r"), paragraph)
    run.text = _clean(text)
    run.font.color.rgb = RGBColor.from_string(_LINK_COLOUR)
    run.font.superscript = True if is_marker else None
    run.font.underline = None if is_marker else True
    link.append(run._r)
    paragraph._p.append(link)
