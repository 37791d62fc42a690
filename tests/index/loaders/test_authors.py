"""Who wrote an article: as each kind of source names them, and never what is no author's name."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from index.loaders import choose_loader, load_bytes
from index.loaders.authors import format_authors
from tests.index.files import docx, epub, odt, paragraphs, pdf

pytestmark = pytest.mark.unit

LONG = (
    "The bridge over the river was opened on Monday by the mayor of the town. It had cost "
    "three million euros."
)
PARAGRAPH = f"<w:p><w:r><w:t>{LONG}</w:t></w:r></w:p>"


def read(data: bytes | str, name: str) -> str:
    data = data.encode() if isinstance(data, str) else data
    return choose_loader(data, Path(name)).load(data, Path(name)).author


def mail(sender: str) -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message.set_content(LONG)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("names", "author"),
    [
        (["Jane Doe"], "Jane Doe"),
        (["by Jane  Doe "], "Jane Doe"),
        (["Jane Doe; Ana Ruiz"], "Jane Doe, Ana Ruiz"),
        (["Jane Doe", "Jane Doe", "Ana Ruiz"], "Jane Doe, Ana Ruiz"),
        (["Doe, Jane; Ruiz, Ana"], "Doe, Jane; Ruiz, Ana"),
        (["Tom Krisher; Ap Auto Writer"], "Tom Krisher"),
        (["Jane Doe, Staff Writer"], "Jane Doe"),
        (["Phil Helsel is a reporter"], "Phil Helsel"),
        (["Malcolm Owen Monday; November"], "Malcolm Owen"),
        (["Wire services Published"], "Wire services"),
        (["Reuters"], "Reuters"),
        (["The Sunday Times"], "The Sunday Times"),
        (["Posted by Jane Doe"], "Jane Doe"),
        (["村上春樹"], "村上春樹"),
        (["نجيب محفوظ"], "نجيب محفوظ"),
        (["Jane\u202e \u200bDoe\nand one"], "Jane Doe and one"),
        (["Adobeyemi Apple"], "Adobeyemi Apple"),
        ([], ""),
    ],
)
def test_format_authors_joins_names_in_one_line(names: list[str], author: str) -> None:
    assert format_authors(names) == author


@pytest.mark.parametrize(
    "names",
    [
        "admin",
        "Administrator",
        "(anonymous)",
        "the author",
        "Windows User",
        "Microsoft Office User",
        "python-docx",
        "e516160",
        "jane@example.org",
        "CORP\\jdoe",
        "https://example.org/jane",
        "LaTeX with hyperref",
        "Adobe InDesign CS6",
        "staff",
        "Editor",
        "-",
        "",
        "user_1",
        "x" * 101,
        "Sports Writer",
        "June",
        "PDFCreator",
        "LibreOffice 24.8",
        "Test User",
        "example.com",
    ],
)
def test_format_authors_drops_placeholders(names: str) -> None:
    assert format_authors([names]) == format_authors([names], programs=[]) == ""


def test_a_file_may_name_an_account_or_the_program_that_made_it() -> None:
    assert format_authors(["Jane"]) == format_authors(["Jane"], programs=None) == "Jane"
    assert format_authors(["Jane"], programs=[]) == ""
    assert format_authors(["村上春樹"], programs=[]) == "村上春樹"
    assert format_authors(["Super Writer Pro"], programs=["Super writer pro "]) == ""


def test_format_authors_many_names_are_cut_in_no_time() -> None:
    assert (
        format_authors(
            [";".join(f"Jane {'abcdefghijklmnopqrstuvwxyz'[n]}" for n in range(26))]
        ).count(",")
        == 19
    )
    assert format_authors([", a" * 1_000_000, "x is a " * 1_000_000]) == ""


def test_a_page_names_its_author() -> None:
    html = (
        '<html><head><title>A</title><meta name="author" content="Jane Doe"></head><body>'
        "<article><p>%s</p></article></body>"
    )
    assert read(html % LONG, "a.html") == "Jane Doe"
    assert (
        load_bytes((html % LONG).encode(), "a.html").author == "Jane Doe"
    )  # through the process of its own
    assert read("<p>Some words.</p>", "a.html") == ""


def test_a_pdf_names_its_author() -> None:
    assert (
        read(pdf(paragraphs(LONG), facts="/Author(Jane Doe)/Creator(Writer)"), "a.pdf")
        == "Jane Doe"
    )
    for name in ("e516160", "(anonymous)", "Super Writer"):
        escaped = name.replace("(", r"\(").replace(")", r"\)")
        assert (
            read(pdf(paragraphs(LONG), facts=f"/Author({escaped})/Producer(Super Writer)"), "a.pdf")
            == ""
        )
    assert read(pdf(paragraphs(LONG)), "a.pdf") == ""


def test_office_files_name_who_began_them() -> None:
    facts = "<dc:creator>Jane Doe</dc:creator>"
    assert read(docx(PARAGRAPH, facts=facts), "a.docx") == "Jane Doe"
    assert (
        read(docx(PARAGRAPH, facts="<dc:creator>python-docx</dc:creator>"), "a.docx")
        == read(docx(PARAGRAPH), "a.docx")
        == ""
    )
    text = f"<text:p>{LONG}</text:p>"
    assert read(odt(text, facts=facts), "a.odt") == "Jane Doe"
    first = f"<meta:initial-creator>Ana Ruiz</meta:initial-creator>{facts}"
    assert read(odt(text, facts=first), "a.odt") == "Ana Ruiz"
    assert read(odt(text), "a.odt") == ""


def test_a_book_names_its_authors_and_not_its_translator() -> None:
    opf = 'xmlns:opf="http://www.idpf.org/2007/opf" opf:role'
    facts = (
        f'<dc:creator {opf}="aut">Jane Doe</dc:creator><dc:creator>Ana Ruiz</dc:creator>'
        f'<dc:creator {opf}="trl">Tom Lee</dc:creator>'
    )
    assert read(epub(f"<p>{LONG}</p>", facts=facts), "a.epub") == "Jane Doe, Ana Ruiz"


@pytest.mark.parametrize(
    ("sender", "author"),
    [
        ("Jane Doe <jane@example.org>", "Jane Doe"),
        ('"Doe, Jane" <jane@example.org>', "Doe, Jane"),
        ("Grüße Doe <jane@example.org>", "Grüße Doe"),
        ("jane@example.org", ""),
        ("The Shop <no-reply@example.org>", ""),
        ("Notifications <notifications@example.org>", ""),
        ("jane@example.org <jane@example.org>", ""),
    ],
)
def test_a_mail_is_by_its_sender(sender: str, author: str) -> None:
    assert read(mail(sender), "a.eml") == author


@pytest.mark.parametrize(
    ("facts", "author"),
    [
        ("author: Jane Doe", "Jane Doe"),
        ("author: [Jane Doe, Ana Ruiz]", "Jane Doe, Ana Ruiz"),
        ("authors:\n- name: Jane Doe\n  age: 3\n- Ana Ruiz", "Jane Doe, Ana Ruiz"),
        ("author:", ""),
        ("author: 3", ""),
        ("a: &a [*a, *a]\nauthor: *a", ""),
        ("author: {name: [Jane]}", ""),
        ("author: {name: Jane Doe}", "Jane Doe"),
    ],
)
def test_front_matter_names_the_author(facts: str, author: str) -> None:
    assert read(f"---\n{facts}\n---\nSome words.", "a.md") == author


def test_a_text_has_no_author() -> None:
    assert read("By Jane Doe\n\nSome words.", "a.txt") == ""
