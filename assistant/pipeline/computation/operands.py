"""Find the quantity that an article states of each of several subjects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.dates import find_dates
from assistant.pipeline.computation.quantities import DIMENSIONS, Quantity, find_quantities
from assistant.pipeline.computation.subject import content, is_plain_statement, words_in_context
from assistant.text.tokens import WORD

__all__ = ["Operand", "find_operands"]


class Operand(NamedTuple):
    """A quantity and the sentence that states it."""

    quantity: Quantity
    candidate: Candidate


def find_operands(
    subjects: Sequence[frozenset[str]],
    accepts: Callable[[Quantity], bool],
    candidates: Sequence[Candidate],
    question: str,
    common: frozenset[str] = frozenset(),
    dimension: str = "",
) -> list[Operand] | None:
    """Return one operand for each subject, in order; None if one is missing or ambiguous.

    Args:
        subjects: the stems that name each subject; no stem names two.
        accepts: whether a quantity is of the kind that the question asks about.
        candidates: the sentences to search.
        question: the question, which may be about plans or averages as well.
        common: further stems of the question, which a sentence has if it counts something.
        dimension: what the question measures. A quantity of another dimension does not count.
    """
    operands: list[list[Operand]] = [[] for _ in subjects]
    for candidate in candidates:
        if not is_plain_statement(candidate.text, question):
            continue
        for number, quantity in _bind(candidate, subjects, accepts, common, dimension):
            operands[number].append(Operand(quantity, candidate))
    chosen = [_choose(stated, dimension) for stated in operands]
    return [operand for operand in chosen if operand] if all(chosen) else None


def _choose(operands: Sequence[Operand], dimension: str) -> Operand | None:
    """Return the operand whose value all agree on, or None."""
    measured = [item for item in operands if dimension and item.quantity.dimension == dimension]
    operands = measured or operands
    values = {(item.quantity.base_value, item.quantity.bound) for item in operands}
    return operands[0] if len(values) == 1 else None


def _bind(
    candidate: Candidate,
    subjects: Sequence[frozenset[str]],
    accepts: Callable[[Quantity], bool],
    common: frozenset[str],
    dimension: str,
) -> list[tuple[int, Quantity]]:
    """Return the quantities of a sentence, each with the number of its subject."""
    text = candidate.text
    days = find_dates(text)
    quantities = [
        quantity
        for quantity in find_quantities(text)
        if accepts(quantity)
        and not any(quantity.start < day.end and day.start < quantity.end for day in days)
    ]
    if dimension and any(quantity.dimension == dimension for quantity in quantities):
        quantities = [item for item in quantities if item.dimension == dimension]
    elif dimension:
        quantities = [item for item in quantities if not item.dimension]
    if not quantities or not common <= set(content(text)) | words_in_context(candidate):
        return []
    counted = [
        (number, quantity)
        for quantity in quantities
        for number, subject in enumerate(subjects)
        if quantity.nouns and subject <= set(quantity.nouns)
    ]
    if counted:
        return counted if len({number for number, _ in counted}) == len(counted) else []
    mentions = _find_mentions(text, subjects)
    if not mentions and len(quantities) == 1:
        numbers = [
            number
            for number, subject in enumerate(subjects)
            if subject <= words_in_context(candidate)
        ]
        return [(numbers[0], quantities[0])] if len(numbers) == 1 else []
    return _align(mentions, quantities)


def _find_mentions(text: str, subjects: Sequence[frozenset[str]]) -> list[tuple[int, int]]:
    """Return where subjects are named with all their stems: offset and number, in order."""
    words = [(match.start(), stem) for match in WORD.finditer(text) for stem in content(match[0])]
    mentions = []
    for number, subject in enumerate(subjects):
        offsets = [[start for start, stem in words if stem == name] for name in subject]
        if all(offsets):
            last = max(min(starts) for starts in offsets)
            mentions.append((last, number))
    return sorted(mentions)


def _align(
    mentions: Sequence[tuple[int, int]], quantities: Sequence[Quantity]
) -> list[tuple[int, Quantity]]:
    """Return the pairs of subjects and quantities if their order leaves no doubt.

    "A is 118 and B 96", "118 for A and 96 for B", and one subject with one quantity.
    """
    if len(mentions) != len(quantities) or not mentions:
        return []
    pairs = list(zip(mentions, quantities, strict=True))
    before = all(offset < quantity.start for (offset, _), quantity in pairs) and all(
        quantity.end <= mention[0] for (_, quantity), (mention, _) in pairwise(pairs)
    )
    after = all(quantity.end <= offset for (offset, _), quantity in pairs) and all(
        mention[0] <= quantity.start for (mention, _), (_, quantity) in pairwise(pairs)
    )
    if not (before or after):
        return []
    return [(number, quantity) for (_, number), quantity in pairs]


def find_dimension(question: str) -> str:
    """Return what a question measures, a value of `DIMENSIONS`, or an empty string."""
    words = [word.lower() for word in WORD.findall(question)]
    dimensions = {
        DIMENSIONS[form]
        for word in words
        for form in (word, word.removesuffix("er"))
        if form in DIMENSIONS
    }
    return dimensions.pop() if len(dimensions) == 1 else ""
