"""Render the guide to the open articles, which the page shows until a question is asked."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.answer.render.original_link import site_name, web_address
from assistant.interfaces.web.article_html import WORDS_PER_MINUTE, sentence_anchor
from assistant.interfaces.web.library_list import render_day
from assistant.service.guide import Highlight, build_guide
from index.text.article import Article

__all__ = ["SUMMARIES_COMMAND", "SUMMARY_COMMAND", "render_guide"]

SUMMARY_COMMAND = "Summarise the article"
SUMMARIES_COMMAND = "Summarise the articles"


def render_guide(articles: Sequence[Article], questions: Sequence[str]) -> str:
    """Return the guide to articles.

    Args:
        articles: the open articles. Of several, only the common command is shown.
        questions: questions that the articles answer.
    """
    commands, parts = [SUMMARIES_COMMAND], []
    if len(articles) == 1:
        (article,) = articles
        guide = build_guide(article)
        commands = [SUMMARY_COMMAND, *guide.commands]
        parts = [
            _render_facts(article),
            _render_highlights("Who speaks", article, guide.speakers),
            _render_highlights("Figures", article, guide.figures),
        ]
    buttons = [
        f'<button type="button" class="command say" data-ask="{command}">{command}</button>'
        for command in commands
    ]
    buttons += [
        f'<button type="button" class="starter" dir="auto">{escape(question)}</button>'
        for question in questions
    ]
    return f'<div class="guide">{"".join(parts)}<div class="asks">{"".join(buttons)}</div></div>'


def _render_facts(article: Article) -> str:
    minutes = max(1, round(article.words / WORDS_PER_MINUTE))
    address = web_address(article.source)
    link = (
        f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">'
        '<span class="say">Original page</span></a>'
        if address
        else ""
    )
    facts = [
        render_day(article.date),
        escape(site_name(address)) if address else "",
        f'<span class="say">{minutes} min to read</span>',
        link,
    ]
    shown = " · ".join(f"<bdi>{fact}</bdi>" for fact in facts if fact)
    title = f'<strong dir="auto">{escape(article.title)}</strong>' if article.title else ""
    return f'<p class="facts" translate="no">{title}<span>{shown}</span></p>'


def _render_highlights(label: str, article: Article, highlights: Sequence[Highlight]) -> str:
    """Return a labelled row of links to sentences; guide.js follows them."""
    if not highlights:
        return ""
    links = "".join(
        f'<li><a href="#{sentence_anchor(article.id, *highlight.sentence)}" dir="auto"'
        f' title="{escape(article.slice(highlight.sentence))}">'
        f"{escape(article.slice(highlight.words))}</a></li>"
        for highlight in highlights
    )
    return (
        f'<div class="places" translate="no"><span class="say">{label}</span><ul>{links}</ul></div>'
    )
