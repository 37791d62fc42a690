"""Questions to begin with, taken from the article: about the names that it mentions most."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from index.article import Article

__all__ = ["COUNT", "answerable", "names_in", "starters"]

COUNT = 3
MOST = 9  # names that are tried
_FORMS = ("Who is {}?", "What does the article say about {}?", "What happened in {}?", "What did {} say?")
_WORD = r"[A-Z][a-zà-ž’']+"
# Names in the middle of a sentence that something is said of: not "Kurdish" in "Kurdish forces", not the day of the week.
_NAME = re.compile(
    rf"(?<=[a-z,] )(?:the )?(?<![A-Z] )(?!\w+day\b){_WORD}(?:(?: (?:of|for|the|and|de|al|von|van))* {_WORD})*(?!\w)"
    r"(?=[,.;:’']| (?:is|are|was|were|has|have|had|and|or|in|on|at|to|as|by|who|said|says|say|seems?)\b)"
)


def starters(article: Article) -> list[list[str]]:
    """Groups of questions, each group about one name; the most frequent names first, those of several words before others."""
    asked = [[form.format(name) for form in _FORMS] for name in names_in(article.text)[:MOST]]
    return [*asked, ["What happened?", "Who was involved?", "When did it happen?"]]


def names_in(text: str) -> list[str]:
    """Each once, the most frequent first, those of several words before others."""
    names = Counter(re.sub(r"['’]s$", "", match[0]) for match in _NAME.finditer(text))
    return sorted(names, key=lambda name: (-len(name.split()) * names[name], name))


def answerable(questions: list[list[str]], answers: Callable[[str], bool]) -> list[str]:
    """The first few that are answered, one of each group."""
    found: list[str] = []
    for group in questions:
        question = next(filter(answers, group), None) if len(found) < COUNT else None
        found += [question] if question else []
    return found
