"""Render an answer as self-contained HTML for a notebook, with all text escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from assistant.answer.quote import Quote

__all__ = ["render_notebook_html"]

# Classes that stop a notebook from reading text between two dollar signs as a formula.
_NO_FORMULAS = "tex2jax_ignore mathjax_ignore"


def render_notebook_html(
    question: str, words: str, notes: Sequence[str], quotes: Sequence[Quote], nearest: Quote | None
) -> str:
    """Return HTML with the question, the answer and its numbered, highlighted quotes.

    Each quote has its location after it. The HTML loads nothing.
    """
    body = "".join(_render_blocks(question, words, notes, quotes, nearest))
    return f'<div class="{_NO_FORMULAS}" dir="auto">{body}</div>'


def _render_blocks(
    question: str, words: str, notes: Sequence[str], quotes: Sequence[Quote], nearest: Quote | None
) -> Iterator[str]:
    yield f"<p><strong>{escape(question)}</strong></p>"
    if words:
        yield f"<p>{escape(words)}</p>"
    for note in notes:
        yield f"<p><em>{escape(note)}</em></p>"
    for quote in quotes:
        yield _render_quote(quote, f"[{quote.number}]")
    if nearest:
        yield _render_quote(nearest, "Related passage:")


def _render_quote(quote: Quote, label: str) -> str:
    mark = f'<mark style="background:#fde68a;color:#111">{escape(quote.text)}</mark>'
    where = f"<small>({escape(quote.where)})</small>"
    return f'<blockquote style="margin:.3em 1em">{label} {mark} {where}</blockquote>'
