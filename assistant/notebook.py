"""An answer as a notebook shows it: whole in itself, every word of it escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .answer import Answer, Quote

__all__ = ["answer_html"]

# What a notebook would otherwise take for a formula between two dollar signs.
_NO_FORMULAS = "tex2jax_ignore mathjax_ignore"


def answer_html(answer: Answer) -> str:
    """The question, the answer, and its quotes: marked, numbered as in the text, each with its place. Nothing is loaded."""
    return f'<div class="{_NO_FORMULAS}" dir="auto">{"".join(_parts(answer))}</div>'


def _parts(answer: Answer) -> Iterator[str]:
    yield f"<p><strong>{escape(answer.question)}</strong></p>"
    if answer.words:
        yield f"<p>{escape(answer.words)}</p>"
    for note in answer.notes:
        yield f"<p><em>{escape(note)}</em></p>"
    for quote in answer.quotes:
        yield _standing(quote, f"[{quote.number}]")
    if answer.nearest:
        yield _standing(answer.nearest, "The nearest passage, which does not answer it:")


def _standing(quote: Quote, label: str) -> str:
    mark = f'<mark style="background:#fde68a;color:#111">{escape(quote.text)}</mark>'
    return f'<blockquote style="margin:.3em 1em">{label} {mark} <small>({escape(quote.where)})</small></blockquote>'
