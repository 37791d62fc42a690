"""Who wrote an article, as its source names them: people, papers and agencies; no programs, accounts or dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .base import clean

__all__ = ["author_of"]

MOST, LONGEST = 20, 100  # names, and characters of one

# What stands where nobody gave a name, and what programs, accounts and machines are called.
_NOBODY = re.compile(
    r"\W*(?:admin(?:istrator)?|anonym(?:ous|us)?|(?:the |test )?author|auteur|autor|benutzer|besitzer|default|editor|gast|guest|"
    r"n/?a|(?:your )?name|nobody|none|null|owner|propriétaire|root|staff|student|system|test|unbekannt|unknown|unspecified|"
    r"(?:[\w ]+ )?user|usuario|utilisateur|webmaster|acer|apple|asus|dell|hp|lenovo|toshiba)\W*|"
    r"(?:adobe|acrobat|apache (?:fop|poi)|calibre|docx4j|ghostscript|google docs|la?tex|libre ?office|microsoft|ms (?:office|word)|"
    r"open ?office|pandoc|pdf\w*|python-docx|reportlab|wordpress)\b.*",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"[\d@\\/_<>{}|#=]|https?:|\.(?:com|net|org)\b", re.IGNORECASE)
_ROLE = r"(?:correspondent|editor|journalist|reporter|writer)s?"
_ONLY_ROLE = re.compile(rf"(?:.* )?{_ROLE}", re.IGNORECASE)
# "Jane Doe is a reporter", "Jane Doe, Staff Writer", "Jane Doe Published", "Jane Doe Monday".
_BESIDE = re.compile(
    rf"^(?:(?:posted|published|written) )?by |\s+is an?\b.*|,[^,]*\b{_ROLE}$|\s*\b(?:published|posted|updated)\b.*|"
    r"\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day$|"
    r"^(?:january|february|march|april|may|june|july|august|september|october|november|december)$",
    re.IGNORECASE,
)


def author_of(named: Iterable[str], *, programs: Iterable[str] | None = None) -> str:
    """The names as one line; empty where none of them can be an author's.

    Args:
        named: as the source gives them; one may hold several, parted by semicolons.
        programs: of a file that a program may have put its own name into, or its user's account: those that made it. A single word
            is then no name, unless it is of a script that has no capitals, such as Chinese, which writes names as one.
    """
    besides = {program.strip().casefold() for program in programs or ()}
    names = list(dict.fromkeys(_names(named)))[:MOST]
    if programs is not None:
        names = [name for name in names if name.casefold() not in besides and (" " in name or name.lower() == name.upper())]
    return ("; " if any("," in name for name in names) else ", ").join(names)


def _names(named: Iterable[str]) -> Iterator[str]:
    for piece in (piece for one in named for piece in clean(one).split(";")):
        name = " ".join(piece.split())
        if len(name) <= LONGEST and (name := _BESIDE.sub("", name).strip(" ,|·-")) and _is_name(name):
            yield name


def _is_name(text: str) -> bool:
    refused = _NOBODY.fullmatch(text) or _ACCOUNT.search(text) or _ONLY_ROLE.fullmatch(text)
    return not refused and any(map(str.isalpha, text))
