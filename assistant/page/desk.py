"""What the page and the API work with: an article at once, and an assistant for any of the library as soon as one is loaded."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from functools import partial
from itertools import chain, zip_longest
from threading import Event as Flag
from threading import Thread
from typing import Literal

from index.article import Article
from index.errors import ArticleError, AssistantError
from index.library import Library

from ..answer import Answer, Event
from ..assistant import Assistant
from ..followup import History
from ..models import Model
from ..settings import Settings
from ..task import Length
from .shelved import Shelved
from .starters import answerable, starters

__all__ = ["Desk", "TOGETHER"]

log = logging.getLogger(__name__)

TOGETHER = 10  # articles of one chat


class Desk:
    """Opens the article and loads the models in the background; `status` says how far that is. Other articles open as they are asked."""

    def __init__(self, article: Article, library: Library, model: Model | None, settings: Settings) -> None:
        self.article = article
        self.state: Literal["opening", "quotes", "ready", "failed"] = "opening"
        self.status = "Opening the article …"
        self.starters: list[str] = []  # each of which the article answers; none until it is opened
        self.library = library
        self._model = model
        self.settings = settings
        self._assistant: Assistant | None = None
        self._opened = Flag()
        self._shelved = Shelved(self._assistant_of)
        self._starters: dict[tuple[str, ...], list[str] | None] = {}  # of other articles; None: being found

    @property
    def settled(self) -> bool:
        return self.state in ("ready", "failed")

    @property
    def ready(self) -> bool:
        """Whether a question is answered at once, be it by quotes alone."""
        return self._opened.is_set() and self.state != "failed"

    @property
    def writer(self) -> Literal["none", "embedded", "provider"]:
        """What kind of model writes the answers; none also where it is known that it cannot be loaded."""
        if self._model is None or (self._assistant and self._assistant.trouble):
            return "none"
        return "provider" if self._model.capable else "embedded"

    @property
    def quotes(self) -> int:
        """How many quotes an answer may carry, unless its reader wants another number."""
        return self.settings.quotes

    def start(self) -> None:
        Thread(target=self._load, daemon=True, name="desk").start()

    def _load(self) -> None:
        try:
            self.library.load(self._embedded_anew)
            kept = self.library.add(self.article, self._embedded)
            self._assistant = self._shelved.of([kept])
            self._assistant.load_search()
            self._opened.set()
            self.starters = answerable(starters(self.article), partial(_answered, self._assistant))
            self._load_model(self._assistant)
        except AssistantError as error:
            self.state, self.status = "failed", str(error)
        except Exception:
            log.exception("The article could not be opened.")
            self.state, self.status = "failed", "The article could not be opened; the log says why."
        finally:
            self._opened.set()

    def _embedded(self, done: int, total: int) -> None:
        self.status = f"Opening the article … {100 * done // total} %"

    def _embedded_anew(self, done: int, total: int) -> None:
        self.status = f"Preparing all articles anew … {100 * done // total} %"

    def _load_model(self, assistant: Assistant) -> None:
        self.state, self.status = "quotes", "The language model is loading. Meanwhile answers are quotes alone."
        assistant.load(self._progress)
        self.state = "ready"
        if assistant.trouble:
            self.status = f"Answers are quotes alone. {assistant.trouble}"
        else:
            self.status = "Answers are quotes alone." if assistant.model is None else f"Model: {assistant.model.name}."

    def _progress(self, step: str, share: float) -> None:
        self.status = f"The language model: {step} … {100 * share:.0f} %. Meanwhile answers are quotes alone."

    def ask(
        self,
        question: str,
        history: History = (),
        articles: Sequence[Article | str] = (),
        *,
        quotes: int | None = None,
        length: Length = "normal",
        quotes_only: bool = False,
    ) -> Generator[Event, None, None]:
        """Events on the way to an answer, by quotes alone while the language model loads.

        Args:
            articles: of the library, or their ids, to be asked instead of the article that is served.
            quotes: how many the answer may carry; by default what the settings say.
            length: of the answer.
            quotes_only: leave the language model out of this answer.

        Raises:
            ArticleError: one of them is no longer in the library.
        """
        self._opened.wait()
        if self._assistant is None:
            raise AssistantError(self.status)
        assistant = self._shelved.of([self.kept(one) for one in articles or [self.article]])
        yield from assistant.stream(
            question, history, wait=self._has_model, quotes=quotes, length=length, quotes_only=quotes_only
        )

    def kept(self, article: Article | str) -> Article:
        """The article as it is in the library now. Raises ArticleError if it was removed."""
        article_id = article if isinstance(article, str) else article.id
        try:
            return self.library.get(article_id)
        except KeyError as error:
            name = f"“{article.title}”" if isinstance(article, Article) else repr(article_id[:20])
            raise ArticleError(
                f"The article {name} is no longer in the library. Undo its removal, add it again, or open another."
            ) from error

    def shown(self, article_id: str) -> Article:
        """The article to be read: the one that is served is there before it is kept. Raises ArticleError if it was removed."""
        early = article_id == self.article.id and not self._opened.is_set()
        return self.article if early else self.kept(article_id)

    def open(self, article_ids: Sequence[str]) -> None:
        """Have articles read ahead and questions about them found, in the background: what is asked next is answered sooner."""
        key = tuple(article_ids)
        if key != (self.article.id,) and key not in self._starters:
            self._starters[key] = None
            Thread(target=self._prepare, args=[key], daemon=True, name="opening").start()

    def starters_of(self, article_ids: Sequence[str]) -> list[str] | None:
        """Questions that the articles answer; None while they are being found."""
        if tuple(article_ids) == (self.article.id,):
            return self.starters if self.starters or self.settled else None
        return self._starters.get(tuple(article_ids), [])

    def _prepare(self, key: tuple[str, ...]) -> None:
        found: list[str] = []
        try:
            self._opened.wait()
            assistant = self._shelved.of([self.kept(one) for one in key])
            groups = chain.from_iterable(zip_longest(*map(starters, assistant.articles), fillvalue=[]))
            found = answerable(list(groups), partial(_answered, assistant))
            self._starters[key] = found
            if self._has_model:
                assistant.load()
        except Exception as error:  # removed meanwhile, or the like: a question will tell
            log.warning("%s was not read ahead: %s", key, error)
        finally:
            self._starters[key] = found

    @property
    def _has_model(self) -> bool:
        """Whether the model, or that there is none, is known. One that could not be loaded is not tried again for each article."""
        return self.state == "ready" and self._assistant is not None and not self._assistant.trouble

    def glance(self, question: str, articles: Sequence[Article] = ()) -> Answer | None:
        """The answer by quotes alone, which takes a fraction of a second; None if there is none to be had now."""
        if not self.ready:
            return None
        asked = articles or [self.article]
        try:
            return Assistant(self.library, asked, None, settings=self.settings, read_ahead=False).ask(question)
        except AssistantError:
            return None

    def _assistant_of(self, articles: Sequence[Article]) -> Assistant:
        return Assistant(self.library, articles, self._model, settings=self.settings)


def _answered(assistant: Assistant, question: str) -> bool:
    """By quotes alone, which takes a fraction of a second."""
    *_, answer = assistant.stream(question, wait=False)
    return isinstance(answer, Answer) and answer.answered
