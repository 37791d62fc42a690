"""The sentence that says so: a model's words, shown only as far as the evidence carries them."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage

from .checking import Evidence
from .evidence import Candidate, named
from .prompts import prompt

__all__ = ["Gate", "Markers", "UnsupportedError", "says_not_stated", "write_again", "write_from", "write_one_call"]

_REFUSAL = re.compile(r"^\W*(?:not stated|the article does not (?:say|state|mention))", re.IGNORECASE)


class UnsupportedError(Exception):
    """The model wrote a number or a name that its evidence does not have."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def write_from(
    question: str, shown: Sequence[BaseMessage], chosen: Sequence[Candidate], model: BaseChatModel, manner: str = ""
) -> Generator[str, None, None]:
    """One short sentence from the chosen candidates, in pieces as the model writes it. `manner`: what else it is told."""
    asked = prompt("write", question=question, ids=named(chosen), manner=manner).rstrip()
    for chunk in model.stream([*shown, HumanMessage(asked)]):
        yield chunk.text


def write_again(
    question: str, shown: Sequence[BaseMessage], chosen: Sequence[Candidate], missing: Sequence[str], model: BaseChatModel
) -> Generator[str, None, None]:
    """Another try, from the best candidate alone, told what it wrote that the candidates do not have."""
    asked = prompt("rewrite", question=question, ids=named(chosen[:1]), missing=", ".join(f'"{word}"' for word in missing[:4]))
    for chunk in model.stream([*shown, HumanMessage(asked)]):
        yield chunk.text


def write_one_call(question: str, shown: Sequence[BaseMessage], model: BaseChatModel) -> Generator[str, None, None]:
    """One to three sentences with the ids of candidates behind them, by a model that can do it all at once."""
    for chunk in model.stream([*shown, HumanMessage(f"Question: {question}")]):
        yield chunk.text


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
