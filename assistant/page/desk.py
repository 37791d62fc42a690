"""What the page works with: an article at once, and an assistant for it as soon as one is loaded."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from threading import Event as Flag
from threading import Thread
from typing import Any, Literal

from index.article import Article
from index.errors import AssistantError
from index.library import Library

from ..answer import Answer, Event
from ..assistant import Assistant
from ..followup import History
from ..models import Model
from ..settings import Settings
from .starters import answerable, starters

__all__ = ["Desk"]

log = logging.getLogger(__name__)


class Desk:
    """Opens the article and loads the models in the background; `status` says how far that is."""

    def __init__(self, article: Article, library: Library, model: Model | None, settings: Settings) -> None:
        self.article = article
        self.state: Literal["opening", "quotes", "ready", "failed"] = "opening"
        self.status = "Opening the article …"
        self.starters: list[str] = []  # each of which the article answers; none until it is opened
        self.library = library
        self._model = model
        self._settings = settings
        self._assistant: Assistant | None = None
        self._opened = Flag()

    @property
    def settled(self) -> bool:
        return self.state in ("ready", "failed")

    @property
    def ready(self) -> bool:
        """Whether a question is answered at once, be it by quotes alone."""
        return self._opened.is_set() and self.state != "failed"

    @property
    def writer(self) -> Literal["none", "embedded", "provider"]:
        """What kind of model writes the answers."""
        if self._model is None:
            return "none"
        return "provider" if self._model.capable else "embedded"

    @property
    def quotes(self) -> int:
        """How many quotes an answer may carry, unless its reader wants another number."""
        return self._settings.quotes

    def start(self) -> None:
        Thread(target=self._load, daemon=True, name="desk").start()

    def _load(self) -> None:
        try:
            kept = self.library.add(self.article, self._embedded)
            self._assistant = Assistant(self.library, [kept], self._model, settings=self._settings)
            self._assistant.load_search()
            self._opened.set()
            self.starters = answerable(starters(self.article), self._answers)
            self._load_model(self._assistant)
        except AssistantError as error:
            self.state, self.status = "failed", str(error)
        except Exception:
            log.exception("The article could not be opened.")
            self.state, self.status = "failed", "The article could not be opened; the log says why."
        finally:
            self._opened.set()

    def _answers(self, question: str) -> bool:
        assert self._assistant is not None
        *_, answer = self._assistant.stream(question, wait=False)
        return isinstance(answer, Answer) and answer.answered

    def _embedded(self, done: int, total: int) -> None:
        self.status = f"Opening the article … {100 * done // total} %"

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
        articles: Sequence[Article] = (),
        *,
        quotes: int | None = None,
        quotes_only: bool = False,
    ) -> Generator[Event, None, None]:
        """Events on the way to an answer, by quotes alone while the language model loads.

        Args:
            articles: of the library, to be asked instead of the open one.
            quotes: how many the answer may carry; by default what the settings say.
            quotes_only: leave the language model out of this answer.
        """
        wanted: Any = {"quotes": quotes, "quotes_only": quotes_only}
        self._opened.wait()
        if self._assistant is None:
            raise AssistantError(self.status)
        if articles and tuple(articles) != self._assistant.articles:
            yield from self._assistant_of(articles).stream(question, history, **wanted)
        else:
            yield from self._assistant.stream(question, history, wait=False, **wanted)

    def _assistant_of(self, articles: Sequence[Article]) -> Assistant:
        """By the same model, if it is loaded by now."""
        model = self._model if self.state == "ready" and self._assistant and not self._assistant.trouble else None
        return Assistant(self.library, articles, model, settings=self._settings, read_ahead=False)
