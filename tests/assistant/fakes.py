"""What stands in for the models: a chat model that keeps to a script, and a reader that holds what it is told for answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from assistant.answer import Answer, Quote, Quoted
from assistant.chain import Chain
from assistant.checking import find_quote
from assistant.models import Model
from assistant.reader import Reader, Sentence, Verdict
from assistant.writing import FOUND, NOT_FOUND
from index.article import Article
from index.library import Library
from index.search import HybridRetriever


class Scripted(BaseChatModel):
    """Says its pieces one after the other, whatever it is asked; then raises `error`, if there is one. `then`: what it says the next time."""

    pieces: tuple[str, ...]
    then: tuple[str, ...] = ()
    error: Exception | None = None
    pause: float = 0.0  # seconds before each piece
    shown: list[str] = Field(default_factory=list)  # each prompt, as one text
    ended: list[str] = Field(default_factory=list)  # of each stream: "finished", "failed" or "closed"

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        said = "".join(str(chunk.message.content) for chunk in self._stream(messages, stop, run_manager, **kwargs))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(said))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        self.shown.append("\n".join(message.text for message in messages))
        try:
            pieces = self.pieces
            self.pieces = self.then or self.pieces
            for piece in pieces:
                time.sleep(self.pause)
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if self.error:
                raise self.error
        except GeneratorExit:
            self.ended.append("closed")
            raise
        except Exception:
            self.ended.append("failed")
            raise
        self.ended.append("finished")


class Judging(Scripted):
    """Also tells how likely it begins with "Found": `found`, one after the other; and with "Yes": `yes`. Names sentences: `names`,
    as "2][3".
    """

    found: list[float]
    names: str = ""
    yes: float = 0.0

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        assert messages[-1].text == f"{FOUND} ["
        self.shown.append("\n".join(message.text for message in messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.names))])

    def likelihood(self, messages: Sequence[BaseMessage], word: str, other: str) -> float:
        self.shown.append("\n".join(message.text for message in messages))
        if (word, other) == ("Yes", "No"):
            return self.yes
        assert (word, other) == (FOUND, NOT_FOUND)
        return self.found.pop(0)


class Unloadable(Scripted):
    """A model that must be loaded before it answers, and cannot be."""

    problem: Exception
    tried: list[str] = Field(default_factory=list)

    def load(self, progress: object) -> None:
        self.tried.append("load")
        raise self.problem


class Holds(Reader):
    """Holds the sentences that have one of these words in them for the answers, alike; none if no sentence has."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self._words = words

    def read(self, question: str, sentences: Sequence[Sentence]) -> Verdict:
        held = [any(word in sentence.text for word in self._words) for sentence in sentences]
        share = 1 / sum(held) if any(held) else 0.0
        return Verdict(tuple(share if one else 0.0 for one in held), 0.0 if any(held) else 1.0)


def small(*pieces: str, error: Exception | None = None) -> Model:
    """A model that is shown the chosen sentences and writes one from them."""
    return Model("fake:small", Scripted(pieces=pieces, error=error), capable=False)


def judging(*pieces: str, found: Sequence[float], names: str = "", yes: float = 0.0) -> Model:
    """A small model that says its pieces, how likely "Found" and "Yes" are when it is asked that, and which sentences have it."""
    return Model("fake:judging", Judging(pieces=pieces, found=list(found), names=names, yes=yes), capable=False)


def capable(*pieces: str, error: Exception | None = None) -> Model:
    """A model that reads, writes and cites in one call."""
    return Model("fake:capable", Scripted(pieces=pieces, error=error), capable=True)


def script(model: Model) -> Scripted:
    assert isinstance(model.chat, Scripted)
    return model.chat


def chain_of(
    library: Library, *articles: Article, model: Model | None = None, reader: Reader | None = None, **options: Any
) -> Chain:
    """A chain that finds every sentence of short articles; by default "opened" is what answers."""
    retriever = HybridRetriever(library=library, article_ids=tuple(article.id for article in articles), k=50)
    return Chain(retriever, model, reader=reader or Holds("opened"), **options)


def checked(answer: object, *articles: Article) -> Answer:
    """The answer, in which everything is as it must always be."""
    assert isinstance(answer, Answer)
    for quote in [*answer.quotes, *([answer.nearest] if answer.nearest else [])]:
        assert quote.text == article_of(quote, *articles).text[quote.start : quote.end]
        assert quote.text
        assert quote.status == "verified"
    assert [quote.number for quote in answer.quotes] == list(range(1, len(answer.quotes) + 1))
    for span, quote in answer.citations:
        assert answer.text[span.start : span.end] == f"[{quote.number}]"
    assert answer.answered == bool(answer.quotes)
    assert len(list(answer.quotations)) == len(answer.quoted)
    for span, quoted in answer.quotations:
        assert answer.text[span.start : span.end] == quoted.words
        assert quoted.status != "verified" or find_quote(quoted.words, article_of(quoted, *articles)) == (
            quoted.start,
            quoted.end,
        )
    assert json.loads(json.dumps(answer.to_dict())) == json.loads(json.dumps(answer.to_dict(), ensure_ascii=False))
    return answer


def article_of(quote: Quote | Quoted, *articles: Article) -> Article:
    return {article.id: article for article in articles}[quote.article_id]
