"""Which sentences answer a question. A model only ever names their ids; a quote is cut from the article by the program."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage, SystemMessage

from index.article import Article, Span
from index.search import Hit

from .amounts import is_unit
from .checking import DATES, Evidence
from .prompts import prompt
from .reader import Reader, Sentence
from .wanted import lacks
from .words import LIGHT, NO_NAMES, WORD, is_spelled, meaning, plain_word, stemmed, words_of

__all__ = [
    "BESIDE",
    "Candidate",
    "Choice",
    "akin",
    "called",
    "candidates_of",
    "choose",
    "covering",
    "fitting",
    "heading",
    "named",
    "naming",
    "numbered",
    "reading",
    "sentences_of",
    "unnamed",
    "unsaid",
]


@dataclass(frozen=True)
class Candidate:
    """A sentence that may answer. `id` is what a model calls it; ids start at 1."""

    id: int
    article: Article = field(repr=False)
    position: int  # in `article.sentences`
    hit: Hit = field(repr=False)

    @property
    def span(self) -> Span:
        return self.article.sentences[self.position]

    @property
    def text(self) -> str:
        return self.article.slice(self.span)


def candidates_of(hits: Sequence[Hit]) -> list[Candidate]:
    """The sentences of the passages that were found, best first; the date that an article opens with is none.

    Within one article, a sentence's id is its place in the article, from 1; over several, its place among the candidates.
    """
    found = [(hit, sentence) for hit in hits for sentence in hit.article.sentences_in(hit.span) if _says(hit.article, sentence)]
    several = len({hit.article.id for hit in hits}) > 1
    return [
        Candidate(rank if several else sentence + 1, hit.article, sentence, hit)
        for rank, (hit, sentence) in enumerate(found, 1)
    ]


def _says(article: Article, position: int) -> bool:
    return article.sentences[position] != article.dateline


def sentences_of(articles: Sequence[Article], positions: Callable[[Article], Sequence[int]]) -> list[Candidate]:
    """Sentences of articles, by their positions in each, as candidates."""
    hits = [Hit(one, one.sentences[position], 0.0, 0.0, 0.0) for one in articles for position in positions(one)]
    return candidates_of(hits)


# Where the best sentence has nothing of the sort that is asked for, one that has goes first if it is at least this likely in comparison.
ABLE = 0.05
# A sentence is quoted beside the best one if the reader holds it at least this likely in comparison.
BESIDE = 0.3


@dataclass(frozen=True)
class Choice:
    """The candidates most likely to answer, best first; `none` is the reader's probability that no candidate does."""

    chosen: tuple[Candidate, ...] = ()
    ranked: tuple[Candidate, ...] = ()
    none: float = 1.0


def choose(question: str, candidates: Sequence[Candidate], most: int, reader: Reader, beside: float = BESIDE) -> Choice:
    """The candidates in the reader's order, and those of the first `most` that it holds about as likely as the best.

    Sentences that have nothing of the sort that is asked for, as a year, stand back where there is one that has.
    """
    verdict = reader.read(question, [Sentence.of(candidate.article, candidate.position) for candidate in candidates])
    chance = verdict.sentences
    order = sorted(range(len(candidates)), key=lambda row: -chance[row])
    able = [row for row in order if not lacks(question, candidates[row].text)]
    able = able if able and chance[able[0]] >= ABLE * chance[order[0]] else order
    good = [row for row in able if chance[row] >= beside * chance[able[0]]][:most]
    order = [*good, *(row for row in order if row not in good)]
    return Choice(tuple(candidates[row] for row in good), tuple(candidates[row] for row in order), verdict.none)


def called(ids: Sequence[int], candidates: Sequence[Candidate], whole: Article | None) -> list[Candidate]:
    """The sentences that a model names: of the candidates, or of the whole article if that is what it was shown."""
    known = {candidate.id: candidate for candidate in candidates}
    if whole is not None:
        for number in ids:
            if number not in known and 0 < number <= len(whole.sentences) and _says(whole, number - 1):
                hit = Hit(whole, whole.sentences[number - 1], 0.0, 0.0, 0.0)
                known[number] = Candidate(number, whole, number - 1, hit)
    return [known[number] for number in dict.fromkeys(ids) if number in known]


SEVERAL = 2  # words that two sentences about one thing share


def akin(question: str, sentences: Sequence[Candidate]) -> list[Candidate]:
    """Those that share a word of meaning with the question, or several with one that does; all that say anything if none does.

    Of several sentences that a model names, one about something else is a mistake, or was put there to be named.
    """
    asked = set(meaning(question))
    words = {one: set(meaning(one.text)) for one in sentences}
    near = [one for one in sentences if words[one] & asked]
    kept = [one for one in sentences if any(one is other or len(words[one] & words[other]) >= SEVERAL for other in near)]
    return kept or [one for one in sentences if words[one]] or list(sentences)


def covering(text: str, question: str, chosen: Sequence[Candidate]) -> list[Candidate]:
    """The fewest of the chosen candidates that have the words which a text adds to the question: what was not used is not cited.

    Greedy set cover; of candidates that have as many of the words, the better one. Never none.
    """
    left = set(meaning(text)) - set(meaning(question)) or set(meaning(text))
    has = {candidate: set(meaning(candidate.text)) for candidate in chosen}
    kept: set[Candidate] = set()
    while left:
        best = max(chosen, key=lambda candidate: len(has[candidate] & left))
        if not has[best] & left:
            break
        kept.add(best)
        left -= has[best]
    return [candidate for candidate in chosen if candidate in kept] or list(chosen[:1])


_NAME = re.compile(r"\b[A-Z][\w’'-]*(?:(?: (?:of|for|the|and|de|du|von|van))* [A-Z][\w’'-]*)+")
JUST_BEFORE = 2  # sentences in which what "it" or "the group" stands for may be named


def unnamed(text: str, chosen: Sequence[Candidate]) -> str | None:
    """A name of several words in a text that the chosen sentences may be about something else than; None if there is none.

    More than half of its words, and its initials, are in none of them, nor in the sentences just before, nor in the title.
    """
    known = words_of(_said_there(chosen))
    stems = set(stemmed(known))
    for found in _NAME.findall(text):
        first, _, rest = found.partition(" ")
        name = re.sub(r"^(?:[a-z]+ )+", "", rest) if plain_word(first) in NO_NAMES else found
        words = [plain_word(word) for word in name.split() if word[0].isupper()]
        there = sum(stem in stems for stem in stemmed(words))
        if len(words) > 1 and 2 * there < len(words) and "".join(word[0] for word in words) not in known:
            return name
    return None


# Words that join an answer's words and say little by themselves.
_JOINING = LIGHT.union(
    """call called name named know known take takes took taken place happen happens happened occur occurs occurred locate located
    situated within want wants wanted become becomes became get gets got make makes made give gives gave article answer says reason
    true false whether hi hello st nd rd th""".split()  # noqa: SIM905
)


def unsaid(text: str, chosen: Sequence[Candidate]) -> list[str]:
    """Words of a text that the chosen sentences do not say in any form, nor the sentences just before, nor the title; in its order.

    English only. Numbers with their units, dates and negations are left to the checks.
    """
    said = _said_there(chosen)
    known, names = set(stemmed(words_of(said) | words_of(said.replace("-", "")))), Evidence([said])
    words = [word for word in WORD.findall(text) if word[0].isalpha() and not _left_to_the_checks(word)]
    forms = {word: set(stemmed(words_of(word))) for word in words}
    return [
        word for word, stems in forms.items() if not known & stems and not (word[0].isupper() and not names.first_missing(word))
    ]


def _left_to_the_checks(word: str) -> bool:
    plain = plain_word(word)
    return plain in _JOINING or plain in DATES or is_unit(plain) or is_spelled(word) or plain.endswith("n't")


def naming(question: str, choices: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """The first of several choices of sentences that says all names of the question; nothing if none does.

    Another than the first says as many of its other words, too: a name alone may be said of something else.
    """
    asked = set(meaning(question, claims=False))

    def shared(choice: Sequence[Candidate]) -> int:
        return len(asked & set(meaning(" ".join(one.text for one in choice))))

    named = [one for one in choices if one and not any(word[0].isupper() for word in unsaid(question, one))]
    return next((tuple(one) for one in named if one == choices[0] or shared(one) >= shared(choices[0])), ())


def _said_there(chosen: Sequence[Candidate]) -> str:
    """The sentences, those just before, and the titles."""
    near = [(one.article, place) for one in chosen for place in range(max(0, one.position - JUST_BEFORE), one.position + 1)]
    return " ".join(f"{article.title} {article.slice(article.sentences[place])}" for article, place in near)


def fitting(candidates: Sequence[Candidate], tokens: int) -> list[Candidate]:
    """As many of the candidates, best first, as a model with room for so many tokens takes; one at least.

    Three bytes are counted as a token: English has four or five, Chinese three, and too few are better than a prompt cut off.
    """
    room = 3 * tokens
    kept: list[Candidate] = []
    for candidate in candidates:
        room -= len(candidate.text.encode("utf-8", "replace")) + 12  # its number
        if room < 0 and kept:
            break
        kept.append(candidate)
    return kept


def heading(articles: Sequence[Article]) -> str:
    titles = [
        f"Article: {article.title or 'untitled'}" + (f" ({article.date})" if article.date else "") for article in articles
    ]
    return "\n".join(titles)


def numbered(sentences: Sequence[tuple[int, str]]) -> str:
    """Each sentence on a line of its own after its id, whatever line breaks it has."""
    return "\n".join(f"[{number}] {' '.join(text.split())}" for number, text in sentences)


def reading(candidates: Sequence[Candidate], whole: Article | None, name: str = "read", **told: str) -> list[BaseMessage]:
    """What a model reads before the question: all sentences of the article, or the candidates alone.

    Args:
        told: what else the prompt of that name takes.
    """
    if whole is not None:
        sentences = [(number, whole.slice(span)) for number, span in enumerate(whole.sentences, 1)]
        articles = [whole]
    else:
        ordered = sorted(candidates, key=lambda candidate: candidate.id)
        sentences = [(candidate.id, candidate.text) for candidate in ordered]
        articles = list({candidate.article.id: candidate.article for candidate in candidates}.values())
    return [SystemMessage(prompt(name, heading=heading(articles), sentences=numbered(sentences), **told))]


def named(candidates: Sequence[Candidate]) -> str:
    return "".join(f"[{candidate.id}]" for candidate in candidates)
