"""One question on its way through the chain: from the candidates to an answer that is checked, or to none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from index.errors import ModelError

from .answer import Event, Found
from .confidence import confidence, signals_of
from .evidence import BESIDE, Candidate, Choice, akin, called, choose, reading
from .followup import refers
from .reader import Reader
from .task import ABSTAIN, SURE, Task
from .wanted import gives_reason, lacks, wants_reason
from .wording import Wording
from .words import meaning
from .writing import FOUND, NOT_FOUND, asked, name_sentences

__all__ = ["Work"]

# The model is asked only once where it is this sure that the article answers, or does not.
SURELY, SURELY_NOT = 0.95, 0.05
# A sentence of the article is the answer as it stands where it is sure to be one, has no more words than style guides allow a
# sentence (https://insidegovuk.blog.gov.uk/2014/08/04/sentence-length-why-25-words-is-our-limit/), and this share of the question's.
SHORT, SHARED = 25, 1 / 3
# What is asked for a list may be in more sentences, each of them less of an answer.
MOST_LISTED = 6
BESIDE_LISTED = 0.1
_WHOLE = re.compile(r"[^a-z].*[.!…。][\"'”’»)\]]*\s*", re.DOTALL)  # no heading, row of a table or question
_QUOTED = re.compile(r" “[^”]*”(?= )")


class Work(Task):
    """A task as it is done: read, then answered."""

    def read(self, reader: Reader) -> None:
        """The reader's choice, and how likely it is an answer; a small model that tells probabilities is asked too."""
        beside = BESIDE_LISTED if self.kind == "list" else BESIDE
        self.choice = choose(self._without_quotes, self.candidates, self._most, reader, beside)
        if self.choice.ranked:
            opinion, again = self._opinions()
            self.signals = replace(signals_of(self.searched, self.choice, self.near), opinion=opinion, again=again)
            self.confidence = confidence(self.signals)

    def answered(self) -> Iterator[Event]:
        """The answer, with events on the way to it."""
        if self.model and self.model.capable:
            yield from Wording(self, self.model).in_one_call()
        elif self.confidence < ABSTAIN or self._cannot_answer:
            yield from self.to_be_judged() if self.on_the_matter else [self.not_stated()]
        elif self.model and not self._said_by_the_article:
            yield from Wording(self, self.model).from_chosen()
        else:
            yield Found(self.quotes(self.choice.chosen))
            yield self.quotes_alone()

    def summed_up(self, found: Sequence[Candidate]) -> Iterator[Event]:
        """Each of the sentences in the model's words, with its quote; in its own where the model's do not hold, or where the model
        is a small one, which takes seconds to repeat them.
        """
        if not (self.model and self.model.capable):
            yield from self.all_of(found, "The article has no sentences to sum up.")
            return
        self.candidates, self.choice, self.confidence = list(found), Choice(tuple(found), tuple(found), 0.0), 1.0
        yield from Wording(self, self.model).gists()

    @property
    def _said_by_the_article(self) -> bool:
        """Whether one sentence of the article is as good an answer as a small model could make of it: it is short, has words
        of the question and others, and stands alone. Without a model's probability there is nothing to tell that it answers.
        """
        if not (self.has_opinion and self.confidence >= SURE and self.kind == "fact" and self.length == "normal"):
            return False
        if len(self.choice.chosen) != 1:
            return False
        text, asked_for = self.choice.chosen[0].text, set(meaning(self.searched))
        said = set(meaning(text))
        whole = bool(_WHOLE.fullmatch(text)) and not refers(text)
        adds = bool(said - asked_for) and (not wants_reason(self.searched) or gives_reason(text))
        return whole and adds and len(text.split()) <= SHORT and len(said & asked_for) >= SHARED * len(asked_for)

    @property
    def _without_quotes(self) -> str:
        """The question; where it had to be made to stand alone, without what was quoted before, which helps search and confuses the reader."""
        return self.searched if self.searched == self.question else _QUOTED.sub("", self.searched)

    @property
    def _cannot_answer(self) -> bool:
        """Whether what was chosen is nothing, or has nothing of the sort that is asked for."""
        return lacks(self.searched, " ".join(one.text for one in self.choice.chosen)) if self.choice.chosen else True

    def _opinions(self) -> tuple[float | None, float | None]:
        """What a small model that tells probabilities thinks: of all that it is shown, then of the sentences it names alone."""
        if not self.model or self.model.capable:
            return None, None
        try:
            opinion = self._likelihood(self._shown())
            if opinion is None or opinion < SURELY_NOT:
                return opinion, None
            named = self._named(self.model.chat)
            self.named, self.choice = bool(named), replace(self.choice, chosen=named or self.choice.chosen)
            again = self._likelihood(self.alone) if opinion < SURELY else None
            return opinion, again
        except ModelError:  # it will be met again, and told, when the model is to write
            return None, None

    def _likelihood(self, shown: Sequence[BaseMessage]) -> float | None:
        assert self.model
        return self.model.likelihood([*shown, asked(self.searched)], FOUND, NOT_FOUND)

    def _named(self, chat: BaseChatModel) -> tuple[Candidate, ...]:
        """The sentences that the model names."""
        try:
            ids = name_sentences(self.searched, self._shown(), chat)
        except Exception:  # a provider's own, which will be met again when the model is to write
            return ()
        return tuple(akin(self.searched, called(ids, self.candidates, self.whole))[: self._most])

    def _shown(self, name: str = "read") -> list[BaseMessage]:
        """What the model reads before it is asked."""
        return reading(self.candidates, self.whole, name)

    @property
    def _most(self) -> int:
        return self.wanted or (max(self.most, MOST_LISTED) if self.kind == "list" else self.most)
