"""Suggest starter questions about counts, dates and the most frequent names of an article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, zip_longest
from typing import Literal

from assistant.text.language import detect_language
from index.text.article import Article

__all__ = [
    "MAX_SUGGESTIONS",
    "build_name_questions",
    "build_starter_questions",
    "extract_names",
    "filter_answerable",
]

MAX_SUGGESTIONS = 3
MAX_NAMES = 9  # most frequent names that get questions
MAX_FACTS_PER_TYPE = 4  # questions from count sentences, and as many from date sentences
MAX_QUESTION_CHARS = 90

NameType = Literal["person", "place", "body", "any"]

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
# Words next to a name that show its type.
_SPEECH_VERB = (
    r"(?:said|says|say|told|tells|wrote|writes|added|adds|argued|argues|warned|warns|explained|"
    r"reported|reports|called|announced)"
)
_TITLE = (
    r"(?:Mr|Mrs|Ms|Dr|Prof|President|Minister|Mayor|Governor|Senator|King|Queen|Pope|General|"
    r"Judge|Professor|Sir|Doctor)\.?"
)
_TYPE_PREFIXES: dict[NameType, str] = {
    "person": rf"(?:{_TITLE}|told)",
    "place": r"(?:in|into|near|at|across|outside|around|towards?|throughout)",
}
_PERSON_SUFFIX = (
    r"(?:,? who\b|'s (?:wife|husband|son|daughter|brother|sister|mother|father)\b|"
    rf" (?:himself|herself)\b| {_SPEECH_VERB}\b)"
)
_QUESTION_TEMPLATES: dict[NameType, tuple[str, ...]] = {
    "person": ("Who is {}?", "What did {} do?", "What is said of {}?"),
    "place": ("What happened in {}?", "Where is {}?", "What is said of {}?"),
    "body": ("What is {}?", "What did {} do?", "What is said of {}?"),
    "any": ("What is said of {}?",),
}
# For example "Some 6,000 people have streamed into Lund, …".
_COUNT_SENTENCE = re.compile(
    r"^(?:(?:Some|About|Around|Nearly|Almost|Roughly|Over|Up to|At least|At most|"
    r"More than|Fewer than|Less than|An estimated) )?"
    r"\d[\d,.]*(?: (?:hundred|thousand|million|billion))? (?P<what>(?:[a-z-]+ ){1,3}?)"
    r"(?P<rest>(?:have|has|had|were|was|are)(?: [^\s,;:.()“\"\d]+){1,9})(?=[,;:.(])"
)
# For example "The bridge was opened by Ana Ruiz in May 1998."
_DATE_SENTENCE = re.compile(
    rf"^(?P<what>(?:The [a-z]+|{_WORD})(?: (?:of |for |the )*{_WORD})*) "
    r"(?P<verb>was|were) (?P<done>[a-z]+(?:ed|ilt|ld|ght|wn|und))\b"
    r"[^,;:.()“\"]{0,60}? (?:in|on) (?:\d{1,2} )?(?:[A-Z][a-z]+ )?(?:\d{1,2}, )?\d{4}\b"
)
# Capital letters do not identify names in every language, so other languages get fixed questions.
# A language that is missing here gets no questions.
_GENERAL_QUESTIONS = {
    "en": ("What happened?", "Who was involved?", "When did it happen?"),
    "de": ("Was ist geschehen?", "Worum geht es?", "Wer ist daran beteiligt?", "Wann war das?"),
    "es": ("¿Qué ocurrió?", "¿De qué se trata?", "¿Quién participó?", "¿Cuándo ocurrió?"),
    "fr": (
        "Que s'est-il passé ?",
        "De quoi s'agit-il ?",
        "Qui est concerné ?",
        "Quand cela s'est-il passé ?",
    ),
    "ar": ("ماذا حدث؟", "ما الموضوع؟", "من المعنيّ بذلك؟", "متى حدث ذلك؟"),
}


def build_starter_questions(article: Article) -> list[list[str]]:
    """Return groups of questions about an article, the most specific groups first.

    At most one question of each group should be offered.
    """
    language = detect_language(article.text) or article.language or "en"
    if language != "en":
        return [[question] for question in _GENERAL_QUESTIONS.get(language, ())]
    names = [
        build_name_questions(name, article.text) for name in extract_names(article.text)[:MAX_NAMES]
    ]
    facts = [
        list(_build_count_questions(article))[:MAX_FACTS_PER_TYPE],
        list(_build_date_questions(article))[:MAX_FACTS_PER_TYPE],
    ]
    names = [group for group in names if group]
    mixed = chain.from_iterable(zip_longest(facts, names[:2], fillvalue=[]))
    return [*filter(None, mixed), *names[2:], list(_GENERAL_QUESTIONS["en"])]


def build_name_questions(name: str, text: str, *, any_type: bool = False) -> list[str]:
    """Return questions about a name that suit its type: a person, a place or an organization.

    A name of unknown type has a question only if it speaks or, with `any_type`, if it has several
    words. A single word may be an adjective.
    """
    name_type = _classify_name(name, text)
    suits = name_type != "any" or (any_type and " " in name)
    templates = _QUESTION_TEMPLATES[name_type] if suits else ()
    speaks = name_type != "place" and re.search(
        rf"\b{re.escape(name)}(?:,[^,.]*,)? {_SPEECH_VERB}\b", text
    )
    return [
        *([f"What did {name} say?"] if speaks else []),
        *(template.format(name) for template in templates),
    ]


def _classify_name(name: str, text: str) -> NameType:
    """Return the type that most words next to the name suggest, or "any" if none stands out."""
    if name.endswith("s") or " and " in name:  # possibly several names
        return "any"
    if name.startswith("the "):
        return "body"
    counts = {
        name_type: len(re.findall(rf"\b{prefix} {re.escape(name)}\b", text))
        for name_type, prefix in _TYPE_PREFIXES.items()
    }
    counts["person"] += len(re.findall(rf"\b{re.escape(name)}{_PERSON_SUFFIX}", text))
    best = max(counts, key=lambda name_type: counts[name_type])
    return best if counts[best] and len(set(counts.values())) > 1 else "any"


def _build_count_questions(article: Article) -> Iterator[str]:
    for match in filter(None, map(_COUNT_SENTENCE.match, map(article.slice, article.sentences))):
        if (
            len(question := f"How many {match['what']}{match['rest'].strip()}?")
            <= MAX_QUESTION_CHARS
        ):
            yield question


def _build_date_questions(article: Article) -> Iterator[str]:
    for match in filter(None, map(_DATE_SENTENCE.match, map(article.slice, article.sentences))):
        what = re.sub("^The ", "the ", match["what"])
        if len(question := f"When {match['verb']} {what} {match['done']}?") <= MAX_QUESTION_CHARS:
            yield question


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


def filter_answerable(questions: list[list[str]], answers: Callable[[str], bool]) -> list[str]:
    """Return up to `MAX_SUGGESTIONS` answerable questions, at most one of each group."""
    answerable: list[str] = []
    for group in questions:
        question = next(filter(answers, group), None) if len(answerable) < MAX_SUGGESTIONS else None
        answerable += [question] if question else []
    return answerable
