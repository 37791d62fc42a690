"""Revise sentence boundaries at full stops: join at false breaks, split at missed ones.

sentencex breaks after abbreviations and initials that it does not know, even before a lower-case
word, and misses some sentence ends after those that it knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from index.text.abbreviations import AbbreviationRules, get_rules

__all__ = ["is_informal", "revise_boundaries"]

CONTEXT_CHARACTERS = 60  # that are looked at on each side of a full stop
# Before a lower-case word, a shorter word with a full stop is an abbreviation. After a longer word,
# the full stop ends a sentence whose successor is misspelled, or an item of a list.
MAX_ABBREVIATION_LETTERS = 5

_TOKEN_SEPARATOR = re.compile(r"[\s([{<\"“‘«„‹¿¡—/]")
_OPENING_MARKS = "([\"'“‘«„‹"
_WORD = re.compile(r"[\w’'º°-]+")
_WORD_REMAINDER = re.compile(r"[-‐ºª°]")  # after "J." in "J.-P.", after "n." in "n.º"
_INITIALS = re.compile(r"[-‐]?[^\W\d_](?:[.‐-]{1,2}[^\W\d_])*")
_ROMAN_NUMERAL = re.compile(r"[IVXLCDM]+\b")
_LIST_MARKER = re.compile(r"\w{1,3}[.)]\s")
_ADDRESS = re.compile(r"www\.|https?:|\S*@")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
# Suffixes of names and streets. Sentences often end here, so sentencex decides.
_VOWELLESS_SUFFIXES = frozenset(["blvd", "ct", "hwy", "jr", "ln", "ltd", "pkwy", "rd", "sq", "sr"])
# German writes ordinals with a full stop, and nouns with a capital: "im 19. Jahrhundert".
_GERMAN_ORDINAL = re.compile(
    r"(?:\b(?:[ivz]m|am|[vz]om|zu[mr]|beim|in|auf|d(?:er|ie|as|e[nms])|(?:k?ein|ihr|sein|unser)\w*|"
    r"jede\w|ab|bis|seit|und|oder|mit|nach|vor)|[-–,.](?=\s))\s*\d{1,3}\.$",
    re.IGNORECASE,
)
# A full stop within a sentence, before a word that may begin one.
_INNER_STOP = re.compile(r"(?<=[^\W_])\. +(?=[^\W\d_]+['’, ])")
_QUOTE_MARK = re.compile(r"[\"“”„«»]")
_LETTER_AFTER_STOP = re.compile(r"(?<=\w{4})\. ([^\W\d_])")


def is_informal(text: str) -> bool:
    """Return whether most sentences of a text begin in lower case, as in chat messages."""
    first = next(filter(str.isalpha, text[:200]), "A")
    letters = [first, *_LETTER_AFTER_STOP.findall(text)]
    return sum(map(str.islower, letters)) > sum(map(str.isupper, letters))


def revise_boundaries(
    text: str,
    pieces: Iterable[tuple[int, int]],
    language: str,
    *,
    informal: bool,
    max_characters: int,
) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of each sentence. Takes linear time.

    Args:
        text: a block, in which all white space is spaces.
        pieces: the (start, end) of the sentences from sentencex; together they cover the text.
        language: ISO 639-1 code; an unknown language gets the general rules.
        informal: whether sentences of this text may begin in lower case.
        max_characters: pieces are not joined to a longer sentence.
    """
    rules = get_rules(language)
    start: int | None = None
    end = 0
    for piece_start, piece_end in pieces:
        if start is None:
            start = piece_start
        elif piece_end - start > max_characters or not _is_false_break(
            text, end, rules, language, informal
        ):
            yield start, end
            start = piece_start
        for cut in _find_missed_breaks(text, piece_start, piece_end, rules):
            yield start, cut
            start = cut
        end = piece_end
    if start is not None:
        yield start, end


def _is_false_break(
    text: str, end: int, rules: AbbreviationRules, language: str, informal: bool
) -> bool:
    """Return whether the full stop before `end` belongs to an abbreviation and ends no sentence."""
    before = text[max(0, end - CONTEXT_CHARACTERS) : end]
    after = text[end : end + CONTEXT_CHARACTERS]
    has_space = before.endswith(" ") or after.startswith(" ")
    before, after = before.rstrip(), after.lstrip()
    if not before.endswith(".") or before.endswith("..") or not after:
        return False
    token = _TOKEN_SEPARATOR.split(before[:-1])[-1]
    if not token:
        return False
    if not has_space:
        return bool(_WORD_REMAINDER.match(after))
    if after[0].isdigit() or _ROMAN_NUMERAL.match(after):
        return _is_listed(token, rules.before_numbers)
    if after[0].islower():
        return not informal and _continues_in_lower_case(token, after, rules)
    if not after[0].isalpha():
        return after[0] in _OPENING_MARKS and _is_listed(token, rules.before_names)
    if _has_starter(after, rules):
        return token == "M" and language == "fr"  # "M. Le Roi" is a name
    return (
        _is_listed(token, rules.before_names)
        or _is_vowelless(token)
        or (_is_initial(token) and _may_follow_initial(after, rules, language))
        or (language == "de" and _GERMAN_ORDINAL.search(before) is not None)
    )


def _is_listed(token: str, entries: frozenset[str]) -> bool:
    return token in entries or token.lower() in entries


def _continues_in_lower_case(token: str, after: str, rules: AbbreviationRules) -> bool:
    """Return whether a lower-case word continues the sentence of the abbreviation before it."""
    word = _WORD.match(after)
    return (
        word is not None
        and word[0].islower()  # unlike "iPhone"
        and not _LIST_MARKER.match(after)
        and not _ADDRESS.match(after)
        and (len(token) <= MAX_ABBREVIATION_LETTERS or _is_listed(token, rules.before_names))
    )


def _has_starter(after: str, rules: AbbreviationRules) -> bool:
    """Return whether a text begins with a capitalized word that begins sentences.

    A short word before a comma may be a name: "K. He, X. Zhang".
    """
    word = _WORD.match(after)
    if not word or not after[0].isupper() or word[0].lower() not in rules.starters:
        return False
    following = after[word.end() : word.end() + 1]
    return following == " " or (following == "," and len(word[0]) > 2)


def _is_initial(token: str) -> bool:
    """Return whether a token is one or several initials: "J", "J.-P". Scripts may lack case."""
    return not token[0].islower() and _INITIALS.fullmatch(token) is not None


def _may_follow_initial(after: str, rules: AbbreviationRules, language: str) -> bool:
    """Return whether a name follows an initial, where sentencex found the end of a sentence.

    sentencex handles English initials well, except before names like "He" in "K. He, X. Zhang".
    """
    word = _WORD.match(after)
    return language != "en" or (word is not None and word[0].lower() in rules.starters)


def _is_vowelless(token: str) -> bool:
    """Return whether a token is a short, capitalized word without vowels, like "Wm" and "Mgr"."""
    return (
        2 <= len(token) <= MAX_ABBREVIATION_LETTERS
        and token.isascii()
        and token.isalpha()
        and token.istitle()
        and not _VOWEL.search(token)
        and token.lower() not in _VOWELLESS_SUFFIXES
    )


def _find_missed_breaks(text: str, start: int, end: int, rules: AbbreviationRules) -> Iterator[int]:
    """Yield the offsets at which an initial or an abbreviation ends a sentence within a piece.

    The next word is one that begins sentences: "plan B. Nobody", "in den U.S.A. Danach". Text in
    quotation marks or brackets is left alone.
    """
    position = start
    quotes = brackets = 0
    for stop in _INNER_STOP.finditer(text, start, end):
        quotes += len(_QUOTE_MARK.findall(text, position, stop.start()))
        brackets += text.count("(", position, stop.start())
        brackets -= text.count(")", position, stop.start())
        position = stop.start()
        after = text[stop.end() : stop.end() + CONTEXT_CHARACTERS]
        if quotes % 2 or brackets or not _has_starter(after, rules):
            continue
        before = text[max(start, stop.start() - CONTEXT_CHARACTERS) : stop.start()]
        token = _TOKEN_SEPARATOR.split(before)[-1]
        if token and _may_end_sentence(token, rules):
            yield stop.end()


def _may_end_sentence(token: str, rules: AbbreviationRules) -> bool:
    is_abbreviation = "." in token or _is_initial(token) or token.lower() in rules.closing
    return is_abbreviation and not _is_listed(token, rules.before_names)
