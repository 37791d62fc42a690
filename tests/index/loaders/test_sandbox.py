from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import loaders
from index.errors import ArticleError
from index.loaders import Loader, load_bytes
from index.loaders.sandbox import load_isolated
from index.text.article import Article
from tests.index.files import paragraphs, pdf
from tests.index.loaders.test_kinds import LONG

# The standard library's parser needs minutes for it.
SLOW = b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n" + (
    b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 5_000
)
GOOD = """
from index.text.article import Article
from index.loaders import Loader

class Good(Loader):
    suffixes = (".good",)
    isolated = ISOLATED

    def load(self, data, path):
        return Article.from_text(data.decode().upper(), source=str(path))

class NoLoader:
    pass
"""
CRASHING = "import os\n" + GOOD.replace("return Article", "os.abort()\n        return Article")


def test_load_isolated_too_slow_raises_error() -> None:
    with pytest.raises(
        ArticleError, match=r"slow\.eml takes more than 1 seconds to read\. Cut it into parts"
    ):
        load_isolated(SLOW, Path("slow.eml"), seconds=1)


def test_load_isolated_too_much_memory_raises_error() -> None:
    page = b"<p>" + b"<b>a</b>" * 1_000_000
    with pytest.raises(
        ArticleError,
        match=(
            r"large\.html (takes more than 0\.2 GB of memory|cannot be read: its parser "
            r"stopped)"
        ),
    ):
        load_isolated(page, Path("large.html"), memory=200_000_000)


def test_load_isolated_accepts_any_file_name() -> None:
    data = pdf(paragraphs(LONG))
    for name in ("a\0b\n.pdf", 'caf\udce9 "quoted".pdf'):
        assert load_bytes(data, name).text == LONG


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path with a distribution that registers loaders, of which only one works."""
    folder = tmp_path / "others-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1\n")
    points = "broken = absent.module:Loader\nnone = good_loader:NoLoader\ngood = good_loader:Good\n"
    (folder / "entry_points.txt").write_text(f"[article_assistant.loaders]\n{points}")
    monkeypatch.syspath_prepend(tmp_path)
    loaders._load_plugins.cache_clear()
    yield tmp_path / "good_loader.py"
    loaders._load_plugins.cache_clear()
    sys.modules.pop("good_loader", None)


@pytest.mark.parametrize("isolated", [False, True])
def test_plugin_loads_its_format_and_a_broken_one_is_left_out(
    plugins: Path, isolated: bool, caplog: pytest.LogCaptureFixture
) -> None:
    plugins.write_text(GOOD.replace("ISOLATED", str(isolated)))
    assert load_bytes(b"some words", "a.good").text == "SOME WORDS"
    assert load_bytes(b"some words", "a.txt").text == "some words"
    assert [record.getMessage().split(" is left out")[0] for record in caplog.records] == [
        "The loader broken (absent.module:Loader)",
        "The loader none (good_loader:NoLoader)",
    ]


@pytest.mark.parametrize("apart", [False, True])
def test_plugin_former_attribute_apart_still_isolates(apart: bool) -> None:
    def load(self: Loader, data: bytes, path: Path) -> Article:
        return Article.from_text(data.decode())

    with pytest.warns(DeprecationWarning, match=r"Former\.apart is now isolated"):
        former = type("Former", (Loader,), {"apart": apart, "load": load})
    derived = type("Derived", (former,), {})
    renamed = type("Renamed", (former,), {"isolated": not apart})
    assert [kind().isolated for kind in (former, derived, renamed)] == [apart, apart, not apart]


@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_plugin_with_apart_that_crashes_is_explained(plugins: Path) -> None:
    plugins.write_text(CRASHING.replace("isolated = ISOLATED", "apart = True"))
    with pytest.raises(ArticleError, match=r"a\.good cannot be read: its parser stopped"):
        load_bytes(b"some words", "a.good")


def test_load_isolated_crash_raises_error(plugins: Path) -> None:
    plugins.write_text(CRASHING.replace("ISOLATED", "True"))
    with pytest.raises(
        ArticleError, match=r"a\.good cannot be read: its parser stopped \(.+\)\. Save it again"
    ):
        load_bytes(b"some words", "a.good")
