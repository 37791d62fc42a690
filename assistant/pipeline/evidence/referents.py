"""Find the sentence that names what a sentence refers to: "Maja steers it. She broke an arm."

A sentence whose subject is a pronoun or missing cannot be read alone. The subject is the first
phrase of a sentence, after a conjunction, an adverb or a phrase that ends with a comma.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.text.calendar_names import MONTH, MONTH_NAMES
from assistant.text.pronouns import DEMONSTRATIVES, PERSONAL, PLURAL, POSSESSIVE, SUBJECTS
from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "MAX_SENTENCES_BACK",
    "find_referent_sentence",
    "has_pronoun_subject",
    "is_known_name",
    "is_personal",
    "iterate_back",
    "strip_fronted",
]

MAX_SENTENCES_BACK = 3
_LINKS = {
    "en": "and but or so then later also soon there afterwards today yesterday however",
    "de": "und aber doch dann später auch heute gestern danach",
    "es": "y pero luego después también hoy ayer",
    "fr": "et mais puis ensuite aussi hier",
}
_AUXILIARIES = frozenset(
    """is are was were has have had will would can could may might must should does did do be
    means meant made makes led left came happened ist sind war waren hat hatte wird wurde
    wurden fue es era son est sont était""".split()  # noqa: SIM905
)
_IMPERSONAL = re.compile(
    r"it (?:(?:is|was|will be|would be|has been|seems|seemed|appears|appeared|turns out|turned out)"
    r"(?: \w+){0,4} (?:that|to|for|who)\b|takes?\b|took\b|rain|snow)|"
    r"es (?:gibt|gab|ist \w+, dass|war \w+, dass|wurde \w+, dass)\b|il (?:y a|faut|"
    r"est \w+ (?:que|de))\b",
    re.IGNORECASE,
)
# "Rompió un remo": Spanish leaves out the subject; these are endings of past tenses.
_SPANISH_VERB = re.compile(r"(?i)\w+(?:ó|aron|ieron|aba|aban|ían)\b")
_OPENING_MARKS = re.compile(r"[\s\"'“”„«»‘’(\[–—-]+")
_FRONTED_PHRASE = re.compile(
    r"(?:\w{2,}ing|in|on|at|by|after|before|during|since|for|with|from|under|when|while|as|"
    r"until|once|if|"
    r"although|because|despite|born|am|im|nach|vor|seit|als|wenn|bei|en|el|tras|desde|cuando|"
    r"después|dans|depuis|après|quand|lorsqu\w*|le|à)\b[^,.;:]{0,80},\s+",
    re.IGNORECASE,
)
# "In 2001 she", "On Sunday he": a time before the subject, without a comma.
_FRONTED_TIME = re.compile(
    r"(?:in|on|by|since|until|after|im|am|seit|en|le)\s(?:the\s)?(?:\w+\s){0,2}?"
    rf"(?:\d{{1,4}}|\w+day|{MONTH}|winter|spring|summer|autumn)\s+(?=(?P<subject>\w+))",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CAPITALIZED = r"[A-ZÀ-ÖØ-Þ][\w’'-]+"
_NAME = re.compile(rf"(?<![\w.]){_CAPITALIZED}")
_PLURAL_OPENINGS = tuple(f"{word} " for word in PLURAL)
_TITLED = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Sir|Herr|Frau|Señor|Señora|Monsieur|Madame)\b")
_TIME_NAME = re.compile(rf"\w+day|{'|'.join(name.capitalize() for name in MONTH_NAMES)}")
_TWO_NAMES = re.compile(rf"{_CAPITALIZED}(?: {_CAPITALIZED})* (?:and|und|y|et) {_CAPITALIZED}")


def has_pronoun_subject(text: str, language: str = "en") -> bool:
    """Return whether the subject of a sentence is a pronoun or missing.

    A possessive pronoun counts if no name follows in its phrase: "Her brother" but not "Her
    brother Jonas".
    """
    text = strip_fronted(text, language)
    if _IMPERSONAL.match(text):
        return False
    words = _WORD.findall(text[:80])
    first = words[0].lower() if words else ""
    second = words[1] if len(words) > 1 else ""
    if re.sub(r"['’].*", "", first) in SUBJECTS.get(language, SUBJECTS["en"]):
        return first not in DEMONSTRATIVES or second.lower() in _AUXILIARIES
    if first in POSSESSIVE.get(language, POSSESSIVE["en"]):
        return not any(word[0].isupper() for word in words[1:4]) or language == "de"
    return language == "es" and bool(_SPANISH_VERB.match(text))


def find_referent_sentence(article: Article, position: int) -> int | None:
    """Return the position of the sentence that names the subject of a sentence, or None.

    It is the nearest sentence before, in the same section, whose subject is no pronoun. If the
    pronoun stands for a person, sentences with a name are preferred. None if the sentence has a
    subject of its own, or if no sentence within reach names it.
    """
    text = article.slice(article.sentences[position])
    if not has_pronoun_subject(text, article.language):
        return None
    is_plural = strip_fronted(text, article.language).lower().startswith(_PLURAL_OPENINGS)
    complete = [
        before
        for before in iterate_back(article, position)
        if not has_pronoun_subject(article.slice(article.sentences[before]), article.language)
        and not _IMPERSONAL.match(article.slice(article.sentences[before]))
        and not (is_plural and _has_singular_subject(article, before))
    ]
    named = [before for before in complete if _names_one_person(article, before)]
    return next(iter([*(named if is_personal(text, article.language) else []), *complete]), None)


def iterate_back(article: Article, position: int, count: int = MAX_SENTENCES_BACK) -> list[int]:
    """Return the positions of the sentences just before, nearest first, in the same section.

    Headings, table rows and the dateline are left out.
    """
    path = article.structure.heading_path(article.sentences[position].start)
    positions = []
    for before in range(position - 1, max(-1, position - 1 - count), -1):
        sentence = article.sentences[before]
        if (
            article.structure.heading_path(sentence.start) != path
            or sentence == article.dateline
            or not _is_prose(article, sentence)
        ):
            break
        positions.append(before)
    return positions


def is_personal(text: str, language: str = "en") -> bool:
    """Return whether the subject of a sentence is a pronoun that stands for a person."""
    words = _WORD.findall(strip_fronted(text, language)[:40])
    personal = PERSONAL.get(language, PERSONAL["en"])
    possessive = POSSESSIVE.get(language, POSSESSIVE["en"])[:2]
    return bool(words) and re.sub(r"['’].*", "", words[0].lower()) in (*personal, *possessive)


def is_known_name(article: Article, word: str) -> bool:
    """Return whether a word that opens a sentence is a name: it is capitalized elsewhere, too."""
    word = re.escape(word)
    return bool(
        re.search(rf"(?<=[a-zà-ÿ,;] ){word}\b|(?<=\w ){_CAPITALIZED} {word}\b", article.text)
    )


def _has_singular_subject(article: Article, position: int) -> bool:
    """Return whether the subject of a sentence is one person with a title: "Mr Aho"."""
    text = strip_fronted(article.slice(article.sentences[position]), article.language)
    return bool(_TITLED.match(text)) and not _TWO_NAMES.match(text)


def _names_one_person(article: Article, position: int) -> bool:
    """Return whether a sentence may name a single person: it has a name, and not two as subject."""
    text = strip_fronted(article.slice(article.sentences[position]), article.language)
    if _TWO_NAMES.match(text):
        return False
    names = [name for name in _NAME.findall(text) if not _TIME_NAME.fullmatch(name)]
    first = _WORD.search(text)
    if len(names) == 1 and first and names[0] == first[0]:
        return is_known_name(article, names[0])
    return bool(names)


def strip_fronted(text: str, language: str = "en") -> str:
    """Return a sentence from its subject on: without marks, links and fronted phrases."""
    links = _LINKS.get(language, _LINKS["en"]).split()
    while True:
        text = text[match.end() :] if (match := _OPENING_MARKS.match(text)) else text
        match = (
            _FRONTED_PHRASE.match(text)
            or _match_fronted_time(text, language)
            or _match_link(text, links)
        )
        if not match:
            return text
        text = text[match.end() :]


def _match_fronted_time(text: str, language: str) -> re.Match[str] | None:
    match = _FRONTED_TIME.match(text)
    return match if match and _is_pronoun(match["subject"], language) else None


def _match_link(text: str, links: Sequence[str]) -> re.Match[str] | None:
    match = re.match(r"(\w+),?\s+", text)
    return match if match and match[1].lower() in links else None


def _is_pronoun(word: str, language: str) -> bool:
    return word.lower() in SUBJECTS.get(language, SUBJECTS["en"])


def _is_prose(article: Article, sentence: Span) -> bool:
    """Return whether a sentence is in a paragraph or a list item, with a sentence's end."""
    block = article.structure.block_at(sentence.start)
    kind = block.kind if block else "paragraph"
    ends = article.slice(sentence).rstrip("\"'”’»)]").endswith((".", "!", "?", "…", ":", "。"))
    return kind in ("paragraph", "item", "definition") and ends
