"""Measure the span reader on held-out documents: `python -m evaluation.answer_words DATA`.

The documents are the half of the held-out ones that its temperature was not fitted on.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from assistant.pipeline.evidence.span_reader import SPAN_WEIGHTS, SpanReader
from evaluation.squad import squad_f1
from training.reader_refinement import is_for_choice
from training.span import read_examples
from training.span_data import SpanExample
from training.splits import is_held_out

MAX_EXAMPLES_PER_SET = 150
PROBABILITIES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.01)  # of the words; figures are by these classes


@dataclass(frozen=True)
class _Score:
    """What the span reader found for an example."""

    source: str
    answerable: bool
    f1: float  # of the best words, whatever their probability
    probability: float
    no_answer_probability: float


def _score_examples(reader: SpanReader, examples: Sequence[SpanExample]) -> list[_Score]:
    """Return the scores of at most `MAX_EXAMPLES_PER_SET` examples of each set."""
    counts: Counter[str] = Counter()
    scores = []
    for example in examples:
        counts[example.source] += 1
        if counts[example.source] > MAX_EXAMPLES_PER_SET:
            continue
        words = reader.find(example.question, example.passage, example.title)
        text = example.passage[words.span.start : words.span.end] if words.span else ""
        f1 = squad_f1(text, [example.answer]) if example.answer else 0.0
        scores.append(
            _Score(
                example.source,
                bool(example.answer),
                f1,
                words.probability,
                words.no_answer_probability,
            )
        )
    return scores


def _report(scores: Sequence[_Score]) -> Iterator[str]:
    """Yield rows of figures: by set, then by the probability of the words.

    `F1` and `exact` are of the answerable examples; `false` is the share of the others that the
    span reader takes for answerable.
    """
    yield "set | examples | F1 | exact | false"
    for name in sorted({score.source for score in scores}):
        rows = [score for score in scores if score.source == name]
        answerable = [row for row in rows if row.answerable]
        none = [row.no_answer_probability < 0.5 for row in rows if not row.answerable]
        yield (
            f"{name} | {len(rows)} | {_mean(row.f1 for row in answerable):.2f} | "
            f"{_mean(row.f1 == 1 for row in answerable):.2f} | {_mean(none):.2f}"
        )
    yield "probability | examples | F1 | some words right"
    for low, high in pairwise(PROBABILITIES):
        answerable = [row for row in scores if row.answerable and low <= row.probability < high]
        yield (
            f"{low} to {high} | {len(answerable)} | {_mean(row.f1 for row in answerable):.2f} | "
            f"{_mean(row.f1 > 0 for row in answerable):.2f}"
        )


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / max(1, len(numbers))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder of *.questions.jsonl and *.docs.jsonl")
    arguments.add_argument("--weights", type=Path, default=SPAN_WEIGHTS)
    arguments.add_argument("--runs", type=Path, default=Path("results"))
    options = arguments.parse_args()
    examples = [
        example
        for example in read_examples(options.runs / "span-examples.jsonl", options.data)
        if is_held_out(example.group) and not is_for_choice(example.group)
    ]
    for line in _report(_score_examples(SpanReader(options.weights), examples)):
        print(line)


if __name__ == "__main__":
    main()
