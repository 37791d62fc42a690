"""Phrase answers to questions: short, or question and answer as one statement."""

from __future__ import annotations

import random
import re

from training.verifier_edits import classify_span

__all__ = ["end_question", "guess_kinds", "is_listed_with", "make_statement", "phrase_answer"]


def guess_kinds(question: str) -> tuple[str, ...]:
    """Return the kinds of spans that may answer a question."""
    asked = question.lower()
    if re.search(r"\bhow (?:many|much|old|long|far|large|big|tall|high)\b|\bpercent", asked):
        return ("number", "percent", "money")
    if re.search(r"\bwhen\b|\b(?:what|which) (?:year|date|day|decade|century|month)\b", asked):
        return ("year", "date")
    if re.search(r"\bwho\b|\bwhose\b|\bwhom\b|\bwhere\b|\b(?:which|what) \w+", asked):
        return ("name",)
    return ("name", "phrase")


def is_listed_with(answer: str, other: str, text: str) -> bool:
    """Return whether two spans are items of one list, so that both may be right."""
    gap = r"[\s,;]*(?:\b(?:and|or|as well as)\b)?[\s,;]*(?:the )?"
    first, second = re.escape(answer), re.escape(other)
    return bool(re.search(rf"{first}{gap}{second}|{second}{gap}{first}", text))


def end_question(question: str) -> str:
    """Return a question with single spaces and a question mark."""
    question = " ".join(question.split())
    return question if question.endswith("?") else f"{question}?"


def phrase_answer(question: str, answer: str, chance: random.Random) -> str:
    """Return a short answer in one of several forms."""
    answer = answer.rstrip(".")
    capital = answer[0].upper() + answer[1:]
    draw = chance.random()
    if draw < 0.35:
        return answer
    if draw < 0.8:
        return f"{capital}."
    if (
        draw < 0.9
        and classify_span(answer) in ("year", "name")
        and re.match(r"(?:when|where)\b|in (?:what|which)\b", question, re.IGNORECASE)
    ):
        return f"In {answer}."
    return f"{chance.choice(['It is', 'The answer is', 'It was'])} {answer}."


_SUBJECT_QUESTION = re.compile(
    r"^(?:who|what|which(?: [a-z]+){1,2}|what(?: [a-z]+){1,2}) "
    r"(?P<rest>(?:is|was|are|were|has|had|will|can|could|would|[a-z]{3,}(?:ed|s))\b.*)\?$",
    re.IGNORECASE,
)
_COUNT_QUESTION = re.compile(r"^how many (?P<rest>[a-z]+(?: [a-z]+)?\b.*)\?$", re.IGNORECASE)
_WAS_QUESTION = re.compile(
    r"^(?P<w>when|where|in (?:what|which) (?:year|month|city|country|state)) "
    r"(?P<verb>was|were|is|are) (?P<subject>(?:the |an? )?[\w.’'-]+(?: [A-Z][\w.’'-]+)*) "
    r"(?P<rest>[a-z]+ed\b.*|born|built|held|made|sold|found|written|set)\?$",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(r"\b(?:did|does|do|is|are|was|were|has|have|had|can|will)\b")


def make_statement(question: str, answer: str) -> str | None:
    """Return question and answer as one statement; None if the question is not that simple."""
    answer = answer.rstrip(".")
    if match := _WAS_QUESTION.match(question):
        preposition = "on" if re.search(r"\b\d{1,2}\b(?! ?\d{3})", answer) else "in"
        subject = match["subject"]
        text = f"{subject} {match['verb']} {match['rest']} {preposition} {answer}"
    elif (match := _COUNT_QUESTION.match(question)) and not _AUXILIARY.search(match["rest"]):
        text = f"{answer} {match['rest']}"
    elif match := _SUBJECT_QUESTION.match(question):
        rest = match["rest"]
        # "What was the war fought for?": an object question in disguise
        if re.search(r"\b(?:did|does|do|of|for|in|with|by|from|to|called|about|on)$", rest):
            return None
        if re.match(r"(?:does|is|was|are|were|has|had|will|can|could|would) (?!the |an? )", rest):
            return None
        text = f"{answer} {rest}"
    else:
        return None
    return f"{text[0].upper()}{text[1:]}."
