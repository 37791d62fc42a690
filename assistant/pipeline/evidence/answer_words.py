"""Mark the words of a quote that answer the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.answer.quote import Quote
from assistant.pipeline.candidate import Candidate
from assistant.pipeline.evidence.span_reader import SpanReader
from assistant.text.tokens import content_stems
from index.text.article import Article
from index.text.spans import Span

__all__ = ["find_in_passages", "find_omitted_words", "is_prose", "mark_answer_words"]


def find_in_passages(
    question: str, passages: Sequence[str], title: str, reader: SpanReader, min_probability: float
) -> tuple[int, Span] | None:
    """Return where the words that answer best are: the number of the passage, and the span in it.

    The passages are read together, because one may say what another's pronoun stands for.

    Args:
        question: the standalone question.
        passages: sentences in the order of the article.
        title: of the article.
        reader: finds the words.
        min_probability: None is returned if the words are less likely to answer.

    Raises:
        ModelError: the reader's weights cannot be read.
    """
    words = reader.find(question, " ".join(passages), title)
    if words.span is None or words.probability < min_probability:
        return None
    offset = 0
    for number, passage in enumerate(passages):
        if offset <= words.span.start and words.span.end <= offset + len(passage):
            return number, Span(words.span.start - offset, words.span.end - offset)
        offset += len(passage) + 1
    return None  # the words cross from one passage into the next


def find_omitted_words(
    statement: str,
    question: str,
    passages: Sequence[str],
    title: str,
    reader: SpanReader,
    min_probability: float,
) -> str:
    """Return the words that answer a question if a statement has none of them, or an empty text.

    Args:
        statement: the answer in other words.
        question: the standalone question, for a fact.
        passages: the evidence of the statement, in the order of the article.
        title: of the article.
        reader: finds the words.
        min_probability: words that are less likely to answer do not count.

    Raises:
        ModelError: the reader's weights cannot be read.
    """
    located = find_in_passages(question, passages, title, reader, min_probability)
    if located is None:
        return ""
    number, span = located
    words = passages[number][span.start : span.end]
    stems = set(content_stems(words))
    has_words = not stems or bool(stems & set(content_stems(statement)))
    return "" if has_words else " ".join(words.split())


def is_prose(candidate: Candidate) -> bool:
    """Return whether the reader can read a sentence: an English one that is no table row."""
    return _is_prose_at(candidate.article, candidate.span.start)


def _is_prose_at(article: Article, position: int) -> bool:
    block = article.structure.block_at(position)
    return article.language == "en" and (block is None or block.kind != "row")


def mark_answer_words(
    question: str,
    quotes: Sequence[Quote],
    articles: Mapping[str, Article],
    reader: SpanReader,
    min_probability: float,
) -> tuple[Quote, ...]:
    """Return the quotes; the one with the words that answer best says where they are.

    Nothing is marked in other languages than English and in rows of a table, which the reader
    cannot read.

    Args:
        question: the standalone question.
        quotes: of an answer, each the excerpt of an article.
        articles: those articles by their ID.
        reader: finds the words.
        min_probability: no words are marked if they are less likely to answer.

    Raises:
        ModelError: the reader's weights cannot be read.
    """
    if not quotes or not all(
        _is_prose_at(articles[quote.article_id], quote.start) for quote in quotes
    ):
        return tuple(quotes)
    passages = [quote.text for quote in quotes]
    located = find_in_passages(question, passages, quotes[0].title, reader, min_probability)
    if located is None:
        return tuple(quotes)
    number, span = located
    start = quotes[number].start
    marked = replace(quotes[number], answer_start=start + span.start, answer_end=start + span.end)
    article = articles[marked.article_id]
    assert marked.answer_words == article.text[start + span.start : start + span.end], marked
    return (*quotes[:number], marked, *quotes[number + 1 :])
