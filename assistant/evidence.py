"""Which sentences answer a question. A model only ever names their ids; a quote is cut from the article by the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage, SystemMessage

from index.article import Article, Span
from index.search import Hit

from .prompts import prompt
from .reader import Reader, Sentence

__all__ = [
    "Candidate",
    "Choice",
    "candidates_of",
    "choose",
    "heading",
    "named",
    "numbered",
    "reading",
]


@dataclass(frozen=True)
class Candidate:
    """A sentence that may answer. `id` is what a model calls it; ids start at 1."""

    id: int
    article: Article = field(repr=False)
    position: int  # in `article.sentences`
    hit: Hit = field(repr=False)

    @property
    def span(self) -> Span:
        return self.article.sentences[self.position]

    @property
    def text(self) -> str:
        return self.article.slice(self.span)


def candidates_of(hits: Sequence[Hit]) -> list[Candidate]:
    """The sentences of the passages that were found, best first.

    Within one article, a sentence's id is its place in the article, from 1; over several, its place among the candidates.
    """
    found = [(hit, sentence) for hit in hits for sentence in hit.article.sentences_in(hit.span)]
    several = len({hit.article.id for hit in hits}) > 1
    return [
        Candidate(rank if several else sentence + 1, hit.article, sentence, hit)
        for rank, (hit, sentence) in enumerate(found, 1)
    ]


# The article does not say if the reader gives "none of them" at least this probability. It is trained on many questions
# without an answer and says "none" readily: at 0.8, on sets it was not trained on, it refuses 11 % of XQuAD's and 9 % of
# CovidQA's questions on their own article, and 100 % and 70 % of them on another (`python -m training.thresholds`).
ABSTAIN = 0.8
# Nor does the article say if the reader is in some doubt and the words that a model wrote do not hold.
DOUBT = 0.4
# A sentence is quoted beside the best one if the reader holds it at least this likely in comparison.
BESIDE = 0.3


@dataclass(frozen=True)
class Choice:
    """The candidates that answer, best first; `none` is the probability that no candidate does."""

    chosen: tuple[Candidate, ...]
    ranked: tuple[Candidate, ...]
    none: float

    @property
    def doubtful(self) -> bool:
        return self.none >= DOUBT


def choose(question: str, candidates: Sequence[Candidate], most: int, reader: Reader) -> Choice:
    """The candidates that the reader holds for answers; none of them, if it holds none the likelier."""
    verdict = reader.read(question, [Sentence.of(candidate.article, candidate.position) for candidate in candidates])
    order = sorted(range(len(candidates)), key=lambda row: -verdict.sentences[row])
    ranked = tuple(candidates[row] for row in order)
    good = [row for row in order[:most] if verdict.sentences[row] >= BESIDE * verdict.sentences[order[0]]]
    chosen = () if verdict.none >= ABSTAIN else tuple(candidates[row] for row in good)
    return Choice(chosen, ranked, verdict.none)


def heading(articles: Sequence[Article]) -> str:
    titles = [
        f"Article: {article.title or 'untitled'}" + (f" ({article.date})" if article.date else "") for article in articles
    ]
    return "\n".join(titles)


def numbered(sentences: Sequence[tuple[int, str]]) -> str:
    """Each sentence on a line of its own after its id, whatever line breaks it has."""
    return "\n".join(f"[{number}] {' '.join(text.split())}" for number, text in sentences)


def reading(candidates: Sequence[Candidate], whole: Article | None, name: str = "read") -> list[BaseMessage]:
    """What a model reads before the question: all sentences of the article, or the candidates alone."""
    if whole is not None:
        sentences = [(number, whole.slice(span)) for number, span in enumerate(whole.sentences, 1)]
        articles = [whole]
    else:
        ordered = sorted(candidates, key=lambda candidate: candidate.id)
        sentences = [(candidate.id, candidate.text) for candidate in ordered]
        articles = list({candidate.article.id: candidate.article for candidate in candidates}.values())
    return [SystemMessage(prompt(name, heading=heading(articles), sentences=numbered(sentences)))]


def named(candidates: Sequence[Candidate]) -> str:
    return "".join(f"[{candidate.id}]" for candidate in candidates)
