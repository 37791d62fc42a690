"""Define `Assistant`: open articles, ask questions, stream answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Sequence
from pathlib import Path
from threading import Lock

from langchain_core.callbacks import BaseCallbackHandler

from assistant.answer.answer import Answer, Event
from assistant.models import Model, make_model
from assistant.models.errors import one_line_message
from assistant.pipeline.article_rows import MAX_ROWS
from assistant.pipeline.evidence.reader import Reader
from assistant.pipeline.evidence.span_reader import SpanReader
from assistant.pipeline.pipeline import AnswerPipeline, PipelineInput
from assistant.pipeline.query.rewrite import History
from assistant.pipeline.state import Length
from assistant.pipeline.verification.verifier import Verifier
from assistant.resources import Resources, default_resources
from assistant.settings import Settings, get_settings
from assistant.sources import Source, open_source
from index.embedders.base import Embedder
from index.errors import AssistantError, InputError, ModelError
from index.retrieval.hybrid import HybridRetriever
from index.storage.library import Library
from index.storage.selection import ArticleSelection
from index.text.article import Article

__all__ = ["Assistant", "Source"]

log = logging.getLogger(__name__)

# Called with the name of the current step and the share of it that is done, 0 to 1.
Progress = Callable[[str, float], None]
# Called with the number of questions that are done and the number of all questions.
Counting = Callable[[int, int], None]


class Assistant:
    """Answers questions about articles. Make one with `Assistant.open`. It is thread-safe.

    Args:
        library: contains the articles.
        articles: the articles that questions are about.
        model: writes the answers; None: answers consist of quotes only.
        settings: read from the environment by default.
        reader: selects the sentences that answer; by default the reader of this process.
        verifier: judges what the model writes; by default the verifier of this process.
        span_reader: finds the words of the quotes that answer; by default that of this process.
        read_ahead: let the bundled model compute the whole article once, if it is short. This saves
            time from the second question on.
    """

    def __init__(
        self,
        library: Library,
        articles: Sequence[Article],
        model: Model | None,
        *,
        settings: Settings | None = None,
        reader: Reader | None = None,
        verifier: Verifier | None = None,
        span_reader: SpanReader | None = None,
        read_ahead: bool = True,
    ) -> None:
        self.library = library
        # An article that is named twice counts once.
        self.articles: Sequence[Article] = (
            articles
            if isinstance(articles, ArticleSelection) and len(articles) > MAX_ROWS
            else tuple({article.id: article for article in articles}.values())
        )
        self.model = model
        self.settings = settings or get_settings()
        self.reader = reader or default_resources().reader
        self.verifier = verifier or default_resources().verifier
        self.span_reader = span_reader or default_resources().span_reader
        self.trouble = ""  # why the model cannot be used; empty if it can or is not loaded
        self.loaded = False
        self._read_ahead = read_ahead
        self._lock = Lock()
        self._quotes_only = self._make_pipeline(None)
        self._full = self._make_pipeline(model)

    @classmethod
    def open(
        cls,
        source: Source | Sequence[Source],
        *,
        model: str | Model | None = None,
        embeddings: str | Embedder | None = None,
        data: Path | str | None = None,
        settings: Settings | None = None,
        resources: Resources | None = None,
        read_ahead: bool = True,
        progress: Progress = lambda step, share: None,
    ) -> Assistant:
        """Return an assistant for one article or several.

        Args:
            source: a path, an address (http or https), an `Article`, or a sequence of them. An
                `ArticleSelection` stands for all articles of the library.
            model: a name as `make_model` takes it (`embedded`, `none`, `provider:name` …) or a
                `Model`; by default that of the settings.
            embeddings: a name as `make_embedder` takes it (`embedded`, `provider:name` …) or an
                `Embedder`; by default that of the settings. Articles with vectors of another
                embedder are embedded again.
            data: the data folder, which stores the articles; by default that of the settings.
            settings: read from the environment by default.
            resources: own the library, the embedder and the reader; by default those of the
                process.
            read_ahead: as for `Assistant`.
            progress: called with "embedding" and a share from 0 to 1.

        Raises:
            ArticleError: a source cannot be opened.
            InputError: there is no such model, or its package or key is missing.
            ModelError: the embeddings are not available.
            DataError: the data folder cannot be used.
            InUseError: another process uses the data folder.
        """
        settings = settings or (resources.settings if resources else get_settings())
        resources = resources or default_resources()
        sources: Sequence[Source] = [source] if isinstance(source, (str, Path, Article)) else source
        if not sources:
            raise InputError("No article was given. Name at least one.")
        is_library = isinstance(source, ArticleSelection)
        articles = [] if is_library else [open_source(item, settings) for item in sources]
        if not isinstance(model, Model):
            model = make_model(model or settings.model, settings.cache, settings)
        if not isinstance(embeddings, Embedder):
            embeddings = resources.embedder(embeddings or settings.embeddings, settings)
        library = resources.library(Path(data or settings.data), embeddings)
        stored: Sequence[Article] = (
            library.select_all()
            if is_library
            else [
                library.add(article, lambda done, total: progress("embedding", done / total))
                for article in articles
            ]
        )
        return cls(
            library,
            stored,
            model,
            settings=settings,
            reader=resources.reader,
            verifier=resources.verifier,
            span_reader=resources.span_reader,
            read_ahead=read_ahead,
        )

    def _make_pipeline(self, model: Model | None) -> AnswerPipeline:
        ids = (
            None
            if isinstance(self.articles, ArticleSelection)
            else tuple(article.id for article in self.articles)
        )
        retriever = HybridRetriever(
            library=self.library, article_ids=ids, k=self.settings.candidates
        )
        short = (
            len(self.articles) == 1 and len(self.article.text) / 4 <= self.settings.prefix_tokens
        )
        return AnswerPipeline(
            retriever,
            model,
            reader=self.reader,
            verifier=self.verifier,
            span_reader=self.span_reader,
            whole=self._read_ahead
            and short
            and model is not None
            and not model.answers_in_one_call,
            quotes=self.settings.quotes,
            longest_question=self.settings.longest_question,
        )

    @property
    def article(self) -> Article:
        """Return the first article, which is the only one unless several were opened."""
        return self.articles[0]

    @property
    def runnable(self) -> AnswerPipeline:
        """Return the pipeline as a LangChain Runnable.

        It takes a question or `{"question": …, "history": …}` and returns an `Answer`. The models
        are loaded first.
        """
        self.load()
        return self._quotes_only if self.trouble else self._full

    def load(self, progress: Progress = lambda step, share: None) -> None:
        """Load the models and let the model read the article, so that questions start at once.

        If the language model cannot be loaded, `trouble` says why, and answers consist of quotes
        only.

        Raises:
            ModelError: the embedder or the reader cannot be loaded.
        """
        with self._lock:
            if self.loaded:
                return
            self.load_search(progress)
            try:
                load_model = getattr(self.model.chat, "load", None) if self.model else None
                if load_model:
                    load_model(progress)
                    progress("reading the article", 0.0)
                    self._full.warm()
            except Exception as error:  # of any kind: quotes alone still answer
                self.trouble = (
                    one_line_message(error, 1_000)
                    if isinstance(error, ModelError)
                    else f"The model cannot be loaded ({one_line_message(error)})."
                )
                log.warning("%s Answering with quotes only.", error)
            self.loaded = True

    def load_search(self, progress: Progress = lambda step, share: None) -> None:
        """Load what answers with quotes only need: the embedder and the reader.

        Raises:
            ModelError: one of them cannot be loaded.
        """
        self.library.load(lambda done, total: progress("embedding all articles anew", done / total))
        self.reader.load()

    def ask(self, question: str, history: History = ()) -> Answer:
        """Return the answer to a question.

        Args:
            history: earlier questions with their answers, oldest first, for a follow-up.

        Raises:
            InputError: the question is empty or too long.
        """
        return self.runnable.invoke(PipelineInput(question, history))

    async def aask(self, question: str, history: History = ()) -> Answer:
        """Return the answer to a question, as `ask` does, without blocking the event loop."""
        return await self.runnable.ainvoke(PipelineInput(question, history))

    def ask_many(
        self, questions: Iterable[str], *, progress: Counting = lambda done, total: None
    ) -> list[Answer | AssistantError]:
        """Return the answers in the order of the questions. The model is loaded once.

        A question that fails gives its error instead of an answer, and the rest continue. A
        `KeyboardInterrupt` or an exception from `progress` ends the call.

        Args:
            progress: called after each question with the number done and the number of all.
        """
        pending = list(questions)
        results: list[Answer | AssistantError] = []
        for question in pending:
            results.append(self._ask_or_error(question))
            progress(len(results), len(pending))
        return results

    async def aask_many(
        self, questions: Iterable[str], *, progress: Counting = lambda done, total: None
    ) -> list[Answer | AssistantError]:
        """Return the answers as `ask_many` does. It can be cancelled between two questions."""
        pending = list(questions)
        results: list[Answer | AssistantError] = []
        for question in pending:
            results.append(await asyncio.to_thread(self._ask_or_error, question))
            progress(len(results), len(pending))
        return results

    def _ask_or_error(self, question: str) -> Answer | AssistantError:
        try:
            return self.ask(question)
        except AssistantError as error:
            return error

    def stream(
        self,
        question: str,
        history: History = (),
        *,
        wait: bool = True,
        quotes: int | None = None,
        length: Length = "normal",
        quotes_only: bool = False,
        callbacks: Sequence[BaseCallbackHandler] = (),
    ) -> Generator[Event, None, None]:
        """Yield events; the last is the `Answer`. Closing the iterator stops the model.

        Args:
            history: earlier questions with their answers, oldest first.
            wait: wait until the language model is loaded. Otherwise the answer consists of quotes
                only until then.
            quotes: maximum number of quotes; by default that of the settings.
            length: `short` (the few words that are the answer), `normal` or `long`.
            quotes_only: do not use the language model for this answer.
            callbacks: LangChain's handlers, which observe the answer and the calls of the model.

        Raises:
            InputError: the question is empty or too long, or there is no such length.
        """
        use_model = not quotes_only and (wait or self.loaded)
        pipeline = self.runnable if use_model else self._quotes_only
        request = PipelineInput(question, history, quotes, length)
        yield from pipeline.stream(request, {"callbacks": list(callbacks)})

    async def astream(self, question: str, history: History = ()) -> AsyncIterator[Event]:
        """Yield events as `stream` does, without blocking the event loop."""
        async for event in self.runnable.astream(PipelineInput(question, history)):
            yield event
