"""Every word of the page, in every language."""

from __future__ import annotations

import re
from pathlib import Path

import gradio as gr
import pytest

from assistant.answer import NOT_STATED
from assistant.page import page
from assistant.page.answering import STAGES
from assistant.page.asking import SUMMARISE
from assistant.page.chats import UNREADABLE
from assistant.page.desk import Desk
from assistant.page.page import HEAD, SCRIPTS, build
from assistant.page.toolbar import TOOLBAR
from assistant.page.translations import CATALOGUES, LANGUAGES, catalogue
from assistant.settings import Settings
from index.article import Article
from index.library import Library

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


def test_the_catalogues_cannot_end_the_script_that_carries_them() -> None:
    assert "<" not in CATALOGUES
    assert f"<script>window.CATALOGUES = {CATALOGUES}</script>" in HEAD
