"""Score short answers as SQuAD 2.0 does.

The scores follow the official script of Rajpurkar et al., "Know what you don't know: unanswerable
questions for SQuAD", ACL 2018.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from assistant.text.tokens import MARKER

__all__ = ["exact_match", "normalise_answer", "squad_f1", "strip_answer"]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)


def normalise_answer(text: str) -> str:
    """Return the text in lower case without ASCII punctuation and English articles.

    Unlike `evaluation.token_f1.normalise`, punctuation leaves no space: "re-use" is "reuse".
    """
    text = "".join(character for character in text.lower() if character not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def exact_match(answer: str, golds: Sequence[str]) -> float:
    """Return 1 if the normalised answer equals a right answer, and 0 otherwise.

    Args:
        answer: the short answer; empty if the question was refused.
        golds: the right answers; empty if the question has none.
    """
    return max(float(normalise_answer(answer) == normalise_answer(gold)) for gold in _usable(golds))


def squad_f1(answer: str, golds: Sequence[str]) -> float:
    """Return the best F1 of the tokens over the right answers, 0 to 1.

    If the answer or the right answer is empty, the score is 1 if both are, and 0 otherwise.

    Args:
        answer: the short answer; empty if the question was refused.
        golds: the right answers; empty if the question has none.
    """
    return max(_token_f1(answer, gold) for gold in _usable(golds))


def _usable(golds: Sequence[str]) -> list[str]:
    """Return the right answers that have tokens, or an empty text if there are none."""
    return [gold for gold in golds if normalise_answer(gold)] or [""]


def _token_f1(answer: str, gold: str) -> float:
    tokens, gold_tokens = normalise_answer(answer).split(), normalise_answer(gold).split()
    if not tokens or not gold_tokens:
        return float(tokens == gold_tokens)
    common = (Counter(tokens) & Counter(gold_tokens)).total()
    if not common:
        return 0.0
    precision, recall = common / len(tokens), common / len(gold_tokens)
    return 2 * precision * recall / (precision + recall)


def strip_answer(text: str) -> str:
    """Return the first line of an answer without markers such as "[1]" and quotation marks."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return " ".join(MARKER.sub("", first).split()).strip("“” ")
