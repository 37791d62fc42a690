"""Plan a calculation: the simple questions whose answers it needs, and the formula.

"How many years after the bridge opened was it closed?" needs the two dates and their difference. A
small language model writes the plan (as in self-ask, Press et al., 2022); the reader answers each
question from the article, and the program calculates (as in program-aided models, Gao et al.,
2022).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from assistant.models.first_line import generate_first_line
from assistant.pipeline.computation.dates import find_dates
from assistant.pipeline.computation.quantities import Quantity, find_quantities
from assistant.pipeline.computation.subject import content
from assistant.pipeline.prompting.templates import render_prompt
from assistant.pipeline.query.answer_type import asks_for_difference
from index.text.spans import Span

__all__ = [
    "CalculationPlan",
    "ask_for_number",
    "asks_for_quantity",
    "drop_compared_number",
    "is_unanswered_by_one_value",
    "make_plan_form",
    "needs_operands",
    "parse_plan",
    "plan_calculation",
    "states_difference",
]

MAX_PLAN_TOKENS = 100
MAX_PLAN_CHARACTERS = 400
_ASKS_FOR_QUANTITY = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|high|deep|wide|heavy|fast)\b"
    r"|\bwhat\b.{1,200}\b(?:pay|paid|costs?|price|difference|total|sum|age|charged?)\b",
    re.IGNORECASE,
)
_OPENING = r"(?:(?:When|What) (?:is|are|was|were|do|does|did|has|had|will)|How [a-z]+)"
_SUB_QUESTION = rf"{_OPENING} [^?=\n]+\?"
_TERM_FORM = r"(?:(?:\d{1,4} \* )?[ABC]|\d{1,4})"
_PARTS = re.compile(rf"(?:[ABC] = )?({_SUB_QUESTION})")
_TERM = re.compile(
    r"(?P<sign>[+-])?\s?(?:(?:(?P<factor>\d{1,4})\s\*\s)?(?P<name>[ABC])|(?P<number>\d{1,4}))"
)
_FORMULA = re.compile(rf"{_TERM_FORM}(?:\s[+-]\s{_TERM_FORM}){{0,2}}")
# A question about two events, or for a total: no single statement answers it as a rule.
_JOINS = re.compile(
    r"\bhow (?:many|much|long)\b.{1,60}\b(?:after|before|between|earlier|later)\b"
    r"|\b(?:altogether|combined|in (?:all|total))\b|\bhow old\b.{1,200}\b(?:in \d|when)"
    r"|\b\w{2,12}er\b.{1,200}\bthan\b",
    re.IGNORECASE,
)
_CARDINAL = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|half|twice|hundred"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-[a-z]{3,5})?)"
)
_BOUND = (
    r"(?:(?:more|fewer|less|greater|older|younger|longer|shorter|higher|lower|later|earlier)\sthan"
    r"|over|under|above|below|at\s(?:least|most)|up\sto)"
)
_AFTER = re.compile(
    r"\bhow (?:many|much|long)\b.{1,60}\b(?:after|before|earlier|later)\b", re.IGNORECASE
)
_STATED_DIFFERENCE = re.compile(
    rf"\bby\s[^.;]{{0,30}}(?:\d[^\s]{{0,20}}|{_CARDINAL}\b)|\bdifference\b[^.;]{{0,60}}"
    rf"|(?:\d|\b(?:an?|{_CARDINAL})\b)[^,.;]{{0,30}}?\b(?:more|less|after|before|afterwards"
    r"|\w{2,12}er)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"(\bhow (?:many|much)\b[^?]{0,40}?) (?:more|less|fewer)\b", re.IGNORECASE)
_SECOND_THING = re.compile(r"\sthan\b[^?]*\?")
# Words of the prompt's own simple questions that suit any question.
_FRAME = frozenset(
    content(
        """when how what born die open close built cost pay tall high long wide deep heavy old far
        many much first second now before year people"""
    )
)


@dataclass(frozen=True)
class CalculationPlan:
    """Simple questions, and how their answers make up the answer to the whole question.

    Attributes:
        questions: the simple questions.
        factors: by what the answer to each is multiplied; negative if it is subtracted.
        constant: a number of the whole question that is added, such as the year of "in 2015".
    """

    questions: tuple[str, ...]
    factors: tuple[int, ...]
    constant: int = 0


def asks_for_quantity(question: str) -> bool:
    """Return whether a question asks how many, how old or the like, or for a price or a total."""
    return bool(_ASKS_FOR_QUANTITY.search(question))


def plan_calculation(question: str, text: str, model: BaseChatModel) -> CalculationPlan | None:
    """Return the plan that a model writes; None if the question needs no calculation.

    Args:
        question: the standalone question.
        text: of the articles. A simple question has no word of the prompt's examples that neither
            the text nor the question has.
        model: a local model, whose output can be constrained to a pattern.
    """
    messages = [
        SystemMessage(render_prompt("plan")),
        HumanMessage(f"Question: {question}\nPlan:"),
        AIMessage("A ="),
    ]
    plan = parse_plan(_generate(model, messages, make_plan_form(question)))
    if not plan:
        return None
    plan = replace(plan, questions=tuple(map(_drop_comparison, plan.questions)))
    stems = set(content(" ".join(plan.questions)))
    if len(plan.questions) == 1 and set(content(question)) <= stems:
        return None  # the whole question again
    leaked = stems & _list_example_words() - set(content(f"{question} {text}"))
    return None if leaked or len(set(plan.questions)) < len(plan.questions) else plan


def _drop_comparison(question: str) -> str:
    """Return a question without what it compares with: "How much does the tent cost?"."""
    shorter = _SECOND_THING.sub("?", _MORE.sub(r"\1", question))
    return shorter if shorter != question and shorter.count(" ") > 1 else question


def needs_operands(question: str) -> bool:
    """Return whether a question is about two values, so that one of them alone is no answer."""
    return bool(_JOINS.search(question) or asks_for_difference(question))


def is_unanswered_by_one_value(question: str) -> bool:
    """Return whether a question asks how much more, or how long after: one value is no answer.

    A total, an age or a time between two things may be stated as it is.
    """
    return bool(_AFTER.search(question) or asks_for_difference(question))


def states_difference(text: str, words: Span) -> bool:
    """Return whether words of a text are a difference: "210 fewer than", "nine days later".

    Args:
        text: a sentence.
        words: where the words are that answer.
    """
    return any(
        match.start() < words.end and words.start < match.end()
        for match in _STATED_DIFFERENCE.finditer(text)
    )


def drop_compared_number(simple: str, question: str, number: Quantity) -> str:
    """Return a question for a number without the number that the whole question compares with.

    A small model may repeat it: "How many people were there fewer than forty people?".

    Args:
        simple: the question that the model wrote.
        question: the whole question.
        number: in the whole question.
    """
    words = re.escape(question[number.start : number.end])
    compared = rf"\s(?:{_BOUND}\s)?{words}(?:\s[a-z]+)?(?=\W)"
    shorter = re.sub(compared, "", simple, flags=re.IGNORECASE)
    return shorter if shorter.count(" ") > 1 else simple


def parse_plan(written: str) -> CalculationPlan | None:
    """Return the plan in a model's text; None if it is malformed or is one question as it is."""
    questions = tuple(match[1] for match in _PARTS.finditer(written))
    formula = written.rpartition("?")[2].strip()
    factors: dict[str, int] = {}
    constant = 0
    for match in _TERM.finditer(formula):
        sign = -1 if match["sign"] == "-" else 1
        if match["number"]:
            constant += sign * int(match["number"])
        else:
            factors[match["name"]] = sign * int(match["factor"] or 1)
    is_formula = _FORMULA.fullmatch(formula) and [*factors] == [*"ABC"[: len(questions)]]
    if not is_formula or (factors == {"A": 1} and not constant):
        return None
    return CalculationPlan(questions, tuple(factors.values()), constant)


def ask_for_number(question: str, model: BaseChatModel) -> str:
    """Return the question for the number that a yes/no question compares with.

    Args:
        question: such as "Is the wall more than 50 metres high?".
        model: a local model, whose output can be constrained to a pattern.
    """
    messages = [
        SystemMessage(render_prompt("open_question")),
        HumanMessage(f"Question: {question}\nNumber:"),
    ]
    return _generate(model, messages, r" ?How [a-z]+ [^?\n]+\?")


def _generate(model: BaseChatModel, messages: Sequence[BaseMessage], form: str) -> str:
    """Return the line that a model writes in the form of a pattern."""
    options = {"regex": form, "max_tokens": MAX_PLAN_TOKENS}
    return generate_first_line(model, messages, MAX_PLAN_CHARACTERS, **options)


def make_plan_form(question: str) -> str:
    """Return the pattern that the plan of a question has to match.

    Its numbers are those of the question. A question that compares has no plan of one question
    unless a number of it is in the formula.
    """
    numbers = sorted(set(map(str, _find_numbers(question))), reverse=True)
    number = rf"(?:{'|'.join(numbers)})"
    factor = rf"(?:(?:1|{number}) \* )?" if numbers else ""
    one = [rf"{number} - A", rf"{number} \* A"] if numbers else []
    if not needs_operands(question):
        one.append("A")
    forms = [rf"{_SUB_QUESTION} (?:{'|'.join(one)})"] if one else []
    two = rf"{_SUB_QUESTION} B = {_SUB_QUESTION}"
    forms.append(rf"{two} (?:A - B|{factor}A \+ {factor}B)")
    forms.append(rf"{two} C = {_SUB_QUESTION} {factor}A \+ {factor}B \+ {factor}C")
    return rf" (?:{'|'.join(forms)})\n"


@cache
def _list_example_words() -> frozenset[str]:
    """Return the stems of the words that only the examples of the prompt have."""
    return frozenset(content(render_prompt("plan"))) - _FRAME


def _find_numbers(text: str) -> Iterable[int]:
    for quantity in find_quantities(text):
        if quantity.value.denominator == 1:
            yield int(quantity.value)
    for stated in find_dates(text):
        yield stated.year
