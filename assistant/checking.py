"""Claims and quotes, verified against the article's words. Exact, never fuzzy: a changed digit is a different claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from text_to_num import alpha2digit

from index.article import Article, Span

from .answer import Status

__all__ = ["Evidence", "find_quote", "quote_status", "quoted_words", "unsupported"]

_FOLDED = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}
_ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*")
_QUOTED = re.compile(r"“([^“”]{2,})”|\"([^\"]{2,})\"|„([^„“]{2,})“|«([^«»]{2,})»")
_WORD = re.compile(r"\d[\d.,:/]*\d|\d|[^\W\d_]+(?:['’.][^\W\d_]+)*")
_MARKER = re.compile(r"\[\d{1,3}\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r",(?=\d{3}(?:\D|$))")
_NAME_RUN = re.compile(r"\b[A-Z]\w+(?: [A-Z]\w+)+")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|cannot|without|un(?:able|likely|safe)|den(?:y|ies|ied)|"
    r"fail(?:s|ed)?|lack(?:s|ed)?|refus(?:e|es|ed)|impossible)\b|n['’]t\b",
    re.IGNORECASE,
)
# Capitalised for grammar, not as names; and the words an answer opens with.
_NO_NAMES = frozenset(
    [
        "i",
        "the",
        "a",
        "an",
        "it",
        "its",
        "he",
        "she",
        "they",
        "his",
        "her",
        "their",
        "this",
        "that",
        "these",
        "those",
        "there",
        "yes",
        "no",
        "not",
        "in",
        "on",
        "at",
        "by",
        "of",
        "from",
        "to",
        "with",
        "for",
        "as",
        "and",
        "or",
        "but",
        "because",
        "since",
        "after",
        "before",
        "during",
        "while",
        "when",
        "where",
        "who",
        "what",
        "how",
        "why",
        "which",
        "if",
        "some",
        "many",
        "most",
        "all",
        "both",
        "several",
        "about",
        "around",
        "approximately",
        "more",
        "than",
        "at",
        "least",
        "according",
        "people",
        "mr",
        "mrs",
        "ms",
        "dr",
    ]
)


def find_quote(words: str, article: Article) -> Span | None:
    """Where `words` stand in the article, to the letter but for typography; None if they do not.

    Folded on both sides: typographic quotes and dashes, runs of white space, the case of the first letter. An ellipsis
    splits the words into pieces that must follow each other.
    """
    text, places = _fold(article.text)
    pieces = [_fold(piece)[0].strip() for piece in _ELLIPSIS.split(words) if piece.strip()]
    if not pieces:
        return None
    first: int | None = None
    position = 0
    for piece in pieces:
        at = _find_piece(piece, text, position)
        if at is None:
            return None
        first = at if first is None else first
        position = at + len(piece)
    return Span(places[first or 0], places[position - 1] + 1)


def _find_piece(piece: str, text: str, position: int) -> int | None:
    found = [text.find(variant, position) for variant in {piece, piece[0].swapcase() + piece[1:]}]
    return min((at for at in found if at >= 0), default=None)


@lru_cache(maxsize=32)
def _fold(text: str) -> tuple[str, list[int]]:
    """The text with typography folded, and for each of its characters the place in `text` it came from."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        character = " " if character.isspace() else _FOLDED.get(character, character)
        if character == " " and folded and folded[-1] == " ":
            continue
        folded.append(character)
        places.append(place)
    return "".join(folded), places


def quote_status(words: str, article: Article, others: Iterable[Article] = ()) -> Status:
    """Whether words that are claimed to be a quote stand in the article, in another one, or nowhere."""
    if find_quote(words, article):
        return "verified"
    return "elsewhere" if any(find_quote(words, other) for other in others) else "not found"


def quoted_words(text: str) -> list[str]:
    """What stands between quotation marks in a text."""
    return [next(filter(None, match.groups())).strip(" ,.") for match in _QUOTED.finditer(text)]


class Evidence:
    """The words that an answer may use: those of its quotes, and those of the question that the article has too."""

    def __init__(self, quotes: Sequence[str], question: str = "", article: str = "") -> None:
        said = " ".join(quotes)
        self.numbers = _digits(said) | _spelled(said)
        self.words = _words(said) | (_words(question) & _words(article))
        self.initials = {"".join(word[0] for word in run.split()) for run in _NAME_RUN.findall(said)}
        self.negated = bool(_NEGATION.search(said) or _NEGATION.search(question))

    def first_missing(self, text: str) -> str | None:
        """The first number in digits, or name, in a text that is not here. Any other word may be used."""
        return next((word for word in _WORD.findall(_MARKER.sub(" ", text)) if self._lacks(word)), None)

    def _lacks(self, word: str) -> bool:
        if numbers := _digits(word):
            return not numbers <= self.numbers
        return word[:1].isupper() and not self._knows_name(_plain(word))

    def _knows_name(self, name: str) -> bool:
        if name in _NO_NAMES or name in self.words or name.upper().replace(".", "") in self.initials:
            return True
        stem = re.sub(r"(?:ian|ish|an|s)$", "", name)  # Russian for Russia, Kurds for Kurdish
        return len(stem) > 3 and any(word.startswith(stem) for word in self.words)


def unsupported(answer: str, evidence: Evidence) -> list[str]:
    """What the answer claims and its evidence does not: numbers, names, a negation. Empty: nothing was found wanting."""
    missing = [word] if (word := evidence.first_missing(answer)) else []
    missing += [number for number in _spelled(answer) if number not in evidence.numbers]
    if not evidence.negated:
        missing += [match[0] for match in _NEGATION.finditer(answer)]
    return list(dict.fromkeys(missing))


def _words(text: str) -> frozenset[str]:
    words = {_plain(word) for word in _WORD.findall(text)}
    return frozenset(words | {part for word in words for part in word.split("'")})


def _plain(word: str) -> str:
    return re.sub(r"'s$", "", word.replace("’", "'")).strip(".").lower()


def _digits(text: str) -> frozenset[str]:
    """Numbers in digits, without separators of thousands."""
    return frozenset(_THOUSANDS.sub("", number) for number in _NUMBER.findall(text))


def _spelled(text: str) -> frozenset[str]:
    """Numbers in English words, as digits: "thirty thousand" is 30000. "one" is left out: it is mostly a pronoun."""
    runs = [""]
    for word in re.findall(r"[A-Za-z-]+|[^A-Za-z\s-]+", text):
        runs = [*runs[:-1], f"{runs[-1]} {word}".strip()] if _is_spelled(word) else [*runs, ""]
    return frozenset(number for run in runs if run for number in _digits(alpha2digit(run, "en")))


@lru_cache(maxsize=4096)
def _is_spelled(word: str) -> bool:
    return word.isascii() and word[0].isalpha() and bool(_NUMBER.search(alpha2digit(word, "en")))
