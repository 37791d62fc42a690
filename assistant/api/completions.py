"""Requests and answers of OpenAI's chat completions, as far as they mean something here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from ..answer import Answer, Status

__all__ = ["ChatRequest", "Choice", "Completion", "MODEL", "reply_of", "turns_of"]

MODEL = "article-assistant"
EARLIER = 20  # turns that are looked at; a follow-up leans on the latest few
LONGEST = 20_000  # characters of an earlier turn

Ignored = Any
# What would change what comes back may be there only as what it is when left out.
No = Annotated[list[Any], Field(max_length=0)]


class Part(BaseModel):
    """A piece of a message; only text is read."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """A turn of the talk. What a system or developer message asks for is not followed: the assistant has one manner."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class TextFormat(BaseModel):
    """The only form that answers have."""

    type: Literal["text"]


class ChatRequest(BaseModel):
    """A chat completion's parameters. What only tunes how a model writes is accepted and ignored."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(json_schema_extra={"enum": [MODEL]})
    messages: list[Message] = Field(min_length=1)
    stream: bool | None = False
    articles: list[str] = Field([], max_length=50, description="not OpenAI's: ids of the articles that are asked")

    n: Literal[1] | None = None
    tools: No | None = None
    functions: No | None = None
    tool_choice: Literal["none", "auto"] | None = None
    function_call: Literal["none", "auto"] | None = None
    response_format: TextFormat | None = None
    modalities: list[Literal["text"]] | None = None
    audio: None = None
    web_search_options: None = None
    logprobs: Literal[False] | None = None
    top_logprobs: Literal[0] | None = None
    logit_bias: Annotated[dict[str, float], Field(max_length=0)] | None = None
    stop: No | None = None

    temperature: Ignored = None
    top_p: Ignored = None
    seed: Ignored = None
    max_tokens: Ignored = None
    max_completion_tokens: Ignored = None
    presence_penalty: Ignored = None
    frequency_penalty: Ignored = None
    reasoning_effort: Ignored = None
    verbosity: Ignored = None
    parallel_tool_calls: Ignored = None
    prediction: Ignored = None
    stream_options: Ignored = None
    user: Ignored = None
    store: Ignored = None
    metadata: Ignored = None
    service_tier: Ignored = None
    safety_identifier: Ignored = None
    prompt_cache_key: Ignored = None
    prompt_cache_retention: Ignored = None


class DocumentCitation(BaseModel):
    """Where a marker stands in the reply, and the words of an article that it stands for; offsets in code points."""

    start_index: int
    end_index: int
    number: int
    article_id: str
    title: str
    start: int
    end: int
    quote: str
    status: Status


class Annotation(BaseModel):
    """A citation, set as OpenAI's `url_citation` is."""

    type: Literal["document_citation"] = "document_citation"
    document_citation: DocumentCitation


class Reply(BaseModel):
    """The assistant's message."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]
    answered: bool  # not OpenAI's, as the next: False where the article does not say
    notes: list[str]  # what the reader should know of this answer


class Choice(BaseModel):
    """The one reply that there is."""

    index: Literal[0] = 0
    message: Reply
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class Completion(BaseModel):
    """A chat completion. It has no `usage`: what a model read and wrote for an answer is more than this question."""

    id: str = Field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(default_factory=lambda: int(time.time()))
    model: str = MODEL
    choices: list[Choice]


def reply_of(answer: Answer) -> Reply:
    """The message that says an answer."""
    annotations = [
        Annotation(
            document_citation=DocumentCitation(
                start_index=span.start,
                end_index=span.end,
                number=quote.number,
                article_id=quote.article_id,
                title=quote.title,
                start=quote.start,
                end=quote.end,
                quote=quote.text,
                status=quote.status,
            )
        )
        for span, quote in answer.citations
    ]
    return Reply(content=answer.text, annotations=annotations, answered=answer.answered, notes=list(answer.notes))


def turns_of(messages: Sequence[Message]) -> list[tuple[str, str]]:
    """Each question with the reply that came next, oldest first; what has no reply is no turn."""
    talk = [message for message in messages if message.role in ("user", "assistant")]
    pairs = pairwise(talk)
    turns = [(one.text, two.text) for one, two in pairs if (one.role, two.role) == ("user", "assistant")]
    return [(question[:LONGEST], said[:LONGEST]) for question, said in turns[-EARLIER:]]
