"""Small files of every kind, made in memory."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

__all__ = ["docx", "epub", "odt", "paragraphs", "pdf", "zipped"]

Placed = tuple[float, float, float, str]  # x, y and size in points, and words
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_CORE = (
    '<p xmlns="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>%s</dc:title>%s</p>'
)
_CHAPTER = (
    '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
    "<title>No text</title></head>"
    "<body>%s</body></html>"
)
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(
                name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            )
    return stream.getvalue()


def pdf(
    *pages: Sequence[Placed],
    title: str = "",
    facts: str = "",
    turned: int = 0,
    trailer: str = "",
    drawing: str = "",
) -> bytes:
    """Return a PDF file. `drawing` has operators of a content stream for every page."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    objects.append(f"<</Title({title}){facts}>>")
    kids = []
    for page in pages:
        drawn = f"{drawing}\n" + "".join(
            f"BT /F1 {size} Tf {x} {y} Td ({_escaped(words)}) Tj ET\n" for x, y, size, words in page
        )
        objects.append(f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Rotate {turned}/Contents "
            f"{len(objects)} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    body = "".join(
        f"{number} 0 obj{content}\nendobj\n" for number, content in enumerate(objects, 1)
    )
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R/Info 4 0 R{trailer}>>\n%%EOF".encode("cp1252")


def _escaped(words: str) -> str:
    return words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def paragraphs(
    *texts: str, x: float = 72, y: float = 700, width: int = 60, size: float = 11
) -> list[Placed]:
    """Texts set in lines of `width` characters, with a line's room after each text."""
    placed: list[Placed] = []
    for text in texts:
        line = ""
        for word in [*text.split(), ""]:
            if not word or len(f"{line} {word}") > width:
                placed.append((x, y, size, line))
                line, y = word, y - size * 1.2
            else:
                line = f"{line} {word}".strip()
        y -= size * 1.2
    return placed


def docx(
    body: str,
    title: str = "",
    facts: str = "",
    styles: str = "",
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """Return a DOCX file.

    Args:
        body: elements of `w:`.
        title: the title in its properties.
        facts: elements of `dc:`.
        styles: further `w:style` elements.
        parts: the content of further parts, such as `word/numbering.xml`, by path.
    """
    styles += (
        '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>'
    )
    return zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": f"<w:styles {_W}>{styles}</w:styles>",
            "docProps/core.xml": _CORE % (title, facts),
            **{name: _docx_part(name, content) for name, content in (parts or {}).items()},
            "word/_rels/document.xml.rels": _relationships(parts or {}),
        }
    )


def _docx_part(name: str, content: str) -> str:
    element = f"w:{Path(name).stem}"
    return f"<{element} {_W}>{content}</{element}>"


def _relationships(names: Iterable[str]) -> str:
    base = "http://schemas.openxmlformats.org"
    relationships = "".join(
        f'<Relationship Id="r{number}" Target="{Path(name).name}" '
        f'Type="{base}/officeDocument/2006/relationships/{Path(name).stem}"/>'
        for number, name in enumerate(names)
    )
    return (
        f'<Relationships xmlns="{base}/package/2006/relationships">{relationships}</Relationships>'
    )


def odt(
    body: str,
    title: str = "",
    language: str = "",
    facts: str = "",
    members: Mapping[str, str] | None = None,
) -> bytes:
    """Return an ODT file. `body`: elements of `text:` and `table:`; `facts`: `dc:` and `meta:`."""
    names = "".join(
        f' xmlns:{name}="{_ODF}{name}:1.0"' for name in ("office", "text", "table", "draw", "meta")
    )
    names += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    facts += f"<dc:title>{title}</dc:title><dc:language>{language}</dc:language>"
    text = f"<office:body><office:text>{body}</office:text></office:body>"
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content{names}>{text}</office:document-content>",
            "meta.xml": (
                f"<office:document-meta{names}><office:meta>{facts}</office:meta>"
                "</office:document-meta>"
            ),
            **(members or {}),
        }
    )


def epub(*chapters: str, facts: str = "", members: Mapping[str, str] | None = None) -> bytes:
    """`chapters`: what stands in the bodies of XHTML files; `facts`: elements named with `dc:`."""
    items = "".join(f'<item id="c{n}" href="text/c%20{n}.xhtml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": (
                '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
            ),
            "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<metadata>{facts}</metadata><manifest>{items}</manifest><spine>{spine}</spine>"
            "</package>",
            **{f"OPS/text/c {n}.xhtml": _CHAPTER % chapter for n, chapter in enumerate(chapters)},
            **(members or {}),
        }
    )
