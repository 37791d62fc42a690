"""List the pronouns of the third person, in the languages whose sentences are analyzed.

Keys are language codes. Questions are analyzed in English only.
"""

from __future__ import annotations

__all__ = [
    "DEMONSTRATIVES",
    "ENGLISH",
    "ENGLISH_PERSONS",
    "ENGLISH_REFERRING",
    "FEMALE",
    "MALE",
    "PERSONAL",
    "PLURAL",
    "POSSESSIVE",
    "SUBJECTS",
    "THIRD_PERSON",
]

# Pronouns that stand for a person. "sie", "ils" and the like may stand for things as well.
PERSONAL = {
    "en": ("he", "she"),
    "de": ("er", "sie"),
    "es": ("él", "ella", "ellos", "ellas"),
    "fr": ("il", "elle", "ils", "elles"),
}
# Other pronouns that can be a subject.
_OTHER = {
    "en": ("they", "it", "this", "these", "those", "both"),
    "de": ("es", "dieser", "diese", "dieses", "beide"),
    "es": ("esto", "estos", "estas", "ambos", "ambas"),
    "fr": ("celui-ci", "celle-ci", "ceux-ci"),
}
# The first two of a language are those of persons.
POSSESSIVE = {
    "en": ("his", "her", "its", "their"),
    "de": ("sein", "seine", "ihr", "ihre"),
    "es": ("su", "sus"),
    "fr": ("son", "sa", "ses", "leur", "leurs"),
}
SUBJECTS = {code: (*PERSONAL[code], *_OTHER[code]) for code in PERSONAL}
PLURAL = ("they", "their", "ellos", "ellas", "ils", "elles")
MALE = frozenset(["he", "er", "él"])  # French "il" is mostly impersonal
FEMALE = frozenset(["she", "ella", "elle"])
# Before a noun or a name, these are no pronouns: "this bridge", "both sons".
DEMONSTRATIVES = frozenset(
    """this these those both dieser diese dieses beide estos estas ambos ambas""".split()  # noqa: SIM905
)
# Subjects in any of the languages, without demonstratives.
THIRD_PERSON = (*(word for words in PERSONAL.values() for word in words), "they", "it", "es")
# In English, before a verb or a noun.
ENGLISH = (*PERSONAL["en"], "it", "they", *POSSESSIVE["en"])
# Those that may stand for persons.
ENGLISH_PERSONS = (*PERSONAL["en"], "they", "his", "her", "him", "them")
# Those that refer to something in a text before; "it" often does not: "it is true that".
ENGLISH_REFERRING = (*ENGLISH_PERSONS, "hers", "their", "theirs", "its", "itself")
