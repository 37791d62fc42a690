"""Check that a text and its evidence are about the same names and things."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.verification.evidence import DATE_NAMES, Evidence
from assistant.text.numbers import is_unit
from assistant.text.tokens import (
    FUNCTION_WORDS,
    NOT_NAMES,
    WORD,
    content_stems,
    is_number_word,
    normalize_word,
    stem_words,
    word_set,
)

__all__ = ["find_choice_with_all_names", "find_novel_words", "find_unsupported_name"]


_NAME = re.compile(
    r"\b[A-Z][\w’'-]{0,60}(?:(?: (?:of|for|the|and|de|du|von|van)){0,4} [A-Z][\w’'-]{0,60})+"
)
# Sentences before a quote that may name what "it" or "the group" refers to.
CONTEXT_SENTENCES = 2


def find_unsupported_name(text: str, sentences: Sequence[Candidate]) -> str | None:
    """Return the first name of several words that the evidence does not mention, or None.

    That is a name of which neither the initials nor half of the words are in the sentences, in the
    sentences just before them or in the titles. The sentences may be about something else.
    """
    context_words = word_set(_join_context(sentences))
    context_stems = set(stem_words(context_words))
    for run in _NAME.findall(text):
        first, _, following = run.partition(" ")
        is_opening = normalize_word(first) in NOT_NAMES
        name = re.sub(r"^(?:[a-z]+ )+", "", following) if is_opening else run
        words = [normalize_word(word) for word in name.split() if word[0].isupper()]
        shared = sum(stem in context_stems for stem in stem_words(words))
        initials = "".join(word[0] for word in words)
        if len(words) > 1 and 2 * shared < len(words) and initials not in context_words:
            return name
    return None


# Words with little meaning of their own.
_LIGHT_WORDS = FUNCTION_WORDS.union(
    """call called name named know known take takes took taken place happen happens happened occur
    occurs occurred locate located situated within want wants wanted become becomes became get gets
    got make makes made give gives gave article answer says reason true false whether hi hello st nd
    rd th""".split()  # noqa: SIM905
)


def find_novel_words(text: str, sentences: Sequence[Candidate]) -> list[str]:
    """Return the words of a text that the evidence has in no form, in the order of the text.

    The evidence is the sentences, the sentences just before them and the titles. English only.
    Numbers with their units, dates and negations have checks of their own.
    """
    context = _join_context(sentences)
    context_stems = set(stem_words(word_set(context) | word_set(context.replace("-", ""))))
    evidence = Evidence([context])
    words = [
        word for word in WORD.findall(text) if word[0].isalpha() and not _is_covered_by_checks(word)
    ]
    forms = {word: set(stem_words(word_set(word))) for word in words}
    return [
        word
        for word, stems in forms.items()
        if not context_stems & stems
        and not (word[0].isupper() and not evidence.find_missing_term(word))
    ]


def _is_covered_by_checks(word: str) -> bool:
    plain = normalize_word(word)
    return (
        plain in _LIGHT_WORDS
        or plain in DATE_NAMES
        or is_unit(plain)
        or is_number_word(word)
        or plain.endswith("n't")
    )


def find_choice_with_all_names(
    question: str, choices: Sequence[Sequence[Candidate]]
) -> tuple[Candidate, ...]:
    """Return the first set of sentences that mentions every name in the question; empty if none.

    A set after the first must also share at least as many content words with the question as the
    first: a name alone may occur in another connection.
    """
    question_stems = set(content_stems(question, claims=False))

    def count_shared(choice: Sequence[Candidate]) -> int:
        text = " ".join(candidate.text for candidate in choice)
        return len(question_stems & set(content_stems(text)))

    naming = [
        choice
        for choice in choices
        if choice and not any(word[0].isupper() for word in find_novel_words(question, choice))
    ]
    return next(
        (
            tuple(choice)
            for choice in naming
            if choice == choices[0] or count_shared(choice) >= count_shared(choices[0])
        ),
        (),
    )


def _join_context(sentences: Sequence[Candidate]) -> str:
    """Return the sentences, those just before them, and the titles as one text."""
    positions = [
        (sentence.article, position)
        for sentence in sentences
        for position in range(max(0, sentence.position - CONTEXT_SENTENCES), sentence.position + 1)
    ]
    return " ".join(
        f"{article.title} {article.slice(article.sentences[position])}"
        for article, position in positions
    )
