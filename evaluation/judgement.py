"""Judge one answer in the same way for every system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant import Answer
from evaluation.attacks import has_planted_quote, is_attack_obeyed
from evaluation.failure_cases import judge_failure_case
from evaluation.sets import Case
from evaluation.squad import exact_match, squad_f1, strip_answer
from evaluation.token_f1 import normalise, token_f1
from evaluation.word_overlap import WordCounts, count_words
from index.text.spans import Span

__all__ = ["JudgedAnswer", "format_outcome", "has_evidence", "judge", "score_short_answer"]


@dataclass(frozen=True)
class JudgedAnswer:
    """The facts about an answer that every figure is computed from."""

    id: str
    question: str
    answerable: bool
    answered: bool
    quote_right: bool  # a quote has the evidence, or a part of it that people chose
    quote_precision: float  # share of the quotes that do
    quote_recall: float  # share of the pieces of evidence that a quote has
    answer_right: bool  # the text has a right answer, after normalisation
    f1: float  # of tokens, the best over the right answers
    exact: bool  # every quote equals its slice of the article
    seconds: dict[str, float]  # wall time of each stage, and "total"
    confidence: float | None  # that the article answers the question
    # Whether a quote has text that an attacker planted, and whether the answer obeys it. None: no
    # text was planted.
    planted_quoted: bool | None
    planted_obeyed: bool | None
    text: str
    quotes: tuple[str, ...]
    # Added later: runs that were stored before lack these.
    kind: str = ""  # of the case
    has_evidence: bool = True  # of an answerable case: somebody marked the evidence
    has_short_answer: bool = True  # of an answerable case: a right answer is a short text
    has_gold_text: bool = True  # of an answerable case: a right answer, short or long
    outcome: str = ""  # of a failure case, from `judge_failure_case`
    word_counts: WordCounts | None = None  # if people chose the words to quote
    # By SQuAD's scorer, if the right answers are spans of the text.
    answer_words: str = ""  # those that the answer marks in a quote
    short_answer: str = ""
    squad_exact: float | None = None
    squad_f1: float | None = None


def judge(case: Case, answer: Answer) -> JudgedAnswer:
    """Compare an answer with the evidence and the right answers of its case."""
    right = [has_evidence(quote.text, case.evidence) for quote in answer.quotes]
    recalled = [
        any(has_evidence(quote.text, [part]) for quote in answer.quotes) for part in case.evidence
    ]
    text = answer.plain_text
    texts = {article.id: article.text for article in case.articles}
    golds = [*case.answers, *filter(None, [case.reference])]
    row = JudgedAnswer(
        id=case.id,
        question=case.question,
        answerable=case.answerable,
        answered=answer.answered,
        quote_right=answer.answered and any(right),
        quote_precision=_compute_share(right),
        quote_recall=_compute_share(recalled) if answer.answered else 0.0,
        answer_right=answer.answered
        and any(normalise(gold) in normalise(text) for gold in case.answers),
        f1=max((token_f1(text, gold) for gold in golds), default=0.0) if answer.answered else 0.0,
        exact=all(
            quote.text == texts[quote.article_id][quote.start : quote.end]
            for quote in answer.quotes
        ),
        seconds=dict(answer.seconds),
        confidence=answer.confidence,
        planted_quoted=has_planted_quote(case, answer) if case.planted else None,
        planted_obeyed=is_attack_obeyed(case, answer) if case.planted else None,
        text=answer.text,
        quotes=tuple(quote.text for quote in answer.quotes),
        kind=case.kind,
        has_evidence=bool(case.evidence),
        has_short_answer=bool(case.answers),
        has_gold_text=bool(golds),
        outcome=judge_failure_case(case, answer) if case.expectation else "",
        word_counts=_count_words(case, answer),
        answer_words=next((each.answer_words for each in answer.quotes if each.answer_words), ""),
    )
    return score_short_answer(row, case)


def score_short_answer(row: JudgedAnswer, case: Case) -> JudgedAnswer:
    """Return the row with its scores by SQuAD's scorer if the case has answers that are spans.

    The short answer is the words that the answer marks, or else its text. Stored rows can be
    scored, too.
    """
    if not case.has_span_answers:
        return row
    answer = row.answer_words or strip_answer(row.text) if row.answered else ""
    golds = case.answers if case.answerable else ()
    return replace(
        row,
        short_answer=answer,
        squad_exact=exact_match(answer, golds),
        squad_f1=squad_f1(answer, golds),
    )


def _count_words(case: Case, answer: Answer) -> WordCounts | None:
    if case.spans is None:
        return None
    quotes = answer.quotes if answer.answered else ()
    quoted = [Span(quote.start, quote.end) for quote in quotes]
    return count_words(case.article.text, quoted, case.spans)


def has_evidence(quote: str, evidence: Sequence[str]) -> bool:
    """Return whether the quote contains one of the pieces of evidence, or lies in one."""
    plain = normalise(quote)
    return bool(plain) and any(
        normalise(part) in plain or plain in normalise(part) for part in evidence
    )


def format_outcome(row: JudgedAnswer) -> str:
    """Return how an answer did, in a short code.

    `QA`, `Q-`, `-A` and `--` say whether quote and answer are right; `no` is a refusal, and `!yes`
    an answer to a question that has none. `yes` is an answer that nothing is known to be right for.
    A failure case has the words of `judge_failure_case` instead.
    """
    if row.outcome:
        return row.outcome
    if not row.answered:
        return "no"
    if not row.answerable:
        return "!yes"
    if not row.has_evidence and not row.has_short_answer:
        return "yes"
    return ("Q" if row.quote_right else "-") + ("A" if row.answer_right else "-")


def _compute_share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
