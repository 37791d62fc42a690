"""Fake models: chat models that follow a script, and a reader that finds keywords."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from assistant.answer.answer import Answer
from assistant.answer.quote import Quote, QuotedPhrase
from assistant.models import Model
from assistant.pipeline.evidence.calibration import Signals
from assistant.pipeline.evidence.reader import Reader, ReaderOutput, Sentence
from assistant.pipeline.evidence.span_reader import AnswerWords, SpanReader
from assistant.pipeline.pipeline import AnswerPipeline
from assistant.pipeline.prompting.protocol import FOUND, NOT_FOUND
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from index.retrieval.hybrid import HybridRetriever
from index.storage.library import Library
from index.text.article import Article
from index.text.quote_lookup import find_quote
from index.text.spans import Span


class ScriptedModel(BaseChatModel):
    """A chat model that yields `pieces` for any prompt, and then raises `error`, if any.

    Later prompts get the pieces of `then`, if there are any.
    """

    pieces: tuple[str, ...]
    then: tuple[str, ...] = ()
    error: Exception | None = None
    pause: float = 0.0  # seconds before each piece
    prompts: list[str] = Field(default_factory=list)  # each prompt, as one text
    ended: list[str] = Field(
        default_factory=list
    )  # of each stream: "finished", "failed" or "closed"

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
        text = "".join(
            str(chunk.message.content)
            for chunk in self._stream(messages, stop, run_manager, **kwargs)
        )
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        self.prompts.append("\n".join(message.text for message in messages))
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


class ScoringModel(ScriptedModel):
    """A scripted model that also reports probabilities and selects sentences.

    `probabilities` are those of "Found", in order of the calls. `yes` is that of "Yes". `names` are
    the IDs of the selected sentences, as "2][3".
    """

    probabilities: list[float]
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
        self.prompts.append("\n".join(message.text for message in messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.names))])

    def likelihood(self, messages: Sequence[BaseMessage], word: str, alternative: str) -> float:
        self.prompts.append("\n".join(message.text for message in messages))
        if (word, alternative) == ("Yes", "No"):
            return self.yes
        assert (word, alternative) == (FOUND, NOT_FOUND)
        return self.probabilities.pop(0)


class UnloadableModel(ScriptedModel):
    """A model that must be loaded first, and whose loading fails."""

    problem: Exception
    tried: list[str] = Field(default_factory=list)

    def load(self, progress: object) -> None:
        self.tried.append("load")
        raise self.problem


class KeywordReader(Reader):
    """A reader that finds answers in the sentences with any of some words, all equally likely."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self._words = words

    def read(self, question: str, sentences: Sequence[Sentence]) -> ReaderOutput:
        matches = [any(word in sentence.text for word in self._words) for sentence in sentences]
        share = 1 / sum(matches) if any(matches) else 0.0
        return ReaderOutput(
            tuple(share if is_matches else 0.0 for is_matches in matches),
            0.0 if any(matches) else 1.0,
        )


def make_small_model(*pieces: str, error: Exception | None = None) -> Model:
    """Return a model that writes one sentence from selected sentences."""
    return Model("fake:small", ScriptedModel(pieces=pieces, error=error), answers_in_one_call=False)


def make_scoring_model(
    *pieces: str, probabilities: Sequence[float], names: str = "", yes: float = 0.0
) -> Model:
    """Return a small model with probabilities and selected sentences. See `ScoringModel`."""
    return Model(
        "fake:judging",
        ScoringModel(pieces=pieces, probabilities=list(probabilities), names=names, yes=yes),
        answers_in_one_call=False,
    )


def make_capable_model(*pieces: str, error: Exception | None = None) -> Model:
    """Return a model that reads, writes and cites in one call."""
    return Model(
        "fake:capable", ScriptedModel(pieces=pieces, error=error), answers_in_one_call=True
    )


def get_script(model: Model) -> ScriptedModel:
    assert isinstance(model.chat, ScriptedModel)
    return model.chat


# A fake reader gives nothing to other sentences, but a model may name them.
FAKE_THRESHOLDS = replace(DEFAULT_THRESHOLDS, min_share_of_best_named=0.0)


def make_pipeline(
    library: Library,
    *articles: Article,
    model: Model | None = None,
    reader: Reader | None = None,
    **options: Any,
) -> AnswerPipeline:
    """Return a pipeline that retrieves all of a short article; "opened" answers by default."""
    retriever = HybridRetriever(
        library=library, article_ids=tuple(article.id for article in articles), k=50
    )
    options = {"thresholds": FAKE_THRESHOLDS} | options
    return AnswerPipeline(retriever, model, reader=reader or KeywordReader("opened"), **options)


def average_probabilities(signals: Signals) -> float:
    """Return the mean of the model's probabilities: a calibration whose results a test can name."""
    if signals.model_probability is None:
        return signals.reader
    return (
        signals.model_probability
        if signals.model_recheck is None
        else (signals.model_probability + signals.model_recheck) / 2
    )


def make_trusting_pipeline(
    library: Library,
    *articles: Article,
    model: Model | None = None,
    reader: Reader | None = None,
    **options: Any,
) -> AnswerPipeline:
    """Return a pipeline whose confidence is the mean of the model's probabilities."""
    return make_pipeline(
        library,
        *articles,
        model=model,
        reader=reader,
        calibration=average_probabilities,
        **options,
    )


def check_answer(answer: object, *articles: Article) -> Answer:
    """Return an answer after checking what always holds for one."""
    assert isinstance(answer, Answer)
    for quote in [*answer.quotes, *([answer.nearest] if answer.nearest else [])]:
        assert quote.text == find_article(quote, *articles).text[quote.start : quote.end]
        assert quote.text
        assert quote.status == "verified"
    assert [quote.number for quote in answer.quotes] == list(range(1, len(answer.quotes) + 1))
    for span, quote in answer.citations:
        assert answer.text[span.start : span.end] == f"[{quote.number}]"
    assert answer.answered == bool(answer.quotes)
    assert len(list(answer.quotations)) == len(answer.quoted)
    for span, quoted in answer.quotations:
        assert answer.text[span.start : span.end] == quoted.words
        assert quoted.status != "verified" or find_quote(
            quoted.words, find_article(quoted, *articles)
        ) == (
            quoted.start,
            quoted.end,
        )
    assert json.loads(json.dumps(answer.to_dict())) == json.loads(
        json.dumps(answer.to_dict(), ensure_ascii=False)
    )
    return answer


def find_article(quote: Quote | QuotedPhrase, *articles: Article) -> Article:
    return {article.id: article for article in articles}[quote.article_id]


class FixedSpanReader(SpanReader):
    """Finds the same words in every passage that has them, with a fixed probability."""

    def __init__(self, words: str, probability: float = 0.9) -> None:
        super().__init__()
        self.words, self.probability = words, probability
        self.asked: list[tuple[str, str, str]] = []

    def find(self, question: str, passage: str, title: str = "") -> AnswerWords:
        self.asked.append((question, passage, title))
        start = passage.find(self.words)
        span = Span(start, start + len(self.words)) if start >= 0 else None
        return AnswerWords(span, self.probability, 0.0) if span else AnswerWords(None, 0.0, 1.0)
