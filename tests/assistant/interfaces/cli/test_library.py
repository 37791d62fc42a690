"""Test `article-assistant library …` with files and with a real server on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant import Answer, Article
from assistant.accounts.store import AccountStore
from assistant.interfaces.cli.main import app
from assistant.resources import default_resources
from assistant.service.feedback import Feedback
from index.storage.marks import Mark, MarkStore
from index.storage.originals import OriginalFolder
from tests.conftest import ROOT
from tests.index.files import zipped
from tests.index.serving import Reply, Site, serving
from tools.postgresql import PostgresqlServer

BRIDGE = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
ETNA = "Mount Etna erupted on 4 July 2024 and covered the streets of Catania with black ash."


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    default_resources().library(folder).close()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with two articles, one in a subfolder, and files that are not articles."""
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
    monkeypatch.setenv("ARTICLE_ASSISTANT_ALLOW_PRIVATE_URLS", "true")
    with serving() as site:
        yield site


def run(data: Path, *words: object, stdin: str | None = None) -> Result:
    """Run a command on a data folder and check that it prints no traceback."""
    result = CliRunner().invoke(app, [*map(str, words), "--data", str(data)], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    return result


def run_json(data: Path, *words: object, stdin: str | None = None) -> Any:
    """Run a library command with --json and return its result."""
    result = run(data, "library", *words, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def check_error(result: Result, status: int = 2) -> str:
    assert (result.exit_code, result.stdout) == (status, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def list_titles(data: Path) -> list[str]:
    return [article["title"] for article in run_json(data, "list")]


def test_add_folder_twice_adds_articles_once(data: Path, files: Path) -> None:
    first = run(data, "library", "add", files)
    assert (first.exit_code, first.stderr) == (0, "")
    assert [line.split()[::2] for line in first.stdout.splitlines()] == [
        ["added", "bridge"],
        ["added", "etna"],
    ]
    outcomes = run_json(data, "add", files)
    assert [(outcome["status"], outcome["source"]) for outcome in outcomes] == [
        ("there", str(files / "bridge.txt")),
        ("there", str(files / "deep/er/etna.md")),
    ]
    assert list_titles(data) == ["bridge", "etna"]


def test_add_after_interruption_adds_the_rest(data: Path, files: Path) -> None:
    run_json(data, "add", files / "bridge.txt")
    assert [outcome["status"] for outcome in run_json(data, "add", files)] == ["there", "added"]


def test_add_from_list_reports_failures_at_the_end(data: Path, files: Path, site: Site) -> None:
    listing = files / "list"
    listing.write_text(
        f"# sources\n{files / 'absent.txt'}\n\n{site.url}/\n{site.url}/gone\n"
        f"{files / 'bridge.txt'}\n"
    )
    result = run(data, "library", "add", "--from", listing)
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["added", "added"]
    first, *errors = result.stderr.splitlines()
    assert first == "2 of 4 failed:"
    assert ["absent.txt" in errors[0], f"{site.url}/gone is not there" in errors[1]] == [True, True]


def test_add_as_json_includes_failures(data: Path, files: Path) -> None:
    result = run(data, "library", "add", files / "absent.txt", files / "bridge.txt", "--json")
    assert result.exit_code == 1
    failure, success = json.loads(result.stdout)
    assert (failure["status"], failure["id"], success["status"], success["error"]) == (
        "failed",
        "",
        "added",
        "",
    )
    assert "There is no file" in failure["error"]


def test_add_from_standard_input_adds_article(data: Path) -> None:
    (article,) = run_json(data, "add", "-", stdin=BRIDGE)
    assert (article["status"], run_json(data, "show", article["id"])["text"]) == ("added", BRIDGE)


def test_show_prints_author(data: Path, files: Path) -> None:
    (files / "by.md").write_text(f"---\nauthor: Jane Doe\n---\n{BRIDGE}")
    (article,) = run_json(data, "add", files / "by.md")
    assert run_json(data, "show", article["id"])["author"] == "Jane Doe"
    assert "author: Jane Doe\n" in run(data, "library", "show", article["id"]).stdout


def test_add_without_sources_is_an_error(data: Path, files: Path) -> None:
    assert "Nothing to add was given" in check_error(run(data, "library", "add"))
    assert "The list" in check_error(run(data, "library", "add", "--from", files / "absent"))


def test_add_changed_file_keeps_old_version_for_quotes(data: Path, files: Path) -> None:
    path = files / "bridge.txt"
    (article,) = run_json(data, "add", path)
    path.write_text(BRIDGE.replace("1998", "1999"))
    (updated,) = run_json(data, "add", path)
    assert (updated["status"], list_titles(data)) == ("changed", ["bridge"])
    assert default_resources().library(data).get(article["id"]).text == BRIDGE
    assert "1999" in run_json(data, "show", updated["id"])["text"]


def test_add_same_url_fetches_once_until_refresh(data: Path, site: Site) -> None:
    (article,) = run_json(data, "add", site.url + "/")
    assert run_json(data, "add", site.url + "/")[0]["status"] == "there"
    assert site.pages == ["/"]
    before = run_json(data, "list")[0]["retrieved"]
    assert before
    assert run_json(data, "refresh", "--all")[0]["status"] == "unchanged"
    site.replies["/"] = Reply(ETNA.encode())
    (updated,) = run_json(data, "refresh", article["id"][:6])
    assert (updated["status"], [listed["id"] for listed in run_json(data, "list")]) == (
        "changed",
        [updated["id"]],
    )
    assert (
        default_resources().library(data).get(article["id"]).text
        != ETNA
        == run_json(data, "show", updated["id"])["text"]
    )


def test_refresh_article_without_source_is_an_error(data: Path, files: Path) -> None:
    (article,) = run_json(data, "add", "-", stdin=BRIDGE)
    run_json(data, "add", files / "deep")
    assert [outcome["status"] for outcome in run_json(data, "refresh", "--all")] == ["unchanged"]
    result = run(data, "library", "refresh", article["id"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "was not loaded from a file or URL" in result.stderr
    assert "or use --all" in check_error(run(data, "library", "refresh"))


def test_refresh_missing_source_keeps_article(data: Path, files: Path) -> None:
    run_json(data, "add", files / "bridge.txt")
    (files / "bridge.txt").unlink()
    assert run(data, "library", "refresh", "--all").exit_code == 1
    assert list_titles(data) == ["bridge"]


def test_show_finds_article_by_id_prefix_and_title(data: Path, files: Path) -> None:
    run_json(data, "add", files)
    lines = run(data, "library", "list").stdout.splitlines()
    (bridge, _) = run_json(data, "list")
    assert lines[0].split() == [
        bridge["id"],
        bridge["added"][:10],
        str(len(BRIDGE.split())),
        "bridge",
    ]
    for name in (bridge["id"], bridge["id"][:5].upper(), "Bridge"):
        output = run(data, "library", "show", name).stdout
        assert f"source: {files / 'bridge.txt'}\n" in output
        assert output.endswith(f"\n\n{BRIDGE}\n")


def test_list_of_empty_library_is_empty(data: Path) -> None:
    result = run(data, "library", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No articles" in result.stderr
    assert run_json(data, "list") == []


@pytest.mark.parametrize("name", ["", "abc", "0123456789abcdef", "no such title"])
def test_commands_with_unknown_article_are_errors(data: Path, files: Path, name: str) -> None:
    run_json(data, "add", files)
    for command in (
        ["show", name],
        ["rename", name, "New"],
        ["remove", name, "--yes"],
        ["restore", name],
        ["refresh", name],
    ):
        assert f"There is no article {name!r}" in check_error(run(data, "library", *command))
    assert list_titles(data) == ["bridge", "etna"]


def test_show_ambiguous_title_is_an_error(data: Path, files: Path) -> None:
    run_json(data, "add", files)
    for article in run_json(data, "list"):
        run_json(data, "rename", article["id"], "Same")
    assert "2 articles match 'same'" in check_error(run(data, "library", "show", "same"))


def test_rename_keeps_article_id(data: Path, files: Path) -> None:
    (article,) = run_json(data, "add", files / "bridge.txt")
    assert run_json(data, "rename", "bridge", "The bridge") == [
        {"id": article["id"], "title": "The bridge", "status": "renamed"}
    ]
    assert "needs a title" in check_error(run(data, "library", "rename", article["id"], " "))
    assert list_titles(data) == ["The bridge"]


def test_remove_asks_first_and_can_be_undone(data: Path, files: Path) -> None:
    run_json(data, "add", files)
    before = run_json(data, "list")
    assert run(data, "library", "remove", "bridge", stdin="n\n").exit_code == 1
    assert run(data, "library", "remove", "bridge", stdin="").exit_code == 1
    assert run_json(data, "list") == before
    assert run(data, "library", "remove", "bridge", stdin="y\n").exit_code == 0
    assert (
        list_titles(data),
        [article["title"] for article in run_json(data, "list", "--removed")],
    ) == (
        ["etna"],
        ["bridge"],
    )
    assert run_json(data, "restore", "bridge")[0]["status"] == "restored"
    assert run_json(data, "list") == before


def test_remove_forever_deletes_article(data: Path, files: Path) -> None:
    run_json(data, "add", files)
    run_json(data, "remove", "bridge", "etna", "--yes")
    run_json(data, "remove", "bridge", "--yes", "--forever")
    assert [article["title"] for article in run_json(data, "list", "--removed")] == ["etna"]


def test_export_can_be_imported(data: Path, files: Path, tmp_path: Path) -> None:
    run_json(data, "add", files)
    run_json(data, "rename", "bridge", "The bridge")
    before, file = run_json(data, "list"), tmp_path / "all.zip"
    assert run_json(data, "export", file)["articles"] == 2
    assert "already exists" in check_error(run(data, "library", "export", file))
    other_data = tmp_path / "other"
    assert [article["status"] for article in run_json(other_data, "import", file, "--paths")] == [
        "added",
        "added",
    ]
    assert run_json(other_data, "list") == before
    assert [article["status"] for article in run_json(other_data, "import", file)] == [
        "there",
        "there",
    ]
    assert (
        default_resources().library(other_data).articles()
        == default_resources().library(data).articles()
    )
    default_resources().library(other_data).close()


def test_import_does_not_make_local_files_refreshable(
    data: Path, files: Path, tmp_path: Path
) -> None:
    run_json(data, "add", files)
    run_json(data, "export", tmp_path / "all.zip")
    run_json(tmp_path / "other", "import", tmp_path / "all.zip")
    assert [article["source"] for article in run_json(tmp_path / "other", "list")] == [
        "bridge.txt",
        "etna.md",
    ]
    (files / "bridge.txt").write_text("My own diary.")
    assert run_json(tmp_path / "other", "refresh", "--all") == []
    default_resources().library(tmp_path / "other").close()


def test_import_invalid_file_is_an_error(data: Path, tmp_path: Path) -> None:
    for name, content in {
        "a.zip": zipped({"../../evil.txt": "x"}),
        "b.zip": b"nothing",
        "c.zip": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
        assert "is not an exported library" in check_error(
            run(data, "library", "import", tmp_path / name)
        )
    assert "is not an exported library" in check_error(
        run(data, "library", "import", tmp_path / "absent.zip")
    )
    assert run_json(data, "list") == []


def test_duplicates_lists_copies(data: Path, files: Path) -> None:
    (files / "copy.txt").write_text(BRIDGE.upper())
    run_json(data, "add", files)
    (pair,) = run_json(data, "duplicates")
    assert (pair["share"], [article["title"] for article in pair["articles"]]) == (
        1.0,
        ["bridge", "copy"],
    )
    assert run(data, "library", "duplicates").stdout.startswith("100%  ")


def test_list_removes_control_characters_from_titles(data: Path) -> None:
    (article,) = run_json(data, "add", "-", stdin=BRIDGE)
    run_json(data, "rename", article["id"], "Red \x1b[31m\x9b title")
    assert "Red  [31m  title" in run(data, "library", "list").stdout


def ask(data: Path, *words: object) -> Result:
    return run(data, "ask", *words, "--model", "none")


def test_ask_library_names_article_of_each_quote(data: Path, files: Path) -> None:
    run_json(data, "add", files)
    bridge, etna = run_json(data, "list")
    result = ask(data, "When did Etna erupt?", "--all")
    assert result.exit_code == 0
    assert f"“{ETNA}” (etna, {etna['id']}, 0–{len(ETNA)})" in result.stdout
    assert ask(data, "When did Etna erupt?", "--in", "bridge").exit_code == 3
    (quote, *_) = json.loads(
        ask(data, "When did Etna erupt?", "--in", bridge["id"], "--in", "etna", "--json").stdout
    )["quotes"]
    assert (quote["article_id"], ETNA[quote["start"] : quote["end"]]) == (etna["id"], quote["text"])


def test_ask_library_with_bad_options_is_an_error(data: Path, files: Path) -> None:
    assert "The library is empty" in check_error(ask(data, "Who?", "--all"))
    assert "--article, --in and --all exclude" in check_error(
        ask(data, "Who?", "--all", "--article", files / "bridge.txt")
    )
    assert "There is no article 'bridge'" in check_error(ask(data, "Who?", "--in", "bridge"))


def test_list_works_while_library_is_locked(data: Path, files: Path) -> None:
    run_json(data, "add", files)
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "assistant", "library"]
    listed = subprocess.run(
        [*command, "list", "--data", data],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
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
    "command",
    [
        "add",
        "list",
        "show",
        "rename",
        "remove",
        "restore",
        "refresh",
        "export",
        "import",
        "move",
        "duplicates",
    ],
)
def test_help_of_every_command_has_common_options(command: str) -> None:
    environment = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    result = CliRunner().invoke(app, ["library", command, "--help"], env=environment)
    assert result.exit_code == 0
    for option in ("--json", "--data", "--debug"):
        assert option in result.stdout
    assert "\x1b" not in result.stdout


def test_library_in_postgresql_is_used_by_several_folders(
    tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch, postgresql: PostgresqlServer
) -> None:
    monkeypatch.setenv("ARTICLE_ASSISTANT_DATABASE", postgresql.make_address())
    command = [sys.executable, "-m", "assistant", "library"]
    for folder, *words in (("one", "add", files / "bridge.txt"), ("two", "list")):
        process = subprocess.run(
            [*command, *map(str, words), "--data", str(tmp_path / folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
    assert process.stdout.endswith("  bridge\n")
    assert not list(tmp_path.glob("*/articles.sqlite"))


def run_process(folder: Path, *words: object, database: str = "", to: str = "") -> str:
    """Run a command in a process of its own, and return what it prints.

    The addresses of the library's database and of the one to move it to are in the environment.
    """
    variables = {"ARTICLE_ASSISTANT_DATABASE": database} | (
        {"ARTICLE_ASSISTANT_MOVE_TO": to} if to else {}
    )
    process = subprocess.run(
        [sys.executable, "-m", "assistant", *map(str, words), "--data", str(folder)],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_library_is_moved_to_postgresql_and_back(
    tmp_path: Path, files: Path, postgresql: PostgresqlServer
) -> None:
    folder, address = tmp_path / "data", postgresql.make_address()
    run_process(folder, "library", "add", files)
    listed = run_process(folder, "library", "list", "--json")
    _add_mark_and_user(folder)
    article_id = json.loads(listed)[0]["id"]
    OriginalFolder(folder).put(article_id, b"%PDF-1.4")
    moved = run_process(folder, "library", "move", to=address)
    assert moved.startswith("2 copied, 0 there already, 2 compared: all are equal.")
    assert "Copied as well, originals: 1, marks: 1, ratings: 1, users: 1." in moved
    assert "set ARTICLE_ASSISTANT_DATABASE" in moved
    assert address not in moved
    assert run_process(folder, "library", "list", "--json", database=address) == listed
    question = ("ask", "Who opened the Old Bridge?", "--all", "--model", "none")
    assert "Ana Ruiz" in run_process(folder, *question, database=address)
    other = tmp_path / "other"
    back = run_process(other, "library", "move", "--to", "sqlite", database=address)
    assert back.startswith("2 copied")
    assert "Copied as well, originals: 1, marks: 1, ratings: 1, users: 1." in back
    again = json.loads(
        run_process(other, "library", "move", "--to", "sqlite", "--json", database=address)
    )
    assert (again["copied"], again["users"]) == (0, None)
    AccountStore(folder, address).set_password_hash("ana", "new", ends_sessions=True)
    kept = run_process(other, "library", "move", "--to", "sqlite", database=address)
    assert "has users already. They stay as they are" in kept
    assert [user.password_hash for user in AccountStore(other).list_users()] == [""]
    assert [user.name for user in AccountStore(other).list_users()] == ["ana"]
    assert AccountStore(other).find_key(b"hash") == ("ana", "editor", frozenset(["ask"]))
    assert [rating.question for rating in Feedback(other).all()] == ["Who?"]
    assert OriginalFolder(other).get(article_id) == b"%PDF-1.4"
    assert run_process(other, "library", "list", "--json") == listed
    assert "Ana Ruiz" in run_process(other, *question)


def _add_mark_and_user(folder: Path) -> None:
    article = Article.from_text("The mill was built in 1902.")
    MarkStore(folder).put(article, Mark(4, 8, "mill", "A note."))
    Feedback(folder).give("chat", article.id, Answer.from_text("Who?", "Ana."), "up")
    accounts = AccountStore(folder)
    accounts.add_user("ana", "editor", "")
    accounts.add_key("ana", "key", b"hash", ["ask"], "")
    accounts.close()


@pytest.mark.parametrize(
    ("address", "status"),
    [("sqlite", 2), ("postgresql+psycopg://user:s3cret@127.0.0.1:1/articles", 1), ("s3cret", 2)],
)
def test_library_is_not_moved_to_unusable_database(
    data: Path, files: Path, address: str, status: int
) -> None:
    run(data, "library", "add", files)
    message = check_error(run(data, "library", "move", "--to", address), status)
    assert "s3cret" not in message
    assert run(data, "library", "list", "--json").exit_code == 0


@pytest.mark.parametrize(
    ("address", "status"),
    [("postgresql+psycopg://user:s3cret@127.0.0.1:1/articles", 1), ("s3cret", 2)],
)
def test_unusable_database_is_one_line_without_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, status: int
) -> None:
    monkeypatch.setenv("ARTICLE_ASSISTANT_DATABASE", address)
    message = check_error(run(tmp_path, "library", "list"), status)
    assert "ARTICLE_ASSISTANT_DATABASE" in message
    assert "s3cret" not in message


def test_tags_are_added_removed_and_listed(data: Path, files: Path) -> None:
    run(data, "library", "add", files)
    assert run_json(data, "tag", "bridge", "--add", "Lund", "--add", "old") == ["Lund", "old"]
    assert run_json(data, "tag", "bridge", "--remove", "OLD", "--add", "new") == ["Lund", "new"]
    assert run(data, "library", "tag", "bridge").stdout == "Lund\nnew\n"
    assert [article["tags"] for article in run_json(data, "list")] == [["Lund", "new"], []]
    assert "tags: Lund, new\n" in run(data, "library", "show", "bridge").stdout
    check_error(run(data, "library", "tag", "bridge", "--add", " "))


def test_search_shows_the_sentence_with_the_words(data: Path, files: Path) -> None:
    run(data, "library", "add", files)
    (hit,) = run_json(data, "search", "streets", "ash")
    assert hit["text"] == ETNA
    words = [ETNA[start:end] for start, end in hit["words"]]
    assert words == ["streets", "ash"]
    assert ETNA in run(data, "library", "search", "street").stdout
    assert "No article" in run(data, "library", "search", "volcanoes").stderr


@pytest.fixture
def private(data: Path, files: Path) -> Article:
    """Return a private article in the library; its source is a file."""
    source = str(files / "bridge.txt")
    article = Article.from_text("The bridge was drawn in 1990.", "Plan", source=source)
    return default_resources().library(data).add(article.owned_by("ana"))


def test_list_names_the_owner_of_private_articles(
    data: Path, files: Path, private: Article
) -> None:
    run(data, "library", "add", files / "deep")
    plan, etna = run(data, "library", "list").stdout.splitlines()
    assert plan.endswith("Plan  (private: ana)")
    assert etna.endswith("etna")
    assert [article["owner"] for article in run_json(data, "list")] == ["ana", ""]
    assert "owner: ana" in run(data, "library", "show", private.id).stdout


def test_add_leaves_a_private_article_of_the_same_file(
    data: Path, files: Path, private: Article
) -> None:
    (added,) = run_json(data, "add", files / "bridge.txt")
    assert added["status"] == "added"
    assert [article["owner"] for article in run_json(data, "list")] == ["ana", ""]


def test_refresh_keeps_an_article_private(data: Path, private: Article) -> None:
    (updated,) = run_json(data, "refresh", private.id)
    assert updated["status"] == "changed"
    (listed,) = run_json(data, "list")
    assert (listed["id"], listed["owner"]) == (updated["id"], "ana")
    assert run_json(data, "refresh", updated["id"])[0]["status"] == "unchanged"


def test_export_leaves_out_private_articles_unless_named(
    data: Path, files: Path, private: Article, tmp_path: Path
) -> None:
    run(data, "library", "add", files / "deep")
    file = tmp_path / "library.zip"
    for words, count in (((), 1), (("--private",), 2), ((private.id,), 1)):
        result = run(data, "library", "export", file, "--force", *words, "--json")
        assert json.loads(result.stdout)["articles"] == count
        assert ("left out: 1" in result.stderr) == (not words)
    other = tmp_path / "other"
    (imported,) = run_json(other, "import", file)
    assert (imported["id"], run_json(other, "list")[0]["owner"]) == (private.owned_by("").id, "")
    default_resources().library(other).close()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Return a JSONL file whose second line has no text."""
    path = tmp_path / "news.jsonl"
    lines = {"text": BRIDGE, "title": "Bridge"}, {"title": "Empty"}, {"text": ETNA}
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def test_index_reports_failures_and_retries_them(data: Path, files: Path, news: Path) -> None:
    result = run(data, "library", "index", news, files, "--workers", 1)
    assert result.exit_code == 1
    # The two texts under other titles are other articles.
    assert result.stdout.startswith("4 added, 0 there, 1 failed.")
    assert f"{news}, line 2, has no text" in result.stderr
    assert "--retry-failed" in result.stderr
    assert len(run_json(data, "list")) == 4

    again = run(data, "library", "index", "--retry-failed", "--json", "--workers", 1)
    assert again.exit_code == 1
    report = json.loads(again.stdout)
    assert (report["added"], report["there"], report["failed"]) == (0, 0, 1)
    assert report["failures"][0]["record"] == 2
    news.write_text(news.read_text().replace('"Empty"', '"Full", "text": "The mill burned down."'))
    assert run_json(data, "index", "--retry-failed", "--workers", 1)["added"] == 1
    assert run_json(data, "index", "--retry-failed", "--workers", 1)["failed"] == 0


def test_index_gives_articles_that_add_gives(data: Path, files: Path) -> None:
    assert run_json(data, "index", files, "--workers", 1)["added"] == 2
    assert {row["status"] for row in run_json(data, "add", files)} == {"there"}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "Name files"),
        (["--retry-failed", "a.txt"], "Name files"),
        (["a.txt", "--ray-address", "127.0.0.1:6379"], "--engine ray"),
        (["nosuch://a/b.txt"], "nosuch://"),
    ],
)
def test_index_bad_options_are_refused(data: Path, words: list[str], reason: str) -> None:
    assert reason in check_error(run(data, "library", "index", *words))


def test_index_interrupted_program_continues(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    lines = ({"text": f"{BRIDGE} It has {number} arches."} for number in range(30_000))
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "assistant", "library", "index", str(path)]
    process = subprocess.Popen(
        [*command, "--workers", "2", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    database = data / "articles.sqlite-wal"
    deadline = time.monotonic() + 120
    while not (database.exists() and database.stat().st_size > 1_000_000):  # a batch was written
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stderr == "Interrupted. The same command continues.\n"
    added = int(stdout.split()[0].replace(",", ""))
    assert 0 < added < 30_000
    assert len(run_json(data, "list")) == added
