"""Compare texts by tokens as SQuAD's own scorer does, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

__all__ = ["normalise", "token_f1"]


def normalise(text: str) -> str:
    """Return the text in lower case without punctuation, symbols and English articles."""
    text = "".join(
        " " if unicodedata.category(character)[0] in "PS" else character
        for character in text.lower()
    )
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def token_f1(text: str, gold: str) -> float:
    """Return the harmonic mean of the precision and recall of the tokens."""
    tokens, gold_tokens = normalise(text).split(), normalise(gold).split()
    common = sum((Counter(tokens) & Counter(gold_tokens)).values())
    if not common:
        return 0.0
    precision, recall = common / len(tokens), common / len(gold_tokens)
    return 2 * precision * recall / (precision + recall)
