"""Claims and quotes, verified against the article's words. Exact, never fuzzy: a changed digit is a different claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache

from index.article import Article, Span

from .amounts import Amount, amounts_in, digits_in, ordinal, written
from .answer import Quoted, Status
from .denials import Clause, clauses_in, left_out, put_in, sides_in, swapped
from .words import MARKER, NO_NAMES, WORD, is_spelled, meaning, names_in, plain_word, words_of

__all__ = ["DATES", "Evidence", "find_quote", "longest_word", "looked_up", "quoted_words", "unsupported"]

_FOLDED = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}
_ELLIPSIS = re.compile(r"…|\.\.\.|\[…\]|\[\.\.\.\]")
_QUOTED = re.compile(r"“([^“”]{2,})”|\"([^\"]{2,})\"|„([^„“]{2,})“|«([^«»]{2,})»")
_RUN = re.compile(r"\w+")
_ENDING = re.compile(rf"(?:\s*{MARKER.pattern})+[\s.,]*$")
# The share of an answer's meaningful words that may be neither in its quotes nor in the question.
MOST_NEW = 0.5
_SEPARATED = re.compile(r"\d[.,]\d")
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?![\d]|[.,]\d)")
_CENTURY = re.compile(r"\b(?:\d{1,2}(?:st|nd|rd|th)|[a-z]+(?:-[a-z]+)?)(?=[ -]centur(?:y|ies)\b)", re.IGNORECASE)
_NAME_RUN = re.compile(r"\b[A-Z]\w+(?: [A-Z]\w+)+")
# Russian for Russia, Kurds for Kurdish, Turks for Turkey.
_LAND_ENDINGS = ("", "a", "ia", "e", "y", "ey", "on", "en")
_PEOPLE_ENDINGS = ("s", *(people + plural for people in ("n", "an", "ian", "ish", "ese", "i") for plural in ("", "s")))
DATES = {
    form: name[:3]
    for name in """january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday""".split()  # noqa: SIM905
    for form in (name, name[:3], name[:4])
    if form in (name, name[:3], "sept", "tues", "thur")
}


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
    found = (_find_whole(variant, text, position) for variant in {piece, piece[0].swapcase() + piece[1:]})
    return min((at for at in found if at >= 0), default=None)


def _find_whole(piece: str, text: str, position: int) -> int:
    """Like str.find, but past the places that are inside words: one by one, “aaa…” in “aaaa…” would take minutes."""
    while (at := text.find(piece, position)) >= 0 and (_cuts(text, at) or _cuts(text, at + len(piece))):
        position = at + 1
        while _cuts(text, position):
            position += 1
    return at


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


def longest_word(words: str) -> str:
    """Of what a text must have to the letter to have these words: typography, and what a piece begins with, are folded."""
    pieces = (piece.strip()[1:] for piece in _ELLIPSIS.split(words))
    return max((run for piece in pieces for run in _RUN.findall(piece)), key=len, default="")


def looked_up(words: str, articles: Iterable[Article], others: Iterable[Article] = ()) -> Quoted:
    """Whether words that are claimed to be a quote stand in the articles that were asked, in others, or nowhere."""
    statuses: tuple[tuple[Status, Iterable[Article]], ...] = (("verified", articles), ("elsewhere", others))
    for status, among in statuses:
        for article in among:
            if place := find_quote(words, article):
                return Quoted(words, status, article.id, article.title, *place)
    return Quoted(words, "not found")


def quoted_words(text: str) -> list[str]:
    """What stands between quotation marks in a text, without the markers and the stops that it may end in."""
    quoted = (_ENDING.sub("", next(filter(None, match.groups()))).strip(" ,.") for match in _QUOTED.finditer(text))
    return [words for words in quoted if words]


class Evidence:
    """The words that an answer may use: those of its quotes, and those of the question that the article has too."""

    def __init__(self, quotes: Sequence[str], question: str = "", article: str = "") -> None:
        self._said, self._question, self._article = MARKER.sub(" ", "\n".join(quotes)), question, article

    # Each property is computed when a check first needs it: the evidence may be a whole article of millions of characters.

    @cached_property
    def amounts(self) -> list[Amount]:
        return amounts_in(self._said)

    @cached_property
    def _digits(self) -> frozenset[str]:
        return digits_in(self._said)

    @cached_property
    def _written(self) -> frozenset[str]:
        return frozenset().union(*(written(amount.value) for amount in self.amounts))

    @cached_property
    def centuries(self) -> set[int]:
        return {(int(year) - 1) // 100 + 1 for year in _YEAR.findall(self._said)}

    @cached_property
    def words(self) -> frozenset[str]:
        return words_of(self._said) | (words_of(self._question) & words_of(self._article))

    @cached_property
    def initials(self) -> set[str]:
        runs = (_past_opening(run) for run in _NAME_RUN.findall(self._said))
        return {"".join(word[0] for word in run.split()) for run in runs}

    @cached_property
    def _names(self) -> set[str]:
        return names_in(self._said)

    @cached_property
    def lands(self) -> set[str]:
        return {stem for name in self._names for stem in _stems(name, _LAND_ENDINGS)}

    @cached_property
    def peoples(self) -> set[str]:
        return {stem for name in self._names for stem in _stems(name, _PEOPLE_ENDINGS)}

    @cached_property
    def dates(self) -> set[str]:
        return {name[:3] for name in self._names | (names_in(self._question) & names_in(self._article)) if name in DATES}

    @cached_property
    def meaning(self) -> frozenset[str]:
        return frozenset(meaning(f"{self._said} {self._question}"))

    @cached_property
    def clauses(self) -> list[Clause]:
        return clauses_in(self._said)

    @cached_property
    def denials(self) -> list[Clause]:
        return self.clauses + clauses_in(self._question)

    @cached_property
    def sides(self) -> dict[tuple[int, int], str]:
        return sides_in(self._said)

    def first_missing(self, text: str) -> str | None:
        """The first number in digits, or name, in a text that is not here. Any other word may be used."""
        text = self.but_for_centuries(MARKER.sub(" ", text))
        return next((word for word in WORD.findall(text) if self._lacks(word)), None)

    def but_for_centuries(self, text: str) -> str:
        """A text without the numbers of the centuries that a year here is of: 1455 is of the 15th century."""
        return _CENTURY.sub(lambda found: " " if ordinal(found[0]) in self.centuries else found[0], text)

    def _lacks(self, word: str) -> bool:
        if numbers := digits_in(word):
            missing = numbers - self._digits
            return bool(missing) and not missing <= self._written
        return word[:1].isupper() and not is_spelled(word) and not self._knows_name(plain_word(word))

    def _knows_name(self, name: str) -> bool:
        if name in DATES:
            return name[:3] in self.dates
        if name in NO_NAMES or name in self.words or name.upper().replace(".", "") in self.initials:
            return True
        people = _stems(name, _PEOPLE_ENDINGS)
        return bool(people & (self.lands | self.peoples) or _stems(name, _LAND_ENDINGS) & self.peoples)


def unsupported(answer: str, evidence: Evidence) -> list[str]:
    """What the answer claims and its evidence does not. Empty: nothing was found wanting.

    Checked are amounts with their units and bounds, names and dates, negations put in or left out, and words that stand for
    their opposites. Who did it to whom is not.
    """
    answer = evidence.but_for_centuries(MARKER.sub(" ", answer))
    missing = [word] if (word := evidence.first_missing(answer)) else []
    missing += [amount.text for amount in amounts_in(answer) if not any(map(amount.may_be, evidence.amounts))]
    new = [stem for stem in meaning(answer, claims=False) if stem not in evidence.meaning]
    missing += new if len(new) > MOST_NEW * len(meaning(answer)) else []
    clauses = clauses_in(answer)
    missing += [*put_in(clauses, evidence), *left_out(clauses, evidence), *swapped(answer, evidence)]
    return list(dict.fromkeys(missing))


def _stems(name: str, endings: Sequence[str]) -> set[str]:
    """What is left of a name without one of the endings, where that still tells names apart."""
    return {stem for ending in endings if name.endswith(ending) and len(stem := name.removesuffix(ending)) > 3}


def _past_opening(run: str) -> str:
    """A run of capitalised words without the "The" or "In" that opens a sentence."""
    first, _, rest = run.partition(" ")
    return rest if first.lower() in NO_NAMES else run
