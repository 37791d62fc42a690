"""Training examples for the reader, from question sets with marked answers.

One example: a question, up to eight sentences as search would find them, and which of them answer (perhaps none).
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

from assistant.reader import Sentence
from index.article import Article
from index.keywords import Keywords

__all__ = ["Example", "Pool", "examples", "golds", "group", "judged", "rows"]

SHOWN = 8  # sentences of an example, as many as search gives
OTHERS = 4  # of them from other paragraphs of the same article, the best by BM25
# Shares of the answerable questions that are asked again where nothing answers them.
AWAY = 0.2  # without the sentences that answer
ELSEWHERE = 0.2  # of another article


@dataclass(frozen=True)
class Example:
    question: str
    sentences: tuple[Sentence, ...]
    answers: frozenset[int]  # positions in `sentences`; empty: none of them answers
    article: str  # folds are made by article
    # Where a model judged: of each sentence that it is the one that answers, and of none; they sum to 1.
    chances: tuple[float, ...] = ()


def examples(folder: Path, seed: int = 0) -> list[Example]:
    """SQuAD 2.0 and ClapNQ questions: as asked, and a part again where the answer has been taken away."""
    chance = random.Random(seed)
    found = [*_from_set(folder, "squad2", chance), *_from_set(folder, "clapnq", chance)]
    chance.shuffle(found)
    return found


def judged(path: Path) -> list[Example]:
    """What `training.asked` wrote."""
    return [
        Example(
            row["question"],
            tuple(Sentence(*one) for one in row["sentences"]),
            frozenset(),
            row["article"],
            tuple(row["chances"]),
        )
        for row in rows(path)
    ]


def _from_set(folder: Path, name: str, chance: random.Random) -> Iterator[Example]:
    documents = {
        row["doc_id"]: Article.from_text(row["text"], row.get("title") or "") for row in rows(folder / f"{name}.docs.jsonl")
    }
    questions = rows(folder / f"{name}.questions.jsonl")
    groups: dict[str, set[str]] = defaultdict(set)
    for row in questions:
        groups[group(row)].add(row["doc_id"])
    pools = {group: Pool([documents[name] for name in sorted(names)]) for group, names in groups.items()}
    everything = Pool([documents[name] for name in sorted(documents)])
    for row in questions:
        yield from _of_question(row, documents[row["doc_id"]], pools[group(row)], everything, chance)


def _of_question(row: dict[str, Any], own: Article, near: Pool, far: Pool, chance: random.Random) -> Iterator[Example]:
    answering = golds(row, own)
    here = [Sentence.of(own, position) for position in range(len(own.sentences))]
    if row["answerable"] and not answering:
        return  # the marked answer was not found in the text
    others = near.best(row["question"], own, row["answers"], OTHERS)
    if row["answerable"]:
        yield _shuffled(row, [*here, *others], answering, chance)
        if chance.random() < AWAY:
            away = [sentence for position, sentence in enumerate(here) if position not in answering]
            yield _shuffled(row, [*away, *others], set(), chance)
        if chance.random() < ELSEWHERE:
            yield _shuffled(row, far.best(row["question"], own, row["answers"], SHOWN), set(), chance)
    else:
        yield _shuffled(row, here, set(), chance)


def _shuffled(row: dict[str, Any], sentences: Sequence[Sentence], golds: set[int], chance: random.Random) -> Example:
    order = sorted(range(len(sentences)), key=lambda position: (position not in golds, chance.random()))[:SHOWN]
    chance.shuffle(order)
    answers = frozenset(place for place, position in enumerate(order) if position in golds)
    return Example(row["question"], tuple(sentences[position] for position in order), answers, group(row))


class Pool:
    """Sentences of several articles, searched by BM25."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._rows = [(article, position) for article in articles for position in range(len(article.sentences))]
        self._keywords = Keywords([article.slice(article.sentences[position]) for article, position in self._rows])

    def ranked(self, question: str) -> Iterator[tuple[Article, int]]:
        """Each with its position, the likest first."""
        return (self._rows[row] for row in np.argsort(-self._keywords.scores(question), kind="stable"))

    def best(self, question: str, without: Article, answers: Sequence[str], count: int) -> list[Sentence]:
        """Those that look like answers and are none."""
        found: list[Sentence] = []
        for article, position in self.ranked(question):
            sentence = Sentence.of(article, position)
            if article is not without and not any(answer.lower() in sentence.text.lower() for answer in answers):
                found.append(sentence)
            if len(found) == count:
                break
        return found


def golds(row: dict[str, Any], article: Article) -> set[int]:
    """Positions of the sentences that answer: those marked as evidence, else the one where the marked answer begins."""
    found: set[int] = set()
    for evidence in row["extra"].get("evidence") or []:
        start = article.text.find(evidence)
        if start >= 0:
            found.update(
                position for position, s in enumerate(article.sentences) if s.start < start + len(evidence) and s.end > start
            )
    if not found and row["answer_start"] is not None and row["answerable"]:
        found = {position for position, s in enumerate(article.sentences) if s.start <= row["answer_start"] < s.end}
    return found


def group(row: dict[str, Any]) -> str:
    return str(row["extra"].get("article") or row["doc_id"])


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
