"""Have a small model write questions that an article answers, and keep those that it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from assistant.answer.answer import Answer
from assistant.models.first_line import generate_first_line
from assistant.pipeline.prompting.templates import render_prompt
from assistant.pipeline.query.answer_type import (
    has_reason,
    lacks_expected_type,
    needs_reason,
)
from assistant.pipeline.query.article_facts import find_body_sentences
from assistant.pipeline.query.rewrite import has_unresolved_pronoun, needs_context
from assistant.service.suggestions import MAX_SUGGESTIONS
from index.errors import AssistantError
from index.text.article import Article
from index.text.spans import Span

__all__ = ["write_questions"]

MAX_TRIED_SENTENCES = 8  # each takes the model some seconds, on two cores
SENTENCE_WORDS = range(8, 41)
QUESTION_WORDS = range(4, 17)
MAX_QUESTION_CHARACTERS = 110
_QUESTION = re.compile(r"(?:Question:\s*)?(?P<question>[^?]*\?)")


def write_questions(
    article: Article,
    model: BaseChatModel,
    answer: Callable[[str], Answer],
    wait_until_idle: Callable[[], None],
) -> list[str]:
    """Return at most three questions that the assistant answers from the sentence they are from.

    Args:
        article: the article. The model writes English, so another language gets none.
        model: writes the questions.
        answer: answers a question about the article.
        wait_until_idle: is called before each step, so that users come first.
    """
    questions: list[str] = []
    for sentence in _choose_sentences(article) if article.language == "en" else ():
        wait_until_idle()
        question = _write_question(article.slice(sentence), model)
        if not question or question in questions:
            continue
        wait_until_idle()
        if _is_answered_from(sentence, question, answer):
            questions.append(question)
        if len(questions) == MAX_SUGGESTIONS:
            break
    return questions


def _choose_sentences(article: Article) -> Iterator[Span]:
    """Yield sentences that stand by themselves, from all parts of the article."""
    sentences = [
        sentence
        for position in find_body_sentences(article)
        if len(article.slice(sentence := article.sentences[position]).split()) in SENTENCE_WORDS
        and not has_unresolved_pronoun(article.slice(sentence))
    ]
    step = max(1, len(sentences) // MAX_TRIED_SENTENCES)
    yield from sentences[::step][:MAX_TRIED_SENTENCES]


def _write_question(sentence: str, model: BaseChatModel) -> str:
    """Return a question that a sentence answers; empty if the model wrote none that can be used."""
    prompt = HumanMessage(render_prompt("question", sentence=" ".join(sentence.split())))
    match = _QUESTION.match(generate_first_line(model, [prompt], MAX_QUESTION_CHARACTERS))
    question = match["question"] if match else ""
    is_usable = (
        len(question) <= MAX_QUESTION_CHARACTERS
        and len(question.split()) in QUESTION_WORDS
        and not needs_context(question)
        and not lacks_expected_type(question, sentence)
        and (has_reason(sentence) or not needs_reason(question))
    )
    return question if is_usable else ""


def _is_answered_from(sentence: Span, question: str, answer: Callable[[str], Answer]) -> bool:
    try:
        reply = answer(question)
    except AssistantError:
        return False
    return reply.answered and any(
        quote.start < sentence.end and sentence.start < quote.end for quote in reply.quotes
    )
