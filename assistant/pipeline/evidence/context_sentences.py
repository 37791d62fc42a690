"""Add the sentences without which a quote cannot be read alone.

A quote may open with "She", or report words of a speaker whom another sentence names. Such a
sentence is context: it is quoted and given to models together with the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.evidence.referents import find_referent_sentence
from assistant.pipeline.evidence.speakers import is_direct_speech, speaker_of

__all__ = ["add_context", "cite_with_context", "find_context"]


def add_context(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates, each together with its context, in the order of the text.

    A context sentence is next to the first candidate that needs it. If it is itself one of the
    candidates, it is evidence and only moves.
    """
    evidence = {_key(candidate): candidate for candidate in candidates}
    result: dict[tuple[str, int], Candidate] = {}
    for candidate in candidates:
        context = find_context(candidate)
        group = [*([context] if context else []), candidate]
        for member in sorted(group, key=lambda member: member.position):
            result.setdefault(_key(member), evidence.get(_key(member), member))
    return tuple(result.values())


def cite_with_context(
    cited: Sequence[Candidate], selected: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    """Return the cited candidates, with their context, in the order of the selection.

    If only a context sentence is cited, the evidence that it belongs to is cited, too.
    """
    keys = {_key(candidate) for candidate in cited}
    evidence = [
        candidate
        for candidate in selected
        if not candidate.is_context
        and (
            _key(candidate) in keys
            or ((context := find_context(candidate)) and _key(context) in keys)
        )
    ]
    return add_context(evidence)


def find_context(candidate: Candidate) -> Candidate | None:
    """Return the sentence that names the speaker or the subject of a candidate, or None.

    None if the candidate can be read alone.
    """
    article, position = candidate.article, candidate.position
    if candidate.is_context:
        return None
    context = _find_speaker_sentence(candidate)
    if context is None and not is_direct_speech(article, position):
        context = find_referent_sentence(article, position)
    if context is None or context == position:
        return None
    number = context + 1 if candidate.id == position + 1 else _free_id(candidate, context)
    return replace(candidate, id=number, position=context, is_context=True)


def _find_speaker_sentence(candidate: Candidate) -> int | None:
    article = candidate.article
    if not (speaker := speaker_of(article, candidate.position)):
        return None
    return next(iter(article.sentences_in(speaker)), None)


def _free_id(candidate: Candidate, position: int) -> int:
    """Return an ID for a sentence of one of several articles, whose IDs are ranks."""
    return 1_000 * candidate.id + position % 1_000


def _key(candidate: Candidate) -> tuple[str, int]:
    return candidate.article.id, candidate.position
