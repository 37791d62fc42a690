"""Test calculations and comparisons whose operands are read for simple questions."""

from __future__ import annotations

import pytest

from assistant.pipeline.calculation import Ask, Calculator, Reading
from assistant.pipeline.candidate import Choice, make_candidates_at
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.evidence.span_reader import AnswerWords, SpanReader
from index.text.article import Article
from index.text.spans import Span
from tests.assistant.fakes import ScriptedModel

pytestmark = pytest.mark.unit

SOCIETY = "The society had £40 in March, against £30 in May. It has 134 members."


class KeywordSpanReader(SpanReader):
    """Finds the first of some words in a passage: the answers of a test."""

    def __init__(self, *words: str, probability: float = 0.9) -> None:
        super().__init__()
        self._words = words
        self._probability = probability

    def find(self, question: str, passage: str, title: str = "") -> AnswerWords:
        for words in self._words:
            if (start := passage.find(words)) >= 0:
                span = Span(start, start + len(words))
                return AnswerWords(span, self._probability, 1 - self._probability)
        return AnswerWords(Span(0, 1), 0.0, 1.0)


def make_ask(text: str, *, chance: float) -> Ask:
    """Return a function that reads the sentences of a text in their order for any question."""
    article = Article.from_text(text, language="en")
    candidates = tuple(make_candidates_at([article], lambda article: range(len(article.sentences))))
    choice = Choice(candidates[:1], candidates, 0.1, (chance,) * len(candidates))
    return lambda question: Reading(None, choice)


PLAN = " How much was there in March? B = How much was there in May? A - B\n"


def make_calculator(
    written: str, reader: SpanReader, *, chance: float = 0.9
) -> tuple[Calculator, ScriptedModel]:
    """Return a calculator whose model writes a text."""
    model = ScriptedModel(pieces=(written,))
    return Calculator(model, make_ask(SOCIETY, chance=chance), reader, 0.3), model


MORE = "How much more was there in March than in May?"


def calculate(
    reader: SpanReader, *, question: str = MORE, best: str = SOCIETY, chance: float = 0.9
) -> Computed | None:
    calculator, _ = make_calculator(PLAN, reader, chance=chance)
    (candidate,) = make_candidates_at([Article.from_text(best, language="en")], lambda _: [0])
    return calculator.calculate(question, SOCIETY, candidate)


def compare(question: str) -> Computed | None:
    reader = KeywordSpanReader("134 members")
    calculator, _ = make_calculator(" How many members does it have?", reader)
    return calculator.compare(question)


def test_second_question_does_not_get_the_words_of_the_first() -> None:
    computed = calculate(KeywordSpanReader("£40", "£30"))
    assert computed
    assert (computed.text, computed.calculation) == ("£10.", "£40 − £30 = £10")
    assert [candidate.text for candidate in computed.evidence] == [
        "The society had £40 in March, against £30 in May."
    ]


def test_missing_operand_is_a_blank() -> None:
    computed = calculate(KeywordSpanReader("£40"))
    assert computed
    assert computed.is_blank
    assert [candidate.position for candidate in computed.evidence] == [0]


def test_missing_operand_of_a_plain_question_is_no_blank() -> None:
    assert calculate(KeywordSpanReader("£40"), question="How much was there in March?") is None


def test_stated_difference_needs_no_operands() -> None:
    stated = "In March the society had £10 more than in May."
    assert calculate(KeywordSpanReader("£10"), best=stated) is None


def test_improbable_operand_is_missing() -> None:
    for computed in (
        calculate(KeywordSpanReader("£40", "£30", probability=0.3)),
        calculate(KeywordSpanReader("£40", "£30"), chance=0.3),
    ):
        assert computed
        assert computed.is_blank


def test_day_that_a_report_means_is_an_operand() -> None:
    report = "Ana Ruiz was born on 9 August 1938. The baker died on Sunday."
    article = Article.from_text(report, date="2024-03-08", language="en")
    candidates = tuple(make_candidates_at([article], lambda _: [0, 1]))
    choice = Choice(candidates, candidates, 0.1, (0.9, 0.9))
    plan = " When did Ruiz die? B = When was Ruiz born? A - B\n"
    calculator = Calculator(
        ScriptedModel(pieces=(plan,)),
        lambda question: Reading(None, choice),
        KeywordSpanReader("on Sunday", "9 August 1938"),
        0.3,
    )
    computed = calculator.calculate("How old was Ruiz when she died?", report, candidates[0])
    assert computed
    assert computed.text == "85 years."


def test_question_for_no_quantity_needs_no_plan() -> None:
    calculator, model = make_calculator(PLAN, KeywordSpanReader("£40", "£30"))
    assert calculator.calculate("Who paid?", SOCIETY, None) is None
    assert model.prompts == []


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Does it have at least 150 members?", "No."),
        ("Does it have more than 100 members?", "Yes."),
    ],
)
def test_number_is_compared_with_that_of_the_question(question: str, text: str) -> None:
    computed = compare(question)
    assert computed
    assert computed.text == text
    assert [candidate.position for candidate in computed.evidence] == [1]


@pytest.mark.parametrize(
    "question",
    [
        "Does it have more than 100 kilometres?",  # of another kind
        "Does it have members?",
        "Can it have more than 100 members?",
    ],
)
def test_question_without_a_comparable_number_gets_no_verdict(question: str) -> None:
    assert compare(question) is None
