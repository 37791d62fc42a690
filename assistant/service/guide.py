"""Build the guide that the page shows before the first question: who speaks, figures, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from assistant.pipeline.computation.overview import add_counted_word, list_dates, list_figures
from assistant.pipeline.evidence.person_names import has_person_name, is_same_person
from assistant.pipeline.evidence.speakers import speaker_of
from assistant.pipeline.query.article_facts import find_sentences_with_speech
from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "FIGURES_COMMAND",
    "Guide",
    "Highlight",
    "QUOTED_COMMAND",
    "TIMELINE_COMMAND",
    "build_guide",
]

MAX_HIGHLIGHTS = 6  # of each kind
_VAGUE = re.compile(r"[^\W\d]+")  # "thousands"
MIN_DATES = 2  # of a timeline
# Each is answered from the text alone, without a model.
QUOTED_COMMAND = "Who is quoted?"
FIGURES_COMMAND = "What figures are in the article?"
TIMELINE_COMMAND = "Give me a timeline"


@dataclass(frozen=True)
class Highlight:
    """Words of an article, and the sentence that leads to them."""

    words: Span
    sentence: Span


@dataclass(frozen=True)
class Guide:
    """What an article offers to a reader who has not asked anything yet."""

    speakers: tuple[Highlight, ...]
    figures: tuple[Highlight, ...]
    commands: tuple[str, ...]  # those that the article can answer


@lru_cache(maxsize=32)
def build_guide(article: Article) -> Guide:
    """Return the guide to an article."""
    listed = list_figures([article])
    figures = [
        Highlight(add_counted_word(article, figure.words), figure.candidate.span)
        for figure in listed
        if not _VAGUE.fullmatch(article.slice(figure.words))
    ]
    has_commands = {
        QUOTED_COMMAND: bool(find_sentences_with_speech(article)),
        FIGURES_COMMAND: bool(listed),
        TIMELINE_COMMAND: len(list_dates([article])) >= MIN_DATES,
    }
    commands = tuple(command for command, is_answered in has_commands.items() if is_answered)
    return Guide(tuple(_list_speakers(article)), tuple(figures[:MAX_HIGHLIGHTS]), commands)


def _list_speakers(article: Article) -> Iterator[Highlight]:
    """Yield each named speaker once, with the first sentence that reports words of theirs."""
    names: list[str] = []
    for position, sentence in enumerate(article.sentences):
        words = speaker_of(article, position)
        name = article.slice(words) if words else ""
        if (
            words
            and has_person_name(name)
            and not any(is_same_person(name, other) for other in names)
        ):
            names.append(name)
            yield Highlight(words, sentence)
        if len(names) == MAX_HIGHLIGHTS:
            return
