"""Select the questions of each set: how many, and the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from evaluation.attacks import make_planted_cases
from evaluation.failure_cases import read_development, read_everyday, read_failure_cases
from evaluation.peer_sets import read_acl_verbatim, read_mtrag_un
from evaluation.sets import Case, read_article_dev, read_set

__all__ = ["BUNDLED_SETS", "SETS", "count_questions", "load_questions", "sample_cases"]

# Questions of each set, or all of them if the set has fewer.
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
    "cases": 74,
    "development": 250,
    "everyday": 260,
    "acl_verbatim": 100,
    "mtrag_un_dev": 282,
}
# Sets that nothing was trained or fitted on.
READERS: dict[str, Callable[[], list[Case]]] = {
    "article_dev": read_article_dev,
    "cases": read_failure_cases,
    "development": read_development,
    "everyday": read_everyday,
    "acl_verbatim": read_acl_verbatim,
    "mtrag_un_dev": read_mtrag_un,
}
# Sets that lie in the repository.
BUNDLED_SETS = frozenset({"development", "everyday"})
# With --quick: a tenth of each set, at least MIN_QUESTIONS. With the bundled model this takes some
# ten minutes on two cores.
QUICK_DIVISOR = 10
MIN_QUESTIONS = 6


def count_questions(name: str, *, count: int | None = None, quick: bool = False) -> int:
    """Return how many questions of a set to ask."""
    total = count or SETS[name]
    return max(min(total, MIN_QUESTIONS), total // QUICK_DIVISOR) if quick else total


def load_questions(name: str, count: int, *, held_out: bool = False) -> list[Case]:
    """Return `count` questions of a set, grouped by article.

    A smaller sample is part of a larger.
    """
    if name in READERS:
        return sample_cases(READERS[name](), count)
    if name == "attacks":
        return sorted(
            make_planted_cases(held_out=held_out)[:count], key=lambda case: case.article.id
        )
    return sample_cases(read_set(name, held_out=held_out), count)


def sample_cases(cases: Sequence[Case], count: int, seed: int = 0) -> list[Case]:
    """Return a random sample, half of it unanswerable if there are enough such cases.

    If there are at most `count` cases, all are returned.
    """
    if count >= len(cases):
        return sorted(cases, key=lambda case: case.article.id)
    order = random.Random(seed).sample(cases, len(cases))
    unanswerable = [case for case in order if not case.answerable][: count // 2]
    answerable = [case for case in order if case.answerable][: count - len(unanswerable)]
    return sorted([*answerable, *unanswerable], key=lambda case: case.article.id)
