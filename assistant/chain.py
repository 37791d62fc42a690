"""The whole as one LangChain Runnable: follow-up, search, evidence, writing, checking, answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from langchain_core.runnables import Runnable, RunnableConfig

from index.article import Article
from index.errors import InputError
from index.search import HybridRetriever

from .answer import Answer, Event, Stage
from .confidence import nearness
from .evidence import candidates_of, reading, sentences_of
from .followup import History, stand_alone
from .gist import central
from .kinds import about, as_question, detail_of, kind_of, prose, quoted
from .language import NAMES, language_of
from .models import Model
from .parts import Parts, joined, parts_of
from .reader import Reader
from .task import Length
from .work import Work

__all__ = ["Ask", "Chain", "clean_question"]

SUMMARY = 4  # sentences
COURTESIES = {
    "greeting": "Hello. Ask something about the article: the answer comes with quotes of it.",
    "thanks": "You are welcome. Ask on if there is more that you want to know of the article.",
}


@dataclass(frozen=True)
class Ask:
    """What goes into the chain; a plain string is a question without history."""

    question: str
    history: History = ()
    quotes: int | None = None  # how many the answer may carry; None: as many as the chain's answers may
    length: Length = "normal"


def clean_question(question: str, longest: int) -> str:
    """The question without white space around it. Raises InputError with what is wrong with it."""
    if not isinstance(question, str):
        raise InputError(f"A question is a text, not {type(question).__name__}.")
    question = "".join(character if character.isprintable() else " " for character in question)
    question = " ".join(question.split())
    if not any(character.isalnum() for character in question):
        raise InputError("The question is empty. Ask something about the article.")
    if len(question) > longest:
        raise InputError(f"The question has {len(question):,} characters; at most {longest:,} are read. Shorten it.")
    return question


class Chain(Runnable[Any, Answer]):
    """Question in, `Answer` out. `stream` yields events, the last of which is the `Answer` itself.

    Args:
        retriever: over the articles that are asked.
        model: writes the answer; None: quotes alone.
        whole: show the model the whole article, numbered, as a beginning that is computed once; else the candidates.
        quotes: how many an answer may carry.
    """

    work: type[Work] = Work  # measured against others in `tests/quality/ablations.py`

    def __init__(
        self,
        retriever: HybridRetriever,
        model: Model | None,
        *,
        reader: Reader | None = None,
        whole: bool = False,
        quotes: int = 3,
        longest_question: int = 2_000,
    ) -> None:
        self.retriever = retriever
        self.model = model
        self.reader = reader or Reader.shared()
        self.quotes = quotes
        self.longest_question = longest_question
        articles = [retriever.library.get(article_id) for article_id in retriever.article_ids]
        self.whole: Article | None = articles[0] if whole and len(articles) == 1 else None

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        return self._call_with_config(self._last, _as_ask(input), config)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        return await asyncio.to_thread(self.invoke, input, config)

    def _last(self, ask: Ask) -> Answer:
        *_, answer = self._events(ask)
        assert isinstance(answer, Answer)
        return answer

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        yield from self._events(_as_ask(input))

    async def astream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Any]:
        events = self._events(_as_ask(input))
        step: asyncio.Future[Event | None] | None = None
        try:
            while True:
                step = asyncio.ensure_future(asyncio.to_thread(next, events, None))
                if (event := await asyncio.shield(step)) is None:
                    return
                yield event
        finally:
            if step:
                await asyncio.wait([step])  # a generator cannot be closed while it runs
            await asyncio.to_thread(events.close)

    def warm(self) -> None:
        """Have the model compute the beginning that all questions share."""
        if self.model and self.whole and (warm := getattr(self.model.chat, "warm", None)):
            warm(reading((), self.whole))

    def _events(self, ask: Ask) -> Generator[Event, None, None]:
        question = clean_question(ask.question, self.longest_question)
        if ask.length not in get_args(Length):
            raise InputError(f"An answer can be short, normal or long, not {ask.length!r}.")
        kind = kind_of(question, first=not ask.history)
        library = self.retriever.library
        articles = [library.get(article_id) for article_id in self.retriever.article_ids]
        work = self.work(question, self.model, self.whole, self.quotes, kind, ask.quotes, ask.length)
        work.articles, work.library = articles, library
        if kind in COURTESIES:
            yield work.aside(COURTESIES[kind])
        elif kind == "about" and (said := _known(question, articles, not ask.history)):
            yield work.aside("\n".join(said), "This is from what is known of the article, not from its text.")
        elif kind == "about" and detail_of(question, not ask.history) == "quotes":
            yield from work.all_of(
                sentences_of(articles, quoted), "No one is quoted: the article has no words between quotation marks."
            )
        elif kind == "summary" and articles:
            yield from work.summed_up(sentences_of(articles, self._central))
        else:
            work.notes += () if self._capable else tuple(_in_other_languages(question, articles))
            parts = (question,) if self._capable else parts_of(question)
            yield from self._looked_up(work, ask.history) if len(parts) == 1 else self._in_parts(work, parts, ask.history)

    @property
    def _capable(self) -> bool:
        return self.model is not None and self.model.capable

    def _looked_up(self, work: Work, history: History) -> Generator[Event, None, None]:
        if history:
            yield Stage("rephrasing")
            with work.timed("rephrasing"):
                work.searched = stand_alone(work.question, history, self.model.chat if self.model else None)
                work.kind = kind_of(work.searched, first=False)  # "Are you sure?" asks again what was asked before
        work.searched = work.searched if self._capable else as_question(work.searched)
        yield Stage("searching")
        with work.timed("searching"):
            hits = self.retriever.hits(work.searched)
            work.candidates = candidates_of(hits)
            work.near = nearness(hits, self.retriever.library.embedder.fingerprint)
        yield Stage("reading")
        with work.timed("reading"):
            work.read(self.reader)
        yield from work.answered()

    def _in_parts(self, whole: Work, questions: Sequence[str], history: History) -> Generator[Event, None, None]:
        """Each after the others, which it may lean on; one answer for all."""
        parts = Parts()
        length = "short" if whole.length == "short" else "normal"  # together they are long
        for question in questions:
            kind = kind_of(question, first=False)
            own: dict[str, Any] = {"question": question, "searched": question, "kind": kind, "length": length}
            work = replace(whole, **own, seconds={}, begun=time.perf_counter())
            for event in self._looked_up(work, [*history, *((one.question, one) for one in parts.answers)]):
                yield from parts.told(event)
        yield joined(whole.question, parts.answers)

    def _central(self, article: Article) -> Sequence[int]:
        """The sentences that sum the article up: of each central passage the longest."""
        text = set(prose(article))
        vectors = self.retriever.library.store.vectors(article.id)
        passages = [row for row, span in enumerate(article.passages) if text.intersection(article.sentences_in(span))]
        rows = central(vectors[passages], max(1, SUMMARY // len(self.retriever.article_ids)))
        found = (text.intersection(article.sentences_in(article.passages[passages[row]])) for row in rows)
        return [max(sentences, key=lambda one: len(article.slice(article.sentences[one]))) for sentences in found]


def _known(question: str, articles: Sequence[Article], first: bool) -> list[str]:
    """What is known of the articles themselves, where that is asked for: a line for each, which says of which it is."""
    told = [(article.title, text) for article in articles if (text := about(question, article, first))]
    alone = len(articles) == 1 or detail_of(question, first) == "title"
    return [text if alone or not title else f"“{title}”: {text}" for title, text in told]


def _in_other_languages(question: str, articles: Sequence[Article]) -> Iterator[str]:
    """A note if the question is in a language that no article is in."""
    asked, written = language_of(question), {language_of(article.text) for article in articles} - {None}
    if asked and written and asked not in written:
        told = " and ".join(sorted(NAMES[code] for code in written if code))
        yield (
            f"The question seems to be in {NAMES[asked]}, the article in {told}. The built-in models find answers in one "
            f"language only: ask in {told}, or use a larger model."
        )


def _as_ask(given: Any) -> Ask:
    if isinstance(given, Ask):
        return given
    if isinstance(given, Mapping):
        return Ask(cast(str, given.get("question")), given.get("history") or ())
    return Ask(given)
