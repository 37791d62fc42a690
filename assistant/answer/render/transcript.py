"""Export a conversation with its citations as Markdown, printable HTML, JSON or Word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from assistant.answer.answer import Answer
from assistant.answer.render.answer_parts import ENGLISH, Conversation, Locale
from assistant.answer.render.docx import render_docx
from assistant.answer.render.html import render_html
from assistant.answer.render.markdown import render_markdown
from assistant.answer.render.original_link import link_to_sentence
from index.errors import InputError
from index.text.article import Article

__all__ = [
    "Format",
    "MEDIA_TYPES",
    "TextFormat",
    "export_conversation",
    "export_file",
    "format_from_suffix",
]

TextFormat = Literal["md", "html", "json"]
Format = Literal["md", "html", "json", "docx"]
MEDIA_TYPES: Mapping[Format, str] = {
    "md": "text/markdown",
    "html": "text/html",
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def format_from_suffix(path: Path) -> Format:
    """Return the format for the suffix of a file name.

    Raises:
        InputError: the suffix is that of no format.
    """
    formats: tuple[Format, ...] = get_args(Format)
    for format_ in formats:
        if path.suffix.lower() == f".{format_}":
            return format_
    raise InputError(
        f"A chat cannot be exported as {path.name}. "
        "Use a name that ends in .md, .html, .json or .docx."
    )


def export_file(
    conversation: Conversation,
    articles: Iterable[Article],
    format_: Format,
    title: str = "",
    locale: Locale = ENGLISH,
) -> bytes:
    """Return a conversation as a file in one of the formats; text is UTF-8.

    The arguments are those of `export_conversation`.

    Raises:
        InputError: the format is Word, and its package is not installed.
    """
    if format_ == "docx":
        return render_docx(*_prepare(conversation, articles, title), locale)
    return export_conversation(conversation, articles, format_, title, locale).encode(
        "utf-8", "replace"
    )


def export_conversation(
    conversation: Conversation,
    articles: Iterable[Article],
    format_: TextFormat,
    title: str = "",
    locale: Locale = ENGLISH,
) -> str:
    """Return a conversation in one of the formats that are text.

    Args:
        conversation: the questions and answers.
        articles: the articles that were asked. Each is listed once.
        format_: the format.
        title: of the chat; by default its first question.
        locale: language of labels and notes; JSON ignores it.
    """
    prepared = _prepare(conversation, articles, title)
    if format_ == "json":
        return _render_json(*prepared)
    return {"md": render_markdown, "html": render_html}[format_](*prepared, locale)


def _prepare(
    conversation: Conversation, articles: Iterable[Article], title: str
) -> tuple[Conversation, Sequence[Article], str]:
    """Return the arguments of a renderer: each article once, and a title."""
    unique = list({article.id: article for article in articles}.values())
    return conversation, unique, title or (conversation[0][0] if conversation else "An empty chat")


def _render_json(conversation: Conversation, articles: Sequence[Article], title: str) -> str:
    """Return a conversation as JSON.

    Answers are complete, so that `Answer.from_dict` can read them. Each quote also has the source
    of its article.
    """
    metadata = [
        {
            "id": article.id,
            "title": article.title,
            "date": article.date,
            "source": article.source,
        }
        for article in articles
    ]
    turns = [
        {"question": question, "answer": _serialize_answer(answer, articles)}
        for question, answer in conversation
    ]
    return (
        json.dumps(
            {"title": title, "articles": metadata, "turns": turns}, ensure_ascii=False, indent=2
        )
        + "\n"
    )


def _serialize_answer(answer: Answer, articles: Sequence[Article]) -> dict[str, Any]:
    data = answer.to_dict()
    sources = {article.id: article.source for article in articles}
    for quote in [*data["quotes"], *([data["nearest"]] if data["nearest"] else [])]:
        quote["source"] = sources.get(quote["article_id"], "")
        quote["link"] = link_to_sentence(quote["source"], quote["text"])
    return data
