"""The whole as one LangChain Runnable: follow-up, search, evidence, writing, checking, answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableConfig

from index.article import Article
from index.errors import InputError, ModelError
from index.search import HybridRetriever

from .answer import NOT_STATED, Answer, Event, Found, Quote, Stage, StageName, Words, quotes_as_text
from .checking import Evidence, find_quote, quoted_words, unsupported
from .evidence import Candidate, Choice, candidates_of, choose, reading
from .followup import History, stand_alone
from .models import Model
from .reader import Reader
from .writing import Gate, Markers, UnsupportedError, says_not_stated, write_from, write_one_call

__all__ = ["Ask", "Chain", "clean_question"]


@dataclass(frozen=True)
class Ask:
    """What goes into the chain; a plain string is a question without history."""

    question: str
    history: History = ()


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
        work = _Work(self, question)
        chat = self.model.chat if self.model else None
        if ask.history:
            yield Stage("rephrasing")
            with work.timed("rephrasing"):
                work.searched = stand_alone(question, ask.history, chat)
        yield Stage("searching")
        with work.timed("searching"):
            work.candidates = candidates_of(self.retriever.hits(work.searched))
        yield Stage("reading")
        with work.timed("reading"):
            work.choice = choose(work.searched, work.candidates, self.quotes, self.reader)
        capable = self.model is not None and self.model.capable
        if not work.choice.chosen and not capable:
            yield work.not_stated()
        elif chat is None:
            yield Found(work.quotes(work.choice.chosen))
            yield work.quotes_alone()
        else:
            yield from work.written(chat, one_call=capable)


@dataclass
class _Work:
    """One question on its way through the chain."""

    chain: Chain
    question: str
    searched: str = ""
    candidates: list[Candidate] = field(default_factory=list)
    choice: Choice = field(default_factory=lambda: Choice((), (), 1.0))
    seconds: dict[str, float] = field(default_factory=dict)
    begun: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.searched = self.searched or self.question

    @contextmanager
    def timed(self, stage: StageName) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begun

    def quotes(self, chosen: tuple[Candidate, ...] | list[Candidate]) -> tuple[Quote, ...]:
        found = tuple(Quote.of(one.article, one.span, number, one.hit.score) for number, one in enumerate(chosen, 1))
        for quote, one in zip(found, chosen, strict=True):
            assert quote.text == one.article.text[quote.start : quote.end], quote
        return found

    def answer(self, text: str, **facts: Any) -> Answer:
        total = time.perf_counter() - self.begun
        name = self.chain.model.name if self.chain.model else "none"
        seconds = {**self.seconds, "total": total}
        return Answer(self.question, text, searched=self.searched, model=name, seconds=seconds, **facts)

    def not_stated(self, *notes: str) -> Answer:
        nearest = self.quotes(self.choice.ranked[:1])
        return self.answer(NOT_STATED, answered=False, nearest=nearest[0] if nearest else None, notes=notes)

    def quotes_alone(self, *notes: str) -> Answer:
        quotes = self.quotes(self.choice.chosen)
        return self.answer(quotes_as_text(quotes), quotes=quotes, notes=notes)

    def without_words(self, why: str) -> Answer:
        """Where the model's words do not hold: the quotes alone, or nothing if the reader was in doubt of them too."""
        return self.not_stated() if self.choice.doubtful else self.quotes_alone(why)

    def written(self, chat: BaseChatModel, one_call: bool) -> Iterator[Event]:
        """The model's words as they come, then the answer: those words, or the quotes alone, or that it is not stated."""
        steps = self._in_one_call(chat) if one_call else self._in_two_steps(chat)
        try:
            for event in steps:
                yield event if not isinstance(event, Answer) else self._with_quoted_words(event)
        except UnsupportedError as error:
            yield self.without_words(_wanting(error.word))
        except ModelError as error:
            yield self.quotes_alone(str(error)) if self.choice.chosen else self.not_stated(str(error))

    def _in_two_steps(self, chat: BaseChatModel) -> Iterator[Event]:
        chosen = self.choice.chosen
        quotes = self.quotes(chosen)
        yield Found(quotes)
        evidence = self._evidence(chosen)
        shown = reading(self.candidates, self.chain.whole)
        pieces = _marked(_said(write_from(self.searched, shown, chosen, chat)), Markers([]))  # it cites nothing by itself
        text = yield from self._gated(pieces, Gate(evidence))
        if not text or says_not_stated(text):
            yield self.without_words("The model found no answer in these sentences; judge for yourself.")
            return
        yield Stage("checking")
        with self.timed("checking"):
            missing = unsupported(text, evidence)
        markers = " " + "".join(f"[{quote.number}]" for quote in quotes)
        yield self.without_words(_wanting(*missing)) if missing else self.answer(text + markers, quotes=quotes)

    def _in_one_call(self, chat: BaseChatModel) -> Iterator[Event]:
        shown = reading(self.candidates, self.chain.whole, name="cited")
        markers = Markers(self.candidates)
        pieces = _marked(_said(write_one_call(self.searched, shown, chat)), markers)
        text = yield from self._gated(pieces, Gate(self._evidence(self.candidates)))
        if not text or says_not_stated(text):
            yield self.not_stated()
            return
        yield Stage("checking")
        with self.timed("checking"):
            missing = unsupported(text, self._evidence(markers.cited)) if markers.cited else ["(no sentence was cited)"]
        if missing:
            yield self.without_words(_wanting(*missing))
            return
        quotes = self.quotes(markers.cited)
        yield Found(quotes)
        yield self.answer(text, quotes=quotes)

    def _gated(self, pieces: Generator[str, None, None], gate: Gate) -> Generator[Event, None, str]:
        """Words that are sure not to be a refusal, one by one; returns the whole text. Whatever ends it stops the model."""
        yield Stage("writing")
        shown = held = ""
        with closing(pieces), self.timed("writing"):
            for piece in pieces:
                held += gate.let(piece)
                new = held.rstrip() if shown else held.strip()
                if new and (shown or not _may_refuse(held)):
                    shown, held = shown + new, held[len(held.rstrip()) :]
                    yield Words(new)
            held += gate.rest()
        new = held.rstrip() if shown else held.strip()
        if new and not says_not_stated(shown + new):
            yield Words(new)
        return shown + new

    def _evidence(self, sentences: list[Candidate] | tuple[Candidate, ...]) -> Evidence:
        texts = [one.text for one in sentences]
        titles = [one.article.title for one in sentences]
        article = " ".join({one.article.id: one.article.text for one in sentences}.values())
        return Evidence(texts + titles, self.searched, article)

    def _with_quoted_words(self, answer: Answer) -> Answer:
        """A note for words that the model put between quotation marks and that no article asked has."""
        articles = {one.article.id: one.article for one in self.candidates}.values()
        made_up = [words for words in quoted_words(answer.text) if not any(find_quote(words, article) for article in articles)]
        notes = tuple(f"“{words}” is not found in the article." for words in made_up)
        return replace(answer, notes=answer.notes + notes)


def _said(pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    """A model's words; whatever error its provider raises comes out as a ModelError."""
    try:
        yield from pieces
    except Exception as error:
        raise ModelError(f"The model failed ({type(error).__name__}: {' '.join(str(error).split())[:200]}).") from error


def _marked(pieces: Generator[str, None, None], markers: Markers) -> Generator[str, None, None]:
    with closing(pieces):
        for piece in pieces:
            yield markers.take(piece)
    yield markers.rest()


def _may_refuse(text: str) -> bool:
    """Whether words that have only begun may become "Not stated"."""
    begun = text.lstrip(" \t\r\n\"'“”‘’*_#>-").lower()
    return any(phrase.startswith(begun[: len(phrase)]) for phrase in ("not stated", "the article does not"))


def _wanting(*words: str) -> str:
    return f"The model's own words held something that the quotes do not ({', '.join(words)}); here are the quotes alone."


def _as_ask(given: Any) -> Ask:
    if isinstance(given, Ask):
        return given
    if isinstance(given, Mapping):
        return Ask(cast(str, given.get("question")), given.get("history") or ())
    return Ask(given)
