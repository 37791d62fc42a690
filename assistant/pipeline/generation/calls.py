"""Call a language model to select sentences and to write answers."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.prompting.context import format_ids
from assistant.pipeline.prompting.protocol import FOUND, format_sentence_ids
from assistant.pipeline.prompting.templates import render_prompt

__all__ = [
    "choose_sentence_ids",
    "question_message",
    "verdict_messages",
    "write_again",
    "write_from",
    "write_gist",
    "write_one_call",
]
MAX_ID_TOKENS = 30  # enough for six sentences of a long article
_ID_LIST = re.compile(r"\s*\[?\d{1,6}(?:\]\s?\[\d{1,6})*(?:\]\.?)?\s*")


def choose_sentence_ids(
    question: str, context: Sequence[BaseMessage], model: BaseChatModel
) -> list[int]:
    """Return the IDs of the sentences in which the model says it found the answer.

    The list is empty if the model's output is no list of IDs.
    """
    messages = [*context, question_message(question), AIMessage(f"{FOUND} [")]
    text = model.invoke(messages, stop=["]."], max_tokens=MAX_ID_TOKENS).text
    return [int(digits) for digits in re.findall(r"\d+", text)] if _ID_LIST.fullmatch(text) else []


def write_from(
    question: str,
    context: Sequence[BaseMessage],
    selected: Sequence[Candidate],
    model: BaseChatModel,
    instruction: str = "",
) -> Generator[str, None, None]:
    """Yield one short sentence from the selected candidates, in pieces.

    Args:
        context: the messages before the question.
        instruction: added to the question; may be empty.
    """
    ids = [candidate.id for candidate in selected]
    for chunk in model.stream(
        [
            *context,
            question_message(question, instruction),
            AIMessage(f"{FOUND} {format_sentence_ids(ids)}"),
        ]
    ):
        yield chunk.text


def write_again(
    question: str,
    context: Sequence[BaseMessage],
    selected: Sequence[Candidate],
    missing: Sequence[str],
    model: BaseChatModel,
) -> Generator[str, None, None]:
    """Yield a second attempt, from the best candidate alone.

    Args:
        missing: words of the first attempt that the candidates lack. The prompt names four of them.
    """
    prompt = render_prompt(
        "rewrite",
        question=question,
        ids=format_ids(selected[:1]),
        missing=", ".join(f'"{word}"' for word in missing[:4]),
    )
    for chunk in model.stream(
        [*context, HumanMessage(prompt), AIMessage(f"{FOUND} {format_ids(selected[:1])}.")]
    ):
        yield chunk.text


def question_message(question: str, instruction: str = "") -> HumanMessage:
    """Return the message that asks a question."""
    return HumanMessage(render_prompt("ask", question=question, manner=instruction).strip())


def verdict_messages(question: str, selected: Sequence[Candidate]) -> list[BaseMessage]:
    """Return the prompt for a verdict of Yes or No.

    The adapter is not trained on it: small models can do this as published.
    """
    sentences = " ".join(" ".join(candidate.text.split()) for candidate in selected)
    return [HumanMessage(render_prompt("verdict", sentences=sentences, question=question))]


def write_gist(
    context: Sequence[BaseMessage], sentence: Candidate, model: BaseChatModel
) -> Generator[str, None, None]:
    """Yield a short paraphrase of one sentence, in pieces."""
    ids = format_ids([sentence])
    for chunk in model.stream(
        [*context, HumanMessage(render_prompt("gist", ids=ids)), AIMessage(f"{FOUND} {ids}.")]
    ):
        yield chunk.text


def write_one_call(
    question: str, context: Sequence[BaseMessage], model: BaseChatModel
) -> Generator[str, None, None]:
    """Yield an answer of one to three sentences that cite candidates by ID, in pieces."""
    for chunk in model.stream([*context, HumanMessage(f"Question: {question}")]):
        yield chunk.text
