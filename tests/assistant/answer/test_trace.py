"""Test the trace of an answer: its JSON, its text, and what each stage leaves in it."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import pytest

from assistant import Answer, Article
from assistant.answer.trace import (
    ComputationTrace,
    DraftTrace,
    FindingTrace,
    PassageTrace,
    QuestionTrace,
    SentenceTrace,
    Trace,
)
from assistant.pipeline.pipeline import AnswerPipeline
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from index.storage.library import Library
from tests.assistant.fakes import make_capable_model, make_scoring_model, make_trusting_pipeline

QUESTION = "Who opened the Old Bridge?"
TRACE = Trace(
    QuestionTrace("And when?", "When was it built?", "fact", "time"),
    passages=(PassageTrace("a1", 0, 20, 0.03, 0.7, 2.5),),
    sentences=(
        SentenceTrace("a1", 0, 20, "It was built\nin 1998.", 0.9, True),
        *(SentenceTrace("a1", 20, 30, f"Other {number}.", 0.1, False) for number in range(9)),
    ),
    no_answer_probability=0.1,
    computed=ComputationTrace("22", "118 − 96 = 22"),
    confidence=0.9,
    drafts=(
        DraftTrace("In 1997.", findings=(FindingTrace("unsupported-term", ("1997",)),)),
        DraftTrace("In 1998.", "1998"),
    ),
    seconds={"reading": 0.25, "total": 0.5},
)


def make_writing_pipeline(library: Library, article: Article, *pieces: str) -> AnswerPipeline:
    model = make_scoring_model(*pieces, probabilities=[0.96], names="1")
    thresholds = replace(DEFAULT_THRESHOLDS, max_verbatim_words=0)
    return make_trusting_pipeline(library, article, model=model, thresholds=thresholds)


def get_trace(answer: Answer) -> Trace:
    assert answer.trace
    return answer.trace


@pytest.mark.unit
def test_trace_is_immutable_and_serializable() -> None:
    with pytest.raises(FrozenInstanceError):
        TRACE.confidence = 1.0  # type: ignore[misc]
    data = json.loads(json.dumps(replace(TRACE, parts=(TRACE,)).to_dict()))
    assert data["question"]["answer_type"] == "time"
    assert data["drafts"][0]["findings"] == [{"code": "unsupported-term", "words": ["1997"]}]
    assert data["parts"] == [json.loads(json.dumps(TRACE.to_dict()))]


@pytest.mark.unit
def test_trace_is_in_json_only_if_requested() -> None:
    answer = Answer.from_text("And when?", "In 1998.", trace=TRACE)
    assert "trace" not in answer.to_dict()
    assert answer.to_dict(trace=True)["trace"] == TRACE.to_dict()
    assert Answer.from_text("?", "").to_dict(trace=True)["trace"] is None
    assert answer == Answer.from_text("And when?", "In 1998.")
    assert Answer.from_dict(answer.to_dict(trace=True), []).trace is None


@pytest.mark.unit
def test_text_of_trace_has_one_line_for_each_result() -> None:
    lines = replace(TRACE, parts=(TRACE,)).to_text().splitlines()
    assert lines[:4] == [
        "question: And when?",
        "standalone question: When was it built?",
        "intent: fact",
        "answer type: time",
    ]
    assert "  0.90 selected: It was built in 1998." in lines
    assert sum("not selected" in line for line in lines) == 10  # five in each
    assert "  finding: unsupported-term (1997)" in lines
    assert "computed: 22 (118 − 96 = 22)" in lines
    assert "seconds: reading 0.25, total 0.50" in lines
    assert lines.index("part 1") < lines.index("  question: And when?")


def test_accepted_draft_is_traced_with_stages(bridges: Library, bridge: Article) -> None:
    answer = make_writing_pipeline(bridges, bridge, "Mayor Ana Ruiz did.").invoke(QUESTION)
    trace = get_trace(answer)
    assert trace.question == QuestionTrace(QUESTION, QUESTION, "fact", "person")
    assert trace.passages
    assert [bridge.text[item.start : item.end] for item in trace.sentences] == [
        item.text for item in trace.sentences
    ]
    assert [item.text for item in trace.sentences if item.selected] == [answer.quotes[0].text]
    assert all(item.probability is not None for item in trace.sentences)
    assert (trace.model_probability, trace.confidence) == (0.96, answer.confidence)
    assert [(draft.text, draft.action) for draft in trace.drafts] == [
        ("Mayor Ana Ruiz did.", "accept")
    ]
    assert trace.seconds == answer.seconds


def test_rejected_drafts_are_traced_with_actions(bridges: Library, bridge: Article) -> None:
    answer = make_writing_pipeline(bridges, bridge, "Mayor Bob Stone.").invoke(QUESTION)
    assert answer.quotes_alone
    first, second = get_trace(answer).drafts
    assert (first.action, second.action) == ("write-again", "quotes-only")
    assert {finding.code for finding in first.findings} >= {"unsupported-term"}


def test_stopped_stream_is_traced(bridges: Library, bridge: Article) -> None:
    model = make_capable_model("Bob Stone ", "opened it [1].")
    answer = make_trusting_pipeline(bridges, bridge, model=model).invoke(QUESTION)
    (draft,) = get_trace(answer).drafts
    assert draft.findings == (FindingTrace("unsupported-term", ("Bob",)),)
    assert draft.action in ("abstain", "quotes-only")


def test_compound_question_has_trace_of_each_part(bridges: Library, bridge: Article) -> None:
    pipeline = make_trusting_pipeline(bridges, bridge)
    answer = pipeline.invoke("Who opened the Old Bridge? What did the bridge cost?")
    trace = get_trace(answer)
    assert trace.question.intent == "compound"
    assert len(trace.parts) == 2
    assert all(part.sentences for part in trace.parts)


def test_greeting_has_trace_without_search(bridges: Library, bridge: Article) -> None:
    trace = get_trace(make_trusting_pipeline(bridges, bridge).invoke("Hello"))
    assert (trace.passages, trace.sentences, trace.no_answer_probability) == ((), (), None)
