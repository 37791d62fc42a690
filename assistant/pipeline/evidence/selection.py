"""Select the candidate sentences that answer a question."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.pipeline.candidate import Candidate, Choice
from assistant.pipeline.evidence.context_sentences import find_context
from assistant.pipeline.evidence.reader import Reader, Sentence
from assistant.pipeline.query.answer_type import lacks_expected_type
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from assistant.text.tokens import content_stems

__all__ = [
    "add_best",
    "keep_likely",
    "select_candidates",
    "select_minimal_cover",
]


def select_candidates(
    question: str,
    candidates: Sequence[Candidate],
    limit: int,
    reader: Reader,
    min_share: float = DEFAULT_THRESHOLDS.min_share_of_best,
    min_share_of_type: float = DEFAULT_THRESHOLDS.min_share_of_expected_type,
) -> Choice:
    """Rank the candidates by the reader's probabilities and select at most `limit` of them.

    Sentences with nothing of the expected answer type, such as a year, are selected only if no
    likely sentence has it.

    Args:
        min_share: the smallest probability to select, as a share of the best sentence's.
        min_share_of_type: the smallest such share from which the best sentence of the expected
            answer type goes first.
    """
    output = reader.read(
        question,
        [Sentence.from_article(candidate.article, candidate.position) for candidate in candidates],
    )
    probabilities = output.sentences
    order = sorted(range(len(candidates)), key=lambda row: -probabilities[row])
    typed = [row for row in order if not lacks_expected_type(question, candidates[row].text)]
    if not typed or probabilities[typed[0]] < min_share_of_type * probabilities[order[0]]:
        typed = order
    selected = [row for row in typed if probabilities[row] >= min_share * probabilities[typed[0]]]
    selected = selected[:limit]
    order = [*selected, *(row for row in order if row not in selected)]
    return Choice(
        tuple(candidates[row] for row in selected),
        tuple(candidates[row] for row in order),
        output.no_answer_probability,
        tuple(float(probabilities[row]) for row in order),
    )


def keep_likely(
    sentences: Sequence[Candidate],
    choice: Choice,
    min_share: float = DEFAULT_THRESHOLDS.min_share_of_best_named,
) -> tuple[Candidate, ...]:
    """Return the sentences that a language model names and that the reader does not rule out.

    A small model also names sentences about something else, and sentences that were planted in the
    article to be named.

    Args:
        sentences: those that the model names.
        choice: the reader's, with its probabilities.
        min_share: the smallest probability to keep, as a share of the best sentence's.
    """
    probabilities = {
        (candidate.article.id, candidate.position): probability
        for candidate, probability in zip(choice.ranked, choice.probabilities, strict=True)
    }
    least = min_share * max(probabilities.values(), default=0.0)
    return tuple(
        sentence
        for sentence in sentences
        if probabilities.get((sentence.article.id, sentence.position), 0.0) >= least
    )


def add_best(sentences: Sequence[Candidate], choice: Choice) -> tuple[Candidate, ...]:
    """Return the sentences that a language model names, with the reader's best one before them.

    Of two sentences that differ, one often corrects the other, or is about something else. The best
    one is not added if it is the context of a named sentence, or if none is named.
    """
    if not sentences or not choice.ranked:
        return tuple(sentences)
    best = choice.ranked[0]
    contexts = [context for sentence in sentences if (context := find_context(sentence))]
    is_there = any(
        (best.article.id, best.position) == (other.article.id, other.position)
        for other in [*sentences, *contexts]
    )
    return tuple(sentences) if is_there else (best, *sentences)


def select_minimal_cover(
    text: str, question: str, candidates: Sequence[Candidate]
) -> list[Candidate]:
    """Return the fewest candidates that cover the words which a text adds to the question.

    The others were not used to write the text, so they are not cited. The cover is greedy: of
    candidates that cover equally many words, the first is taken. The result is never empty, unless
    there are no candidates.
    """
    uncovered = set(content_stems(text)) - set(content_stems(question)) or set(content_stems(text))
    stems = {candidate: set(content_stems(candidate.text)) for candidate in candidates}
    cover: set[Candidate] = set()
    while uncovered:
        best = max(candidates, key=lambda candidate: len(stems[candidate] & uncovered))
        if not stems[best] & uncovered:
            break
        cover.add(best)
        uncovered -= stems[best]
    return [candidate for candidate in candidates if candidate in cover] or list(candidates[:1])
