"""Claims and quotes, verified against the article's words. Exact, never fuzzy: a changed digit is a different claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import Stemmer
from bm25s.stopwords import STOPWORDS_EN
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
# The share of an answer's meaningful words that may be neither in its quotes nor in the question.
MOST_NEW = 0.5
_STEMMER = Stemmer.Stemmer("english")
_SAYING = frozenset(["article", "said", "say", "says", "stated", "states", "according", "yes", "not"])
_MARKER = re.compile(r"\[\d{1,3}\]")
_SEPARATED = re.compile(r"\d[.,]\d")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r",(?=\d{3}(?:\D|$))")
_NAME_RUN = re.compile(r"\b[A-Z]\w+(?: [A-Z]\w+)+")
SMALLEST = 1  # text_to_num leaves smaller numbers in words; its own default would leave "two" unchecked
# Russian for Russia, Kurds for Kurdish, Turks for Turkey.
_LAND_ENDINGS = ("", "a", "ia", "e", "y", "ey", "on", "en")
_PEOPLE_ENDINGS = ("s", *(people + plural for people in ("n", "an", "ian", "ish", "ese", "i") for plural in ("", "s")))
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|cannot|without|un(?:able|likely|safe)|den(?:y|ies|ied)|"
    r"fail(?:s|ed)?|lack(?:s|ed)?|refus(?:e|es|ed)|impossible)\b|n['’]t\b",
    re.IGNORECASE,
)
# Capitalised for grammar, not as names; and the words an answer opens with.
_NO_NAMES = frozenset(
    """i the a an it its he she they his her their this that these those there yes no not in on at by of from to with
    for as and or but because since after before during while when where who what how why which if some many most
    all both several about around approximately more than at least according people mr mrs ms dr""".split()  # noqa: SIM905
)


def find_quote(words: str, article: Article) -> Span | None:
    """Where `words` stand in the article, to the letter but for typography; None if they do not.

    Folded on both sides: typographic quotes and dashes, runs of white space, the case of the first letter. An ellipsis
    splits the words into pieces that must follow each other. No piece begins or ends inside a word.
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
    variants = "|".join(re.escape(variant) for variant in {piece, piece[0].swapcase() + piece[1:]})
    found = (match.start() for match in re.compile(variants).finditer(text, position))
    return next((at for at in found if not (_cuts(text, at) or _cuts(text, at + len(piece)))), None)


def _cuts(text: str, at: int) -> bool:
    """Whether the place is inside a word or a number: “possible” is no quote of “impossible”, nor “000” of “30,000”."""
    if _spaced(text[max(at - 1, 0) : at]) and _spaced(text[at : at + 1]):
        return True
    return bool(_SEPARATED.fullmatch(text, at - 2, at + 1) or _SEPARATED.fullmatch(text, at - 1, at + 2))


def _spaced(character: str) -> bool:
    """Digits and letters that have a case. Chinese, Thai or Arabic words may stand or grow together."""
    return character.isdigit() or character.lower() != character.upper()


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
    quoted = (next(filter(None, match.groups())).strip(" ,.") for match in _QUOTED.finditer(text))
    return [words for words in quoted if words]


class Evidence:
    """The words that an answer may use: those of its quotes, and those of the question that the article has too."""

    def __init__(self, quotes: Sequence[str], question: str = "", article: str = "") -> None:
        said = " ".join(quotes)
        self.numbers = _digits(said) | _spelled(said)
        self.words = _words(said) | (_words(question) & _words(article))
        runs = (_past_opening(run) for run in _NAME_RUN.findall(said))
        self.initials = {"".join(word[0] for word in run.split()) for run in runs}
        named = {_plain(word) for word in _WORD.findall(said) if word[:1].isupper()}
        self.lands = {stem for name in named for stem in _stems(name, _LAND_ENDINGS)}
        self.peoples = {stem for name in named for stem in _stems(name, _PEOPLE_ENDINGS)}
        self.meaning = frozenset(_meaning(f"{said} {question}"))
        self.negated = bool(_NEGATION.search(said) or _NEGATION.search(question))

    def first_missing(self, text: str) -> str | None:
        """The first number in digits, or name, in a text that is not here. Any other word may be used."""
        return next((word for word in _WORD.findall(_MARKER.sub(" ", text)) if self._lacks(word)), None)

    def _lacks(self, word: str) -> bool:
        if numbers := _digits(word):
            return not numbers <= self.numbers
        return word[:1].isupper() and not _is_spelled(word) and not self._knows_name(_plain(word))

    def _knows_name(self, name: str) -> bool:
        if name in _NO_NAMES or name in self.words or name.upper().replace(".", "") in self.initials:
            return True
        people = _stems(name, _PEOPLE_ENDINGS)
        return bool(people & (self.lands | self.peoples) or _stems(name, _LAND_ENDINGS) & self.peoples)


def unsupported(answer: str, evidence: Evidence) -> list[str]:
    """What the answer claims and its evidence does not: numbers, names, a negation. Empty: nothing was found wanting."""
    missing = [word] if (word := evidence.first_missing(answer)) else []
    missing += [number for number in _spelled(answer) if number not in evidence.numbers]
    new = [stem for stem in _meaning(answer, claims=False) if stem not in evidence.meaning]
    missing += new if len(new) > MOST_NEW * len(_meaning(answer)) else []
    if not evidence.negated:
        missing += [match[0] for match in _NEGATION.finditer(answer)]
    return list(dict.fromkeys(missing))


def _meaning(text: str, claims: bool = True) -> list[str]:
    """The words of a text that carry meaning, stemmed as English; `claims`: also numbers and names."""
    words = [word for word in _WORD.findall(_MARKER.sub(" ", text)) if claims or not _is_claim(word)]
    plain = [word for word in map(_plain, words) if word not in STOPWORDS_EN and word not in _SAYING]
    stems: list[str] = _STEMMER.stemWords(plain)
    return stems


def _is_claim(word: str) -> bool:
    """Numbers and names are checked one by one, and may be put in another way: 250, Russian."""
    return word[0].isdigit() or word[0].isupper() or _is_spelled(word)


def _words(text: str) -> frozenset[str]:
    words = {_plain(word) for word in _WORD.findall(text)}
    return frozenset(words | {part for word in words for part in word.split("'")})


def _plain(word: str) -> str:
    return re.sub(r"'s$", "", word.replace("’", "'")).strip(".").lower()


def _stems(name: str, endings: Sequence[str]) -> set[str]:
    """What is left of a name without one of the endings, where that still tells names apart."""
    return {stem for ending in endings if name.endswith(ending) and len(stem := name.removesuffix(ending)) > 3}


def _past_opening(run: str) -> str:
    """A run of capitalised words without the "The" or "In" that opens a sentence."""
    first, _, rest = run.partition(" ")
    return rest if first.lower() in _NO_NAMES else run


def _digits(text: str) -> frozenset[str]:
    """Numbers in digits, without separators of thousands."""
    return frozenset(_THOUSANDS.sub("", number) for number in _NUMBER.findall(text))


def _spelled(text: str) -> frozenset[str]:
    """Numbers in English words, as digits: "thirty thousand" is 30000. "one" alone is left out: it is mostly a pronoun."""
    runs = [""]
    for word in re.findall(r"[A-Za-z]+|[^A-Za-z\s-]+", text):
        goes_on = _is_spelled(word) or (runs[-1] and word in ("and", "one"))  # two hundred and fifty; twenty-one
        runs = [*runs[:-1], f"{runs[-1]} {word}".strip()] if goes_on else [*runs, ""]
    return frozenset(number for run in runs if run for number in _digits(alpha2digit(run, "en", SMALLEST)))


@lru_cache(maxsize=4096)
def _is_spelled(word: str) -> bool:
    counts = word.isascii() and word.isalpha() and word.lower() not in ("one", "first")
    return counts and bool(_NUMBER.search(alpha2digit(word, "en", SMALLEST)))
