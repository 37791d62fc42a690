"""List the computations, and run the first that applies."""

from __future__ import annotations

from collections.abc import Collection

from assistant.pipeline.computation.comparison import compare_with_number
from assistant.pipeline.computation.difference import compute_difference
from assistant.pipeline.computation.duration import compute_age, compute_duration
from assistant.pipeline.computation.interface import Computation, ComputationInput, Computed
from assistant.pipeline.computation.lists import count_items, find_item, list_items
from assistant.pipeline.computation.sections import find_sentence, list_sections, quote_section
from assistant.pipeline.computation.tables import compute_from_table
from assistant.pipeline.computation.total import compute_total

__all__ = ["COMPUTATIONS", "compute_answer"]

# The name of each computation is its switch in `evaluation/ablations.py`. The first result counts.
COMPUTATIONS: dict[str, Computation] = {
    "sections": list_sections,
    "section text": quote_section,
    "sentence by position": find_sentence,
    "item by number": find_item,
    "table": compute_from_table,
    "item count": count_items,
    "list items": list_items,
    "comparison": compare_with_number,
    "difference": compute_difference,
    "total": compute_total,
    "duration": compute_duration,
    "age": compute_age,
}


def compute_answer(request: ComputationInput, without: Collection[str] = ()) -> Computed | None:
    """Return the result of the first computation that applies, or None.

    Args:
        request: the question, the articles and the candidates.
        without: names of computations to skip.
    """
    for name, computation in COMPUTATIONS.items():
        if name not in without and (computed := computation(request)):
            return computed
    return None
