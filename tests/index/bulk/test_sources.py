"""Test which files and records sources consist of."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from index.bulk.file_systems import open_remote
from index.bulk.items import CompleteSource, Item, SourceFailure
from index.bulk.records import load_record
from index.bulk.run import select_names
from index.bulk.sources import read_source
from index.errors import ArticleError, InputError

pytestmark = pytest.mark.unit


def read(name: object, records: Collection[int] = ()) -> tuple[list[Item], list[SourceFailure]]:
    """Return the items and the failures of a source."""
    ((normalized, _),) = select_names([str(name)])
    events = list(read_source(normalized, records))
    items = [event for event in events if isinstance(event, Item)]
    return items, [event for event in events if isinstance(event, SourceFailure)]


def read_names(name: object) -> list[str]:
    """Return the names of the files of a source, which has no failures."""
    items, failures = read(name)
    assert not failures
    return [Path(item.source).name for item in items]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    for name in ("a.txt", "b.md", "deep/c.txt", "deep/er/d.txt", "photo.png", ".hidden.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"The text of {name}.")
    return folder


def test_read_source_folder_yields_supported_files(files: Path) -> None:
    assert read_names(files) == ["a.txt", "b.md", "c.txt", "d.txt"]
    assert list(read_source(str(files)))[-1] == CompleteSource(str(files))


def test_read_source_single_file_is_not_complete(files: Path) -> None:
    # Its item decides whether it is.
    assert list(read_source(str(files / "a.txt"))) == [
        Item(str(files / "a.txt"), size=len("The text of a.txt."))
    ]


def test_read_source_relative_name_becomes_absolute(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    (item,) = read("a.txt")[0]
    assert item.source == str(files / "a.txt")
    assert read(f"file://{files}/a.txt")[0] == [item]


def test_read_source_link_loop_ends(files: Path) -> None:
    (files / "deep" / "loop").symlink_to(files)
    (files / "deep" / "other").symlink_to(files / "deep")
    assert read_names(files) == ["a.txt", "b.md", "c.txt", "d.txt"]
    assert read_names(f"{files}/**/*.txt") == ["a.txt", "c.txt", "d.txt"]


def test_read_source_link_to_itself_fails(files: Path) -> None:
    (files / "self.txt").symlink_to(files / "self.txt")
    assert read_names(files / "self.txt") == ["self.txt"]  # loading it reports the error


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.txt", ["a.txt"]),
        ("?.*", ["a.txt", "b.md"]),
        ("de*", ["c.txt", "d.txt"]),
        ("**", ["a.txt", "b.md", "c.txt", "d.txt"]),
        ("deep/**/*.txt", ["c.txt", "d.txt"]),
        ("**/er/*.txt", ["d.txt"]),
    ],
)
def test_read_source_pattern_yields_matches(files: Path, pattern: str, names: list[str]) -> None:
    assert read_names(f"{files}/{pattern}") == names


def test_read_source_name_like_pattern_is_file(files: Path) -> None:
    (files / "a[1].txt").write_text("Brackets.")
    assert read_names(files / "a[1].txt") == ["a[1].txt"]


def test_read_source_without_match_fails(files: Path) -> None:
    (failure,) = read(f"{files}/*.pdf")[1]
    assert (failure.source, failure.record) == (f"{files}/*.pdf", 0)
    assert "no files that can be opened" in failure.reason


@pytest.mark.parametrize("name", ["a" * 5_000, "a\0b"])
def test_read_source_impossible_name_fails(name: str) -> None:
    items, failures = read(f"/{name}*")
    assert not items
    assert len(failures) == 1


def test_select_names_two_double_stars_raises(files: Path) -> None:
    with pytest.raises(InputError, match=r"\*\* more than once"):
        select_names([f"{files}/**/x/**"])


def write_lines(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def test_read_source_lines_are_numbered(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", {"text": "One."}, {"text": "Two."})
    path.write_bytes(path.read_bytes().replace(b"}\n{", b"}\n\n{"))
    items, failures = read(path)
    assert [item.record for item in items] == [1, 3]
    assert not failures
    assert read(path, [3])[0] == items[1:]
    assert list(read_source(str(path)))[-1] == CompleteSource(str(path), 3)


@pytest.mark.parametrize("name", ["pipe.jsonl", "pipe.parquet"])
def test_read_source_pipe_fails(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    (failure,) = read(tmp_path / name)[1]
    assert "is no file" in failure.reason


def test_read_source_relative_pattern_in_odd_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w[x]").mkdir()
    (tmp_path / "w[x]" / "a.md").write_text("One.")
    monkeypatch.chdir(tmp_path / "w[x]")
    assert read_names("*.md") == ["a.md"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser reads every folder")
def test_read_source_locked_folder_is_a_failure(files: Path) -> None:
    (files / "deep").chmod(0)
    items, (failure,) = read(files)
    assert len(items) == 2
    assert failure.source == str(files / "deep")
    (files / "deep").chmod(0o700)


def test_select_names_empty_name_raises() -> None:
    with pytest.raises(InputError, match="empty"):
        select_names([" "])


def make_item(line: object) -> Item:
    return Item("/data/news.jsonl", 7, json.dumps(line).encode())


def test_load_record_has_metadata() -> None:
    line = {"text": "The bridge was opened in May.", "title": " The\nbridge ", "date": "1998-05-01"}
    article = load_record(
        make_item({**line, "author": ["A. Ruiz", "B. Weber"], "url": "https://e.org/1"})
    )
    assert (article.title, article.author) == ("The bridge", "A. Ruiz, B. Weber")
    assert (article.date, article.source) == ("1998-05-01", "https://e.org/1")
    assert article.text == line["text"]
    assert article.slice(article.passages[0]) == line["text"]


def test_load_record_without_metadata_names_line() -> None:
    article = load_record(make_item({"text": "The bridge was opened."}))
    assert (article.title, article.source) == ("news", "news.jsonl, line 7")


def test_load_record_id_does_not_depend_on_the_line() -> None:
    data = json.dumps({"text": "The bridge was opened."}).encode()
    first, second = (load_record(Item("/data/news.jsonl", number, data)) for number in (7, 8))
    assert first.id == second.id


def test_load_record_in_file_with_odd_name_is_valid_text() -> None:
    article = load_record(Item("/data/b\udcff.jsonl", 1, b'{"text": "Words about bees."}'))
    assert article.title.encode("utf-8")
    assert article.source.encode("utf-8")


@pytest.mark.parametrize("text", ["%PDF-1.4 is a magic number.", "PK\x03\x04 too", "{\\rtf too"])
def test_load_record_takes_no_text_for_a_file(text: str) -> None:
    assert load_record(make_item({"text": text})).text


def test_load_record_source_names_no_file() -> None:
    # A refresh would read it.
    article = load_record(make_item({"text": "The bridge was opened.", "source": "/etc/passwd"}))
    assert article.source == "passwd"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"title": "No text"}, "has no text"),
        ({"text": "  "}, "has no text"),
        ({"text": 5}, "has no text"),
        ({"text": "…"}, "no words"),
        (["text"], "no JSON object"),
    ],
)
def test_load_record_bad_line_names_it(line: Any, reason: str) -> None:
    with pytest.raises(ArticleError, match=rf"/data/news.jsonl, line 7,? .*{reason}"):
        load_record(make_item(line))


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[" * 100_000, b"9" * 5_000])
def test_load_record_not_json_names_line(data: bytes) -> None:
    with pytest.raises(ArticleError, match=r"news\.jsonl, line 7"):
        load_record(Item("/data/news.jsonl", 7, data))


def test_read_source_unreadable_file_fails(tmp_path: Path) -> None:
    (failure,) = read(tmp_path / "gone.jsonl")[1]
    assert failure.source == str(tmp_path / "gone.jsonl")
    assert "No such file" in failure.reason


def test_read_source_rows_of_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra bulk is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    texts = ["The bridge was opened.", None, "Etna erupted."]
    titles = [b"a", "Café".encode(), None]  # as of writers that do not mark text
    table = pyarrow.table({"number": [1, 2, 3], "text": texts, "title": titles})
    parquet.write_table(table, tmp_path / "a.parquet")
    items, failures = read(tmp_path / "a.parquet")
    assert not failures
    assert [item.record for item in items] == [1, 2, 3]
    assert load_record(items[0]).text == texts[0]
    assert json.loads(items[1].data)["title"] == "Café"
    assert load_record(items[2]).title == "a"
    with pytest.raises(ArticleError, match=r"a\.parquet, row 2, has no text"):
        load_record(items[1])


def test_read_source_parquet_without_text_lists_columns(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra bulk is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"body": ["x"], "id": [1]}), tmp_path / "a.parquet")
    (failure,) = read(tmp_path / "a.parquet")[1]
    assert "no column `text`. Its columns are: body, id." in failure.reason


def test_read_source_broken_parquet_fails(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the extra bulk is not installed")
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + os.urandom(100) + b"PAR1")
    (failure,) = read(tmp_path / "a.parquet")[1]
    assert "its parser stopped" in failure.reason


@pytest.fixture
def memory() -> Any:
    """Return an empty file system in memory."""
    fsspec = pytest.importorskip("fsspec", reason="the extra bulk is not installed")
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()


def test_read_source_remote_folder_is_listed(memory: Any) -> None:
    memory.pipe({"/news/a.txt": b"One.", "/news/deep/b.md": b"Two.", "/news/c.png": b"x"})
    memory.pipe("/news/d.jsonl", b'{"text": "Three."}\n{"text": "Four."}\n')
    items, failures = read("memory://news")
    assert not failures
    assert [(item.source, item.record) for item in items] == [
        ("memory:///news/a.txt", 0),
        ("memory:///news/d.jsonl", 1),
        ("memory:///news/d.jsonl", 2),
        ("memory:///news/deep/b.md", 0),
    ]
    assert items[0].size == len(b"One.")
    assert [item.source for item in read("memory://news/*.txt")[0]] == ["memory:///news/a.txt"]


def test_read_source_remote_file_is_gone_fails(memory: Any) -> None:
    (failure,) = read("memory://gone.txt")[1]
    assert "There is no file memory://gone.txt" in failure.reason
    with pytest.raises(ArticleError, match="There is no file"), open_remote("memory://gone.txt"):
        pass


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("oci://bucket@space/a.txt", "ocifs"),
        ("OSS://bucket/a.txt", "ossfs"),
        ("nosuch://bucket/a.txt", "no addresses that begin with nosuch://"),
        ("zip://a.txt::http://127.0.0.1/a.zip", "several file systems"),
    ],
)
def test_select_names_unusable_address_raises(address: str, reason: str) -> None:
    pytest.importorskip("fsspec", reason="the extra bulk is not installed")
    with pytest.raises(InputError, match=reason):
        select_names([address])


def test_read_source_web_address_is_left_to_fetcher() -> None:
    address = "HTTP://127.0.0.1:1/a.txt"
    assert list(read_source(address)) == [Item(address)]
