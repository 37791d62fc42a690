"""Select the candidate sentences that answer a question."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.pipeline.candidate import Candidate, Choice
from assistant.pipeline.evidence.reader import Reader, Sentence
from assistant.pipeline.query.answer_type import lacks_expected_type
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from assistant.text.tokens import content_stems

__all__ = [
    "drop_unrelated",
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


def drop_unrelated(
    question: str,
    sentences: Sequence[Candidate],
    min_shared_words: int = DEFAULT_THRESHOLDS.min_shared_words,
) -> list[Candidate]:
    """Return the sentences that share a word with the question, or several with one that does.

    Only content words count. If no sentence qualifies, return those that have any content word. A
    sentence about something else that a model selects is an error, or was planted in the article
    to be selected.

    Args:
        min_shared_words: the number of content words that two sentences about the same thing share.
    """
    question_stems = set(content_stems(question))
    stems = {sentence: set(content_stems(sentence.text)) for sentence in sentences}
    on_topic = [sentence for sentence in sentences if stems[sentence] & question_stems]
    related = [
        sentence
        for sentence in sentences
        if any(
            sentence is anchor or len(stems[sentence] & stems[anchor]) >= min_shared_words
            for anchor in on_topic
        )
    ]
    return related or [sentence for sentence in sentences if stems[sentence]] or list(sentences)


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
