"""Render an answer as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answer.answer import Answer
from assistant.answer.render.answer_parts import (
    ENGLISH,
    Locale,
    list_notes,
    locate_quote,
    split_answer,
)
from assistant.answer.statement import join_statements
from index.text.article import Article

__all__ = ["render_answer_text"]


def render_answer_text(
    answer: Answer, articles: Sequence[Article], locale: Locale = ENGLISH
) -> str:
    """Return one answer as plain text: its words, then each quote with its location."""
    lines: list[str] = []
    for statements, quotes in split_answer(answer, locale):
        lines += [words] if (words := join_statements(statements)) else []
        for label, quote in quotes:
            location = locate_quote(quote, articles, locale)
            where = "\n    ".join(filter(None, [", ".join(location.parts), location.link]))
            lines.append(f"{label} “{' '.join(quote.text.split())}”\n    {where}")
    return "\n\n".join([*lines, *list_notes(answer, locale)]) + "\n"
