"""Build questions about the persons that a text names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from assistant.pipeline.evidence.person_names import has_person_name

__all__ = ["MAX_SUGGESTIONS", "build_person_questions", "extract_names"]

MAX_SUGGESTIONS = 3

_WORD = r"[A-Z][a-zà-ž’']+"
_PREDICATE_START = (
    r"(?:is|are|was|were|has|have|had|and|or|in|on|at|to|as|by|who|said|says|say|seems?)"
)
# Names in the middle of a sentence, followed by punctuation or a predicate. This excludes
# "Kurdish" in "Kurdish forces" and the days of the week.
_NAME = re.compile(
    rf"(?<=[a-z,] )(?:the )?(?<![A-Z] )(?!\w+day\b)"
    rf"{_WORD}(?:(?: (?:of|for|the|and|de|al|von|van)){{0,3}} {_WORD}){{0,8}}(?!\w)"
    rf"(?=[,.;:’']| {_PREDICATE_START}\b)"
)
_DEMONYM_SUFFIX = re.compile(r"(?:ish|ese|[aei]an)$")
# Words next to a name that show that it is a person's.
_TITLE = (
    r"(?:Mr|Mrs|Ms|Dr|Prof|President|Minister|Mayor|Governor|Senator|King|Queen|Pope|General|"
    r"Judge|Professor|Sir|Doctor)\.?"
)
_PERSON_SUFFIX = (
    r"(?:,? who\b|'s (?:wife|husband|son|daughter|brother|sister|mother|father)\b|"
    r" (?:himself|herself)\b)"
)


def build_person_questions(name: str, text: str, speakers: Collection[str]) -> list[str]:
    """Return questions about a name; none unless it is a person's.

    Args:
        name: the name.
        text: of the article, whose words next to the name may show that it is a person's.
        speakers: whose words the article reports, as it calls them.
    """
    if name.startswith("the ") or name.endswith("s") or " and " in name:  # possibly several names
        return []
    escaped = re.escape(name)
    speaks = name in speakers and has_person_name(name)
    is_person = speaks or re.search(
        rf"\b(?:{_TITLE}|told) {escaped}\b|\b{escaped}{_PERSON_SUFFIX}", text
    )
    if not is_person:
        return []
    return [*([f"What did {name} say?"] if speaks else []), f"Who is {name}?"]


def extract_names(text: str) -> list[str]:
    """Return the distinct names in a text, ordered by frequency times the number of words."""
    names = Counter(re.sub(r"['’]s$", "", match[0]) for match in _NAME.finditer(text))
    names = Counter({name: count for name, count in names.items() if not _is_adjective(name, text)})
    return sorted(names, key=lambda name: (-len(name.split()) * names[name], name))


def _is_adjective(name: str, text: str) -> bool:
    """Return whether a name is an adjective, because the text also uses it before a noun.

    An example is "Kurdish" in "Kurdish and Arab fighters" if "Kurdish forces" occurs as well.
    """
    return bool(
        _DEMONYM_SUFFIX.search(name)
        and re.search(rf"\b{re.escape(name)} (?!{_PREDICATE_START}\b)[a-z]", text)
    )
