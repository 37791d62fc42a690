"""Build the span reader's training examples: a question, a few sentences, and the answer in them.

The sentences are those around the marked answer. Of a question without an answer, they are those
that share the most words with it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.open_sets import (
    MAX_DOCUMENT_CHARACTERS,
    Document,
    get_group,
    read_documents,
    read_rows,
)

__all__ = ["SpanExample", "make_span_examples"]

# Sets of questions on English texts whose answers are a few words of the text.
SPAN_SETS = (
    "squad_train",
    "squad_sentences",
    "shifts_wiki",
    "tydiqa_en",
    "nq_paragraphs",
    "nq_swapped",
    "timeqa",
    "quoref_part",
    "hotpot_part",
    "tatqa",
    "policyqa",
    "fairytale",
    "shifts_reddit",
    "shifts_amazon",
)
MAX_PASSAGE_CHARACTERS = 600
MAX_SENTENCES_BEFORE, MAX_SENTENCES_AFTER = 2, 2
OTHER_PASSAGE_SHARE = 0.15  # of the questions, asked once more on sentences without the answer
MAX_ANSWER_CHARACTERS = 120


@dataclass(frozen=True)
class SpanExample:
    """A question and a passage with the answer at `start` to `end`, or −1 and −1 without one."""

    question: str
    passage: str
    title: str
    start: int
    end: int
    source: str
    group: str  # documents are held out by it

    @property
    def answer(self) -> str:
        """Return the words that answer; empty if none do."""
        return self.passage[self.start : self.end] if self.start >= 0 else ""


def make_span_examples(folder: Path, seed: int = 0) -> list[SpanExample]:
    """Return the examples of all sets, in random order.

    Args:
        folder: the sets, as `<name>.docs.jsonl` and `<name>.questions.jsonl`, perhaps packed.
        seed: of the choice of sentences.
    """
    chance = random.Random(seed)
    examples = [
        example
        for name in SPAN_SETS
        for example in _make_set_examples(folder, name, chance)
        if example.passage.strip()
    ]
    chance.shuffle(examples)
    return examples


def _make_set_examples(folder: Path, name: str, chance: random.Random) -> Iterator[SpanExample]:
    documents = read_documents(folder, name)
    for row in read_rows(folder, name, "questions"):
        document = documents[row["doc_id"]]
        if not document.sentences:
            continue
        if not row["answerable"]:
            yield _make_unanswerable(row, document, chance)
            continue
        start, answer = row["answer_start"], row["answers"][0]
        if start is None or len(answer) > MAX_ANSWER_CHARACTERS:
            continue
        if start + len(answer) > MAX_DOCUMENT_CHARACTERS:
            continue
        yield from _make_answerable(row, document, start, start + len(answer), chance)


def _make_answerable(
    row: dict[str, Any], document: Document, start: int, end: int, chance: random.Random
) -> Iterator[SpanExample]:
    positions = document.find_positions(start, end)
    if not positions:
        return
    first, last = _widen(document, positions[0], positions[-1], chance)
    spans = document.spans
    from_, to = spans[first].start, spans[last].end
    if start < from_ or end > to:
        return
    yield SpanExample(
        " ".join(row["question"].split()),
        document.text[from_:to],
        document.title,
        start - from_,
        end - from_,
        document.source,
        get_group(row["doc_id"]),
    )
    if chance.random() < OTHER_PASSAGE_SHARE:
        answers = [answer.lower() for answer in row["answers"]]
        unrelated = _make_unanswerable(row, document, chance, without=positions)
        if not any(answer in unrelated.passage.lower() for answer in answers):
            yield unrelated


def _make_unanswerable(
    row: dict[str, Any],
    document: Document,
    chance: random.Random,
    without: list[int] | None = None,
) -> SpanExample:
    """Return an example of sentences that share words with the question and do not answer it."""
    ranked = [
        position
        for position in document.rank_sentences(row["question"])
        if position not in (without or ())
    ]
    passage = ""
    if ranked:
        best = ranked[0]
        first, last = (best, best) if without else _widen(document, best, best, chance)
        passage = document.text[document.spans[first].start : document.spans[last].end]
    return SpanExample(
        " ".join(row["question"].split()),
        passage,
        document.title,
        -1,
        -1,
        document.source,
        get_group(row["doc_id"]),
    )


def _widen(document: Document, first: int, last: int, chance: random.Random) -> tuple[int, int]:
    """Return the first and last sentence of a passage with some of the sentences beside."""
    spans = document.spans
    before = chance.randint(0, MAX_SENTENCES_BEFORE)
    after = chance.randint(0, MAX_SENTENCES_AFTER)
    for _ in range(max(before, after)):
        if before and first and _length(document, first - 1, last) <= MAX_PASSAGE_CHARACTERS:
            first, before = first - 1, before - 1
        if (
            after
            and last + 1 < len(spans)
            and _length(document, first, last + 1) <= MAX_PASSAGE_CHARACTERS
        ):
            last, after = last + 1, after - 1
    return first, last


def _length(document: Document, first: int, last: int) -> int:
    return document.spans[last].end - document.spans[first].start
