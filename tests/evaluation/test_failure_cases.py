"""The failure cases: how an answer is judged, and that their own script judges the same."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Quote
from evaluation.examples import ARTICLE, CASE, make_answer
from evaluation.failure_cases import judge_failure_case, read_failure_cases, states
from evaluation.judgement import judge
from evaluation.sets import Case, Expectation
from index import Article

FAILURE = replace(CASE, evidence=("3 million",), kind="number", expectation=Expectation())
RIGHT = make_answer("It cost 3 million euros. [1]", ARTICLE.sentences[1])


def expect(**fields: Any) -> Case:
    return replace(FAILURE, expectation=Expectation(**fields))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("case", "answer", "outcome"),
    [
        (FAILURE, RIGHT, "pass"),
        (FAILURE, make_answer("The article does not say.", answered=False), "refused"),
        (FAILURE, make_answer("3 million [1]", ARTICLE.sentences[0]), "wrong quote"),
        (FAILURE, make_answer("30 million [1]", ARTICLE.sentences[1]), "wrong answer"),
        (replace(FAILURE, answerable=False), RIGHT, "answered"),
        (replace(FAILURE, answerable=False), make_answer("…", answered=False), "pass"),
        (expect(all_of=("euros", "1998")), RIGHT, "wrong answer"),
        (expect(none_of=("euros",)), RIGHT, "wrong answer"),
        (expect(whole=("It cost 3 million euros.",)), RIGHT, "pass"),
        (expect(whole=("It cost 3 million euros in all.",)), RIGHT, "partial sentence"),
        (expect(occurrence=1), RIGHT, "pass"),
        (expect(occurrence=2), RIGHT, "other occurrence"),
    ],
)
def test_judge_failure_case(case: Case, answer: Answer, outcome: str) -> None:
    assert judge_failure_case(case, answer) == outcome
    assert judge(case, answer).outcome == outcome


@pytest.mark.unit
def test_judge_failure_case_inexact_quote() -> None:
    quote = Quote(1, "It cost 4 million euros.", *ARTICLE.sentences[1], ARTICLE.id)
    assert judge_failure_case(FAILURE, Answer.from_text("?", "x", (quote,))) == "inexact quote"


@pytest.mark.unit
def test_judge_failure_case_of_two_articles() -> None:
    other = Article.from_text("It cost 3 million euros. It is red.", "Another bridge")
    case = replace(FAILURE, others=(other,))
    answer = make_answer("It cost 3 million euros. [1]", other.sentences[0], article=other)
    assert judge_failure_case(case, answer) == "pass"
    assert judge(case, answer).exact


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "expected", "question", "result"),
    [
        ("It costs £6.80 a day", "6.80", "How much?", True),
        ("It costs £16.80", "6.80", "How much?", False),
        ("Its 3 boats", "3", "How many?", True),
        ("In 1,300 or 3.5", "3", "How many?", False),
        ("Yes. “It is.”", "Yes", "Is it open?", True),
        ("“It is.” Yes", "Yes", "Is it open?", False),
        ("The mayor’s dog", "mayor's", "Whose?", True),
        ("a theatre", "art", "What?", False),
        ("the artist", "art", "What?", True),
    ],
)
def test_states(text: str, expected: str, question: str, result: bool) -> None:
    assert states(text, expected, question) == result


@pytest.fixture(scope="module")
def official_verdict(shared: Path) -> Callable[..., str]:
    path = shared / "cases" / "run_cases.py"
    if not path.is_file():
        pytest.skip(f"{path} is absent: it lies beside the repository")
    spec = importlib.util.spec_from_file_location("run_cases", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    verdict: Callable[..., str] = module.verdict
    return verdict


def make_trial_answers(case: Case) -> list[Answer]:
    """Return answers that are right, half right and wrong, with each sentence in turn."""
    article = case.article
    texts = [*case.answers, *(case.expectation or Expectation()).all_of, "Nothing of it."]
    joined = " ".join(["Yes." if "Yes" in texts else "", *texts[:-1]])
    return [
        make_answer(f"{text} [1]", span, article=article)
        for span in article.sentences
        for text in [joined, *texts]
    ] + [make_answer("The article does not say.", answered=False, article=article)]


def test_judgement_equals_that_of_the_script(
    shared: Path, official_verdict: Callable[..., str]
) -> None:
    lines = (shared / "cases" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    rows = {row["id"]: row for row in map(json.loads, lines)}
    cases = read_failure_cases(shared / "cases")
    assert {case.id for case in cases} == set(rows)
    outcomes = set()
    for case in cases:
        texts = {article.id: article.text for article in case.articles}
        for answer in make_trial_answers(case):
            outcome = judge_failure_case(case, answer)
            outcomes.add(outcome)
            verdict = official_verdict(rows[case.id], answer, texts)
            assert (outcome == "pass") == (verdict == "pass"), (case.id, answer)
    assert outcomes >= {"pass", "refused", "answered", "wrong quote", "wrong answer"}
