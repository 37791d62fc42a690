"""Provide the application service that the page, the HTTP API and the MCP server share."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from copy import copy
from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread
from typing import Literal

from langchain_core.callbacks import BaseCallbackHandler

from assistant.answer.answer import Answer, Event
from assistant.assistant import Assistant
from assistant.models import Model
from assistant.pipeline.evidence.reader import Reader
from assistant.pipeline.query.rewrite import History
from assistant.pipeline.state import Length
from assistant.service.assistant_cache import AssistantCache
from assistant.service.page_views import PageViews
from assistant.service.question_limit import QuestionLimit
from assistant.service.question_queue import QuestionQueue
from assistant.service.question_writer import write_questions
from assistant.settings import Settings
from index.errors import ArticleError, AssistantError, InputError
from index.storage.library import Library
from index.storage.visibility import SHARED
from index.text.article import Article

__all__ = ["AssistantService", "MAX_CHAT_ARTICLES", "MAX_QUOTES"]

log = logging.getLogger(__name__)

MAX_CHAT_ARTICLES = 10
MAX_QUOTES = 10  # of an answer
WIDE_FACTOR = 3  # how many times as many passages a wide search takes
MAX_CANDIDATES = 50


@dataclass
class _Progress:
    """How far loading is. The services of all users share it."""

    state: Literal["opening", "quotes", "ready", "failed"] = "opening"
    status: str = "Opening the article …"
    # Questions that the served article answers; None until it is known which.
    starters: list[str] | None = None
    assistant: Assistant | None = None


class AssistantService:
    """Answer questions about the served article and other articles of the library.

    A service sees the articles that are shared. `for_user` returns one that sees the private
    articles of a user as well. There is no other way from a request to private articles.

    A background thread opens the served article and loads the models. `state` and `status` report
    its progress. Other articles are opened when they are needed.

    Args:
        article: the served article.
        library: the library that stores the articles.
        model: the language model; None for answers that consist of quotes only.
        settings: the settings of all assistants.
        reader: the extractive model; by default the bundled one.
        observe: called with the outcome and the seconds of each answer. An outcome is that of the
            answer, or "stopped", "invalid" (the question cannot be used) or "failed".
        callbacks: LangChain's handlers, which observe each answer and the calls of the model.
    """

    def __init__(
        self,
        article: Article,
        library: Library,
        model: Model | None,
        settings: Settings,
        reader: Reader | None = None,
        observe: Callable[[str, float], None] | None = None,
        callbacks: Sequence[BaseCallbackHandler] = (),
    ) -> None:
        self.article = article
        self.user = SHARED  # whose private articles are seen, too
        # With the private articles of all users: to load, to check and to count them.
        self.whole_library = library
        self.library = library.for_user(SHARED)
        self._progress = _Progress()
        self.page_views = PageViews(library.originals)
        self._model = model
        self._reader = reader or Reader()
        self._observe = observe
        self._callbacks = callbacks
        self.settings = settings
        self.questions = QuestionQueue(settings.answers_at_once, settings.waiting_questions)
        self.question_limit = QuestionLimit(settings.questions_per_minute)
        self._opened = Flag()
        self._assistants = AssistantCache(self._create_assistant)
        self._wide_assistants = AssistantCache(self._create_wide_assistant)
        self._quotes_only_assistants = AssistantCache(self._create_quotes_only_assistant)
        # Starter questions of other articles. None means that the search is still running.
        self._starters: dict[tuple[str, ...], list[str] | None] = {}

    def for_user(self, user: str) -> AssistantService:
        """Return the service as one user may use it. It shares everything but the library.

        Args:
            user: the name of the user; empty if nobody signed in.
        """
        view = copy(self)
        view.user, view.library = user, self.whole_library.for_user(user)
        return view

    @property
    def state(self) -> Literal["opening", "quotes", "ready", "failed"]:
        """How far loading is."""
        return self._progress.state

    @state.setter
    def state(self, state: Literal["opening", "quotes", "ready", "failed"]) -> None:
        self._progress.state = state

    @property
    def status(self) -> str:
        """What to tell the user about loading."""
        return self._progress.status

    @status.setter
    def status(self, status: str) -> None:
        self._progress.status = status

    @property
    def starters(self) -> list[str] | None:
        """Questions that the served article answers; None until it is known which."""
        return self._progress.starters

    @starters.setter
    def starters(self, starters: list[str] | None) -> None:
        self._progress.starters = starters

    @property
    def _assistant(self) -> Assistant | None:
        """The assistant of the served article, once it is open."""
        return self._progress.assistant

    @property
    def is_settled(self) -> bool:
        """Whether loading has ended, successfully or not."""
        return self.state in ("ready", "failed")

    @property
    def is_ready(self) -> bool:
        """Whether questions are answered now, possibly with quotes only."""
        return self._opened.is_set() and self.state != "failed"

    @property
    def model_trouble(self) -> str:
        """Return why the language model cannot be used; empty if it can or is not loaded yet."""
        return self._assistant.trouble if self._assistant else ""

    @property
    def writer(self) -> Literal["none", "embedded", "provider"]:
        """Return the kind of model that writes the answers.

        The value is "none" as well if the model failed to load.
        """
        if self._model is None or (self._assistant and self._assistant.trouble):
            return "none"
        return "provider" if self._model.answers_in_one_call else "embedded"

    @property
    def model_name(self) -> str:
        """Return the name of the language model; "none" if answers are quotes alone."""
        return "none" if self._model is None or self.writer == "none" else self._model.name

    @property
    def recipients(self) -> tuple[str, ...]:
        """Return the names of the models outside this program that get questions and passages."""
        embedder = self.library.embedder
        model = None if self._model is None or self._model.is_local else self._model.name
        names = (model, None if embedder.is_local else embedder.name)
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def quotes(self) -> int:
        """Return the default maximum number of quotes per answer."""
        return self.settings.quotes

    def start(self) -> None:
        """Open the served article and load the models in a background thread."""
        Thread(target=self._load, daemon=True, name="service").start()

    def _load(self) -> None:
        try:
            self.whole_library.load(self._report_reembedding)
            stored = self.library.add(self.article, self._report_embedding, is_limited=False)
            self._progress.assistant = assistant = self._assistants.get([stored])
            assistant.load_search()
            self._opened.set()
            self._load_model(assistant)
            self.starters = self._get_written_questions(assistant)
        except AssistantError as error:
            self.state, self.status = "failed", str(error)
        except Exception:
            log.exception("The article could not be opened.")
            self.state, self.status = "failed", "The article could not be opened; the log says why."
        finally:
            self._opened.set()
            self.starters = self.starters or []

    def _report_embedding(self, done: int, total: int) -> None:
        self.status = f"Opening the article … {100 * done // total} %"

    def _report_reembedding(self, done: int, total: int) -> None:
        self.status = f"Preparing all articles anew … {100 * done // total} %"

    def _load_model(self, assistant: Assistant) -> None:
        self.state, self.status = (
            "quotes",
            "The language model is loading. Meanwhile answers are quotes alone.",
        )
        assistant.load(self._report_model_loading)
        self.state = "ready"
        if assistant.trouble:
            self.status = f"Answers are quotes alone. {assistant.trouble}"
        else:
            self.status = (
                "Answers are quotes alone."
                if assistant.model is None
                else f"Model: {assistant.model.name}."
            )

    def _report_model_loading(self, step: str, share: float) -> None:
        self.status = (
            f"The language model: {step} … {100 * share:.0f} %. Meanwhile answers are quotes alone."
        )

    def ask(
        self,
        question: str,
        history: History = (),
        articles: Sequence[Article | str] = (),
        *,
        quotes: int | None = None,
        length: Length = "normal",
        quotes_only: bool = False,
        is_wide: bool = False,
    ) -> Generator[Event, None, None]:
        """Yield the events of an answer. While the model loads, the answer has quotes only.

        Args:
            question: the user's question.
            history: earlier questions and answers, for follow-up questions.
            articles: library articles or their ids to ask instead of the served article.
            quotes: maximum number of quotes; by default the value of the settings.
            length: length of the answer.
            quotes_only: answer without the language model.
            is_wide: search several times as many passages, and quote twice as many sentences.

        Raises:
            ArticleError: an article is no longer in the library.
            AssistantError: the served article could not be opened.
        """
        self._opened.wait()
        if self._assistant is None:
            raise AssistantError(self.status)
        assistants = self._wide_assistants if is_wide else self._assistants
        assistant = assistants.get(
            [self.get_article(article) for article in articles or [self.article]]
        )
        if is_wide:
            quotes = min(2 * (quotes or self.quotes), MAX_QUOTES)
        yield from self._report_outcome(
            assistant.stream(
                question,
                history,
                wait=self._has_model,
                quotes=quotes,
                length=length,
                quotes_only=quotes_only,
                callbacks=self._callbacks,
            )
        )

    def _report_outcome(self, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
        """Yield the events of an answer, and report its outcome at the end."""
        started, outcome = time.monotonic(), "stopped"
        try:
            with closing(events):
                for event in events:
                    if isinstance(event, Answer):
                        outcome = event.outcome
                    yield event
        except InputError:
            outcome = "invalid"
            raise
        except Exception:
            outcome = "failed"
            raise
        finally:
            if self._observe:
                self._observe(outcome, time.monotonic() - started)

    def get_article(self, article: Article | str) -> Article:
        """Return the current version of an article, given as an article or an id.

        Raises:
            ArticleError: the article is not in the library.
        """
        article_id = article if isinstance(article, str) else article.id
        try:
            return self.library.get(article_id)
        except KeyError as error:
            name = f"“{article.title}”" if isinstance(article, Article) else repr(article_id[:20])
            raise ArticleError(
                f"The article {name} is no longer in the library. "
                "Undo its removal, add it again, or open another."
            ) from error

    def get_owner(self, *, is_private: bool) -> str:
        """Return the owner of articles that the user adds.

        Raises:
            InputError: they are to be private, and nobody is signed in.
        """
        if is_private and not self.user:
            raise InputError(
                "Only users with an account have private articles. Sign in, or add it for all."
            )
        return self.user if is_private else SHARED

    def find_article(self, article_id: str) -> Article | None:
        """Return the current version of an article of the library, or None if there is none."""
        return self.library.get(article_id) if self.library.store.has(article_id) else None

    def get_displayed_article(self, article_id: str) -> Article:
        """Return an article to display.

        The served article is available before the library has stored it.

        Raises:
            ArticleError: the article is not in the library.
        """
        is_opening = article_id == self.article.id and not self._opened.is_set()
        return self.article if is_opening else self.get_article(article_id)

    def find_originals(self, articles: Sequence[Article]) -> set[str]:
        """Return the ids of the articles whose pages can be shown."""
        return {article.id for article in articles if self.library.originals.has(article)}

    def prepare_articles(self, article_ids: Sequence[str]) -> None:
        """Process articles ahead and find starter questions for them in a background thread.

        The next question about these articles is then answered sooner.
        """
        key = tuple(article_ids)
        if key != (self.article.id,) and key not in self._starters:
            self._starters[key] = None
            Thread(target=self._find_starters, args=[key], daemon=True, name="opening").start()

    def get_starters(self, article_ids: Sequence[str]) -> list[str] | None:
        """Return answerable questions about the articles, or None while the search is running."""
        if tuple(article_ids) == (self.article.id,):
            return self.starters
        owner_of = self.library.store.owner_of
        if any(owner_of(article_id) is None for article_id in article_ids):
            return []  # of articles that the user does not see, not even that they were opened
        return self._starters.get(tuple(article_ids), [])

    def _find_starters(self, key: tuple[str, ...]) -> None:
        starters: list[str] = []
        try:
            self._opened.wait()
            assistant = self._assistants.get([self.get_article(article_id) for article_id in key])
            if self._has_model:
                assistant.load()
            starters = self._get_written_questions(assistant)
        except Exception as error:  # for example removed meanwhile; the next question reports it
            log.warning("%s was not read ahead: %s", key, error)
        finally:
            self._starters[key] = starters

    def _get_written_questions(self, assistant: Assistant) -> list[str]:
        """Return the questions that were written for an article; write them if there are none yet.

        Only the bundled model writes any: another one costs its user time or money.
        """
        model = self._model
        if len(assistant.articles) > 1 or not (model and model.is_local and self._has_model):
            return []
        (article,) = assistant.articles
        store = self.library.store
        if (questions := store.written_questions(article.id)) is None:
            questions = write_questions(
                article, model.chat, assistant.ask, self.questions.wait_until_idle
            )
            store.set_written_questions(article.id, questions)
        return questions

    @property
    def _has_model(self) -> bool:
        """Whether loading is complete without a model error.

        A model that could not be loaded is not tried again for each article.
        """
        return self.state == "ready" and self._assistant is not None and not self._assistant.trouble

    def answer_with_quotes(self, question: str, articles: Sequence[Article] = ()) -> Answer | None:
        """Return an answer with quotes only, which takes a fraction of a second.

        The result is None if the service is not ready or the question cannot be answered.
        """
        if not self.is_ready:
            return None
        try:
            return self._quotes_only_assistants.get(articles or [self.article]).ask(question)
        except AssistantError:
            return None

    def _get_library_of(self, articles: Sequence[Article]) -> Library:
        """Return the library as the owner of articles sees it; of shared ones, as nobody does.

        All users who may ask about articles then share their assistant: an assistant of shared
        articles sees nobody's private ones, not even those of the user who asks.
        """
        owners = (article.owner for article in articles if article.owner)
        return self.whole_library.for_user(next(owners, SHARED))

    def _create_assistant(self, articles: Sequence[Article]) -> Assistant:
        return Assistant(
            self._get_library_of(articles),
            articles,
            self._model,
            settings=self.settings,
            reader=self._reader,
        )

    def _create_wide_assistant(self, articles: Sequence[Article]) -> Assistant:
        candidates = min(WIDE_FACTOR * self.settings.candidates, MAX_CANDIDATES)
        return Assistant(
            self._get_library_of(articles),
            articles,
            self._model,
            settings=self.settings.model_copy(update={"candidates": candidates}),
            reader=self._reader,
            read_ahead=False,
        )

    def _create_quotes_only_assistant(self, articles: Sequence[Article]) -> Assistant:
        return Assistant(
            self._get_library_of(articles),
            articles,
            None,
            settings=self.settings,
            reader=self._reader,
            read_ahead=False,
        )
