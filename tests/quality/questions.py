"""Which questions are asked: the sets, how many of each, and the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Sequence

from .attacks import planted_cases
from .sets import Case, article_dev, read

__all__ = ["SETS", "chosen", "how_many", "questions"]

# Questions of each set; all there are, where it has fewer.
SETS = {
    "article_dev": 35,
    "squad2": 300,
    "clapnq": 150,
    "covidqa_long": 100,
    "quotesum": 60,
    "xquad_en": 60,
    "xquad_de": 60,
    "xquad_es": 60,
    "xquad_ar": 60,
    "attacks": 60,
}
QUICK = 10  # a tenth of each set, but no fewer than FEWEST: with the embedded model, some ten minutes on two cores
FEWEST = 6


def how_many(name: str, *, count: int | None = None, quick: bool = False) -> int:
    wanted = count or SETS[name]
    return max(min(wanted, FEWEST), wanted // QUICK) if quick else wanted


def questions(name: str, count: int, *, held_out: bool = False) -> list[Case]:
    """`count` questions of a set, grouped by article. The fewer are always among the more."""
    if name == "article_dev":
        return chosen(article_dev(), count)
    if name == "attacks":
        return sorted(planted_cases(held_out=held_out)[:count], key=lambda case: case.article.id)
    return chosen(read(name, held_out=held_out), count)


def chosen(cases: Sequence[Case], count: int, seed: int = 0) -> list[Case]:
    """Half of them without an answer, as far as there are such."""
    order = random.Random(seed).sample(cases, len(cases))
    unanswerable = [case for case in order if not case.answerable][: count // 2]
    answerable = [case for case in order if case.answerable][: count - len(unanswerable)]
    return sorted([*answerable, *unanswerable], key=lambda case: case.article.id)
