"""Take an answer apart for a renderer: statements, labelled quotes with their places, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from assistant.answer.answer import Answer
from assistant.answer.quote import Quote
from assistant.answer.render.original_link import link_to_sentence, site_name
from assistant.answer.rows import open_row, select_row_quotes
from assistant.answer.statement import Statement
from index.text.article import Article

__all__ = [
    "AnswerPart",
    "Conversation",
    "ENGLISH",
    "Locale",
    "NEAREST",
    "ORIGINAL",
    "PARTIAL",
    "QuoteLocation",
    "describe_source",
    "label_quotes",
    "list_notes",
    "locate_quote",
    "split_answer",
]

# Questions with their answers, oldest first.
Conversation = Sequence[tuple[str, Answer]]

NEAREST = "Related passage:"
ORIGINAL = "Link to the original at this sentence"
PARTIAL = "Stopped: this is only a part of an answer."
# Statements, and the labelled quotes below them.
AnswerPart = tuple[Sequence[Statement], Sequence[tuple[str, Quote]]]


@dataclass(frozen=True)
class Locale:
    """A language and its translations of the labels and notes of this package.

    JSON is read by programs and always has the English texts.
    """

    code: str = "en"
    # Translations by English text. A missing one stays English.
    words: Mapping[str, str] = field(default_factory=dict)

    def translate(self, english: str) -> str:
        """Return the translation of a text, or the text itself if there is none."""
        return self.words.get(english, english)

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Return the writing direction, as the `dir` attribute of HTML takes it."""
        return "rtl" if self.code == "ar" else "ltr"


ENGLISH = Locale()


@dataclass(frozen=True)
class QuoteLocation:
    """Where a quote is, for display."""

    title: str  # of the article
    source: tuple[str, ...]  # its site or file, its date, and the section
    place: tuple[str, ...]  # page and paragraph
    link: str = ""  # to the original, if that is on the web

    @property
    def parts(self) -> list[str]:
        """Return everything, from the article to the paragraph."""
        return [*filter(None, [self.title]), *self.source, *self.place]


def split_answer(answer: Answer, locale: Locale) -> Sequence[AnswerPart]:
    """Return the parts of an answer, at least one: statements, and the labelled quotes below them.

    An answer with rows has a part for each row. Fixed sentences of this package are translated.
    The words of a model are not.
    """
    if not answer.rows:
        statements = [
            _translate_statement(statement, locale) for statement in answer.own_statements
        ]
        return [(statements, label_quotes(answer, locale))]
    parts = []
    for row in answer.rows:
        heading, *said = open_row(row)
        quotes = select_row_quotes(row, answer.quotes)
        labelled = [(f"[{quote.number}]", quote) for quote in quotes]
        parts.append(([heading, *(_translate_statement(item, locale) for item in said)], labelled))
    return parts


def _translate_statement(statement: Statement, locale: Locale) -> Statement:
    if statement.kind not in ("metadata", "unanswered"):
        return statement
    return replace(statement, pieces=(locale.translate(statement.text),))


def label_quotes(answer: Answer, locale: Locale) -> list[tuple[str, Quote]]:
    labelled = [(f"[{quote.number}]", quote) for quote in answer.quotes]
    nearest = [(locale.translate(NEAREST), answer.nearest)] if answer.nearest else []
    return [*labelled, *nearest]


def list_notes(answer: Answer, locale: Locale) -> list[str]:
    searched = (
        [f"{locale.translate('Searched for:')} {answer.searched}"]
        if answer.searched not in ("", answer.question)
        else []
    )
    return [
        *searched,
        *map(locale.translate, answer.notes),
        *([locale.translate(PARTIAL)] if answer.partial else []),
    ]


def locate_quote(quote: Quote, articles: Sequence[Article], locale: Locale) -> QuoteLocation:
    article = next((article for article in articles if article.id == quote.article_id), None)
    page = [f"{locale.translate('page')} {quote.page}"] if quote.page else []
    if not article:
        return QuoteLocation(quote.title, (), tuple(page))
    link = link_to_sentence(article.source, quote.text)
    paragraph = _count_paragraphs(article, quote.start)
    place = page + ([f"{locale.translate('paragraph')} {paragraph}"] if paragraph else [])
    source = (site_name(article.source), article.date, _find_section(article, quote.start))
    return QuoteLocation(quote.title, tuple(filter(None, source)), tuple(place), link)


def _count_paragraphs(article: Article, offset: int) -> int:
    """Return the number of the paragraph at an offset, from 1, as the page counts; 0 if none."""
    paragraphs = [block for block in article.blocks if block.kind not in ("heading", "row")]
    return next(
        (n for n, block in enumerate(paragraphs, 1) if block.start <= offset < block.end), 0
    )


def _find_section(article: Article, offset: int) -> str:
    """Return the heading above an offset; empty if it is the title or there is none."""
    headings = [block for block in article.blocks if block.kind == "heading"]
    above = next((block for block in reversed(headings) if block.end <= offset), None)
    heading = " ".join(article.text[above.start : above.end].split()) if above else ""
    return "" if heading == article.title else heading


def describe_source(article: Article) -> str:
    return ", ".join(filter(None, [article.title, article.date, article.source])) or article.id
