"""Questions to begin with, taken from the article: what it counts and dates, and the names that it mentions most."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, zip_longest
from typing import Literal

from index.article import Article

from ..language import language_of

__all__ = ["COUNT", "about", "answerable", "names_in", "starters"]

COUNT = 3
MOST = 9  # names that are tried
MOST_FACTS = 4  # sentences that count or date something, tried of each
LONGEST = 90  # characters of a question

Sort = Literal["person", "place", "body", "any"]

_WORD = r"[A-Z][a-zà-ž’']+"
_GOES_ON = r"(?:is|are|was|were|has|have|had|and|or|in|on|at|to|as|by|who|said|says|say|seems?)"
# Names in the middle of a sentence that something is said of: not "Kurdish" in "Kurdish forces", not the day of the week.
_NAME = re.compile(
    rf"(?<=[a-z,] )(?:the )?(?<![A-Z] )(?!\w+day\b){_WORD}(?:(?: (?:of|for|the|and|de|al|von|van))* {_WORD})*(?!\w)"
    rf"(?=[,.;:’']| {_GOES_ON}\b)"
)
_OF_PEOPLE = re.compile(r"(?:ish|ese|[aei]an)$")
# What the words around a name tell of it.
_SPEAKS = r"(?:said|says|say|told|tells|wrote|writes|added|adds|argued|argues|warned|warns|explained|reported|reports|called|announced)"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Dr|Prof|President|Minister|Mayor|Governor|Senator|King|Queen|Pope|General|Judge|Professor|Sir|Doctor)\.?"
)
_BEFORE: dict[Sort, str] = {
    "person": rf"(?:{_TITLE}|told)",
    "place": r"(?:in|into|near|at|across|outside|around|towards?|throughout)",
}
_AFTER = rf"(?:,? who\b|'s (?:wife|husband|son|daughter|brother|sister|mother|father)\b| (?:himself|herself)\b| {_SPEAKS}\b)"
_FORMS: dict[Sort, tuple[str, ...]] = {
    "person": ("Who is {}?", "What did {} do?", "What is said of {}?"),
    "place": ("What happened in {}?", "Where is {}?", "What is said of {}?"),
    "body": ("What is {}?", "What did {} do?", "What is said of {}?"),
    "any": ("What is said of {}?",),
}
# "Some 6,000 people have streamed into Lund, …" and "The bridge was opened by Ana Ruiz in May 1998."
_COUNTED = re.compile(
    r"^(?:(?:Some|About|Around|Nearly|Almost|Roughly|Over|Up to|At least|At most|More than|Fewer than|Less than|An estimated) )?"
    r"\d[\d,.]*(?: (?:hundred|thousand|million|billion))? (?P<what>(?:[a-z-]+ ){1,3}?)(?P<rest>(?:have|has|had|were|was|are)(?: [^\s,;:.()“\"\d]+){1,9})(?=[,;:.(])"
)
_DATED = re.compile(
    rf"^(?P<what>(?:The [a-z]+|{_WORD})(?: (?:of |for |the )*{_WORD})*) (?P<verb>was|were) (?P<done>[a-z]+(?:ed|ilt|ld|ght|wn|und))\b"
    r"[^,;:.()“\"]{0,60}? (?:in|on) (?:\d{1,2} )?(?:[A-Z][a-z]+ )?(?:\d{1,2}, )?\d{4}\b"
)
# Of articles in other languages names are not told by capital letters; of those that are missing, nothing is asked.
_GENERAL = {
    "en": ("What happened?", "Who was involved?", "When did it happen?"),
    "de": ("Was ist geschehen?", "Worum geht es?", "Wer ist daran beteiligt?", "Wann war das?"),
    "es": ("¿Qué ocurrió?", "¿De qué se trata?", "¿Quién participó?", "¿Cuándo ocurrió?"),
    "fr": ("Que s'est-il passé ?", "De quoi s'agit-il ?", "Qui est concerné ?", "Quand cela s'est-il passé ?"),
    "ar": ("ماذا حدث؟", "ما الموضوع؟", "من المعنيّ بذلك؟", "متى حدث ذلك؟"),
}


def starters(article: Article) -> list[list[str]]:
    """Groups of questions, of which one each may be offered; those of what is most particular to the article first."""
    language = language_of(article.text) or article.language or "en"
    if language != "en":
        return [[question] for question in _GENERAL.get(language, ())]
    names = [about(name, article.text) for name in names_in(article.text)[:MOST]]
    facts = [list(_counts(article))[:MOST_FACTS], list(_dates(article))[:MOST_FACTS]]
    mixed = chain.from_iterable(zip_longest(facts, names[:2], fillvalue=[]))
    return [*filter(None, mixed), *names[2:], list(_GENERAL["en"])]


def about(name: str, text: str) -> list[str]:
    """Questions about a name, fitting what the words around it tell it to be: a person, a place, a body of people."""
    sort = _sort_of(name, text)
    speaks = sort != "place" and re.search(rf"\b{re.escape(name)}(?:,[^,.]*,)? {_SPEAKS}\b", text)
    return [*([f"What did {name} say?"] if speaks else []), *(form.format(name) for form in _FORMS[sort])]


def _sort_of(name: str, text: str) -> Sort:
    if name.endswith("s") or " and " in name:  # maybe several
        return "any"
    if name.startswith("the "):
        return "body"
    told = {sort: len(re.findall(rf"\b{before} {re.escape(name)}\b", text)) for sort, before in _BEFORE.items()}
    told["person"] += len(re.findall(rf"\b{re.escape(name)}{_AFTER}", text))
    best = max(told, key=lambda sort: told[sort])
    return best if told[best] and len(set(told.values())) > 1 else "any"


def _counts(article: Article) -> Iterator[str]:
    for match in filter(None, map(_COUNTED.match, map(article.slice, article.sentences))):
        if len(question := f"How many {match['what']}{match['rest'].strip()}?") <= LONGEST:
            yield question


def _dates(article: Article) -> Iterator[str]:
    for match in filter(None, map(_DATED.match, map(article.slice, article.sentences))):
        what = re.sub("^The ", "the ", match["what"])
        if len(question := f"When {match['verb']} {what} {match['done']}?") <= LONGEST:
            yield question


def names_in(text: str) -> list[str]:
    """Each once, the most frequent first, those of several words before others."""
    names = Counter(re.sub(r"['’]s$", "", match[0]) for match in _NAME.finditer(text))
    names = Counter({name: count for name, count in names.items() if not _is_adjective(name, text)})
    return sorted(names, key=lambda name: (-len(name.split()) * names[name], name))


def _is_adjective(name: str, text: str) -> bool:
    """Whether it is said of something somewhere: "Kurdish" of "Kurdish and Arab fighters", where there are "Kurdish forces" too."""
    return bool(_OF_PEOPLE.search(name) and re.search(rf"\b{re.escape(name)} (?!{_GOES_ON}\b)[a-z]", text))


def answerable(questions: list[list[str]], answers: Callable[[str], bool]) -> list[str]:
    """The first few that are answered, one of each group."""
    found: list[str] = []
    for group in questions:
        question = next(filter(answers, group), None) if len(found) < COUNT else None
        found += [question] if question else []
    return found
