"""`Assistant`: articles that can be asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock

from index.article import Article
from index.embedding import Embedder
from index.errors import AssistantError, InputError, ModelError
from index.library import Library
from index.search import HybridRetriever

from .answer import Answer, Event
from .chain import Ask, Chain
from .followup import History
from .models import Model, make_model
from .models.embeddings import make_embedder
from .models.troubles import one_line
from .reader import Reader
from .settings import Settings, get_settings
from .sources import Source, open_source
from .task import Length

__all__ = ["Assistant", "Source"]

log = logging.getLogger(__name__)

# (what is being done, how far: 0 to 1)
Progress = Callable[[str, float], None]
# (questions done, questions in all)
Counting = Callable[[int, int], None]


class Assistant:
    """Answers questions about some articles. Make one with `Assistant.open`; use it from any thread.

    Args:
        library: holds the articles.
        articles: the ones that are asked.
        model: writes the answers; None: quotes alone.
        read_ahead: have the embedded model compute the article once, which pays from the second question on.
    """

    def __init__(
        self,
        library: Library,
        articles: Sequence[Article],
        model: Model | None,
        *,
        settings: Settings | None = None,
        read_ahead: bool = True,
    ) -> None:
        self.library = library
        self.articles = tuple({article.id: article for article in articles}.values())  # one that is named twice counts once
        self.model = model
        self.settings = settings or get_settings()
        self.trouble = ""  # why the model cannot be used, once that is known
        self.loaded = False
        self._read_ahead = read_ahead
        self._lock = Lock()
        self._quotes_only = self._chain(None)
        self._full = self._chain(model)

    @classmethod
    def open(
        cls,
        source: Source | Sequence[Source],
        *,
        model: str | Model | None = None,
        embeddings: str | Embedder | None = None,
        data: Path | str | None = None,
        settings: Settings | None = None,
        read_ahead: bool = True,
        progress: Progress = lambda step, share: None,
    ) -> Assistant:
        """An assistant for an article, or for several.

        Args:
            source: a path, an address (http or https), an `Article`, or a sequence of them.
            model: a name as `make_model` takes it (`embedded`, `none`, `provider:name` …) or a `Model`; by default what the settings say.
            embeddings: a name as `make_embedder` takes it (`embedded`, `provider:name` …) or an `Embedder`; by default what the
                settings say. Articles that another one has embedded are embedded anew.
            data: the folder that articles are kept in; by default what the settings say.
            progress: told about embedding, with a share from 0 to 1.

        Raises:
            ArticleError: a source cannot be opened.
            InputError: there is no such model, or its package or key is missing.
            ModelError: the embeddings cannot be had.
            DataError: the data folder cannot be used; InUseError: another process uses it.
        """
        settings = settings or get_settings()
        sources: Sequence[Source] = [source] if isinstance(source, (str, Path, Article)) else source
        if not sources:
            raise InputError("No article was given. Name at least one.")
        articles = [open_source(one, settings) for one in sources]
        if not isinstance(model, Model):
            model = make_model(model or settings.model, settings.cache, settings)
        if not isinstance(embeddings, Embedder):
            embeddings = make_embedder(embeddings or settings.embeddings, settings)
        library = Library.shared(Path(data or settings.data), embeddings)
        kept = [library.add(one, lambda done, total: progress("embedding", done / total)) for one in articles]
        return cls(library, kept, model, settings=settings, read_ahead=read_ahead)

    def _chain(self, model: Model | None) -> Chain:
        ids = tuple(article.id for article in self.articles)
        retriever = HybridRetriever(library=self.library, article_ids=ids, k=self.settings.candidates)
        short = sum(len(article.text) for article in self.articles) / 4 <= self.settings.prefix_tokens
        return Chain(
            retriever,
            model,
            whole=self._read_ahead and short and model is not None and not model.capable,
            quotes=self.settings.quotes,
            longest_question=self.settings.longest_question,
        )

    @property
    def article(self) -> Article:
        """The first article, which is the only one unless several were opened."""
        return self.articles[0]

    @property
    def runnable(self) -> Chain:
        """Question (or `{"question": …, "history": …}`) in, `Answer` out, as a LangChain Runnable."""
        self.load()
        return self._quotes_only if self.trouble else self._full

    def load(self, progress: Progress = lambda step, share: None) -> None:
        """Load the models now and have the article read ahead; a later question then starts at once.

        A language model that cannot be loaded is told in `trouble`; quotes alone still answer.
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
            except Exception as error:  # whatever it is, quotes alone still answer
                own = isinstance(error, ModelError)
                self.trouble = one_line(error, 1_000) if own else f"The model cannot be loaded ({one_line(error)})."
                log.warning("%s Answering with quotes alone.", error)
            self.loaded = True

    def load_search(self, progress: Progress = lambda step, share: None) -> None:
        """Load what quotes alone need: the embedder and the reader. Raises ModelError."""
        self.library.load(lambda done, total: progress("embedding all articles anew", done / total))
        Reader.shared().load()

    def ask(self, question: str, history: History = ()) -> Answer:
        """The answer to a question. Raises InputError for a question that is empty or too long."""
        return self.runnable.invoke(Ask(question, history))

    async def aask(self, question: str, history: History = ()) -> Answer:
        return await self.runnable.ainvoke(Ask(question, history))

    def ask_many(
        self, questions: Iterable[str], *, progress: Counting = lambda done, total: None
    ) -> list[Answer | AssistantError]:
        """The answers in the order of the questions, by one model that is loaded once.

        A question that fails gives its error in the place of an answer, and the others go on. A `KeyboardInterrupt`, or an
        exception that `progress` raises, ends the whole.

        Args:
            progress: told how many of how many are done, after each.
        """
        asked = list(questions)
        found: list[Answer | AssistantError] = []
        for question in asked:
            found.append(self._tried(question))
            progress(len(found), len(asked))
        return found

    async def aask_many(
        self, questions: Iterable[str], *, progress: Counting = lambda done, total: None
    ) -> list[Answer | AssistantError]:
        """As `ask_many`; the task that awaits it can be cancelled between two questions."""
        asked = list(questions)
        found: list[Answer | AssistantError] = []
        for question in asked:
            found.append(await asyncio.to_thread(self._tried, question))
            progress(len(found), len(asked))
        return found

    def _tried(self, question: str) -> Answer | AssistantError:
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
    ) -> Iterator[Event]:
        """Events on the way to the answer; the last is the `Answer`. Closing the iterator stops the model.

        Args:
            wait: for the language model to be loaded; else quotes alone answer until it is.
            quotes: how many this answer may carry; by default what the settings say.
            length: short (the few words that are the answer), normal, or long.
            quotes_only: leave the language model out of this answer.
        """
        chain = self.runnable if not quotes_only and (wait or self.loaded) else self._quotes_only
        yield from chain.stream(Ask(question, history, quotes, length))

    async def astream(self, question: str, history: History = ()) -> AsyncIterator[Event]:
        async for event in self.runnable.astream(Ask(question, history)):
            yield event
