"""A model's words for an answer: shown as far as they hold, checked as a whole, and cited."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from index.errors import ModelError

from .amounts import amounts_in, hedged
from .answer import Answer, Event, Found, Quoted, Stage, Words, quotes_as_text
from .checking import quoted_words, unsupported
from .citing import write_citing
from .denials import denies
from .evidence import Candidate, covering, fitting, naming, reading, unnamed, unsaid
from .exchange import exchanged
from .language import language_of
from .models import Model
from .models.troubles import explained
from .span import Opening, clause_of, holds, in_text, stating
from .task import ABSTAIN, DOUBT, RANKED, SURE, UNCLEAR, Length, Task
from .wanted import lacks, lacks_reason, wants_number, wants_telling
from .words import meaning
from .writing import (
    Gate,
    Markers,
    UnsupportedError,
    past_thinking,
    says_not_stated,
    write_again,
    write_from,
    write_gist,
    write_one_call,
    yes_or_no,
)

__all__ = ["Wording"]

REPEATS = "The model's own words only repeat the question; here are the quotes alone."
EXCHANGED = "The model's own words had two things in each other's place; here are the quotes alone."
UNCITED = "The model cited no sentence; here are the quotes alone."
LENGTHS: dict[Length, str] = {  # what a capable model is asked for
    "short": "one short sentence",
    "normal": "one to three short sentences",
    "long": "up to six short sentences",
}
_LONG = ("yes-no", "list")  # kinds of question that a few words of the article do not answer
# A small model says yes too readily, and no where nothing is said. Between the two, the quotes speak for themselves.
YES, NO = 0.9, 0.3
# Why and how are not told in so few words, nor anything in words of the question; if these are all that a model finds, and it is not
# sure, the article does not say.
FEW = 2
# Tokens that are left for it, of those that a model takes; its instructions are among them.
LONGEST_ANSWER = 1_000
_ENDS = re.compile(r"^[.,;:!?)\]]+\s+")  # of the sentence before, where spaces stand before its marks
_LOOP = re.compile(r"(\b\w[^.!?]{0,80})(?:\W+\1){3,}")  # the same words four times running


class Wording:
    """The ways to have a model write an answer. Each ends with it: its words, the quotes alone, or that it is not stated."""

    def __init__(self, task: Task, model: Model) -> None:
        self._task = task
        self._model = model

    def _told(self, steps: Iterator[Event]) -> Iterator[Event]:
        """The model's words as they come, then the answer: those words, or the quotes alone, or that it is not stated."""
        try:
            for event in steps:
                yield event if not isinstance(event, Answer) else self._with_quoted_words(event)
        except UnsupportedError as error:
            yield self._task.without_words(_wanting(error.word))
        except ModelError as error:
            likely = self._task.choice.chosen and self._task.confidence >= ABSTAIN
            yield self._task.quotes_alone(str(error)) if likely else self._task.not_stated(str(error))

    def gists(self) -> Iterator[Event]:
        """Each of the chosen sentences in the model's words, with its quote; in its own where the model's do not hold."""
        return self._told(self._gists(self._model.chat))

    def _gists(self, chat: BaseChatModel) -> Iterator[Event]:
        quotes = self._task.quotes(self._task.choice.chosen)
        yield Found(quotes)
        yield Stage("writing")
        text = ""
        with self._task.timed("writing"):
            for quote, one in zip(quotes, self._task.choice.chosen, strict=True):
                said = "".join(_said(write_gist(reading([one], None), one, chat))).strip()
                wrong = says_not_stated(said) or unsupported(said, self._task.evidence([one])) or exchanged(said, [one.text])
                sentence = said if said and not wrong else f"“{' '.join(quote.text.split())}”"
                text += f"{' ' if text else ''}{sentence} [{quote.number}]"
                yield Words(f"{' ' if quote.number > 1 else ''}{sentence} [{quote.number}]")
        yield self._task.answer(text, quotes=quotes)

    def from_chosen(self) -> Iterator[Event]:
        """One sentence from the chosen candidates, by a small model; or yes or no, where it tells how likely that is."""
        whether = self._task.kind == "yes-no" and self._task.has_opinion
        return self._told(self._yes_or_no() if whether else self._from_chosen(self._model.chat))

    def _yes_or_no(self) -> Iterator[Event]:
        choice = self._task.choice
        if self._task.confidence < DOUBT and self._task.on_the_matter:
            yield from self._task.to_be_judged()
            return
        chosen = naming(self._task.searched, [choice.chosen, *((one,) for one in choice.ranked[:RANKED])]) or choice.chosen
        self._task.choice = replace(choice, chosen=chosen)
        quotes = self._task.quotes(chosen)
        yield Found(quotes)
        yield Stage("writing")
        with self._task.timed("writing"):
            yes = self._model.likelihood(yes_or_no(self._task.searched, chosen), "Yes", "No")
        denied = denies(" ".join(quote.text for quote in quotes)) and not denies(self._task.searched)  # it takes that for said
        said = "Yes" if yes is not None and yes >= YES and not denied else "No" if yes is not None and yes <= NO else ""
        if not said or self._task.confidence < DOUBT:
            yield self._task.without_words(UNCLEAR)
            return
        text = f"{said}. {quotes_as_text(quotes)}"
        yield Words(text)
        yield self._task.answer(text, quotes=quotes)

    def _from_chosen(self, chat: BaseChatModel) -> Iterator[Event]:
        chosen = self._task.choice.chosen
        yield Found(self._task.quotes(chosen))
        evidence = self._task.evidence(chosen)
        shown = self._task.alone
        opening = Opening()
        said = _said(write_from(self._task.searched, shown, chosen, chat, self._task.manner))
        yield Stage("writing")
        if self._task.has_opinion:  # only a model that was taught to opens with the few words
            said = opening.after(said)
            with self._task.timed("writing"):
                first = next(said, "")
            if self._repeats(opening.span):
                said.close()
                yield self._task.not_stated() if self._task.confidence < SURE else self._task.quotes_alone(REPEATS)
                return
            short = self._short(opening.span, chosen) if self._task.length == "short" else None
            if short and self._task.confidence >= DOUBT:
                said.close()
                yield self._in_its_words(opening.span, short, chosen)
                return
            said = _with_first(first, said)
        text = yield from self._heard(_marked(said, Markers([])), Gate(evidence))  # it cites nothing by itself
        text = _hedged(text, chosen)
        yield Stage("checking")
        with self._task.timed("checking"):
            missing = self._task.unsupported(text, evidence)
            short = self._short(opening.span, chosen)
            if missing and (best := self._stating(text)):
                chosen, missing = (best,), []
            elif missing and not short:
                again = _said(write_again(self._task.searched, shown, chosen, missing, chat))
                text = _hedged("".join(Opening().after(again) if self._task.has_opinion else again).strip(), chosen)
                missing = self._task.unsupported(text, evidence)
        why = _wanting(*missing) if missing else self._wrong_with(text, chosen)
        if not missing and (name := unnamed(text, chosen)):
            yield self._of_the_best(name, chat)
        elif short and (why or not holds(text, opening.span)):
            yield self._in_its_words(self._said_of(opening.span, short), short, chosen)
        elif why and opening.span and self._too_few(opening.span):
            yield self._task.not_stated() if self._task.confidence < SURE else self._task.quotes_alone(why)
        elif why:
            yield self._task.without_words(why)
        elif self._task.has_opinion and self._task.confidence < SURE and (words := _unsaid(text, chosen)):
            told = ", ".join(f"“{word}”" for word in words)
            yield self._task.quotes_alone(f"The quotes do not say {told}; judge for yourself.")
        else:
            yield self._with_quotes(text, covering(text, self._task.searched, chosen), chosen)

    def _of_the_best(self, name: str, chat: BaseChatModel) -> Answer:
        """What the reader's best candidate says of a name that the chosen do not have; if that has it not either, the quotes alone."""
        best = self._task.choice.ranked[:1]
        if unnamed(name, best):
            return self._task.without_words(f"The quotes do not name “{name}”; judge for yourself.")
        self._task.choice = replace(self._task.choice, chosen=best)
        with self._task.timed("writing"):
            said = _said(write_from(self._task.searched, self._task.alone, best, chat, self._task.manner))
            text = _hedged("".join(Opening().after(said) if self._task.has_opinion else said).strip(), best)
        missing = self._task.unsupported(text, self._task.evidence(best))
        if why := _wanting(*missing) if missing else self._wrong_with(text, best):
            return self._task.without_words(why)
        return self._with_quotes(text, best, best)

    def _with_quotes(self, text: str, cited: Sequence[Candidate], chosen: Sequence[Candidate]) -> Answer:
        """The model's words with the numbers of what they are from.

        A long answer goes on with the words of the sentences chosen, and so does one of which the model named more sentences than it
        wrote from: each of them says a part of the answer.
        """
        markers = "".join(f"[{number}]" for number in range(1, len(cited) + 1))
        more = self._task.length == "long" or (self._task.named and self._task.length == "normal")
        others = [one for one in chosen if one not in cited] if more else []
        if not others and self._task.length != "long":
            return self._task.answer(f"{text} {markers}", quotes=self._task.quotes(cited))
        quotes = self._task.quotes([*cited, *others])
        repeated = any(meaning(text) == meaning(one.text) for one in cited)  # it would stand there twice
        words = "" if repeated else f"{text} {markers}\n"
        return self._task.answer(f"{words}{quotes_as_text(quotes)}", quotes=quotes)

    def _wrong_with(self, text: str, chosen: Sequence[Candidate]) -> str:
        """Why words that the evidence carries are no answer all the same; empty if they are one."""
        if not text or says_not_stated(text):
            return "The model found no answer in these sentences; judge for yourself."
        if _LOOP.search(text):
            return "The model's own words went round in a circle; here are the quotes alone."
        if self._task.kind != "yes-no" and not self._adds(text, chosen):
            return REPEATS
        if self._leaves_out(text, chosen):
            return "The model's own words left out the number, date or reason; here are the quotes alone."
        if exchanged(text, [one.text for one in chosen]):
            return EXCHANGED
        return ""

    def _said_of(self, span: str, source: Candidate) -> str:
        """A few words of a sentence with what they are said of: their clause, or all of the sentence where a reason or a course is asked for."""
        if self._task.length == "short":
            return span
        return source.text if wants_telling(self._task.searched) else clause_of(span, source.text)

    def _in_its_words(self, span: str, source: Candidate, chosen: Sequence[Candidate]) -> Answer:
        """Words of the article that are the answer, where the model's sentence does not hold or is not wanted.

        Beside few of them stands what they are said of, for the reader to judge: "another 21 miles north of New York".
        """
        if self._task.confidence < DOUBT:
            return self._task.not_stated()
        words = _ENDS.sub("", " ".join(span.split()))
        return self._with_quotes(f"“{words}”", [source], chosen)

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
                with self._task.timed("writing"):
                    said.extend(pieces)
                return "".join(said).strip()

    def _stating(self, text: str) -> Candidate | None:
        """The reader's best candidate, if it states all that a text says: the model may write from another than it named."""
        best = next(iter(self._task.choice.ranked), None)
        if best is None or not text or says_not_stated(text) or self._task.unsupported(text, self._task.evidence([best])):
            return None
        return best

    def _adds(self, text: str, chosen: Sequence[Candidate]) -> bool:
        """Whether a text says anything of the sentences that the question did not; "all of these" does not."""
        added = set(meaning(text)) - set(meaning(self._task.searched))
        claims = added - set(meaning(text, claims=False))  # these are checked for themselves, and may be put in another way
        return bool(claims or added & set(meaning(" ".join(one.text for one in chosen))))

    def _repeats(self, span: str) -> bool:
        """Whether the few words for the answer are words of the question: "Kurdish" of "Who leads the Kurdish forces?" leads nothing.

        Not where it asks which of two, or for a number.
        """
        asked = self._task.searched
        may = self._task.kind == "fact" and not re.search(r"\bor\b", asked) and not amounts_in(span) and not wants_number(asked)
        return may and bool(span) and in_text(span, asked)

    def _short(self, span: str, chosen: Sequence[Candidate]) -> Candidate | None:
        """The sentence that has these few words, if they may be an answer to a question of this kind."""
        may = self._task.kind not in _LONG and self._adds(span, chosen) and not self._leaves_out(span, chosen)
        return stating(span, chosen) if may and not self._too_few(span) else None

    def _too_few(self, span: str) -> bool:
        """Whether it takes more words than these to answer."""
        return wants_telling(self._task.searched) and len(span.split()) <= FEW

    def _leaves_out(self, text: str, chosen: Sequence[Candidate]) -> bool:
        """Whether a text has no number, date or reason where one is asked for and the sentences have it."""
        question, evidence = self._task.searched, " ".join(one.text for one in chosen)
        if wants_number(question) and not amounts_in(text):
            return bool(amounts_in(evidence))
        return lacks_reason(question, text, evidence) or (lacks(question, text) and not lacks(question, evidence))

    def in_one_call(self) -> Iterator[Event]:
        """What a capable model reads, writes and cites all at once."""
        return self._told(self._in_one_call(self._model))

    def _in_one_call(self, model: Model) -> Iterator[Event]:
        length = LENGTHS[self._task.length]
        shown = fitting(self._task.candidates, model.context - LONGEST_ANSWER)
        markers = Markers(shown)
        yield Stage("writing")
        if model.cites:
            said = write_citing(self._task.searched, shown, model.chat, length)
        else:
            said = write_one_call(self._task.searched, reading(shown, None, "cited", length=length), model.chat)
        text = yield from self._gated(_marked(_said(said), markers), Gate(self._task.evidence(shown)))
        if not text:
            raise ModelError("The model said nothing.")
        if says_not_stated(text):
            yield self._task.not_stated()
            return
        yield Stage("checking")
        text = _hedged(text, markers.cited)
        with self._task.timed("checking"):
            missing = unsupported(text, self._task.evidence(markers.cited)) if markers.cited else []
        misplaced = exchanged(text, [one.text for one in markers.cited])
        if missing or misplaced or not markers.cited:
            yield self._task.without_words(_wanting(*missing) if missing else EXCHANGED if misplaced else UNCITED)
            return
        quotes = self._task.quotes(markers.cited)
        yield Found(quotes)
        yield self._task.answer(text, quotes=quotes)

    def _gated(self, pieces: Generator[str, None, None], gate: Gate) -> Generator[Event, None, str]:
        """Words that are sure not to be a refusal, one by one; returns the whole text. Whatever ends it stops the model.

        Raises UnsupportedError.
        """
        shown = held = ""
        with closing(pieces), self._task.timed("writing"):
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

    def _with_quoted_words(self, answer: Answer) -> Answer:
        """What the model put between quotation marks looked up; a note for what no article asked has."""
        quoted = tuple(map(self._task.looked_up, quoted_words(answer.words)))
        return replace(answer, quoted=quoted, notes=answer.notes + tuple(filter(None, map(_strange, quoted))))


def _hedged(text: str, cited: Sequence[Candidate]) -> str:
    return hedged(text, [one.text for one in cited])


def _unsaid(text: str, chosen: Sequence[Candidate]) -> list[str]:
    """What of a text in English the chosen sentences, in English, do not say."""
    english = all(one.article.language == "en" for one in chosen) and language_of(text) in ("en", None)
    return unsaid(text, chosen) if english else []


def _strange(quoted: Quoted) -> str:
    """What is told of words that no article asked has; empty for others."""
    if quoted.status == "elsewhere":
        return f"“{quoted.words}” is not in the article that was asked, but in “{quoted.title}”."
    return f"“{quoted.words}” is not found in the article." if quoted.status == "not found" else ""


def _said(pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    """A model's words without its thinking; whatever error its provider raises comes out as a ModelError."""
    try:
        yield from past_thinking(pieces)
    except Exception as error:
        raise ModelError(explained(error)) from error


def _with_first(first: str, pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    with closing(pieces):
        yield first
        yield from pieces


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
