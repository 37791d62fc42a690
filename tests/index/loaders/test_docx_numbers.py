from __future__ import annotations

from pathlib import Path

from index.loaders.docx import DocxLoader
from index.text.article import Article
from tests.index.files import docx

LEVEL = (
    '<w:lvl w:ilvl="{level}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>'
    '<w:lvlText w:val="%{place}."/></w:lvl>'
)
PARAGRAPH = "<w:p><w:r><w:t>Some words between.</w:t></w:r></w:p>"


def level(number: int = 0, start: int = 1, kind: str = "decimal") -> str:
    return LEVEL.format(level=number, start=start, kind=kind, place=number + 1)


def abstract(identifier: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{identifier}">{"".join(levels)}</w:abstractNum>'


def num(number: int, identifier: int, restart: int | None = None) -> str:
    override = (
        f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{restart}"/></w:lvlOverride>'
        if restart is not None
        else ""
    )
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{identifier}"/>{override}</w:num>'


def item(text: str, number: int = 1, depth: int = 0, mark: str = "") -> str:
    return (
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
        f"{mark}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
    )


def opened(
    body: str, *numbering: str, styles: str = "", members: dict[str, str] | None = None
) -> Article:
    parts = {"word/numbering.xml": "".join(numbering), **(members or {})}
    return DocxLoader().load(docx(body, styles=styles, parts=parts), Path("rules.docx"))


def numbers(article: Article) -> list[tuple[str, int | None]]:
    return [
        (article.text[block.start : block.end], block.number)
        for block in article.blocks
        if block.kind == "item"
    ]


def test_docx_list_continues_after_paragraph() -> None:
    body = item("One") + item("Two") + PARAGRAPH + item("Three") + item("Four")
    article = opened(body, abstract(0, level()), num(1, 0))
    assert numbers(article) == [("One", 1), ("Two", 2), ("Three", 3), ("Four", 4)]


def test_docx_lists_of_one_definition_share_numbers() -> None:
    body = item("One") + item("Two", 2) + item("Five", 3) + item("Six", 3) + item("Seven", 1)
    article = opened(body, abstract(0, level()), num(1, 0), num(2, 0), num(3, 0, restart=5))
    assert [number for _, number in numbers(article)] == [1, 2, 5, 6, 7]


def test_docx_nested_list_starts_again_below_each_item() -> None:
    body = item("A") + item("B", depth=1) + item("C", depth=1) + item("D") + item("E", depth=1)
    article = opened(body, abstract(0, level(start=3), level(1)), num(1, 0))
    assert [number for _, number in numbers(article)] == [3, 1, 2, 4, 1]


def test_docx_number_of_style_and_linked_list_is_counted() -> None:
    styled = '<w:p><w:pPr><w:pStyle w:val="Rule"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    styles = (
        '<w:style w:type="paragraph" w:styleId="Base"><w:pPr><w:numPr><w:numId w:val="1"/>'
        '</w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="Rule">'
        '<w:basedOn w:val="Base"/>'
        '</w:style><w:style w:type="numbering" w:styleId="Rules"><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    linked = '<w:abstractNum w:abstractNumId="7"><w:numStyleLink w:val="Rules"/></w:abstractNum>'
    body = item("One") + styled.format("Two") + PARAGRAPH + item("Three", 4)
    article = opened(body, abstract(0, level()), linked, num(1, 0), num(4, 7), styles=styles)
    assert ("One", 1) in numbers(article)
    assert ("Three", 3) in numbers(article)
    assert "Two" in article.text


def test_docx_deleted_item_and_bullets_are_not_counted() -> None:
    deleted = '<w:rPr><w:del w:id="1"/></w:rPr>'
    body = item("One") + item("", mark=deleted) + item("Dot", 2) + item("Two")
    article = opened(
        body, abstract(0, level()), abstract(1, level(kind="bullet")), num(1, 0), num(2, 1)
    )
    assert numbers(article) == [("One", 1), ("Dot", None), ("Two", 2)]


def test_docx_item_of_unknown_list_keeps_its_text() -> None:
    body = item("One", 9) + item("Two", 1, depth=12) + PARAGRAPH
    article = opened(body, abstract(0, level()), num(1, 5))
    assert article.text.split("\n\n") == ["One", "Two", "Some words between."]


def test_docx_footnotes_are_footnotes() -> None:
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = f"<w:p><w:r><w:t>It has 22</w:t></w:r>{reference}<w:r><w:t> members.</w:t></w:r></w:p>"
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>As counted in May.</w:t></w:r></w:p></w:footnote>'
    article = opened(body, abstract(0, level()), num(1, 0), members={"word/footnotes.xml": note})
    assert [(block.kind, article.text[block.start : block.end]) for block in article.blocks] == [
        ("paragraph", "It has 22 members."),
        ("footnote", "As counted in May."),
    ]
