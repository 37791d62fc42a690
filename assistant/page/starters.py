"""Questions to begin with, taken from the article: about the names that it mentions most."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from index.article import Article

__all__ = ["COUNT", "answerable", "starters"]

COUNT = 3
MOST = 9  # names that are tried
_WORD = r"[A-Z][a-zà-ž’']+"
# Names in the middle of a sentence that something is said of: not "Kurdish" in "Kurdish forces", not the day of the week.
_NAME = re.compile(
    rf"(?<=[a-z,] )(?:the )?(?<![A-Z] )(?!\w+day\b){_WORD}(?:(?: (?:of|for|the|and|de|al|von|van))* {_WORD})*(?!\w)"
    r"(?=[,.;:’']| (?:is|are|was|were|has|have|had|and|or|in|on|at|to|as|by|who|said|says|say|seems?)\b)"
)


def starters(article: Article) -> list[str]:
    """Questions about names, the most frequent first; names of several words before single ones."""
    names = Counter(re.sub(r"['’]s$", "", match[0]) for match in _NAME.finditer(article.text))
    order = sorted(names, key=lambda name: (-len(name.split()) * names[name], name))
    return [
        *(f"What does the article say about {name}?" for name in order[:MOST]),
        "What happened?",
        "Who was involved?",
        "What is known?",
    ]


def answerable(questions: list[str], answers: Callable[[str], bool]) -> list[str]:
    """The first few that are answered."""
    found: list[str] = []
    for question in questions:
        if len(found) < COUNT and answers(question):
            found.append(question)
    return found
