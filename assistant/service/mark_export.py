"""Write the marks and notes of an article as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.answer.render.markdown_escape import escape_markdown
from assistant.answer.render.original_link import link_to_sentence, web_address
from index.loaders.base import strip_folders
from index.storage.marks import Mark
from index.text.article import Article

__all__ = ["render_marks"]


def render_marks(article: Article, marks: Sequence[Mark]) -> str:
    """Return the marks with their notes as Markdown, in the order of the article.

    It has no words of its own, so that it needs no translation. Runs of white space within a line
    become one space, and each line is a paragraph.
    """
    source = web_address(article.source) or strip_folders(article.source)
    facts = " · ".join(filter(None, (article.author, article.date, source)))
    parts = [
        f"# {escape_markdown(article.title or article.id, is_heading=True)}",
        escape_markdown(facts, opens_line=True),
        *(part for mark in marks for part in _render_mark(article, mark)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _render_mark(article: Article, mark: Mark) -> Iterator[str]:
    """Yield the quote with its place, then the note."""
    section = article.structure.section_at(mark.start)
    page = article.page_of(mark.start)
    link = link_to_sentence(article.source, mark.text)
    place = (
        escape_markdown(section.title) if section else "",
        f"p. {page}" if page else "",  # as ISO 690 cites pages, in any language
        f"[↗]({link})" if link else "",
    )
    shown = " · ".join(filter(None, place))
    quote = _render_paragraphs(mark.text) + (f"\n\n— {shown}" if shown else "")
    yield "\n".join(f"> {line}".rstrip() for line in quote.split("\n"))
    yield _render_paragraphs(mark.note)


def _render_paragraphs(text: str) -> str:
    lines = (escape_markdown(line, opens_line=True) for line in text.splitlines())
    return "\n\n".join(filter(None, lines))
