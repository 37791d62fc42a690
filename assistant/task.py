"""A question, what is known of it so far, and the answers that can be made of that."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from langchain_core.messages import BaseMessage

from index.article import Article
from index.library import Library

from .answer import NOT_STATED, Answer, Event, Found, Quote, Quoted, StageName, quotes_as_text
from .checking import Evidence, longest_word, looked_up, unsupported
from .confidence import Signals, foreign_to
from .evidence import Candidate, Choice, naming, reading
from .kinds import Kind
from .models import Model
from .wanted import lacks

__all__ = ["ABSTAIN", "DOUBT", "Length", "RANKED", "SURE", "Task", "UNCLEAR"]

Length = Literal["short", "normal", "long"]  # of an answer

# The article does not say if it is less likely than this to answer. docs/quality.md has the figures for other thresholds.
ABSTAIN = 0.35
# Nor does the article say if it is less likely than this to answer and the words that a model wrote do not hold.
DOUBT = 0.45
# From here on the evidence is taken for sure: a short sentence of it needs no model's words, and these may have words that it has not.
SURE = 0.8
# To a question of yes or no, a sentence that denies it is no answer to a small model, and is one to the reader: it is on the very matter where the
# reader holds it at most this likely that nothing answers. A name that the article has nowhere tells against it.
NOTHING = 0.35
RANKED = 4  # of the reader's candidates that may be judged
UNCLEAR = "Whether that is a yes or a no is not clear enough; judge for yourself."
# What a model is told beyond where the answer is.
MANNERS: dict[str, str] = {"yes-no": "Begin with Yes or No.", "list": "Name all of them."}
_YES_OR_NO = re.compile(r"^\W*(?:yes|no)\b\W*", re.IGNORECASE)


@dataclass
class Task:
    """A question, and what is known of it so far."""

    question: str
    model: Model | None
    whole: Article | None  # shown to the model instead of the candidates
    most: int  # quotes
    kind: Kind = "fact"
    wanted: int | None = None  # quotes that the reader chose to have at most, of a list too
    length: Length = "normal"
    notes: tuple[str, ...] = ()  # what is told with any answer
    articles: Sequence[Article] = ()  # that are asked
    library: Library | None = None  # where words may stand that they do not have
    searched: str = ""  # the question as it stands alone
    candidates: list[Candidate] = field(default_factory=list)
    near: float | None = None  # as `confidence.nearness` tells it
    choice: Choice = field(default_factory=Choice)
    named: bool = False  # whether a model chose the sentences
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

    @property
    def has_opinion(self) -> bool:
        """Whether a small model told how likely the article answers."""
        return self.signals is not None and self.signals.opinion is not None

    @property
    def alone(self) -> list[BaseMessage]:
        """What a small model reads of the chosen sentences alone: all else tempts it to write of it."""
        return reading(self.choice.chosen, None, "named", question=self.searched)

    @property
    def manner(self) -> str:
        return MANNERS.get(self.kind, "")

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
        notes += (f"“{word}” does not occur in the article.",) if (word := self._foreign) else ()
        return self.answer(NOT_STATED, answered=False, nearest=nearest[0] if nearest else None, notes=notes)

    @property
    def _foreign(self) -> str | None:
        """A name or a number of the question that the one article has nowhere."""
        articles = list({one.article.id: one.article for one in self.choice.ranked}.values())
        return foreign_to(articles[0], self.question) if len(articles) == 1 else None

    @property
    def on_the_matter(self) -> bool:
        """Whether there is a sentence to be judged, for a question of yes or no that a small model finds no answer to."""
        if not (self.kind == "yes-no" and self.has_opinion and self.choice.none <= NOTHING):
            return False
        text = " ".join(one.text for one in self._judged)
        return bool(text) and not lacks(self.searched, text) and not any(letter.isalpha() for letter in self._foreign or "")

    @property
    def _judged(self) -> tuple[Candidate, ...]:
        """The reader's best candidate, or where that does not name what the question does, what the model named or the next that do."""
        best = [(one,) for one in self.choice.ranked[:RANKED]]
        return naming(self.searched, [*best[:1], self.choice.chosen, *best[1:]])

    def to_be_judged(self) -> Iterator[Event]:
        """A sentence for a person to say by whether that is a yes or a no."""
        self.choice = replace(self.choice, chosen=self._judged)
        yield Found(self.quotes(self.choice.chosen))
        yield self.quotes_alone(UNCLEAR, *([f"“{word}” does not occur in the article."] if (word := self._foreign) else []))

    def quotes_alone(self, *notes: str) -> Answer:
        quotes = self.quotes(self.choice.chosen)
        return self.answer(quotes_as_text(quotes), quotes=quotes, notes=notes)

    def without_words(self, why: str) -> Answer:
        """Where the model's words do not hold: the quotes alone, or nothing if there was doubt of them too."""
        return self.not_stated() if self.confidence < DOUBT else self.quotes_alone(why)

    def looked_up(self, words: str) -> Quoted:
        """Where words that a model put between quotation marks stand: in what was asked, else in the rest of the library."""
        return looked_up(words, self.articles, self._others_with(longest_word(words)))

    def _others_with(self, word: str) -> Iterator[Article]:
        if not (self.library and word):
            return
        asked = {article.id for article in self.articles}
        for one in self.library.store.having(word):
            if one not in asked:
                with suppress(KeyError):  # removed meanwhile
                    yield self.library.get(one)

    def evidence(self, sentences: Sequence[Candidate]) -> Evidence:
        texts = [one.text for one in sentences]
        titles = [one.article.title for one in sentences]
        article = " ".join({one.article.id: one.article.text for one in sentences}.values())
        return Evidence(texts + titles, self.searched, article)

    def unsupported(self, text: str, evidence: Evidence) -> list[str]:
        """What the evidence lacks, but for the No that a question of yes or no may be answered with."""
        return unsupported(_YES_OR_NO.sub("", text) if self.kind == "yes-no" else text, evidence)
