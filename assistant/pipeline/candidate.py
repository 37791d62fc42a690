"""Candidate sentences: the sentences that may answer a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from index.retrieval.hybrid import Hit
from index.text.article import Article
from index.text.spans import Span

__all__ = ["Candidate", "Choice", "make_candidates", "make_candidates_at", "resolve_ids"]


@dataclass(frozen=True)
class Candidate:
    """A sentence that may answer the question. Models refer to it by its `id`; IDs start at 1."""

    id: int
    article: Article = field(repr=False)
    position: int  # in `article.sentences`
    hit: Hit = field(repr=False)
    is_context: bool = False  # it only names what an evidence sentence refers to

    @property
    def span(self) -> Span:
        return self.article.sentences[self.position]

    @property
    def text(self) -> str:
        """Return the sentence exactly as it is in the article."""
        return self.article.slice(self.span)

    @property
    def readable_text(self) -> str:
        """Return the sentence as models read it: a table row has the names of its columns."""
        return self.article.structure.readable_text(self.span)

    @property
    def section(self) -> tuple[str, ...]:
        """Return the titles of the sections that the sentence is in, outermost first."""
        return self.article.structure.heading_path(self.span.start)


def make_candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Return the sentences of retrieved passages as candidates, best first, without datelines.

    Within one article, the ID of a sentence is its position in the article plus 1. If the hits are
    of several articles, the ID is the rank of the sentence among the candidates.
    """
    sentences = [
        (hit, sentence)
        for hit in hits
        for sentence in hit.article.sentences_in(hit.span)
        if _is_not_dateline(hit.article, sentence)
    ]
    several = len({hit.article.id for hit in hits}) > 1
    return [
        Candidate(rank if several else sentence + 1, hit.article, sentence, hit)
        for rank, (hit, sentence) in enumerate(sentences, 1)
    ]


def _is_not_dateline(article: Article, position: int) -> bool:
    return article.sentences[position] != article.dateline


def make_candidates_at(
    articles: Sequence[Article], positions: Callable[[Article], Sequence[int]]
) -> list[Candidate]:
    """Return the sentences at certain positions of articles as candidates.

    Args:
        positions: returns the positions of the sentences to take from an article.
    """
    hits = [
        Hit(article, article.sentences[position], 0.0, 0.0, 0.0)
        for article in articles
        for position in positions(article)
    ]
    return make_candidates(hits)


@dataclass(frozen=True)
class Choice:
    """The candidates selected as evidence, and all candidates, both best first."""

    selected: tuple[Candidate, ...] = ()
    ranked: tuple[Candidate, ...] = ()
    no_answer_probability: float = 1.0  # by the reader: that no candidate answers
    probabilities: tuple[float, ...] = ()  # by the reader, of each ranked candidate

    @property
    def best_selected(self) -> Candidate:
        """Return the selected candidate that the reader ranks first.

        A sentence that corrects another one is selected without a rank.

        Raises:
            IndexError: nothing is selected.
        """
        places = {(item.article.id, item.position) for item in self.selected}
        ranked = (item for item in self.ranked if (item.article.id, item.position) in places)
        return next(ranked, None) or self.selected[0]


def resolve_ids(
    ids: Sequence[int], candidates: Sequence[Candidate], whole: Article | None
) -> list[Candidate]:
    """Return the sentences with the IDs that a model generated, each once; skip unknown IDs.

    Args:
        whole: the article, if the model was given all of it instead of the candidates. Then the IDs
            of all its sentences are valid.
    """
    by_id = {candidate.id: candidate for candidate in candidates}
    if whole is not None:
        for number in ids:
            if (
                number not in by_id
                and 0 < number <= len(whole.sentences)
                and _is_not_dateline(whole, number - 1)
            ):
                hit = Hit(whole, whole.sentences[number - 1], 0.0, 0.0, 0.0)
                by_id[number] = Candidate(number, whole, number - 1, hit)
    return [by_id[number] for number in dict.fromkeys(ids) if number in by_id]
