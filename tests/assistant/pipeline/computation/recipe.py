"""A recipe with sections, steps and a list, and questions about it."""

from __future__ import annotations

from assistant.pipeline.candidate import Candidate, Choice, make_candidates_at
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.query.intent import classify_intent
from index.text.article import Article

__all__ = ["SOUP", "quoted", "request"]

SOUP = b"""# Soup for a cold day

It takes an hour.

## What goes in

- two onions
- a litre of stock
- three carrots

## Steps

1. Chop the onions.
2. Fry them slowly.
3. Add the stock.
4. Simmer it for an hour.

## Serving

Eat it hot. Four people will be full.
"""


def every_sentence(article: Article) -> list[Candidate]:
    return make_candidates_at([article], lambda article: range(len(article.sentences)))


def request(article: Article, question: str, *best: str) -> ComputationInput:
    """Return an input in which the reader has selected the sentences with these words."""
    candidates = every_sentence(article)
    selected = tuple(item for words in best for item in candidates if words in item.text)
    ranked = (*selected, *(item for item in candidates if item not in selected))
    choice = Choice(selected or ranked[:1], ranked, 0.1)
    return ComputationInput(question, classify_intent(question), [article], choice)


def quoted(computed: Computed | None) -> list[str]:
    return [candidate.text for candidate in computed.evidence] if computed else []
