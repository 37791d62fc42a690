"""Hold the thresholds that decide between question and answer.

Each value states its unit, its source and, if it was fitted, the command that fits it. The pipeline
passes one `Thresholds` to every stage, so an experiment or a test changes a value through the
constructor of `AnswerPipeline`. The limits of a language rule, such as the number of sentences that
it looks back, stay beside that rule. The width of the vector search is a setting of the index
(`index.storage.passage_collection`).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_THRESHOLDS", "Thresholds"]


@dataclass(frozen=True)
class Thresholds:
    """The thresholds of the pipeline. Probabilities and shares are between 0 and 1.

    Attributes:
        min_confidence: probability. Below it the answer is "not stated". Source: docs/quality.md,
            "The threshold", has figures for other values (`make quality`). Fit of the confidence
            itself: `python -m training.confidence DATA`.
        min_confidence_unverified: probability. Below it the answer is also "not stated" if the
            model's words fail verification. Source: no measurement is recorded.
        high_confidence: probability. From it on, a short sentence of the article is shown without a
            model, and the model's words may include words that the evidence lacks. Source:
            docs/experiments/verification.md and docs/experiments/answers.md.
        computed_confidence: probability. The confidence of a computed answer: a computation returns
            nothing if its operands are uncertain. Source: no measurement is recorded.
        min_certain_probability: probability. From it on, the language model is not asked a second
            time whether the article answers. Source: no measurement is recorded.
        max_certain_no_probability: probability. Below it, the language model is not asked which
            sentences answer. Source: no measurement is recorded.
        min_yes_probability: probability of "Yes" from which the verdict is Yes. A small model says
            yes too readily. Source: no measurement is recorded.
        max_no_probability: probability of "Yes" up to which the verdict is No. A small model says
            no if the article says nothing. Source: no measurement is recorded.
        max_no_answer_probability: probability, by the reader. Up to it a denying sentence still
            counts as relevant to a yes/no question: the bundled model treats such sentences as
            unanswerable, the reader does not. Source: docs/experiments/answers.md.
        max_candidates_to_review: count. That many of the reader's best candidates are tried for
            such a sentence. Source: no measurement is recorded.
        min_supported_probability: probability of "supported", by the verifier. Below it a statement
            is stopped. It stops 2 % of the supported ones among 3,923 statements about held-out
            documents (docs/verifier.md). Fit: `python -m training.verifier DATA`.
        min_answer_words_probability: probability, by the span reader. From it on, the words of a
            quote are marked as those that answer. Source: docs/span-reader.md.
        min_operand_probability: probability, of the sentence by the reader times that of the words
            by the span reader. Below it, words are no operand of a calculation. Source:
            docs/experiments/answers.md.
        min_no_answer_probability: probability of "no answer", by the span reader. From it on, the
            model's words are stopped. Source: docs/experiments/verification.md.
        min_disagreement_probability: probability, by the span reader. From it on, a statement that
            has none of the words that answer is stopped. Source: docs/experiments/answers.md.
        min_share_of_best: share of the best sentence's probability from which a further sentence is
            selected. Source: docs/reader.md, "How many sentences".
        min_list_share_of_best: the same share for list questions, whose answer may be in more
            sentences, each with a lower score. Source: docs/reader.md, "How many sentences".
        min_share_of_best_row: share of the best sentence's probability from which the sentence of a
            further article still answers, if the best sentences of several articles are read
            together. Source: nine pairs of sentences about the same thing, eight of which have 0.02
            or more, and nine about another, eight of which have 0.007 or less.
        min_share_of_best_named: share of the best sentence's probability from which a sentence that
            the language model names is selected. Source: docs/experiments/answers.md.
        max_list_sentences: count of sentences selected for a list question. Source: no measurement
            is recorded.
        min_share_of_expected_type: share of the best sentence's probability. If the best sentence
            has nothing of the expected answer type, the best one that has goes first from this
            share on. Source: no measurement is recorded.
        max_verbatim_words: words. A longer sentence of the article is not the answer as it stands.
            Source: the limit of style guides
            (https://insidegovuk.blog.gov.uk/2014/08/04/sentence-length-why-25-words-is-our-limit/).
        min_share_of_question: share of the question's content words that a sentence must have to
            be the answer verbatim. Source: docs/experiments/answers.md.
        max_insufficient_words: words. A span of at most this many explains no reason or course.
            Source: no measurement is recorded.
        max_share_of_new_words: share of the content words of an answer that may be neither in its
            quotes nor in the question. Source: no measurement is recorded.
        min_copied_share: share of the words of a text that are in a sentence, if the text is a copy
            of that sentence. Source: no measurement is recorded.
    """

    min_confidence: float = 0.35
    min_confidence_unverified: float = 0.45
    high_confidence: float = 0.8
    computed_confidence: float = 0.9
    min_certain_probability: float = 0.95
    max_certain_no_probability: float = 0.05
    min_yes_probability: float = 0.9
    max_no_probability: float = 0.3
    max_no_answer_probability: float = 0.35
    max_candidates_to_review: int = 4
    min_supported_probability: float = 0.12
    min_answer_words_probability: float = 0.1
    min_operand_probability: float = 0.25
    min_no_answer_probability: float = 0.99
    min_disagreement_probability: float = 0.3
    min_share_of_best: float = 0.1
    min_share_of_best_row: float = 0.015
    min_list_share_of_best: float = 0.05
    min_share_of_best_named: float = 0.02
    max_list_sentences: int = 6
    min_share_of_expected_type: float = 0.05
    max_verbatim_words: int = 25
    min_share_of_question: float = 1 / 3
    max_insufficient_words: int = 2
    max_share_of_new_words: float = 0.5
    min_copied_share: float = 0.8


DEFAULT_THRESHOLDS = Thresholds()
