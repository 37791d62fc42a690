"""Every word of the page, in every language."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

import assistant
import index
from assistant import export
from assistant.answer import NOT_STATED
from assistant.export import NEAREST, PARTIAL
from assistant.page import page
from assistant.page.answering import STAGES
from assistant.page.asking import SUMMARISE
from assistant.page.chats import UNREADABLE
from assistant.page.desk import Desk
from assistant.page.head import HEAD, SCRIPTS
from assistant.page.page import build
from assistant.page.toolbar import TOOLBAR
from assistant.page.translations import LANGUAGES, WORDS_SCRIPT, catalogue
from assistant.parts import UNSTATED
from assistant.settings import Settings
from index.article import Article
from index.library import Library
from index.loaders import KINDS
from index.web.fetching import _REFUSALS

PAGE = Path(page.__file__).parent
KEYS = set(catalogue("de"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_has_every_text_with_the_same_places_to_fill(language: str) -> None:
    words = catalogue(language)
    assert set(words) == KEYS
    for english, told in words.items():
        assert told.strip(), english
        assert sorted(re.findall(r"\{\w+\}", told)) == sorted(re.findall(r"\{\w+\}", english)), english
        assert english.endswith((".", ":", "…")) == told.endswith((".", ":", "…")), english


def test_the_languages_are_those_that_there_are_catalogues_for() -> None:
    assert sorted(path.stem for path in (PAGE / "words").glob("*.json")) == sorted(LANGUAGES)
    assert re.findall(r'<option value="(\w+)" lang', TOOLBAR) == ["en", *LANGUAGES]


def said_by_scripts() -> set[str]:
    """What scripts say: texts given to `say`, `onKey` and `button`."""
    said: set[str] = set()
    for name in (*SCRIPTS, "shelf.js"):
        text = (PAGE / name).read_text(encoding="utf-8")
        said.update(re.findall(r'(?:say|button)\("([^"]+)"', text))
        said.update(re.findall(r'onKey\("[^"]+", "([^"]+)"', text))
        said.update(re.findall(r'^    \w+: "([A-Z][^"]+\.)",$', text, re.MULTILINE))
    return said


def test_what_scripts_say_is_in_the_catalogues() -> None:
    said = said_by_scripts()
    assert {"Copy quote", "Next quote in the article", "Not found", "Conversation", "Search chats", "New title"} <= said
    assert said <= KEYS


def test_what_the_toolbar_and_the_server_say_is_in_the_catalogues() -> None:
    texts = re.findall(r">([^<>{}]*[a-z]{2}[^<>{}]*)<", re.sub(r'(?s)<select id="set-language".*?</select>', "", TOOLBAR))
    labels = re.findall(r'(?:aria-label|placeholder)="([^"]+)"', TOOLBAR)
    assert {" ".join(text.split()) for text in [*texts, *labels]} <= KEYS
    assert {*STAGES.values(), NOT_STATED} <= KEYS


def test_what_the_drawer_and_the_conversation_show_is_in_the_catalogues(bundled: Article, tmp_path: Path) -> None:
    desk = Desk(bundled, Library(tmp_path), None, Settings())
    shown: set[str] = set()
    for block in build(desk).blocks.values():
        shown.update(filter(None, (getattr(block, name, None) for name in ("label", "placeholder"))))
        shown.update([block.value] if isinstance(block, gr.Button) and block.value else [])
    desk.library.close()
    unseen = {"1st", "HTML", "Chatbot", "Textbox", "https://"}  # of parts without a label, and what is no word
    assert {"Paste", "Open this text", SUMMARISE} <= shown
    assert {re.sub("^A file: .*", "A file: {kinds}", one) for one in shown} - unseen <= KEYS


def test_what_the_drawer_tells_is_in_the_catalogues() -> None:
    source = (PAGE / "shelf.py").read_text(encoding="utf-8")
    told = re.findall(r'(?:notice|working|deleted)_html\((?:article_id, )?f?"([^"]+)"', source)
    told += re.findall(r">([A-Za-z][^<>]+)<", source) + re.findall(r'(?:aria-label|placeholder)="([^"]+)"', source)
    told.remove("https://")
    assert len(told) > 12
    assert {re.sub(r"\{[^}]+\}", "{}", one) for one in told} <= {re.sub(r"\{[^}]+\}", "{}", one) for one in KEYS}
    assert UNREADABLE in KEYS


def test_what_exports_say_beside_the_articles_words_is_in_the_catalogues_and_sent_by_the_page() -> None:
    labels = {NEAREST, PARTIAL, *re.findall(r'tongue\.say\(["\']([^"\']+)["\']\)', inspect.getsource(export))}
    assert {"Article:", "page", "characters", "Searched for:"} < labels
    assert labels <= KEYS
    sent = re.search(r"const OURS = (\[.*\]);", (PAGE / "chats.js").read_text(encoding="utf-8"))
    assert sent
    assert set(json.loads(sent[1])) == labels
    assert f'const UNSTATED = "{UNSTATED}";' in (PAGE / "chats.js").read_text(encoding="utf-8")


# Modules whose notes and errors a reader of the page can meet.
SPEAKING = [
    *(Path(assistant.__file__).parent / name for name in ("assistant.py", "chain.py", "feedback.py", "kept.py", "kinds.py")),
    *(Path(assistant.__file__).parent / name for name in ("reader.py", "task.py", "wording.py", "models", "page")),
    *(
        Path(index.__file__).parent / name
        for name in ("article.py", "embedded.py", "embedding.py", "folder.py", "store.py", "vectors.py", "loaders", "web")
    ),
]
# Told to programs, on the command line, or before there is a page: texts that begin like this.
ELSEWHERE = (
    *(
        "A question is a text, not",
        "An answer can be short, normal or long, not",
        "No article was given.",
        "A model server needs",
        "There is no model {}. Use",
        "The model {} needs",
    ),
    *(
        "The model {} cannot be used",
        "{} is no model.",
        "There is no file",
        "The folder {} holds no model",
        "{} is no address of a model",
    ),
    *("The data folder", "{} was written by a newer version", "{} is a folder.", "{} is not a regular file."),
    "{} cannot be read ({}). Check its name",
)
TO_MODELS = ("Begin with Yes or No.", "Name all of them.")


def sentences_in(path: Path) -> Iterator[str]:
    """What the code can tell in whole sentences, with {} for what is put in; without docstrings and what goes to the log."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            silent.update(id(inner) for inner in ast.walk(node) if inner is not node)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
            silent.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            told = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            told = node.value
        else:
            continue
        if (
            re.match(r"(?![A-Z]{4})[A-Z“{]", told)
            and len(told.split()) > 2
            and re.search(r"\.$|[a-z]\. .*\?$|[:.] \{\}$", told)
        ):
            yield told


TOLD = {
    told for place in SPEAKING for path in ([place] if place.suffix else place.rglob("*.py")) for told in sentences_in(path)
}
TOLD = {told for told in TOLD if not told.startswith(ELSEWHERE) and told not in TO_MODELS}


def matches(key: str, told: str) -> bool:
    """Whether the page finds a text by this key of the catalogues, whatever was put in."""
    pattern = re.sub(r"\\\{\w+\\\}", "(.+?)", re.escape(key))
    return bool(re.fullmatch(pattern, told.replace("{}", "7"), re.DOTALL))


def test_every_note_and_error_that_the_page_can_show_is_in_the_catalogues() -> None:
    known = {"{} is damaged ({}). Save it again and try once more.", "The model cited no sentence; here are the quotes alone."}
    assert known | {"The source given: {}", "“{}” does not occur in the article."} <= TOLD
    assert len(TOLD) > 110
    assert not {told for told in TOLD if not any(matches(key, told) for key in KEYS)}


def test_what_is_put_into_notes_and_errors_as_words_of_the_page_is_in_the_catalogues() -> None:
    steps = re.findall(r'progress\("([^"]+)"', "".join(path.read_text() for path in SPEAKING[0].parent.rglob("*.py")))
    assert {"reading the article", "converting"} <= set(steps)
    assert {*steps, KINDS, *_REFUSALS.values(), "is not given", "is not given: the server fails"} - {
        "embedding",
        "embedding all articles anew",
        "importing",
    } <= KEYS


def test_the_catalogues_cannot_end_the_script_that_carries_them() -> None:
    assert WORDS_SCRIPT.count("<") == WORDS_SCRIPT.count("</script>") + 1 == 2
    assert WORDS_SCRIPT in HEAD
