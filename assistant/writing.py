"""The sentence that says so: a model's words, shown only as far as the evidence carries them."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from .checking import Evidence
from .evidence import Candidate, named
from .prompts import prompt

__all__ = [
    "FOUND",
    "Gate",
    "Markers",
    "NOT_FOUND",
    "UnsupportedError",
    "asked",
    "name_sentences",
    "past_thinking",
    "pointing",
    "says_not_stated",
    "write_again",
    "write_from",
    "write_gist",
    "write_one_call",
    "yes_or_no",
]

_THINKS, _THOUGHT = "<think>", "</think>"
LONGEST_NAMING = 30  # tokens: six sentences of a long article
_NUMBERS = re.compile(r"\s*\[?\d{1,6}(?:\]\s?\[\d{1,6})*(?:\]\.?)?\s*")
_REFUSAL = re.compile(r"^\W*(?:not stated|the article does not (?:say|state|mention))", re.IGNORECASE)


# What the embedded model was trained to begin with (`training/`): one token each, so that their probability is one step.
FOUND, NOT_FOUND = "Found", "Not stated"


def pointing(ids: Sequence[int]) -> str:
    """The numbers of sentences as the embedded model writes them."""
    return "".join(f"[{number}]" for number in ids) + "."


class UnsupportedError(Exception):
    """The model wrote a number or a name that its evidence does not have."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def name_sentences(question: str, shown: Sequence[BaseMessage], model: BaseChatModel) -> list[int]:
    """The numbers of the sentences that the model says it has found the answer in; none if it says something else."""
    begun = [*shown, asked(question), AIMessage(f"{FOUND} [")]
    said = model.invoke(begun, stop=["]."], max_tokens=LONGEST_NAMING).text
    return [int(digits) for digits in re.findall(r"\d+", said)] if _NUMBERS.fullmatch(said) else []


def write_from(
    question: str, shown: Sequence[BaseMessage], chosen: Sequence[Candidate], model: BaseChatModel, manner: str = ""
) -> Generator[str, None, None]:
    """One short sentence from the chosen candidates, in pieces as the model writes it.

    Args:
        manner: what else the model is told.
    """
    ids = [candidate.id for candidate in chosen]
    for chunk in model.stream([*shown, asked(question, manner), AIMessage(f"{FOUND} {pointing(ids)}")]):
        yield chunk.text


def write_again(
    question: str, shown: Sequence[BaseMessage], chosen: Sequence[Candidate], missing: Sequence[str], model: BaseChatModel
) -> Generator[str, None, None]:
    """Another try, from the best candidate alone, told what it wrote that the candidates do not have."""
    told = prompt("rewrite", question=question, ids=named(chosen[:1]), missing=", ".join(f'"{word}"' for word in missing[:4]))
    for chunk in model.stream([*shown, HumanMessage(told), AIMessage(f"{FOUND} {named(chosen[:1])}.")]):
        yield chunk.text


def asked(question: str, manner: str = "") -> HumanMessage:
    return HumanMessage(prompt("ask", question=question, manner=manner).strip())


def yes_or_no(question: str, chosen: Sequence[Candidate]) -> list[BaseMessage]:
    """What a small model is to answer with Yes or No, as it does without having been trained here."""
    sentences = " ".join(" ".join(candidate.text.split()) for candidate in chosen)
    return [HumanMessage(prompt("verdict", sentences=sentences, question=question))]


def write_gist(shown: Sequence[BaseMessage], sentence: Candidate, model: BaseChatModel) -> Generator[str, None, None]:
    """What one sentence says, in one short sentence."""
    ids = named([sentence])
    for chunk in model.stream([*shown, HumanMessage(prompt("gist", ids=ids)), AIMessage(f"{FOUND} {ids}.")]):
        yield chunk.text


def write_one_call(question: str, shown: Sequence[BaseMessage], model: BaseChatModel) -> Generator[str, None, None]:
    """One to three sentences with the ids of candidates behind them, by a model that can do it all at once."""
    for chunk in model.stream([*shown, HumanMessage(f"Question: {question}")]):
        yield chunk.text


def past_thinking(pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    """A model's words without the thinking that some put in front of them, between `<think>` and `</think>`."""
    held = ""
    with closing(pieces):
        for piece in pieces:
            held += piece
            begun = held.lstrip()
            if begun.startswith(_THINKS):
                _, ended, held_after = begun.partition(_THOUGHT)
                if not ended:
                    continue
                held = held_after.lstrip()
            elif _THINKS.startswith(begun):  # it may become that, or is nothing yet
                continue
            break
        else:  # it only thought
            held = "" if held.lstrip().startswith(_THINKS) else held
        if held:
            yield held
        yield from pieces


def says_not_stated(text: str) -> bool:
    return bool(_REFUSAL.match(text))


class Gate:
    """Lets a model's words through, a word at a time, until one is a number or a name that is not in the evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._held = ""

    def let(self, piece: str) -> str:
        """What may be shown now: all but the word that the next piece may go on with. Raises UnsupportedError."""
        self._held += piece
        *whole, self._held = re.split(r"(?<=\s)", self._held)
        return self._passed("".join(whole))

    def rest(self) -> str:
        rest, self._held = self._held, ""
        return self._passed(rest)

    def _passed(self, text: str) -> str:
        if word := self._evidence.first_missing(text):
            raise UnsupportedError(word)
        return text


class Markers:
    """Turns the ids that a model cites into the numbers of quotes, in a text that comes in pieces.

    However the text is cut, the result is the same. `[4]`, `[4, 9]` and `[4][9]` are citations; an id that is not a
    candidate's is left out.
    """

    _OPEN = re.compile(r"\s*\[[\d,;\s]*\Z|\s+\Z")
    _CLOSED = re.compile(r"(\s*)\[(\d{1,9}(?:\s*[,;]\s*\d{1,9})*)\]")

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._by_id = {candidate.id: candidate for candidate in candidates}
        self._held = ""
        self.cited: list[Candidate] = []  # in the order of their numbers, from 1

    def take(self, piece: str) -> str:
        """The text that can no longer change."""
        self._held += piece
        match = self._OPEN.search(self._held)
        end = match.start() if match else len(self._held)
        done, self._held = self._held[:end], self._held[end:]
        return self._CLOSED.sub(self._numbers, done)

    def rest(self) -> str:
        rest, self._held = self._held, ""
        return self._CLOSED.sub(self._numbers, rest)

    def _numbers(self, match: re.Match[str]) -> str:
        ids = [int(digits) for digits in re.findall(r"\d+", match[2])]
        known = [self._by_id[number] for number in dict.fromkeys(ids) if number in self._by_id]
        for candidate in known:
            if candidate not in self.cited:
                self.cited.append(candidate)
        return (match[1] if known else "") + "".join(f"[{self.cited.index(candidate) + 1}]" for candidate in known)
