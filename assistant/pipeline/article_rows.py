"""Answer a question from several articles that were asked one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.answer.answer import Answer, Event, QuotesFound
from assistant.answer.quote import Quote
from assistant.answer.rows import ArticleRow, make_row_statements
from assistant.answer.statement import StatementKind, join_statements
from assistant.pipeline.evidence.context_sentences import add_context
from assistant.pipeline.strategy import AnswerStrategy
from assistant.text.tokens import content_stems
from index.text.article import Article

__all__ = ["MAX_ROWS", "answer_in_rows", "make_quote_rows", "select_answering", "write_rows"]

# More articles than this are searched together: each one that is asked by itself takes as long as
# a question about a single article.
MAX_ROWS = 8
# An article answers if its confidence is at least this share of that of the surest article.
MIN_SHARE_OF_SUREST = 0.5
# The reader's probability from which on a sentence with a word of the topic says something about
# it. The bundled model looks for a full answer and refuses remarks such as "larger ships go there".
MIN_TOPIC_PROBABILITY = 0.5


def select_answering(
    states: Sequence[AnswerStrategy], has_topic: bool
) -> tuple[AnswerStrategy, ...]:
    """Return the states of the articles that answer.

    Args:
        states: the question to each article, with its evidence selected.
        has_topic: whether the question asks what each article says about a topic.
    """
    answering = [
        state for state in states if state.is_answered or (has_topic and _mentions_topic(state))
    ]
    surest = max((state.confidence for state in answering), default=0.0)
    return tuple(
        state
        for state in answering
        if has_topic or state.confidence >= MIN_SHARE_OF_SUREST * surest
    )


def _mentions_topic(state: AnswerStrategy) -> bool:
    if not state.choice.selected:
        return False
    best = min(state.choice.selected, key=state.choice.ranked.index)
    shared = {*content_stems(best.text)} & {*content_stems(state.searched)}
    return bool(shared) and 1 - state.choice.no_answer_probability >= MIN_TOPIC_PROBABILITY


def answer_in_rows(
    whole: AnswerStrategy,
    states: Sequence[AnswerStrategy],
    answering: Sequence[AnswerStrategy],
) -> Iterator[Event]:
    """Yield an answer with a row for each article.

    Args:
        whole: the question to all articles.
        states: the question to each article, with its evidence selected.
        answering: those of the states whose articles answer.
    """
    quotes: list[Quote] = []
    rows = []
    for state in states:
        verdict, row_quotes = _answer_briefly(state) if state in answering else ("", ())
        row_quotes = tuple(
            replace(quote, number=len(quotes) + quote.number) for quote in row_quotes
        )
        quotes += row_quotes
        numbers = tuple(quote.number for quote in row_quotes)
        article = state.articles[0]
        kind: StatementKind = "computed" if state.computed else "verdict"
        rows.append(ArticleRow(article.id, article.title, verdict, numbers, kind))
    whole.confidence = max(state.confidence for state in answering)
    yield from write_rows(whole, rows, quotes)


def make_quote_rows(articles: Sequence[Article], quotes: Sequence[Quote]) -> list[ArticleRow]:
    """Return a row for each article with those quotes that are of it."""
    return [
        ArticleRow(
            article.id,
            article.title,
            quotes=tuple(quote.number for quote in quotes if quote.article_id == article.id),
        )
        for article in articles
    ]


def write_rows(
    state: AnswerStrategy, rows: Sequence[ArticleRow], quotes: Sequence[Quote]
) -> Iterator[Event]:
    """Yield the quotes, then the answer that consists of the rows."""
    yield QuotesFound(tuple(quotes))
    statements = make_row_statements(rows, quotes)
    yield state.make_answer(statements, quotes=tuple(quotes), rows=tuple(rows))


def _answer_briefly(state: AnswerStrategy) -> tuple[str, tuple[Quote, ...]]:
    """Return the verdict of an article, if it has one, and its best quotes."""
    if state.computed or state.kind == "yes-no":
        *_, answer = state.write_answer()
        assert isinstance(answer, Answer)
        verdict = join_statements(answer.own_statements, with_markers=False)
        return " ".join(verdict.split()), answer.quotes
    selected = state.choice.selected
    if state.kind != "list":
        best = state.choice.best_selected
        selected = tuple(item for item in selected if item == best or item in state.corrections)
    return "", state.make_quotes(add_context(selected))
