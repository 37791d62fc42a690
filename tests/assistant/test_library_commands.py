"""`article-assistant library …` as a user meets it, on files and on a real server on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant.cli import app
from assistant.settings import get_settings
from index.library import Library

from ..conftest import ROOT
from ..index.files import zipped
from ..index.serving import Reply, Site, serving

BRIDGE = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
ETNA = "Mount Etna erupted on 4 July 2024 and covered the streets of Catania with black ash."


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    Library.shared(folder).close()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with two articles, one of them deeper, and what is none."""
    folder = tmp_path / "files"
    for name, text in {
        "bridge.txt": BRIDGE,
        "deep/er/etna.md": ETNA,
        "photo.png": "x",
        ".hidden.txt": "No.",
        "LICENSE": "No.",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    get_settings.cache_clear()
    monkeypatch.setenv("ARTICLE_ASSISTANT_ALLOW_PRIVATE_URLS", "true")
    with serving() as site:
        yield site
    get_settings.cache_clear()


def run(data: Path, *words: object, stdin: str | None = None) -> Result:
    """Every command takes --data; none ends with a traceback."""
    result = CliRunner().invoke(app, [*map(str, words), "--data", str(data)], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    return result


def told(data: Path, *words: object, stdin: str | None = None) -> Any:
    """What a command tells as JSON."""
    result = run(data, "library", *words, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def failed(result: Result, status: int = 2) -> str:
    assert (result.exit_code, result.stdout) == (status, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def titles(data: Path) -> list[str]:
    return [one["title"] for one in told(data, "list")]


def test_a_folder_is_added_and_added_again_changes_nothing(data: Path, files: Path) -> None:
    first = run(data, "library", "add", files)
    assert (first.exit_code, first.stderr) == (0, "")
    assert [line.split()[::2] for line in first.stdout.splitlines()] == [["added", "bridge"], ["added", "etna"]]
    again = told(data, "add", files)
    assert [(one["status"], one["source"]) for one in again] == [
        ("there", str(files / "bridge.txt")),
        ("there", str(files / "deep/er/etna.md")),
    ]
    assert titles(data) == ["bridge", "etna"]


def test_a_run_that_was_stopped_goes_on_where_it_was(data: Path, files: Path) -> None:
    told(data, "add", files / "bridge.txt")
    assert [one["status"] for one in told(data, "add", files)] == ["there", "added"]


def test_a_list_of_files_and_addresses_is_added_and_what_fails_is_told_at_the_end(data: Path, files: Path, site: Site) -> None:
    listing = files / "list"
    listing.write_text(f"# sources\n{files / 'absent.txt'}\n\n{site.url}/\n{site.url}/gone\n{files / 'bridge.txt'}\n")
    result = run(data, "library", "add", "--from", listing)
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["added", "added"]
    first, *errors = result.stderr.splitlines()
    assert first == "2 of 4 failed:"
    assert ["absent.txt" in errors[0], f"{site.url}/gone is not there" in errors[1]] == [True, True]


def test_failures_are_in_the_json_too(data: Path, files: Path) -> None:
    result = run(data, "library", "add", files / "absent.txt", files / "bridge.txt", "--json")
    assert result.exit_code == 1
    one, other = json.loads(result.stdout)
    assert (one["status"], one["id"], other["status"], other["error"]) == ("failed", "", "added", "")
    assert "There is no file" in one["error"]


def test_an_article_from_standard_input_is_added(data: Path) -> None:
    (one,) = told(data, "add", "-", stdin=BRIDGE)
    assert (one["status"], told(data, "show", one["id"])["text"]) == ("added", BRIDGE)


def test_who_wrote_an_article_is_shown(data: Path, files: Path) -> None:
    (files / "by.md").write_text(f"---\nauthor: Jane Doe\n---\n{BRIDGE}")
    (one,) = told(data, "add", files / "by.md")
    assert told(data, "show", one["id"])["author"] == "Jane Doe"
    assert "author: Jane Doe\n" in run(data, "library", "show", one["id"]).stdout


def test_nothing_to_add_is_told(data: Path, files: Path) -> None:
    assert "Name what to add" in failed(run(data, "library", "add"))
    assert "The list" in failed(run(data, "library", "add", "--from", files / "absent"))


def test_a_file_that_changed_is_a_new_version_and_the_old_quotes_hold(data: Path, files: Path) -> None:
    path = files / "bridge.txt"
    (one,) = told(data, "add", path)
    path.write_text(BRIDGE.replace("1998", "1999"))
    (two,) = told(data, "add", path)
    assert (two["status"], titles(data)) == ("changed", ["bridge"])
    assert Library.shared(data).get(one["id"]).text == BRIDGE
    assert "1999" in told(data, "show", two["id"])["text"]


def test_an_address_that_was_added_is_not_fetched_again_until_it_is_refreshed(data: Path, site: Site) -> None:
    (one,) = told(data, "add", site.url + "/")
    assert told(data, "add", site.url + "/")[0]["status"] == "there"
    assert site.pages == ["/"]
    before = told(data, "list")[0]["retrieved"]
    assert before
    assert told(data, "refresh", "--all")[0]["status"] == "unchanged"
    site.replies["/"] = Reply(ETNA.encode())
    (two,) = told(data, "refresh", one["id"][:6])
    assert (two["status"], [listed["id"] for listed in told(data, "list")]) == ("changed", [two["id"]])
    assert Library.shared(data).get(one["id"]).text != ETNA == told(data, "show", two["id"])["text"]


def test_what_has_no_source_cannot_be_refreshed(data: Path, files: Path) -> None:
    (one,) = told(data, "add", "-", stdin=BRIDGE)
    told(data, "add", files / "deep")
    assert [each["status"] for each in told(data, "refresh", "--all")] == ["unchanged"]
    result = run(data, "library", "refresh", one["id"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "comes from no file or address" in result.stderr
    assert "or give --all" in failed(run(data, "library", "refresh"))


def test_a_source_that_is_gone_leaves_the_article(data: Path, files: Path) -> None:
    told(data, "add", files / "bridge.txt")
    (files / "bridge.txt").unlink()
    assert run(data, "library", "refresh", "--all").exit_code == 1
    assert titles(data) == ["bridge"]


def test_articles_are_listed_and_shown_by_any_of_their_names(data: Path, files: Path) -> None:
    told(data, "add", files)
    lines = run(data, "library", "list").stdout.splitlines()
    (bridge, _) = told(data, "list")
    assert lines[0].split() == [bridge["id"], bridge["added"][:10], str(len(BRIDGE.split())), "bridge"]
    for name in (bridge["id"], bridge["id"][:5].upper(), "Bridge"):
        shown = run(data, "library", "show", name).stdout
        assert f"source: {files / 'bridge.txt'}\n" in shown
        assert shown.endswith(f"\n\n{BRIDGE}\n")


def test_an_empty_library_is_an_empty_list(data: Path) -> None:
    result = run(data, "library", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No articles" in result.stderr
    assert told(data, "list") == []


@pytest.mark.parametrize("name", ["", "abc", "0123456789abcdef", "no such title"])
def test_an_article_that_is_not_there_is_told(data: Path, files: Path, name: str) -> None:
    told(data, "add", files)
    for command in (["show", name], ["rename", name, "New"], ["remove", name, "--yes"], ["restore", name], ["refresh", name]):
        assert f"There is no article {name!r}" in failed(run(data, "library", *command))
    assert titles(data) == ["bridge", "etna"]


def test_a_name_of_two_articles_is_told(data: Path, files: Path) -> None:
    told(data, "add", files)
    for one in told(data, "list"):
        told(data, "rename", one["id"], "Same")
    assert "2 articles are called 'same'" in failed(run(data, "library", "show", "same"))


def test_a_renamed_article_keeps_its_id(data: Path, files: Path) -> None:
    (one,) = told(data, "add", files / "bridge.txt")
    assert told(data, "rename", "bridge", "The bridge") == [{"id": one["id"], "title": "The bridge", "status": "renamed"}]
    assert "needs a title" in failed(run(data, "library", "rename", one["id"], " "))
    assert titles(data) == ["The bridge"]


def test_removing_asks_first_and_can_be_undone(data: Path, files: Path) -> None:
    told(data, "add", files)
    before = told(data, "list")
    assert run(data, "library", "remove", "bridge", stdin="n\n").exit_code == 1
    assert run(data, "library", "remove", "bridge", stdin="").exit_code == 1
    assert told(data, "list") == before
    assert run(data, "library", "remove", "bridge", stdin="y\n").exit_code == 0
    assert (titles(data), [one["title"] for one in told(data, "list", "--removed")]) == (["etna"], ["bridge"])
    assert told(data, "restore", "bridge")[0]["status"] == "restored"
    assert told(data, "list") == before


def test_what_is_removed_forever_is_gone(data: Path, files: Path) -> None:
    told(data, "add", files)
    told(data, "remove", "bridge", "etna", "--yes")
    told(data, "remove", "bridge", "--yes", "--forever")
    assert [one["title"] for one in told(data, "list", "--removed")] == ["etna"]


def test_a_library_goes_through_one_file(data: Path, files: Path, tmp_path: Path) -> None:
    told(data, "add", files)
    told(data, "rename", "bridge", "The bridge")
    before, file = told(data, "list"), tmp_path / "all.zip"
    assert told(data, "export", file)["articles"] == 2
    assert "is there already" in failed(run(data, "library", "export", file))
    other = tmp_path / "other"
    assert [one["status"] for one in told(other, "import", file, "--paths")] == ["added", "added"]
    assert told(other, "list") == before
    assert [one["status"] for one in told(other, "import", file)] == ["there", "there"]
    assert Library.shared(other).articles() == Library.shared(data).articles()
    Library.shared(other).close()


def test_a_strangers_file_has_nothing_of_this_disk_read(data: Path, files: Path, tmp_path: Path) -> None:
    told(data, "add", files)
    told(data, "export", tmp_path / "all.zip")
    told(tmp_path / "other", "import", tmp_path / "all.zip")
    assert [one["source"] for one in told(tmp_path / "other", "list")] == ["bridge.txt", "etna.md"]
    (files / "bridge.txt").write_text("My own diary.")
    assert told(tmp_path / "other", "refresh", "--all") == []
    Library.shared(tmp_path / "other").close()


def test_what_is_no_exported_library_is_told(data: Path, tmp_path: Path) -> None:
    for name, content in {"a.zip": zipped({"../../evil.txt": "x"}), "b.zip": b"nothing", "c.zip": b""}.items():
        (tmp_path / name).write_bytes(content)
        assert "is no exported library" in failed(run(data, "library", "import", tmp_path / name))
    assert "is no exported library" in failed(run(data, "library", "import", tmp_path / "absent.zip"))
    assert told(data, "list") == []


def test_duplicates_are_found(data: Path, files: Path) -> None:
    (files / "copy.txt").write_text(BRIDGE.upper())
    told(data, "add", files)
    (pair,) = told(data, "duplicates")
    assert (pair["share"], [one["title"] for one in pair["articles"]]) == (1.0, ["bridge", "copy"])
    assert run(data, "library", "duplicates").stdout.startswith("100%  ")


def test_a_title_cannot_steer_the_terminal(data: Path) -> None:
    (one,) = told(data, "add", "-", stdin=BRIDGE)
    told(data, "rename", one["id"], "Red \x1b[31m\x9b title")
    assert "Red  [31m  title" in run(data, "library", "list").stdout


def ask(data: Path, *words: object) -> Result:
    return run(data, "ask", *words, "--model", "none")


def test_some_or_all_articles_are_asked_and_each_quote_says_of_which_it_is(data: Path, files: Path) -> None:
    told(data, "add", files)
    bridge, etna = told(data, "list")
    result = ask(data, "When did Etna erupt?", "--all")
    assert result.exit_code == 0
    assert f"“{ETNA}” (etna, {etna['id']}, 0–{len(ETNA)})" in result.stdout
    assert ask(data, "When did Etna erupt?", "--in", "bridge").exit_code == 3
    (quote, *_) = json.loads(ask(data, "When did Etna erupt?", "--in", bridge["id"], "--in", "etna", "--json").stdout)["quotes"]
    assert (quote["article_id"], ETNA[quote["start"] : quote["end"]]) == (etna["id"], quote["text"])


def test_what_cannot_be_asked_is_told(data: Path, files: Path) -> None:
    assert "The library is empty" in failed(ask(data, "Who?", "--all"))
    assert "one of --article, --in and --all" in failed(ask(data, "Who?", "--all", "--article", files / "bridge.txt"))
    assert "There is no article 'bridge'" in failed(ask(data, "Who?", "--in", "bridge"))


def test_the_library_is_read_while_another_process_holds_it(data: Path, files: Path) -> None:
    told(data, "add", files)
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "assistant", "library"]
    listed = subprocess.run(
        [*command, "list", "--data", data], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert [line.split()[-1] for line in listed.stdout.splitlines()] == ["bridge", "etna"]
    removed = subprocess.run(
        [*command, "remove", "etna", "--yes", "--data", data],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert removed.returncode == 1
    assert "is in use by another process" in removed.stderr


@pytest.mark.parametrize(
    "command", ["add", "list", "show", "rename", "remove", "restore", "refresh", "export", "import", "duplicates"]
)
def test_every_command_says_what_it_does_and_takes_json(command: str) -> None:
    environment = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    result = CliRunner().invoke(app, ["library", command, "--help"], env=environment)
    assert result.exit_code == 0
    for option in ("--json", "--data", "--debug"):
        assert option in result.stdout
    assert "\x1b" not in result.stdout
