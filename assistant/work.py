"""One question on its way through the chain: from the candidates to an answer that is checked, or to none."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from index.article import Article
from index.errors import ModelError

from .amounts import amounts_in
from .answer import NOT_STATED, Answer, Event, Found, Quote, Stage, StageName, Words, quotes_as_text
from .checking import Evidence, find_quote, quoted_words, unsupported
from .citing import write_citing
from .confidence import Signals, confidence, foreign_to, signals_of
from .evidence import BESIDE, Candidate, Choice, called, choose, covering, fitting, reading
from .kinds import Kind
from .models import Model
from .models.troubles import explained
from .reader import Reader
from .span import Opening, holds, stating
from .words import meaning
from .writing import (
    FOUND,
    NOT_FOUND,
    Gate,
    Markers,
    UnsupportedError,
    asked,
    name_sentences,
    past_thinking,
    says_not_stated,
    write_again,
    write_from,
    write_gist,
    write_one_call,
)

__all__ = ["ABSTAIN", "Work"]

# The article does not say if it is less likely than this to answer. docs/quality.md has the figures for other thresholds.
ABSTAIN = 0.5
ABSTAIN_ALONE = 0.37  # where no model was asked for its opinion
# Nor does the article say if it is less likely than this to answer and the words that a model wrote do not hold.
DOUBT = 0.55
# The model is asked only once where it is this sure that the article answers, or does not.
SURELY, SURELY_NOT = 0.95, 0.05
# What is asked for a list may be in more sentences, each of them less of an answer.
MOST_LISTED = 6
BESIDE_LISTED = 0.1
# What the model is told beyond where the answer is.
MANNERS: dict[str, str] = {"yes-no": "Begin with Yes or No.", "list": "Name all of them."}
UNCITED = "The model cited no sentence; here are the quotes alone."
_LONG = ("yes-no", "list")  # kinds of question that a few words of the article do not answer
# Tokens that are left for it, of those that a model takes; its instructions are among them.
LONGEST_ANSWER = 1_000
_HOW_MANY = re.compile(r"\bhow (?:many|much)\b", re.IGNORECASE)
_LOOP = re.compile(r"(\b\w[^.!?]{0,80})(?:\W+\1){3,}")  # the same words four times running
_YES_OR_NO = re.compile(r"^\W*(?:yes|no)\b\W*", re.IGNORECASE)


@dataclass
class Work:
    """A question, and what is known of it so far."""

    question: str
    model: Model | None
    whole: Article | None  # shown to the model instead of the candidates
    most: int  # quotes
    kind: Kind = "fact"
    wanted: int | None = None  # quotes that the reader chose to have at most, of a list too
    notes: tuple[str, ...] = ()  # what is told with any answer
    searched: str = ""  # the question as it stands alone
    candidates: list[Candidate] = field(default_factory=list)
    choice: Choice = field(default_factory=Choice)
    signals: Signals | None = None
    confidence: float = 0.0
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

    def read(self, reader: Reader) -> None:
        """The reader's choice, and how likely it is an answer; a small model that tells probabilities is asked too."""
        beside = BESIDE_LISTED if self.kind == "list" else BESIDE
        self.choice = choose(self.searched, self.candidates, self._most, reader, beside)
        if self.choice.ranked:
            opinion, again = self._opinions()
            self.signals = replace(signals_of(self.searched, self.choice), opinion=opinion, again=again)
            self.confidence = confidence(self.signals)

    def answered(self) -> Iterator[Event]:
        """The answer, with events on the way to it."""
        if self.model and self.model.capable:
            yield from self._with_model(self._in_one_call(self.model))
        elif not self.choice.chosen or self.confidence < (ABSTAIN if self._asked else ABSTAIN_ALONE):
            yield self.not_stated()
        elif self.model:
            yield from self._with_model(self._from_chosen(self.model.chat))
        else:
            yield Found(self.quotes(self.choice.chosen))
            yield self.quotes_alone()

    def aside(self, text: str, *notes: str) -> Answer:
        """What needs no evidence of the text."""
        return self.answer(text, notes=notes, confidence=None)

    def all_of(self, found: Sequence[Candidate], none: str) -> Iterator[Event]:
        """Sentences that are the answer one and all, as quotes."""
        if not found:
            yield self.aside(none)
            return
        self.choice, self.confidence = Choice(tuple(found), tuple(found), 0.0), 1.0
        yield Found(self.quotes(found))
        yield self.quotes_alone()

    def summed_up(self, found: Sequence[Candidate]) -> Iterator[Event]:
        """Each of the sentences in the model's words, with its quote; in its own where the model's do not hold, or where the model
        is a small one, which takes seconds to repeat them.
        """
        if not (self.model and self.model.capable):
            yield from self.all_of(found, "The article has no sentences to sum up.")
            return
        self.candidates, self.choice, self.confidence = list(found), Choice(tuple(found), tuple(found), 0.0), 1.0
        yield from self._with_model(self._gists(self.model.chat))

    def _gists(self, chat: BaseChatModel) -> Iterator[Event]:
        quotes = self.quotes(self.choice.chosen)
        yield Found(quotes)
        yield Stage("writing")
        text = ""
        with self.timed("writing"):
            for quote, one in zip(quotes, self.choice.chosen, strict=True):
                said = "".join(_said(write_gist(reading([one], None), one, chat))).strip()
                holds = said and not unsupported(said, self._evidence([one])) and not says_not_stated(said)
                sentence = said if holds else f"“{' '.join(quote.text.split())}”"
                text += f"{' ' if text else ''}{sentence} [{quote.number}]"
                yield Words(f"{' ' if quote.number > 1 else ''}{sentence} [{quote.number}]")
        yield self.answer(text, quotes=quotes)

    def quotes(self, chosen: Sequence[Candidate]) -> tuple[Quote, ...]:
        found = tuple(Quote.of(one.article, one.span, number, one.hit.score) for number, one in enumerate(chosen, 1))
        for quote, one in zip(found, chosen, strict=True):
            assert quote.text == one.article.text[quote.start : quote.end], quote
        return found

    def answer(self, text: str, notes: Sequence[str] = (), **facts: Any) -> Answer:
        seconds = {**self.seconds, "total": time.perf_counter() - self.begun}
        name = self.model.name if self.model else "none"
        told: dict[str, Any] = {"searched": self.searched, "model": name, "confidence": self.confidence, "seconds": seconds}
        return Answer(self.question, text, notes=(*self.notes, *notes), **(told | facts))

    def not_stated(self, *notes: str) -> Answer:
        nearest = self.quotes(self.choice.ranked[:1])
        articles = list({one.article.id: one.article for one in self.choice.ranked}.values())
        if len(articles) == 1 and (word := foreign_to(articles[0], self.question)):
            notes = (*notes, f"“{word}” does not occur in the article.")
        return self.answer(NOT_STATED, answered=False, nearest=nearest[0] if nearest else None, notes=notes)

    def quotes_alone(self, *notes: str) -> Answer:
        quotes = self.quotes(self.choice.chosen)
        return self.answer(quotes_as_text(quotes), quotes=quotes, notes=notes)

    def without_words(self, why: str) -> Answer:
        """Where the model's words do not hold: the quotes alone, or nothing if there was doubt of them too."""
        return self.not_stated() if self.confidence < DOUBT else self.quotes_alone(why)

    @property
    def _asked(self) -> bool:
        return self.signals is not None and self.signals.opinion is not None

    def _opinions(self) -> tuple[float | None, float | None]:
        """What a small model that tells probabilities thinks: of all that it is shown, then of the sentences it names alone."""
        if not self.model or self.model.capable:
            return None, None
        try:
            opinion = self._likelihood(self._shown())
            if opinion is None or opinion < SURELY_NOT:
                return opinion, None
            self.choice = replace(self.choice, chosen=self._named(self.model.chat) or self.choice.chosen)
            again = self._likelihood(reading(self.choice.chosen, None)) if opinion < SURELY else None
            return opinion, again
        except ModelError:  # it will be met again, and told, when the model is to write
            return None, None

    def _likelihood(self, shown: Sequence[BaseMessage]) -> float | None:
        assert self.model
        return self.model.likelihood([*shown, asked(self.searched, self._manner)], FOUND, NOT_FOUND)

    def _named(self, chat: BaseChatModel) -> tuple[Candidate, ...]:
        """The sentences that the model names."""
        try:
            ids = name_sentences(self.searched, self._shown(), chat, self._manner)
        except Exception:  # a provider's own, which will be met again when the model is to write
            return ()
        return tuple(called(ids, self.candidates, self.whole)[: self._most])

    def _shown(self, name: str = "read") -> list[BaseMessage]:
        """What the model reads before it is asked."""
        return reading(self.candidates, self.whole, name)

    def _with_model(self, steps: Iterator[Event]) -> Iterator[Event]:
        """The model's words as they come, then the answer: those words, or the quotes alone, or that it is not stated."""
        try:
            for event in steps:
                yield event if not isinstance(event, Answer) else self._with_quoted_words(event)
        except UnsupportedError as error:
            yield self.without_words(_wanting(error.word))
        except ModelError as error:
            likely = self.choice.chosen and self.confidence >= ABSTAIN_ALONE
            yield self.quotes_alone(str(error)) if likely else self.not_stated(str(error))

    def _from_chosen(self, chat: BaseChatModel) -> Iterator[Event]:
        chosen = self.choice.chosen
        yield Found(self.quotes(chosen))
        evidence = self._evidence(chosen)
        shown = reading(chosen, None)  # all else tempts a small model to write of it
        opening = Opening()
        said = _said(write_from(self.searched, shown, chosen, chat, self._manner))
        said = opening.after(said) if self._asked else said  # only a model that was taught to
        text = yield from self._heard(_marked(said, Markers([])), Gate(evidence))  # it cites nothing by itself
        yield Stage("checking")
        with self.timed("checking"):
            missing = self._unsupported(text, evidence)
            short = stating(opening.span, chosen) if self.kind not in _LONG else None
            if missing and (best := self._stating(text)):
                chosen, missing = (best,), []
            elif missing and not short:
                text = "".join(_said(write_again(self.searched, shown, chosen, missing, chat))).strip()
                missing = self._unsupported(text, evidence)
        why = _wanting(*missing) if missing else self._wrong_with(text, chosen)
        if short and (why or not holds(text, opening.span)):
            yield self._in_its_words(opening.span, short)
        elif why:
            yield self.without_words(why)
        else:
            quotes = self.quotes(covering(text, self.searched, chosen))
            yield self.answer(f"{text} {''.join(f'[{quote.number}]' for quote in quotes)}", quotes=quotes)

    def _wrong_with(self, text: str, chosen: Sequence[Candidate]) -> str:
        """Why words that the evidence carries are no answer all the same; empty if they are one."""
        if not text or says_not_stated(text):
            return "The model found no answer in these sentences; judge for yourself."
        if _LOOP.search(text):
            return "The model's own words went round in a circle; here are the quotes alone."
        if self.kind != "yes-no" and not set(meaning(text)) - set(meaning(self.searched)):
            return "The model's own words only repeat the question; here are the quotes alone."
        if self._leaves_out_number(text, chosen):
            return "The model's own words left out the number; here are the quotes alone."
        return ""

    def _in_its_words(self, span: str, source: Candidate) -> Answer:
        """The few words of the article that are the answer, where the model's sentence does not hold."""
        if self.confidence < DOUBT:
            return self.not_stated()
        return self.answer(f"“{' '.join(span.split())}” [1]", quotes=self.quotes([source]))

    def _heard(self, pieces: Generator[str, None, None], gate: Gate) -> Generator[Event, None, str]:
        """As `_gated`; what the gate does not let through is heard to its end all the same, and not shown."""
        said: list[str] = []

        def listening() -> Generator[str, None, None]:
            for piece in pieces:
                said.append(piece)
                yield piece

        with closing(pieces):
            try:
                return (yield from self._gated(listening(), gate))
            except UnsupportedError:
                with self.timed("writing"):
                    said.extend(pieces)
                return "".join(said).strip()

    def _stating(self, text: str) -> Candidate | None:
        """The reader's best candidate, if it states all that a text says: the model may write from another than it named."""
        best = next(iter(self.choice.ranked), None)
        if best is None or not text or says_not_stated(text) or self._unsupported(text, self._evidence([best])):
            return None
        return best

    @property
    def _manner(self) -> str:
        return MANNERS.get(self.kind, "")

    @property
    def _most(self) -> int:
        return self.wanted or (max(self.most, MOST_LISTED) if self.kind == "list" else self.most)

    def _unsupported(self, text: str, evidence: Evidence) -> list[str]:
        """What the evidence lacks, but for the No that a question of yes or no may be answered with."""
        return unsupported(_YES_OR_NO.sub("", text) if self.kind == "yes-no" else text, evidence)

    def _leaves_out_number(self, text: str, chosen: Sequence[Candidate]) -> bool:
        asked_for = _HOW_MANY.search(self.searched) and not amounts_in(text)
        return bool(asked_for and any(amounts_in(one.text) for one in chosen))

    def _in_one_call(self, model: Model) -> Iterator[Event]:
        shown = fitting(self.candidates, model.context - LONGEST_ANSWER)
        markers = Markers(shown)
        if model.cites:
            said = write_citing(self.searched, shown, model.chat)
        else:
            said = write_one_call(self.searched, reading(shown, None, "cited"), model.chat)
        text = yield from self._gated(_marked(_said(said), markers), Gate(self._evidence(shown)))
        if not text:
            raise ModelError("The model said nothing.")
        if says_not_stated(text):
            yield self.not_stated()
            return
        yield Stage("checking")
        with self.timed("checking"):
            missing = unsupported(text, self._evidence(markers.cited)) if markers.cited else []
        if missing or not markers.cited:
            yield self.without_words(_wanting(*missing) if missing else UNCITED)
            return
        quotes = self.quotes(markers.cited)
        yield Found(quotes)
        yield self.answer(text, quotes=quotes)

    def _gated(self, pieces: Generator[str, None, None], gate: Gate) -> Generator[Event, None, str]:
        """Words that are sure not to be a refusal, one by one; returns the whole text. Whatever ends it stops the model.

        Raises UnsupportedError.
        """
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

    def _evidence(self, sentences: Sequence[Candidate]) -> Evidence:
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
    """A model's words without its thinking; whatever error its provider raises comes out as a ModelError."""
    try:
        yield from past_thinking(pieces)
    except Exception as error:
        raise ModelError(explained(error)) from error


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
