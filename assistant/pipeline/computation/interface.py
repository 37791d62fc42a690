"""Define the result of a computation: an answer that no model writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.pipeline.candidate import Candidate, Choice
from assistant.pipeline.query.intent import Intent
from index.text.article import Article

__all__ = ["Computation", "ComputationInput", "Computed"]


@dataclass(frozen=True)
class ComputationInput:
    """What a computation may read.

    Attributes:
        question: the standalone question.
        intent: the intent of the question.
        articles: the articles that the question is about.
        choice: the candidates by the reader, best first, and those that it selected.
    """

    question: str
    intent: Intent
    articles: Sequence[Article]
    choice: Choice


@dataclass(frozen=True)
class Computed:
    """A computed answer.

    Attributes:
        text: the answer, without markers of citations; empty if the quotes are the answer.
        evidence: the sentences, table rows or list items that it is computed from, in the order in
            which they are quoted. Never empty.
        calculation: the calculation as displayed, such as "118 − 96 = 22"; empty if there is none.
        is_blank: whether the evidence has a place for the answer and leaves it empty, such as a
            table cell with a dash.
    """

    text: str
    evidence: tuple[Candidate, ...]
    calculation: str = ""
    is_blank: bool = False


# Returns None if the question is not of its kind, or if the operands are not certain.
Computation = Callable[[ComputationInput], Computed | None]
