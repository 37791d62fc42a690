from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.loaders import choose_loader, load, load_bytes
from index.loaders.base import import_optional
from index.text.article import Article
from tests.index.files import docx, epub, odt, paragraphs, pdf, zipped
from tests.index.loaders.test_load import parts
from tests.index.text.test_sentences import check_spans

LONG = (
    "The bridge over the river was opened on Monday by the mayor of the town. It had cost "
    "three million euros, which is "
    "twice as much as the council had planned. Nobody was surprised by that."
)
SECOND = (
    "Ana Ruiz, who built it, did not come. She said that she had been ill for a week and "
    "wished the town well."
)


def opened(data: bytes, name: str) -> Article:
    """The article, read in this process: most tests need no other."""
    article = choose_loader(data, Path(name)).load(data, Path(name))
    check_spans(article.text, article.blocks)
    check_spans(article.text, article.sentences)
    return article


def refused(data: bytes, name: str) -> str:
    with pytest.raises(ArticleError) as caught:
        opened(data, name)
    assert str(caught.value).startswith(name)
    return str(caught.value)


# HTML


PAGE = f"""<!DOCTYPE html><html lang="de-AT"><head><title>The bridge - The paper</title>
<meta property="og:title" content="The bridge">
<meta property="article:published_time" content="2024-05-06T07:08:09Z">
<style>p {{ color: red }}</style><script>var no = "text";</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>The bridge</h1><p>{LONG}</p><h2>The <i>builder</i></h2><p>{SECOND}</p>
<ul><li>{LONG} One.</li><li>{SECOND} Two.</li></ul></article>
<footer><a href="/imprint">Imprint</a> Copyright</footer></body></html>"""


def test_a_page_becomes_its_main_text() -> None:
    article = opened(PAGE.encode(), "page.html")
    assert (article.title, article.date, article.language) == ("The bridge", "2024-05-06", "de")
    assert ("heading 2", "The builder") in parts(article)
    assert ("paragraph", LONG) in parts(article)
    assert ("item 1", f"{SECOND} Two.") in parts(article)
    for word in ("Home", "Sport", "Imprint", "Copyright", "color", "var no"):
        assert word not in article.text


def test_a_page_too_short_to_have_a_main_text_is_read_whole() -> None:
    article = opened(
        b"<title>A title</title><p>Some <b>words</b>,<br>two lines.<div hidden>Unseen</div><p>"
        b"&nbsp;<p>End",
        "a.htm",
    )
    assert article.title == "A title"
    assert parts(article) == [("paragraph", "Some words,\ntwo lines."), ("paragraph", "End")]


def test_a_table_is_read_row_by_row() -> None:
    html = (
        "<table><tr><th>City<th>People<tr><td>Aleppo<td><p>250,000</p></table><table><tr><td>"
        "<p>One</p><p>Two</p></table>"
    )
    text = ["City | People", "Aleppo | 250,000", "One", "Two"]
    assert opened(html.encode(), "a.html").text.split("\n\n") == text


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "iso-8859-15"])
def test_a_page_is_read_in_its_encoding(encoding: str) -> None:
    html = f'<meta charset="{encoding}"><p>Das Café kostet 3 € über dem Fluss.</p>'
    assert opened(html.encode(encoding), "a.html").text == "Das Café kostet 3 € über dem Fluss."


def test_choose_loader_html_bytes_are_recognised_without_suffix() -> None:
    data = b"<!-- saved --><!doctype html>\n<html><p>Some words.</p>"
    assert opened(data, "standard input").text == "Some words."
    assert opened(data, "page.txt").text == data.decode()


@pytest.mark.parametrize("opening", [b"<div>", b"<b>", b"<ul><li>", b"<table><tr><td>a<td>"])
def test_a_page_nested_without_end_is_refused(opening: bytes) -> None:
    assert "is nested too deeply to be read" in refused(
        opening * 50_000 + b"Some words.", "deep.html"
    )


# PDF


def test_a_pdf_becomes_paragraphs_that_know_their_pages() -> None:
    head = [(72.0, 760.0, 20.0, "The bridge")]
    data = pdf([*head, *paragraphs(LONG, SECOND)], [], paragraphs(f"Then {LONG}"), title="untitled")
    article = opened(data, "report.pdf")
    assert parts(article) == [
        ("heading 1", "The bridge"),
        *(("paragraph", p) for p in (LONG, SECOND, f"Then {LONG}")),
    ]
    assert article.title == "The bridge"
    assert [
        article.page_of(article.text.index(words)) for words in ("The bridge", SECOND, "Then")
    ] == [1, 1, 3]
    assert "".join(article.slice(page) for page in article.pages) == article.text
    assert article.page_of(len(article.text)) is None


def test_pdf_paragraph_across_pages_stays_one_paragraph() -> None:
    article = opened(
        pdf(paragraphs("They had said that the new"), paragraphs("bridge would be cheap.")),
        "report.pdf",
    )
    assert article.text == "They had said that the new bridge would be cheap."
    assert [article.page_of(article.text.index(word)) for word in ("new", "bridge", "cheap")] == [
        1,
        2,
        2,
    ]


def test_columns_are_read_one_after_the_other() -> None:
    columns = [*paragraphs(LONG, x=50, width=35), *paragraphs(SECOND, x=320, width=35)]
    assert parts(opened(pdf(columns), "paper.pdf")) == [("paragraph", LONG), ("paragraph", SECOND)]


def test_words_parted_at_the_end_of_a_line_are_whole_again() -> None:
    lines = [
        "The govern-",
        "ment made a long-term plan for its two-",
        "year-old bridge and a long-",
        "term loan.",
    ]
    data = pdf([(72, 700 - 13 * n, 11, line) for n, line in enumerate(lines)])
    assert (
        opened(data, "a.pdf").text
        == "The government made a long-term plan for its two-year-old bridge and a long-term loan."
    )


def test_running_heads_and_page_numbers_are_left_out() -> None:
    texts = [LONG, SECOND, f"Once more. {LONG}"]
    head = (72.0, 780.0, 9.0, "The Daily Bridge")
    pages = [[head, *paragraphs(text), (300, 30, 9, f"{n}")] for n, text in enumerate(texts, 1)]
    article = opened(pdf(*pages), "report.pdf")
    assert article.text.split("\n\n") == texts
    assert len(article.pages) == 3


def test_a_page_shown_sideways_is_read() -> None:
    article = opened(pdf(paragraphs(LONG, SECOND), turned=180), "a.pdf")
    assert "opened on Monday by the mayor" in article.text


def test_a_scanned_pdf_is_told() -> None:
    assert "has no text in its 2 pages: it is scanned" in refused(pdf([], []), "scan.pdf")


def test_a_locked_pdf_is_told() -> None:
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/P -1/O<{'41' * 32}>/U<{'42' * 32}>>>/ID[<00><00>]"
    message = refused(pdf(paragraphs(LONG), trailer=lock), "locked.pdf")
    assert message == "locked.pdf is protected by a password. Remove the password and try again."


def test_what_only_claims_to_be_a_pdf_is_told() -> None:
    assert "is not a PDF file" in refused(b"Some words.", "a.pdf")
    assert "is not a PDF file" in refused(zipped({"a": "b"}), "zip.pdf")
    assert "is damaged" in refused(b"%PDF-1.4\nSome words.", "a.pdf")
    assert "has 2,001 pages" in refused(pdf(*[[]] * 2_001), "a.pdf")


# DOCX


def w(text: str, style: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def test_a_word_file_becomes_headings_and_paragraphs() -> None:
    row = f"<w:tr><w:tc>{w('Cost')}</w:tc><w:tc>{w('3 million')}</w:tc></w:tr>"
    deleted = "<w:p><w:del><w:r><w:delText>Gone.</w:delText></w:r></w:del></w:p>"
    article = opened(
        docx(
            w("The bridge", "Title")
            + w("Cost", "Heading1")
            + w(LONG)
            + deleted
            + f"<w:tbl>{row}</w:tbl>"
        ),
        "a.docx",
    )
    assert parts(article) == [
        *(
            ("heading 1", "The bridge"),
            ("heading 1", "Cost"),
            ("paragraph", LONG),
            ("row", "Cost | 3 million"),
        ),
    ]
    assert article.title == "The bridge"
    assert opened(docx(w(LONG), title="A &amp; B"), "a.docx").title == "A & B"


def test_a_locked_word_file_is_told() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100) + "EncryptedPackage".encode("utf-16-le")
    assert "is protected by a password" in refused(data, "a.docx")


# ODT


def test_odt_becomes_headings_lists_and_paragraphs() -> None:
    items = "<text:list-item><text:p>One</text:p></text:list-item>"
    nested = f"<text:list-item><text:p>Two</text:p><text:list>{items}</text:list></text:list-item>"
    row = "".join(
        f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in ("Cost", "3")
    )
    body = (
        "<text:tracked-changes><text:p>Gone.</text:p></text:tracked-changes><text:h "
        'text:outline-level="2">Cost</text:h>'
        "<text:p>Two<text:s/>words<office:annotation><text:p>No</text:p></office:annotation>"
        ",<text:line-break/>a line"
        "<text:note><text:note-citation>1</text:note-citation></text:note>.</text:p>"
        f"<text:list>{items}{nested}</text:list><table:table><table:table-row>"
        f"{row}</table:table-row></table:table>"
    )
    article = opened(odt(body, title="The bridge", language="de-DE"), "a.odt")
    assert parts(article) == [
        *(("heading 2", "Cost"), ("paragraph", "Two words,\na line.")),
        *(("item 1", "One"), ("item 1", "Two"), ("item 2", "One"), ("row", "Cost | 3")),
    ]
    assert (article.title, article.language) == ("The bridge", "de")


def test_a_locked_opendocument_text_is_told() -> None:
    data = odt("", members={"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"})
    assert "is protected by a password" in refused(data, "a.odt")


# EPUB


def test_a_book_becomes_its_chapters_in_order() -> None:
    facts = (
        "<dc:title>The book</dc:title><dc:date>2020-01-02T00:00:00Z</dc:date><dc:language>"
        "fr</dc:language>"
    )
    article = opened(
        epub(f"<h1>One</h1><p>{LONG}</p>", "", f"<h1>Two</h1><p>{SECOND}</p>", facts=facts),
        "a.epub",
    )
    assert [text for _, text in parts(article)] == ["One", LONG, "Two", SECOND]
    assert (article.title, article.date, article.language) == ("The book", "2020-01-02", "fr")


def test_epub_locked_chapters_are_refused_but_not_locked_fonts() -> None:
    lock = '<encryption><CipherReference URI="{}"/></encryption>'
    fonts, chapters = (
        epub(f"<p>{LONG}</p>", members={"META-INF/encryption.xml": lock.format(name)})
        for name in ("OPS/font.otf", "OPS/text/c%200.xhtml")
    )
    assert opened(fonts, "a.epub").text == LONG
    assert "is copy-protected (DRM)" in refused(chapters, "a.epub")


# Archives


@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.epub"])
def test_what_is_no_such_archive_is_told(name: str) -> None:
    kind = name[2:].upper()
    assert f"is not a valid {kind} file" in refused(b"Some words.", name)
    assert f"is not a valid {kind} file" in refused(zipped({"other": "x"}), name)
    assert refused(b"PK\x03\x04" + bytes(500), name)


def test_an_archive_of_no_known_kind_is_told_whatever_its_name() -> None:
    for name in ("a.zip", "a.txt", "a"):
        assert "is a ZIP archive of no known kind. Unpack it" in refused(
            zipped({"other": "x"}), name
        )


def test_an_archive_that_unpacks_to_too_much_is_refused_unread() -> None:
    large = zipped({"word/document.xml": b" " * 100_000_001})
    assert "unpacks to 1 files of 100 MB together" in refused(large, "a.docx")
    many = zipped({"word/document.xml": "", **{f"f{n}": "" for n in range(5_001)}})
    assert "unpacks to 5,002 files" in refused(many, "a.docx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_archive_that_defines_entities_is_refused(encoding: str) -> None:
    xml = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><w>&b;</w>'.encode(
        encoding
    )
    assert "defines XML entities" in refused(zipped({"word/document.xml": xml}), "a.docx")
    assert "defines XML entities" in refused(
        zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": xml}), "a.odt"
    )


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "C:\\x", "..\\x"])
def test_an_archive_that_leads_out_of_itself_is_refused(name: str) -> None:
    data = zipped({"word/document.xml": "", name: ""})
    assert "points outside the file" in refused(data, "a.docx")


# Mail


def mail(words: str = "", html: str = "", **headers: str) -> bytes:
    message = EmailMessage()
    for name, value in headers.items():
        message[name] = value
    message.set_content(words) if words else message.set_content(html, subtype="html")
    if words and html:
        message.add_alternative(html, subtype="html")
    message.add_attachment(b"Secret words", maintype="text", subtype="plain", filename="a.txt")
    return message.as_bytes()


def test_a_mail_becomes_its_words() -> None:
    date = "Mon, 06 May 2024 07:08:09 +0200"
    words = f"{LONG}\n\nPoints:\n- one\n - two\n\nEnd.\n-- \nA signature"
    article = opened(
        mail(
            words, "<p>No</p>", Subject="Grüße: the bridge", From="Ana <a@example.org>", Date=date
        ),
        "a.eml",
    )
    assert [text for _, text in parts(article)][1:] == ["Points:", "one", "two", "End."]
    assert (article.title, article.date) == ("Grüße: the bridge", "2024-05-06")
    assert article.source == "Ana <a@example.org> (a.eml)"
    assert "Secret" not in article.text


def test_a_mail_of_html_alone_is_read() -> None:
    article = opened(
        mail(html=f"<style>p {{}}</style><table><tr><td><p>Hello,</p><p>{LONG}</p></table>"),
        "a.eml",
    )
    assert [text for _, text in parts(article)] == ["Hello,", LONG]
    assert (article.title, article.date, article.source) == ("a", "", "a.eml")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_mail_saved_by_another_program_is_read(encoding: str) -> None:
    assert (
        opened("Subject: Hello\nDate: no date\n\nSome words.".encode(encoding), "a.eml").text
        == "Some words."
    )


def test_a_mail_without_words_or_with_endless_headers_is_told() -> None:
    assert "has no words in it" in refused(b"Subject: x\n\n", "a.eml")
    assert "has headers of more than 100 kB" in refused(
        b"To: " + b"a@b," * 30_000 + b"\n\nSome words.", "a.eml"
    )


# What is seen is what is quoted


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.eml"])
def test_what_is_not_seen_is_no_part_of_the_text(name: str) -> None:
    words = "So\u200bme w\u00ador\u202eds\u2066 of a cafe\u0301.\x7f"
    data = (
        "Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
        f"8bit\n\n{words}"
    )
    assert (
        opened((data if name == "a.eml" else words).encode(), name).text == "Some words of a café."
    )


# Whatever the name


@pytest.mark.parametrize(
    "data",
    [pdf(paragraphs(LONG)), docx(w(LONG)), odt(f"<text:p>{LONG}</text:p>"), epub(f"<p>{LONG}</p>")],
    ids=["pdf", "docx", "odt", "epub"],
)
def test_a_file_is_known_by_its_bytes(data: bytes) -> None:
    for name in ("a.txt", "a.pdf", "a.docx", "standard input", "a.zip"):
        assert opened(data, name).text == LONG


def test_a_file_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    data = pdf(paragraphs(LONG), paragraphs(SECOND))
    (tmp_path / "a.pdf").write_bytes(data)
    assert load(tmp_path / "a.pdf") == opened(data, str(tmp_path / "a.pdf"))
    with pytest.raises(ArticleError, match=r"a\.docx is not a valid DOCX file"):
        load_bytes(b"Some words.", "a.docx")


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("report.pdf", "pypdfium2", "pdf"), ("report.docx", "mammoth", "office")],
)
def test_missing_package_is_named_with_its_extra(name: str, package: str, extra: str) -> None:
    with pytest.raises(
        ArticleError, match=rf"{name} .*not_{package} is not installed.*\[{extra}\]"
    ):
        import_optional(f"not_{package}", extra, Path(name))
