"""Suggest next questions about persons that an answer mentions and that new quotes answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Event as Flag

from assistant.answer.answer import Answer
from assistant.answer.quote import Quote
from assistant.answer.render.answer_parts import Conversation
from assistant.pipeline.evidence.speakers import speaker_of
from assistant.service.suggestions import MAX_SUGGESTIONS, build_person_questions, extract_names
from index.text.article import Article
from index.text.spans import Span

__all__ = ["suggest_next_questions"]

NEARBY_SENTENCES = 2  # sentences before and after a quote that are searched for names
MAX_TRIED_QUESTIONS = 12  # each takes a fraction of a second, because it uses quotes only


def suggest_next_questions(
    conversation: Conversation,
    articles: Sequence[Article],
    answer: Callable[[str], Answer | None],
    flag: Flag,
) -> list[str]:
    """Return at most three questions whose quotes are new to the conversation.

    Args:
        conversation: the questions and answers so far.
        articles: the articles of the chat.
        answer: answers a question with quotes only, so that it needs no model time.
        flag: cancels the search when set. The result is then empty.
    """
    seen = {_quote_key(quote) for _, previous in conversation for quote in previous.quotes}
    suggestions: list[str] = []
    tried = 0
    for group in _build_question_groups(conversation, articles):
        for question in group:
            if flag.is_set() or tried == MAX_TRIED_QUESTIONS or len(suggestions) == MAX_SUGGESTIONS:
                return [] if flag.is_set() else suggestions
            tried += 1
            reply = answer(question)
            quotes = reply.quotes if reply and reply.answered else ()
            new = {_quote_key(quote) for quote in quotes} - seen
            if new:
                seen |= new
                suggestions.append(question)
                break
    return suggestions


def _build_question_groups(
    conversation: Conversation, articles: Sequence[Article]
) -> Iterator[list[str]]:
    """Yield one group of questions per name near the last quotes that no question mentioned."""
    articles_by_id = {article.id: article for article in articles}
    previous_questions = " ".join(question for question, _ in conversation).lower()
    quotes = conversation[-1][1].quotes if conversation else ()
    quotes = tuple(quote for quote in quotes if quote.article_id in articles_by_id)
    quoted_ids = dict.fromkeys(quote.article_id for quote in quotes)
    text = "\n".join(articles_by_id[article_id].text for article_id in quoted_ids)
    surroundings = " ".join(
        _get_surrounding_text(articles_by_id[quote.article_id], quote) for quote in quotes
    )
    speakers = {
        name for article_id in quoted_ids for name in _list_speakers(articles_by_id[article_id])
    }
    for name in extract_names(surroundings):
        if name.lower().removeprefix("the ") not in previous_questions:
            yield build_person_questions(name, text, speakers)


def _list_speakers(article: Article) -> Iterator[str]:
    """Yield whose words each sentence of an article reports."""
    for position in range(len(article.sentences)):
        if speaker := speaker_of(article, position):
            yield article.slice(speaker)


def _get_surrounding_text(article: Article, quote: Quote) -> str:
    overlap = article.sentences_in(Span(quote.start, quote.end))
    first = max(overlap.start - NEARBY_SENTENCES, 0)
    last = min(overlap.stop + NEARBY_SENTENCES, len(article.sentences)) - 1
    return article.text[article.sentences[first].start : article.sentences[last].end]


def _quote_key(quote: Quote) -> tuple[str, int, int]:
    return quote.article_id, quote.start, quote.end
