"""Right and wrong, counted the same way for every system."""

from __future__ import annotations

import re
import statistics
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from assistant import Answer

from .sets import Case

__all__ = ["Judged", "judge", "summary"]


@dataclass(frozen=True)
class Judged:
    """One answer, judged."""

    id: str
    question: str
    answerable: bool
    answered: bool
    quote_right: bool  # a cited sentence holds the evidence, or a part of it that people chose
    quote_share: float  # of the cited sentences, those that do
    answer_right: bool  # holds a right answer, after normalisation
    f1: float  # of tokens, best over the right answers
    exact: bool  # every quote equals its slice of the article
    seconds: float
    text: str
    quotes: tuple[str, ...]


def judge(case: Case, answer: Answer) -> Judged:
    right = [_holds(quote.text, case.evidence) for quote in answer.quotes]
    text = re.sub(r"\[\d+\]", " ", answer.text)
    return Judged(
        case.id,
        case.question,
        case.answerable,
        answer.answered,
        answer.answered and any(right),
        sum(right) / len(right) if right else 0.0,
        answer.answered and any(normal(gold) in normal(text) for gold in case.answers),
        max((_f1(text, gold) for gold in case.answers), default=0.0) if answer.answered else 0.0,
        all(quote.text == case.article.text[quote.start : quote.end] for quote in answer.quotes),
        answer.seconds["total"],
        answer.text,
        tuple(quote.text for quote in answer.quotes),
    )


def _holds(quote: str, evidence: Sequence[str]) -> bool:
    plain = normal(quote)
    return any(normal(part) in plain or plain in normal(part) for part in evidence)


def normal(text: str) -> str:
    """As SQuAD's own scorer: lower case, no punctuation, no articles, single spaces."""
    text = "".join(" " if character in string.punctuation + "“”‘’—–…" else character for character in text.lower())
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def _f1(text: str, gold: str) -> float:
    said, wanted = normal(text).split(), normal(gold).split()
    common = sum((Counter(said) & Counter(wanted)).values())
    if not common:
        return 0.0
    precision, recall = common / len(said), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def summary(rows: Sequence[Judged]) -> dict[str, float]:
    """Shares are of the answerable or the unanswerable questions; `exact` is of all."""
    yes = [row for row in rows if row.answerable]
    no = [row for row in rows if not row.answerable]
    seconds = sorted(row.seconds for row in rows)
    return {
        "answerable": len(yes),
        "unanswerable": len(no),
        "quote right": _share([row.quote_right for row in yes]),
        "quote precision": statistics.fmean([row.quote_share for row in yes if row.quotes] or [0.0]),
        "answer right": _share([row.answer_right for row in yes]),
        "token F1": statistics.fmean([row.f1 for row in yes] or [0.0]),
        "refused": _share([not row.answered for row in no]),
        "falsely refused": _share([not row.answered for row in yes]),
        "exact": _share([row.exact for row in rows]),
        "median s": statistics.median(seconds),
        "p90 s": seconds[int(0.9 * (len(seconds) - 1))],
    }


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")


def as_rows(rows: Sequence[Judged]) -> list[dict[str, object]]:
    return [asdict(row) for row in rows]
