"""Test that the catalogues translate every text of the page."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

import assistant
import index
from assistant.answer import render
from assistant.answer.quote import NOT_STATED
from assistant.answer.render.answer_parts import NEAREST, ORIGINAL, PARTIAL
from assistant.answer.render.docx import SOURCES
from assistant.answer.statement import UNANSWERED_PREFIX
from assistant.interfaces.web import page
from assistant.interfaces.web.conversation import UNREADABLE_TURN
from assistant.interfaces.web.guide import SUMMARIES_COMMAND, SUMMARY_COMMAND, render_guide
from assistant.interfaces.web.head import HEAD, SCRIPTS
from assistant.interfaces.web.html import ARTICLE_WORDS, ASSISTANT_WORDS
from assistant.interfaces.web.i18n import LANGUAGES, TRANSLATIONS_SCRIPT, load_catalogue
from assistant.interfaces.web.page import build_page
from assistant.interfaces.web.scripts import PANE_SCRIPTS
from assistant.interfaces.web.streaming import STAGE_LABELS, WAITING
from assistant.interfaces.web.toolbar import TOOLBAR_TEMPLATE
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.loaders import SUPPORTED_FORMATS
from index.storage.library import Library
from index.text.article import Article
from index.web.fetcher import _REFUSAL_REASONS

PAGE = Path(page.__file__).parent
STATIC = PAGE / "static"
KEYS = set(load_catalogue("de"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_have_same_keys_and_placeholders(language: str) -> None:
    catalogue = load_catalogue(language)
    assert set(catalogue) == KEYS
    for english, translation in catalogue.items():
        assert translation.strip(), english
        placeholders = sorted(re.findall(r"\{\w+\}", english))
        assert sorted(re.findall(r"\{\w+\}", translation)) == placeholders, english
        is_sentence = english.endswith((".", ":", "…"))
        assert translation.endswith((".", ":", "…")) == is_sentence, english


def test_languages_match_catalogue_files() -> None:
    assert sorted(path.stem for path in (PAGE / "locales").glob("*.json")) == sorted(LANGUAGES)
    assert re.findall(r'<option value="(\w+)" lang', TOOLBAR_TEMPLATE) == ["en", *LANGUAGES]


def texts_in_scripts() -> set[str]:
    """Return the texts that scripts pass to `say`, `onKey` and `button`."""
    texts: set[str] = set()
    for name in (*SCRIPTS, *PANE_SCRIPTS, "library-drawer.js"):
        script = (STATIC / name).read_text(encoding="utf-8")
        texts.update(re.findall(r'(?:say|button)\("([^"]+)"', script))
        texts.update(re.findall(r'onKey\("[^"]+", "([^"]+)"', script))
        texts.update(re.findall(r'^    \w+: "([A-Z][^"]+\.)",$', script, re.MULTILINE))
    return texts


def test_texts_of_scripts_are_in_catalogues() -> None:
    texts = texts_in_scripts()
    assert {
        "Copy quote",
        "Next quote in the article",
        "Not found",
        "Conversation",
        "Search chats",
        "New title",
        "Copy with source",
    } <= texts
    assert texts <= KEYS


def test_texts_of_toolbar_and_stages_are_in_catalogues() -> None:
    texts = re.findall(
        r">([^<>{}]*[a-z]{2}[^<>{}]*)<",
        re.sub(r'(?s)<select id="set-language".*?</select>', "", TOOLBAR_TEMPLATE),
    )
    labels = re.findall(r'(?:aria-label|placeholder)="([^"]+)"', TOOLBAR_TEMPLATE)
    assert {" ".join(text.split()) for text in [*texts, *labels]} <= KEYS
    assert {*STAGE_LABELS.values(), NOT_STATED, WAITING} <= KEYS


def test_labels_of_components_are_in_catalogues(bundled: Article, tmp_path: Path) -> None:
    service = AssistantService(bundled, Library(tmp_path), None, Settings())
    texts: set[str] = set()
    for block in build_page(service).blocks.values():
        texts.update(
            filter(None, (getattr(block, name, None) for name in ("label", "placeholder")))
        )
        texts.update([block.value] if isinstance(block, gr.Button) and block.value else [])
    service.whole_library.close()
    # Labels of components that show none, and a text without words.
    invisible = {"1st", "HTML", "Chatbot", "Textbox", "https://"}
    assert {"Paste", "Open this text"} <= texts
    keys = {re.sub("^A file: .*", "A file: {kinds}", text) for text in texts}
    assert keys - invisible <= KEYS


def test_texts_of_library_panel_are_in_catalogues() -> None:
    modules = ("library_panel.py", "library_list.py")
    source = "".join((PAGE / module).read_text(encoding="utf-8") for module in modules)
    texts = re.findall(
        r'render_(?:notice|progress|deleted)\(\s*(?:article_id,\s*)?f?"([^"]+)"', source
    )
    texts += re.findall(r">([A-Za-z][^<>]+)<", source)
    texts += re.findall(r'(?:aria-label|placeholder)="([^"]+)"', source)
    texts.remove("https://")
    assert len(texts) > 12
    patterns = {re.sub(r"\{[^}]+\}", "{}", key) for key in KEYS}
    assert {re.sub(r"\{[^}]+\}", "{}", text) for text in texts} <= patterns
    assert {UNREADABLE_TURN, ARTICLE_WORDS, ASSISTANT_WORDS} <= KEYS


def test_texts_of_guide_are_in_catalogues(bundled: Article) -> None:
    article = replace(bundled, source="https://a.example")
    html = render_guide([article], []) + render_guide([article, article], [])
    texts = set(re.findall(r'class="[a-z ]*say"[^>]*>([^<]+)<', html))
    assert {SUMMARY_COMMAND, SUMMARIES_COMMAND, "Who speaks", "Original page"} < texts
    assert not {text for text in texts if not any(is_key_of(key, text) for key in KEYS)}


def test_export_labels_are_in_catalogues_and_sent_by_the_page() -> None:
    modules = Path(*render.__path__).glob("*.py")
    source = "".join(module.read_text(encoding="utf-8") for module in modules)
    labels = {
        NEAREST,
        ORIGINAL,
        PARTIAL,
        SOURCES,
        *re.findall(r'locale\.translate\(["\']([^"\']+)["\']\)', source),
    }
    assert {"Article:", "page", "paragraph", "Searched for:"} < labels
    assert labels <= KEYS
    sent = re.search(r"const OURS = (\[.*\]);", (STATIC / "chats.js").read_text(encoding="utf-8"))
    assert sent
    assert set(json.loads(sent[1])) == labels
    assert f'const UNSTATED = "{UNANSWERED_PREFIX}";' in (STATIC / "chats.js").read_text(
        encoding="utf-8"
    )


# Modules whose notes and errors the page can show.
ASSISTANT, INDEX = Path(assistant.__file__).parent, Path(index.__file__).parent
MODULES = [
    *(
        ASSISTANT / name
        for name in ("assistant.py", "answer", "pipeline", "models", "service", "interfaces/web")
    ),
    *(INDEX / name for name in ("text", "embedders", "loaders", "web")),
    *(
        INDEX / "storage" / name
        for name in (
            "passage_vectors.py",
            "article_records.py",
            "sqlite/database.py",
            "sqlite/store.py",
            "chroma.py",
            "chroma_folder.py",
            "chroma_server.py",
        )
    ),
]
# Beginnings of texts that only programs, the command line or the startup show.
NOT_ON_PAGE_PREFIXES = (
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
        "{} is not a model.",
        "There is no file",
        "The folder {} holds no model",
        "{} is not the URL of a model",
    ),
    "A chat cannot be exported",
    "ARTICLE_ASSISTANT_CHROMA is not the URL",
    "The header {} of ARTICLE_ASSISTANT_CHROMA_HEADERS",
    *(
        "The data folder",
        "{} was written by a newer version",
        "{} is a folder.",
        "{} is not a regular file.",
    ),
    "{} cannot be read ({}). Check its name",
    "The disk of {} is",  # only `/readyz` and `doctor` say this
)
PROMPT_TEXTS = ("Begin with Yes or No.", "Name all of them.", "Question: {}\nAnswer: {}")


def sentences_in(path: Path) -> Iterator[str]:
    """Yield the whole sentences in the string literals of a module, with {} for each placeholder.

    Docstrings and log messages are left out.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    ignored: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            ignored.update(id(inner) for inner in ast.walk(node) if inner is not node)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
            ignored.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if id(node) in ignored:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if (
            re.match(r"(?![A-Z]{4})[A-Z“{]", text)
            and len(text.split()) > 2
            and re.search(r"\.$|[a-z]\. .*\?$|[:.] \{\}$", text)
        ):
            yield text


SENTENCES = {
    text
    for module in MODULES
    for path in ([module] if module.suffix else module.rglob("*.py"))
    for text in sentences_in(path)
    if not text.startswith(NOT_ON_PAGE_PREFIXES) and text not in PROMPT_TEXTS
}


def is_key_of(key: str, text: str) -> bool:
    """Return whether the page finds a text by this key, whatever its placeholders contain."""
    pattern = re.sub(r"\\\{\w+\\\}", "(.+?)", re.escape(key))
    return bool(re.fullmatch(pattern, text.replace("{}", "7"), re.DOTALL))


def test_notes_and_errors_are_in_catalogues() -> None:
    examples = {
        "{} is damaged. Save it again and try once more.",
        "The model cited no sentence; here are the quotes alone.",
    }
    examples |= {"The source given: {}", "“{}” does not occur in the article."}
    assert examples <= SENTENCES
    assert len(SENTENCES) > 110
    assert not {text for text in SENTENCES if not any(is_key_of(key, text) for key in KEYS)}


def test_placeholder_values_are_in_catalogues() -> None:
    steps = re.findall(
        r'progress\("([^"]+)"',
        "".join(path.read_text() for path in MODULES[0].parent.rglob("*.py")),
    )
    assert {"reading the article", "converting"} <= set(steps)
    assert {
        *steps,
        SUPPORTED_FORMATS,
        *_REFUSAL_REASONS.values(),
        "is not given",
        "is not given: the server fails",
    } - {
        "embedding",
        "embedding all articles anew",
        "importing",
    } <= KEYS


def test_catalogues_cannot_end_their_script_element() -> None:
    assert TRANSLATIONS_SCRIPT.count("<") == TRANSLATIONS_SCRIPT.count("</script>") + 1 == 2
    assert TRANSLATIONS_SCRIPT in HEAD
