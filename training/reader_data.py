"""Build the reader's training examples from question sets with marked answers.

An example is a question, up to eight sentences as search would return them, and which of these
answer. Perhaps none does.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.pipeline.evidence.reader import Sentence
from index.retrieval.bm25 import KeywordIndex
from index.text.article import Article

__all__ = [
    "Example",
    "MAX_OTHER_SENTENCES",
    "MAX_SENTENCES",
    "SentencePool",
    "find_gold_positions",
    "get_group",
    "make_examples",
    "read_judged",
    "read_rows",
]

MAX_SENTENCES = 8  # of an example; as many as search returns
MAX_OTHER_SENTENCES = 4  # of them: the best by BM25 from other paragraphs of the article
# Shares of the answerable questions that are asked once more on sentences that do not answer them.
REMOVED_SHARE = 0.2  # the sentences that answer are removed
OTHER_ARTICLE_SHARE = 0.2  # the sentences are of another article


@dataclass(frozen=True)
class Example:
    """A question, sentences, and which of them answer it."""

    question: str
    sentences: tuple[Sentence, ...]
    answers: frozenset[int]  # positions in `sentences`; empty if none answers
    article: str  # folds are made by article
    # If a model judged: the probability of each sentence to be the one that answers, and of none.
    # They sum to 1.
    chances: tuple[float, ...] = ()


def make_examples(folder: Path, seed: int = 0) -> list[Example]:
    """Return examples of SQuAD 2.0 and ClapNQ, some once more on sentences that do not answer."""
    chance = random.Random(seed)
    examples = [
        *_make_set_examples(folder, "squad2", chance),
        *_make_set_examples(folder, "clapnq", chance),
    ]
    chance.shuffle(examples)
    return examples


def read_judged(path: Path) -> list[Example]:
    """Return the examples that `training.generate_questions` wrote."""
    return [
        Example(
            row["question"],
            tuple(Sentence(*fields) for fields in row["sentences"]),
            frozenset(),
            row["article"],
            tuple(row["chances"]),
        )
        for row in read_rows(path)
    ]


def _make_set_examples(folder: Path, name: str, chance: random.Random) -> Iterator[Example]:
    documents = {
        row["doc_id"]: Article.from_text(row["text"], row.get("title") or "")
        for row in read_rows(folder / f"{name}.docs.jsonl")
    }
    questions = read_rows(folder / f"{name}.questions.jsonl")
    groups: dict[str, set[str]] = defaultdict(set)
    for row in questions:
        groups[get_group(row)].add(row["doc_id"])
    pools = {
        group: SentencePool([documents[name] for name in sorted(names)])
        for group, names in groups.items()
    }
    full_pool = SentencePool([documents[name] for name in sorted(documents)])
    for row in questions:
        yield from _make_question_examples(
            row, documents[row["doc_id"]], pools[get_group(row)], full_pool, chance
        )


def _make_question_examples(
    row: dict[str, Any],
    article: Article,
    near: SentencePool,
    far: SentencePool,
    chance: random.Random,
) -> Iterator[Example]:
    """Yield the examples of a question.

    Args:
        near: the sentences of the article's group; far: those of all articles.
    """
    golds = find_gold_positions(row, article)
    sentences = [
        Sentence.from_article(article, position) for position in range(len(article.sentences))
    ]
    if row["answerable"] and not golds:
        return  # the marked answer was not found in the text
    question, answers = row["question"], row["answers"]
    distractors = near.find_distractors(question, article, answers, MAX_OTHER_SENTENCES)
    if row["answerable"]:
        yield _make_shuffled_example(row, [*sentences, *distractors], golds, chance)
        if chance.random() < REMOVED_SHARE:
            remaining = [
                sentence for position, sentence in enumerate(sentences) if position not in golds
            ]
            yield _make_shuffled_example(row, [*remaining, *distractors], set(), chance)
        if chance.random() < OTHER_ARTICLE_SHARE:
            foreign = far.find_distractors(question, article, answers, MAX_SENTENCES)
            yield _make_shuffled_example(row, foreign, set(), chance)
    else:
        yield _make_shuffled_example(row, sentences, set(), chance)


def _make_shuffled_example(
    row: dict[str, Any], sentences: Sequence[Sentence], golds: set[int], chance: random.Random
) -> Example:
    order = sorted(
        range(len(sentences)), key=lambda position: (position not in golds, chance.random())
    )[:MAX_SENTENCES]
    chance.shuffle(order)
    answers = frozenset(index for index, position in enumerate(order) if position in golds)
    return Example(
        row["question"], tuple(sentences[position] for position in order), answers, get_group(row)
    )


class SentencePool:
    """Sentences of several articles, searched by BM25."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._rows = [
            (article, position)
            for article in articles
            for position in range(len(article.sentences))
        ]
        self._keywords = KeywordIndex(
            [article.slice(article.sentences[position]) for article, position in self._rows]
        )

    def rank(self, question: str) -> Iterator[tuple[Article, int]]:
        """Yield article and position of each sentence, the most similar first."""
        return (
            self._rows[row] for row in np.argsort(-self._keywords.scores(question), kind="stable")
        )

    def find_distractors(
        self, question: str, without: Article, answers: Sequence[str], count: int
    ) -> list[Sentence]:
        """Return the sentences of other articles that look like an answer and have none."""
        distractors: list[Sentence] = []
        for article, position in self.rank(question):
            sentence = Sentence.from_article(article, position)
            if article is not without and not any(
                answer.lower() in sentence.text.lower() for answer in answers
            ):
                distractors.append(sentence)
            if len(distractors) == count:
                break
        return distractors


def find_gold_positions(row: dict[str, Any], article: Article) -> set[int]:
    """Return the positions of the sentences that answer a question.

    These are the sentences marked as evidence, or else the one where the marked answer begins.
    """
    positions: set[int] = set()
    for evidence in row["extra"].get("evidence") or []:
        start = article.text.find(evidence)
        if start >= 0:
            positions.update(
                position
                for position, span in enumerate(article.sentences)
                if span.start < start + len(evidence) and span.end > start
            )
    if not positions and row["answer_start"] is not None and row["answerable"]:
        positions = {
            position
            for position, span in enumerate(article.sentences)
            if span.start <= row["answer_start"] < span.end
        }
    return positions


def get_group(row: dict[str, Any]) -> str:
    """Return the name that splits are made by: SQuAD's article, or the document's ID."""
    return str(row["extra"].get("article") or row["doc_id"])


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
