"""Build the reader's training examples from the openly licensed sets.

The sentences of an example are those that answer, some beside them, those of the same document
that BM25 takes for answers, and a few of other documents.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.pipeline.evidence.reader import Sentence
from index.retrieval.bm25 import KeywordIndex
from index.text.article import Article
from training.open_sets import (
    MAX_DOCUMENT_CHARACTERS,
    get_group,
    read_documents,
    read_rows,
)
from training.reader_data import (
    MAX_OTHER_SENTENCES,
    MAX_SENTENCES,
    Example,
    SentencePool,
    find_gold_positions,
)

__all__ = ["make_open_examples"]

# Sets of questions on English texts, and how many at most are used of each.
QUESTION_SETS = {
    "squad_train": 15_000,
    "squad_sentences": 9_600,
    "shifts_wiki": 7_800,
    "tydiqa_en": 4_200,
    "qed": 1_400,
    "nq_paragraphs": 1_600,
    "selqa": 2_400,
    "timeqa": 1_400,
    "quoref_part": 500,
    "hotpot_part": 200,
    "musique_part": 100,
    "onestopqa": 1_500,
    "integreat_en": 1_000,
    "tatqa": 800,
    "policyqa": 2_000,
    "bioasq": 1_000,
    "fairytale": 3_300,
    "narrative_plots": 1_000,
    "evidence_inference": 200,
    "shifts_reddit": 3_000,
    "shifts_amazon": 2_000,
}
REMOVED_SHARE, OTHER_ARTICLE_SHARE = 0.35, 0.15  # about half of all have no answer then
BESIDE_SHARE = 0.5  # of the sentences beside one that answers, which are among the sentences then


def make_open_examples(folder: Path, seed: int = 0) -> list[Example]:
    """Return examples of the openly licensed sets, about half of them without an answer.

    Args:
        folder: the sets, as `<name>.docs.jsonl` and `<name>.questions.jsonl`, perhaps packed.
        seed: of the choice of questions and sentences.
    """
    chance = random.Random(seed)
    examples = [
        example
        for name, count in QUESTION_SETS.items()
        for example in _make_set(folder, name, count, chance)
        if example.sentences
    ]
    chance.shuffle(examples)
    return examples


def _make_set(folder: Path, name: str, count: int, chance: random.Random) -> Iterator[Example]:
    articles = {
        document.name: Article.from_text(document.text[:MAX_DOCUMENT_CHARACTERS], document.title)
        for document in read_documents(folder, name).values()
        if any(map(str.isalnum, document.text))
    }
    pool = SentencePool(list(articles.values()))
    questions = list(read_rows(folder, name, "questions"))
    for row in chance.sample(questions, min(count, len(questions))):
        if row["doc_id"] in articles:
            yield from _make_question_examples(row, articles[row["doc_id"]], pool, chance)


def _make_question_examples(
    row: dict[str, Any], article: Article, pool: SentencePool, chance: random.Random
) -> Iterator[Example]:
    """Yield the examples of a question on an article of any length.

    Args:
        pool: the sentences of all articles of the set.
    """
    golds = find_gold_positions(row, article)
    if row["answerable"] and not golds:
        return
    question, answers = row["question"], [answer.lower() for answer in row["answers"]]
    group = get_group(row["doc_id"])
    near = _rank_near(question, article, golds, chance)
    foreign = pool.find_distractors(question, article, row["answers"], MAX_SENTENCES)
    own = [Sentence.from_article(article, position) for position in near]
    marked = [sentence for sentence, position in zip(own, near, strict=True) if position in golds]
    others = [
        sentence
        for sentence, position in zip(own, near, strict=True)
        if position not in golds
        and not any(len(answer) > 3 and answer in sentence.text.lower() for answer in answers)
    ]
    yield _mix_example(question, marked, [*others, *foreign[:MAX_OTHER_SENTENCES]], group, chance)
    if not golds:
        return
    if chance.random() < REMOVED_SHARE:
        yield _mix_example(question, [], [*others, *foreign[:MAX_OTHER_SENTENCES]], group, chance)
    if chance.random() < OTHER_ARTICLE_SHARE:
        yield _mix_example(question, [], foreign, group, chance)


def _rank_near(
    question: str, article: Article, golds: set[int], chance: random.Random
) -> list[int]:
    """Return positions of an article: the marked ones, then those that search would find."""
    scores = KeywordIndex([article.slice(span) for span in article.sentences]).scores(question)
    ranked = [int(position) for position in np.argsort(-scores, kind="stable")]
    beside = [
        position
        for gold in golds
        for position in (gold - 1, gold + 1)
        if 0 <= position < len(ranked) and chance.random() < BESIDE_SHARE
    ]
    order = dict.fromkeys([*sorted(golds), *beside, *ranked])
    return list(order)[: MAX_SENTENCES + len(golds)]


def _mix_example(
    question: str,
    marked: Sequence[Sentence],
    others: Sequence[Sentence],
    group: str,
    chance: random.Random,
) -> Example:
    chosen = [(sentence, True) for sentence in marked[:MAX_SENTENCES]]
    chosen += [(sentence, False) for sentence in others[: MAX_SENTENCES - len(chosen)]]
    chance.shuffle(chosen)
    return Example(
        question,
        tuple(sentence for sentence, _ in chosen),
        frozenset(position for position, (_, answers) in enumerate(chosen) if answers),
        group,
    )
