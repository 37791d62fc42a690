"""Prefer the section that a question names to sections that say the same of other things.

Guides, registers and timetables have parallel sections: "The gate opens at 8" stands below every
gate. Of such sentences, only those of the section that the question names are candidates.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.text.tokens import content_stems
from index.text.article import Article
from index.text.structure import Section

__all__ = ["scope_to_sections"]

# Two sentences are parallel if they share this share of the content words of the shorter one.
MIN_SHARED_SHARE = 0.5
MAX_ADDED = 4  # sentences of the named section that the search did not find


def scope_to_sections(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without those that are parallel to a sentence of a named section.

    Sentences of the named section that are parallel to a dropped one are added.

    Args:
        question: the standalone question.
        candidates: the candidates, best first.
    """
    articles = list({item.article.id: item.article for item in candidates}.values())
    named = {
        article.id: section
        for article in articles
        if (section := _find_named_section(article, question))
    }
    if not named:
        return list(candidates)
    kept: list[Candidate] = []
    added: list[Candidate] = []
    for candidate in candidates:
        section = named.get(candidate.article.id)
        parallel = _find_parallel(candidate, section) if section else None
        if parallel is None:
            kept.append(candidate)
        elif len(articles) == 1:  # IDs of candidates of several articles are ranks
            added.append(parallel)
    found = {candidate.position for candidate in kept}
    new = {item.position: item for item in added if item.position not in found}
    return [*kept, *list(new.values())[:MAX_ADDED]] or list(candidates)


def _find_named_section(article: Article, question: str) -> Section | None:
    """Return the only section with all words of its title in the question, or None."""
    words = set(content_stems(question))
    stems = [(section, set(content_stems(section.title))) for section in article.structure.sections]
    named = [(section, title) for section, title in stems if title and title <= words]
    longest = [section for section, title in named if not any(title < other for _, other in named)]
    return longest[0] if len(longest) == 1 else None


def _find_parallel(candidate: Candidate, named: Section) -> Candidate | None:
    """Return the sentence of the named section that says the same of another thing, or None.

    None if the candidate is not in a section beside the named one.
    """
    article = candidate.article
    own = article.structure.section_at(candidate.span.start)
    if (
        own is None
        or own.heading == named.heading
        or own.heading.level != named.heading.level
        or own.path[:-1] != named.path[:-1]
    ):
        return None
    stems = set(content_stems(candidate.text))
    sentences = make_candidates_at([article], lambda _: article.sentences_in(named.span))
    shares = [
        (_shared_share(stems, set(content_stems(sentence.text))), sentence)
        for sentence in sentences
        if sentence.span.start >= named.heading.end
    ]
    best = max(shares, key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] >= MIN_SHARED_SHARE else None


def _shared_share(first: set[str], second: set[str]) -> float:
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 0.0
