"""Words, compared as SQuAD's own scorer compares them, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

__all__ = ["f1", "normal"]


def normal(text: str) -> str:
    """Lower case, no punctuation or symbols, no English articles, single spaces."""
    text = "".join(" " if unicodedata.category(character)[0] in "PS" else character for character in text.lower())
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1(text: str, gold: str) -> float:
    """Of tokens, the harmonic mean of precision and recall."""
    said, wanted = normal(text).split(), normal(gold).split()
    common = sum((Counter(said) & Counter(wanted)).values())
    if not common:
        return 0.0
    precision, recall = common / len(said), common / len(wanted)
    return 2 * precision * recall / (precision + recall)
