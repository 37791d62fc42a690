"""Define the supported requests and responses of OpenAI's chat completions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from assistant.answer.answer import Answer
from assistant.answer.quote import Status

__all__ = ["ChatRequest", "Choice", "Completion", "MODEL_NAME", "extract_turns", "make_reply"]

MODEL_NAME = "article-assistant"
MAX_HISTORY_TURNS = 20  # a follow-up refers to the latest few turns only
MAX_TURN_CHARACTERS = 20_000

Ignored = Any
# Parameters that would change the response may only have their default value.
EmptyList = Annotated[list[Any], Field(max_length=0)]


class TextPart(BaseModel):
    """A part of a message's content. Only text is supported."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """A message of the chat.

    System and developer messages are accepted and ignored: the assistant's behavior is fixed.
    """

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """The text of all content parts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class TextFormat(BaseModel):
    """The only supported response format."""

    type: Literal["text"]


class ChatRequest(BaseModel):
    """The parameters of a chat completion.

    Parameters that only tune how a model writes are accepted and ignored.
    """

    model_config = ConfigDict(extra="forbid")

    model: str = Field(json_schema_extra={"enum": [MODEL_NAME]})
    messages: list[Message] = Field(min_length=1)
    stream: bool | None = False
    articles: list[str] = Field(
        [], max_length=50, description="IDs of the articles to search. Not part of OpenAI's API."
    )

    n: Literal[1] | None = None
    tools: EmptyList | None = None
    functions: EmptyList | None = None
    tool_choice: Literal["none", "auto"] | None = None
    function_call: Literal["none", "auto"] | None = None
    response_format: TextFormat | None = None
    modalities: list[Literal["text"]] | None = None
    audio: None = None
    web_search_options: None = None
    logprobs: Literal[False] | None = None
    top_logprobs: Literal[0] | None = None
    logit_bias: Annotated[dict[str, float], Field(max_length=0)] | None = None
    stop: EmptyList | None = None

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
    """The position of a citation marker in the reply, and the quote that it refers to.

    Offsets count code points.
    """

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
    """A citation, in the form of OpenAI's `url_citation`."""

    type: Literal["document_citation"] = "document_citation"
    document_citation: DocumentCitation


class Reply(BaseModel):
    """The assistant's message."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]
    # The fields below are not part of OpenAI's API.
    answered: bool  # False if the articles do not contain the answer
    notes: list[str]  # remarks on this answer for the user


class Choice(BaseModel):
    """The reply. There is exactly one."""

    index: Literal[0] = 0
    message: Reply
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class Completion(BaseModel):
    """A chat completion.

    It has no `usage`: the tokens of an answer are more than those of the question and the reply.
    """

    id: str = Field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(default_factory=lambda: int(time.time()))
    model: str = MODEL_NAME
    choices: list[Choice]


def make_reply(answer: Answer) -> Reply:
    """Return an answer as a chat message with annotations."""
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
    return Reply(
        content=answer.text,
        annotations=annotations,
        answered=answer.answered,
        notes=list(answer.notes),
    )


def extract_turns(messages: Sequence[Message]) -> list[tuple[str, str]]:
    """Return the latest questions with their replies, oldest first.

    Questions without a reply are left out. Texts are cut to `MAX_TURN_CHARACTERS`.
    """
    conversation = [message for message in messages if message.role in ("user", "assistant")]
    turns = [
        (message.text, following.text)
        for message, following in pairwise(conversation)
        if (message.role, following.role) == ("user", "assistant")
    ]
    return [
        (question[:MAX_TURN_CHARACTERS], reply[:MAX_TURN_CHARACTERS])
        for question, reply in turns[-MAX_HISTORY_TURNS:]
    ]
