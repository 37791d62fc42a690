"""A statement that the verifier stops is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant import Article
from assistant.pipeline.generation.actions import format_note
from assistant.pipeline.generation.draft import Finding
from assistant.pipeline.verification.verifier import Judgement, Verifier
from index.storage.library import Library
from tests.assistant.fakes import check_answer, make_scoring_model, make_trusting_pipeline
from tests.assistant.pipeline.questions import ANSWER_PIECES

UNSUPPORTED = format_note([Finding("unsupported-statement")])
QUESTION = "Who opened the Old Bridge?"


class FixedVerifier(Verifier):
    """Gives every statement the same probability, and records what it is asked."""

    def __init__(self, supported: float) -> None:
        super().__init__()
        self.supported = supported
        self.asked: list[tuple[str, str, str]] = []

    def judge(self, statements: Sequence[tuple[str, str, str]]) -> list[Judgement]:
        self.asked.extend(statements)
        rest = (1 - self.supported) / 2
        return [Judgement(self.supported, rest, rest) for _ in statements]


@pytest.mark.parametrize(("supported", "is_shown"), [(0.9, True), (0.01, False)])
def test_stopped_statement_leaves_quotes_alone(
    bridges: Library, bridge: Article, supported: float, is_shown: bool
) -> None:
    verifier = FixedVerifier(supported)
    model = make_scoring_model(*ANSWER_PIECES, probabilities=[0.75, 0.75])
    pipeline = make_trusting_pipeline(bridges, bridge, model=model, verifier=verifier)
    answer = check_answer(pipeline.invoke(QUESTION), bridge)
    assert answer.quotes_alone is not is_shown
    assert (UNSUPPORTED in answer.notes) is not is_shown
    ((question, statement, evidence),) = verifier.asked
    assert question == QUESTION
    assert "[" not in statement
    assert answer.quotes[0].text in evidence
    assert answer.outcome == ("answered" if is_shown else "quotes_only")
    assert [(item.kind, item.verified_by, item.confidence) for item in answer.statements] == (
        [("generated", "verifier", supported)] if is_shown else [("quote", "copy", None)]
    )
    assert answer.trace
    assert is_shown or answer.trace.drafts[-1].supported == supported


def test_statement_in_another_language_is_not_judged(library: Library, bridge: Article) -> None:
    verifier = FixedVerifier(0.01)
    foreign = library.add(replace(bridge, language="de"))
    model = make_scoring_model(*ANSWER_PIECES, probabilities=[0.75, 0.75])
    pipeline = make_trusting_pipeline(library, foreign, model=model, verifier=verifier)
    answer = check_answer(pipeline.invoke(QUESTION), foreign)
    assert not verifier.asked
    assert not answer.quotes_alone
    assert [(item.verified_by, item.confidence) for item in answer.statements] == [("checks", None)]
