from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.loaders import BUNDLED_ARTICLE, MAX_FILE_BYTES, choose_loader, load, load_bytes
from index.text.article import Article
from tests.index.text.test_sentences import check_spans

pytestmark = pytest.mark.unit

TEXT = (
    "Das Café über dem Fluss hat schöne Gärten.\n\nEs hat einen „guten“ Ruf, und die Straße "
    "führt nach Süden.\n"
)


def markdown(text: str) -> Article:
    return load_bytes(text.encode(), "notes.md")


def parts(article: Article) -> list[tuple[str, str]]:
    """What each block is, and what it says."""
    return [
        (f"{block.kind} {block.level or ''}".strip(), article.text[block.start : block.end])
        for block in article.blocks
    ]


def test_a_text_file_becomes_an_article(tmp_path: Path) -> None:
    (tmp_path / "My notes.txt").write_text("One sentence.\n\nAnother one.\n")
    article = load(tmp_path / "My notes.txt")
    assert (article.title, article.date, article.language) == ("My notes", "", "en")
    assert article.source == str(tmp_path / "My notes.txt")
    assert article.text == "One sentence.\n\nAnother one.\n"
    assert parts(article) == [("paragraph", "One sentence."), ("paragraph", "Another one.")]


@pytest.mark.parametrize("name", ["notes", "notes.TXT", "notes.log", "notes.unknown", ".notes"])
def test_any_name_will_do_for_text(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Some words.")
    assert load(str(tmp_path / name)).text == "Some words."


@pytest.mark.parametrize(
    "encoding",
    [
        *(
            "utf-8",
            "utf-8-sig",
            "cp1252",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "utf-32",
            "utf-32-le",
        ),
        pytest.param("latin-1", id="latin-1"),
    ],
)
def test_text_is_read_in_its_encoding(encoding: str) -> None:
    text = TEXT if encoding != "latin-1" else TEXT.translate({ord("„"): '"', ord("“"): '"'})
    assert load_bytes(text.encode(encoding), "notes.txt").text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_is_no_part_of_the_text(encoding: str) -> None:
    assert load_bytes(("\ufeff" + TEXT).encode(encoding), "notes.txt").text == TEXT


@pytest.mark.parametrize("name", ["notes.txt", "notes.md"])
@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_understood(line_end: str, name: str) -> None:
    article = load_bytes(
        f"One line{line_end}goes on.{line_end}{line_end}Another one.".encode(), name
    )
    assert "\r" not in article.text
    assert len(article.blocks) == 2


def test_a_file_name_in_an_old_encoding_is_no_obstacle(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(path, "w") as file:
        file.write("Some words.")
    assert load(Path(os.fsdecode(path))).title == "caf?"


def test_markdown_loses_its_marks_and_keeps_its_structure() -> None:
    article = markdown(
        "# The *main* title\n\nA **bold** [link](http://example.org) and `code`,\non two "
        "lines. ![A map](map.png)\n\n"
        "## Below\n\n- one\n- two\n  - deeper\n\n1. first\n\n> A quotation.\n\n```python\n"
        "print(1)\n\nprint(2)\n```\n\n"
        "| City | People |\n|---|---|\n| Aleppo | 250,000 |\n\nEnd\\* &amp; <b>finish</b>.\n\n"
        "***\n\nAn underlined title\n===\n"
    )
    assert parts(article) == [
        ("heading 1", "The main title"),
        ("paragraph", "A bold link and code, on two lines. A map"),
        ("heading 2", "Below"),
        *(("item 1", "one"), ("item 1", "two"), ("item 2", "deeper"), ("item 1", "first")),
        ("paragraph", "A quotation."),
        ("paragraph", "print(1)\n\nprint(2)"),
        *(("row", row) for row in ("City | People", "Aleppo | 250,000")),
        ("paragraph", "End* & <b>finish</b>."),
        ("heading 1", "An underlined title"),
    ]


def test_markdown_blocks_cover_the_text(bundled: Article) -> None:
    for article in (
        bundled,
        markdown(
            "# A\n\n- b\n\n\n\n    code\n\n<div>\nhtml\n</div>\n\n| c |\n|---|\n| \u3000d |\n"
        ),
    ):
        check_spans(article.text, article.blocks)
        check_spans(article.text, article.sentences)
        assert all(article.text[block.start : block.end].strip() for block in article.blocks)


def test_a_deep_list_loses_nothing() -> None:
    article = markdown("\n".join("  " * depth + f"- level {depth}" for depth in range(20)))
    assert parts(article) == [(f"item {depth + 1}", f"level {depth}") for depth in range(20)]


def test_front_matter_names_the_article() -> None:
    article = markdown(
        "---\ntitle: A title\ndate: 2016-11-28\nsource: The paper\nlanguage: de\nother: 1\n"
        "---\n# Heading\n\nText."
    )
    assert (article.title, article.date, article.source, article.language) == (
        "A title",
        "2016-11-28",
        "The paper",
        "de",
    )
    assert article.text == "Heading\n\nText."


@pytest.mark.parametrize(
    "source",
    ["/etc/passwd", "A friend (/etc/passwd)", "~/.ssh/id_rsa", r"C:\secrets.txt", r"\\host\share"],
)
def test_front_matter_names_no_place_on_a_disk(source: str) -> None:
    assert markdown(f"---\nsource: '{source}'\n---\nText.").source == markdown("Text.").source


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Heading\n\nText.", "Heading"),
        ("Text.\n\n## Later *heading*", "Later heading"),
        ("Only text.", "notes"),
        ("---\ntitle:\n---\nOnly text.", "notes"),
        ("---\ntitle: 2016\n---\nText.", "2016"),
        ("---\ntitle: [a, b]\n---\nText.", "notes"),
        ("---\na: &a [*a, *a]\ntitle: *a\n---\nText.", "notes"),
        ("\n\n---\ntitle: After blank lines\n---\nText.", "After blank lines"),
        ("\ufeff---\ntitle: After a mark\n---\nText.", "After a mark"),
    ],
)
def test_a_title_is_found_where_there_is_one(text: str, title: str) -> None:
    assert markdown(text).title == title


@pytest.mark.parametrize(
    "facts",
    [
        "title: [unclosed",
        "title: 'unclosed",
        "a: b: c",
        "date: 2016-13-45",
        "\tx: 1",
        "title: @at",
        "a: " + "[" * 49_000 + "]" * 49_000,
        "a: " + "b" * 100_000,
    ],
)
def test_front_matter_that_is_no_yaml_is_told(facts: str) -> None:
    with pytest.raises(
        ArticleError,
        match=r"^The front matter of notes\.md is not valid YAML \(.*\)\. Correct or remove it\.$",
    ):
        markdown(f"---\n{facts}\n---\nText.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\n\nFirst words.\n\n---\n\nMore words.", "First words.\n\nMore words."),
        (
            "First words.\n\n---\n\nMore words.\n\n---\n\nLast words.",
            "First words.\n\nMore words.\n\nLast words.",
        ),
        ("---\n- an item\n---\nMore words.", "an item\n\nMore words."),
        ("---\n---\nMore words.", "More words."),
        ("---\n\nOnly words.", "Only words."),
        ("{\nno JSON\n}\n\nMore words.", "{ no JSON }\n\nMore words."),
        ("+++\nno TOML\n+++", "+++ no TOML +++"),
    ],
)
def test_what_only_looks_like_front_matter_is_text(text: str, expected: str) -> None:
    assert markdown(text).text == expected


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ArticleError, match=rf"There is no file {tmp_path / 'none.txt'}\. Check the name"
    ):
        load(tmp_path / "none.txt")


@pytest.mark.parametrize("name", ["file.txt/below", "a\0b", "name " * 200])
def test_a_name_that_no_file_can_have_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("Some words.")
    with pytest.raises(ArticleError, match=rf"{tmp_path}.*Check (the|its) name"):
        load(tmp_path / name)


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        ArticleError,
        match=rf"{tmp_path} is a folder\. Name a file in it: text, Markdown, HTML, PDF",
    ):
        load(tmp_path)


def test_a_device_is_told() -> None:
    with pytest.raises(
        ArticleError, match=r"/dev/null is not a regular file\. Name a file: text, Markdown"
    ):
        load("/dev/null")


@pytest.mark.parametrize("name", ["notes.txt", "notes.md"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n\t\r\n",
        b"\xef\xbb\xbf",
        "\u3000\xa0".encode(),
        b"...\n\n***",
        "\ufeff \n".encode("utf-16-le"),
    ],
)
def test_a_file_without_words_is_told(tmp_path: Path, data: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(
        ArticleError, match=rf"{tmp_path / name} (is empty|has no words in it)\. Give a text"
    ):
        load(tmp_path / name)


def test_markdown_with_front_matter_only_is_refused_by_name() -> None:
    with pytest.raises(ArticleError, match=r"notes\.md has no words in it\. Give a text"):
        markdown("---\ntitle: A title\nsource: The paper\n---\n")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)),
        b"\x7fELF\2\1\1" + bytes(9) + bytes(range(256)) * 3,
        gzip.compress(b"".join(str(number).encode() for number in range(2_000)), mtime=0),
        bytes(range(256)) * 4,
        b"\xff\xfea",
        b"\0",
    ],
    ids=["picture", "program", "compressed", "every byte", "half a character", "NUL"],
)
@pytest.mark.parametrize("name", ["notes.txt", "notes.md", "notes"])
def test_what_is_not_text_is_told(tmp_path: Path, data: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(
        ArticleError,
        match=rf"{tmp_path / name} is not a text file.*Save it as UTF-8 text and try again",
    ):
        load(tmp_path / name)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.touch()
    os.truncate(path, 10**12)  # sparse: it takes no room on the disk, and would not fit into memory
    with pytest.raises(
        ArticleError,
        match=rf"{path} has 1000000 MB; at most 10 MB can be opened\. Cut it into parts",
    ):
        load(path)


def test_large_bytes_are_refused() -> None:
    with pytest.raises(ArticleError, match=r"notes\.txt has 10 MB; at most 10 MB"):
        load_bytes(b"x" * (MAX_FILE_BYTES + 1), "notes.txt")


@pytest.mark.parametrize(
    "name", ["paper.doc", "paper.RTF", "table.csv", "data.json", "slides.pptx"]
)
def test_other_kinds_of_files_are_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Some words.")
    kind = name.partition(".")[2].upper()
    with pytest.raises(
        ArticleError,
        match=rf"{tmp_path / name}: {kind} files cannot be opened\. Save it as text, Markdown",
    ):
        load(tmp_path / name)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old Office"),
        (rb"{\rtf1 Some words.}", "RTF"),
    ],
)
def test_other_kinds_of_files_are_refused_by_their_bytes(data: bytes, kind: str) -> None:
    with pytest.raises(
        ArticleError, match=rf"paper: {kind} files cannot be opened\. Save it as text, Markdown"
    ):
        load_bytes(data, "paper")


@pytest.mark.skipif(
    not Path("/proc/self/mem").exists(),
    reason="needs a file that not even root can read, as Linux has one",
)
def test_a_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(
        ArticleError, match=r"/proc/self/mem cannot be read \(.+\)\. Check its name and permissions"
    ):
        load("/proc/self/mem")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_of_someone_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Some words.")
    (tmp_path / "secret.txt").chmod(0)
    with pytest.raises(ArticleError, match=r"secret\.txt cannot be read \(Permission denied\)"):
        load(tmp_path / "secret.txt")


def test_the_bundled_article_is_whole(bundled: Article) -> None:
    assert 600 <= bundled.words <= 900
    assert (bundled.date, bundled.language) == ("2016-11-28", "en")
    assert "Aleppo" in bundled.title
    assert bundled.source
    assert [kind for kind, _ in parts(bundled)].count("heading 2") >= 2


def runs_of_nine(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(zip(*(words[start:] for start in range(9)), strict=False))


def test_the_bundled_article_is_in_our_own_words(shared: Path) -> None:
    original = shared / "article.txt"
    if not original.is_file():
        pytest.skip(f"{original} is absent: there is nothing to compare with")
    assert (
        runs_of_nine(BUNDLED_ARTICLE.read_text("utf-8")) & runs_of_nine(original.read_text("utf-8"))
        == set()
    )


SAID = {  # what people's own files must say when they are opened; the empty one cannot be
    "33_README.md": "The sample docs directory contains the following files:",
    "35_codeblock.md": "<p>This is a simple HTML example.</p>",
    "41_fake-text-all-whitespace.txt": None,
    "50_umlauts-utf8.md": "äöüß",
} | dict.fromkeys(
    (
        "42_fake-text-utf-16-le.txt",
        "43_fake-text-utf-16.txt",
        "44_fake-text-utf-32.txt",
        "45_fake-text.txt",
    ),
    "This is a test document to use for unit tests.",
)


def test_files_from_elsewhere_open_sensibly_or_say_why_not(shared: Path) -> None:
    files = sorted(
        path for path in (shared / "eval" / "files").glob("*") if path.suffix in (".txt", ".md")
    )
    if not files:
        pytest.skip(f"{shared / 'eval' / 'files'} is absent")
    for path in files:
        expected = SAID.get(path.name, "")
        if expected is None:
            with pytest.raises(ArticleError, match=re.escape(str(path))):
                load(path)
            continue
        article = load(path)
        check_spans(article.text, article.sentences)
        assert expected in article.text
        assert not set(article.text) & {"\0", "\ufffd", "\ufeff", "\r"}


# Third-party files: text that must be in the article, or the expected error.
SEEN = {
    "05_multicolumn.pdf": "Lorem ipsum dolor sit amet, consectetuer adipiscing elit.",
    "08_crazyones-pdfa.pdf": "They push the human race forward.",
    "20_issue-71-duplicate-chars.pdf": "开展现场爆破试验7场次",
    "25_pdf_structure.pdf": "sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.",
    "34_category-level.docx": "Whenever I find myself growing grim about the mouth;",
    "48_rotated-page-90.pdf": "Second line of text here",
    "53_email-no-utf8-2008-07-16.062410.eml": "סלבה היקר,",
    "58_fake-email-b64.eml": "Roses are red",
    "59_fake-email-utf-16-le.eml": "Violets are blue",
}
TOLD = {
    "06_imagemagick-lzw.pdf": "it is scanned",
    "15_empty.pdf": "is empty",
    "19_issue-297-example.pdf": "it is scanned",
    "56_empty.eml": "is empty",
}


def test_other_files_from_elsewhere_open_sensibly_or_say_why_not(shared: Path) -> None:
    files = [
        path for path in (shared / "eval" / "files").glob("*") if path.suffix not in (".txt", ".md")
    ]
    if not files:
        pytest.skip(f"{shared / 'eval' / 'files'} is absent")
    for path in files:
        data = path.read_bytes()
        if path.name in TOLD:
            with pytest.raises(ArticleError, match=TOLD[path.name]):
                load_bytes(data, path.name)
            continue
        article = choose_loader(data, path).load(
            data, path
        )  # in this process: a start of Python each would take long
        check_spans(article.text, article.blocks)
        check_spans(article.text, article.sentences)
        assert SEEN.get(path.name, "") in article.text
        assert bool(article.pages) == (path.suffix == ".pdf")
