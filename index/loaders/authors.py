"""Clean author names: keep people, papers and agencies; drop programs, accounts and dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from index.loaders.base import clean_text

__all__ = ["format_authors"]

MAX_AUTHORS = 20
MAX_NAME_CHARACTERS = 100

# Placeholders for a missing name, and names of programs, accounts and machines.
_PLACEHOLDER = re.compile(
    r"\W*+(?:admin(?:istrator)?|anonym(?:ous|us)?|(?:the |test )?author|auteur|autor|benutzer|"
    r"besitzer|default|editor|gast|guest|n/?a|(?:your )?name|nobody|none|null|owner|propriétaire|"
    r"root|staff|student|system|test|unbekannt|unknown|unspecified|(?:[\w ]+ )?user|usuario|"
    r"utilisateur|webmaster|acer|apple|asus|dell|hp|lenovo|toshiba)\W*|"
    r"(?:adobe|acrobat|apache (?:fop|poi)|calibre|docx4j|ghostscript|google docs|la?tex|"
    r"libre ?office|microsoft|ms (?:office|word)|open ?office|pandoc|pdf\w*|python-docx|reportlab|"
    r"wordpress)\b.*",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"[\d@\\/_<>{}|#=]|https?:|\.(?:com|net|org)\b", re.IGNORECASE)
_ROLE = r"(?:correspondent|editor|journalist|reporter|writer)s?"
_ONLY_ROLE = re.compile(rf"(?:.* )?{_ROLE}", re.IGNORECASE)
# "Jane Doe is a reporter", "Jane Doe, Staff Writer", "Jane Doe Published", "Jane Doe Monday".
_BYLINE_EXTRAS = re.compile(
    rf"^(?:(?:posted|published|written) )?by |(?<!\s)\s+is an?\b.*|,[^,]*\b{_ROLE}$|"
    r"(?<!\s)\s*+\b(?:published|posted|updated)\b.*|(?<!\s)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day$|"
    r"^(?:january|february|march|april|may|june|july|august|september|october|november|december)$",
    re.IGNORECASE,
)


def format_authors(candidates: Iterable[str], *, programs: Iterable[str] | None = None) -> str:
    """Return the author names in one line; empty if none of them can be an author.

    Args:
        candidates: the names as the source gives them. Semicolons separate several in one string.
        programs: the programs that made the file, if one of them may have inserted its own name or
            the account of its user. A single word is then not accepted as a name, except in scripts
            without capitals, such as Chinese, which write a name as one word.
    """
    program_names = {program.strip().casefold() for program in programs or ()}
    names = list(dict.fromkeys(_split_names(candidates)))[:MAX_AUTHORS]
    if programs is not None:
        names = [
            name
            for name in names
            if name.casefold() not in program_names
            and (" " in name or name.lower() == name.upper())
        ]
    return ("; " if any("," in name for name in names) else ", ").join(names)


def _split_names(candidates: Iterable[str]) -> Iterator[str]:
    for piece in (piece for text in candidates for piece in clean_text(text).split(";")):
        name = " ".join(piece.split())
        if (
            len(name) <= MAX_NAME_CHARACTERS
            and (name := _BYLINE_EXTRAS.sub("", name).strip(" ,|·-"))
            and _is_name(name)
        ):
            yield name


def _is_name(text: str) -> bool:
    rejected = _PLACEHOLDER.fullmatch(text) or _ACCOUNT.search(text) or _ONLY_ROLE.fullmatch(text)
    return not rejected and any(map(str.isalpha, text))
