"""Decide whether a sentence is about what a question asks, so that its quantity may be used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from assistant.pipeline.candidate import Candidate, Choice
from assistant.pipeline.verification.negation import has_negation
from assistant.text.pronouns import ENGLISH
from assistant.text.tokens import FUNCTION_WORDS, WORD, normalize_word, stem_words

__all__ = [
    "content",
    "is_about",
    "is_plain_statement",
    "relevant_candidates",
    "remove_spans",
    "words_in_context",
]

# Words that say the same in a question and in a sentence, as one stem.
_SYNONYMS = """
    build construct construction erect; cost price pay charge fee worth expensive;
    weigh weight heavy; die dead death kill; finish complete completion; buy purchase acquire;
    earn salary wage; founded establish foundation; begin start commence;
    old age aged; height high tall; length long; width wide broad; depth deep; open opening;
    birth born bear; marry marriage wed; live resident inhabitant population; fast speed;
    warm hot temperature cold; last duration
"""
# Words of a question that are about the question, not about its subject.
_FILLERS = frozenset(
    """exactly precisely approximately roughly actually really article text report true many much
    less fewer least most difference total altogether combined together sum overall than compared
    yet say mention state according number amount figure quantity way tell please know there
    now currently year years old older age aged time times long longer""".split()  # noqa: SIM905
)
_PRONOUNS = frozenset([*ENGLISH, "this", "these"])
MAX_PRONOUN_POSITION = 8  # words before the pronoun that takes up the sentence before
CONTEXT_SENTENCES = 2
# What makes a sentence something else than a plain statement about what is, or was.
_UNCERTAIN = re.compile(
    r"\b(?:if|unless|would|could|might|(?-i:may)|should|ought|plan(?:s|ned|ning)?|propos(?:ed?|al)|"
    r"expect(?:s|ed)?|intend(?:s|ed)?|hop(?:es?|ed)|suppos(?:ed|edly)|(?:was|were|is|are)\sto|will|"
    r"shall|claim(?:s|ed)?|alleg\w+|rumou?r\w*|reported(?:ly)?|legends?|disput\w+|debat\w+|"
    r"unclear|uncertain|until|originally|formerly|previously|used\sto|initially|at\sfirst|once|"
    r"former|target|goal|aims?|forecast|predict\w*|believ\w+|thought|assum\w+|instead|almost\sa|"
    r"example|imagine|than\sexpected|false|wrong\w*|myth)\b",
    re.IGNORECASE,
)
# Words that make a number one of something else: of a share, of an interval, of a sum.
_MODIFIER = re.compile(
    r"\b(?:each(?!\sother)|every|per|average|averaging|mean|median|total|combined|altogether|"
    r"together(?!\swith)|"
    r"annual(?:ly)?|yearly|monthly|daily|weekly|hourly|record|maximum|minimum|another|extra|"
    r"additional|more|further|remaining|other(?=\s(?:\d|two|three|four|five|six|seven|eight|nine|ten)\b)|a\s(?:year|month|week|day|night|hour|minute|head)(?!\sago))\b",
    re.IGNORECASE,
)
_COMPARING = re.compile(r"\b(?:more|further)\sthan\b", re.IGNORECASE)
_QUESTION_MARK = re.compile(r"\?\W*$")


@cache
def _load_synonyms() -> dict[str, str]:
    groups = [stem_words(group.split()) for group in _SYNONYMS.split(";")]
    return {stem: group[0] for group in groups for stem in group}


def content(text: str) -> list[str]:
    """Return the stems of the content words of a text, in order; synonyms have the same stem."""
    words = [
        word
        for word in map(normalize_word, WORD.findall(text))
        if (word not in FUNCTION_WORDS or word == "people") and word not in _FILLERS
    ]
    synonyms = _load_synonyms()
    return [synonyms.get(stem, stem) for stem in stem_words(words)]


def relevant_candidates(choice: Choice) -> list[Candidate]:
    """Return the reader's best candidate and the selected ones, each once."""
    return list(dict.fromkeys([*choice.ranked[:1], *choice.selected]))


def is_about(candidate: Candidate, required: Iterable[str]) -> bool:
    """Return whether a sentence has all of the stems.

    A pronoun at its beginning may stand for stems of the two sentences before. The titles of the
    article and of its sections may name the subject of all sentences. At least one stem has to be
    in the sentence itself.
    """
    required = set(required)
    stems = set(content(candidate.text))
    missing = required - stems
    if not missing:
        return True
    return bool(required & stems) and missing <= words_in_context(candidate)


def words_in_context(candidate: Candidate) -> frozenset[str]:
    """Return the stems of the titles and of the sentences that a pronoun may refer to."""
    article = candidate.article
    stems = set(content(" ".join([article.title, *candidate.section])))
    if has_pronoun(candidate.text):
        first = max(0, candidate.position - CONTEXT_SENTENCES)
        for span in article.sentences[first : candidate.position]:
            stems.update(content(article.slice(span)))
    return frozenset(stems)


def has_pronoun(text: str) -> bool:
    """Return whether a pronoun near the beginning of a sentence may be its subject."""
    return any(
        word.lower() in _PRONOUNS for word in WORD.findall(text[:120])[:MAX_PRONOUN_POSITION]
    )


def is_plain_statement(text: str, question: str) -> bool:
    """Return whether a sentence states what is or was, of the same kind as the question.

    A negation, a plan, a doubt or a quotation of someone's opinion is no plain statement, nor is a
    number of each, of an average or of a year, if the question does not ask for that.
    """
    if has_negation(text) or _QUESTION_MARK.search(text):
        return False
    if _find(_UNCERTAIN, text) - _find(_UNCERTAIN, question):
        return False
    text, question = _COMPARING.sub(" ", text), _COMPARING.sub(" ", question)
    return not _find(_MODIFIER, text) - _find(_MODIFIER, question)


def _find(pattern: re.Pattern[str], text: str) -> set[str]:
    return {" ".join(match[0].lower().split()) for match in pattern.finditer(text)}


def remove_spans(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return a text with spaces in place of the spans."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
