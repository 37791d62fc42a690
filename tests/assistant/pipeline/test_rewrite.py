"""Rewriting of follow-ups, with and without a model."""

from __future__ import annotations

import pytest

from assistant import Answer, Quote
from assistant.answer.quote import NOT_STATED
from assistant.pipeline.query.rewrite import (
    MAX_REWRITTEN_CHARACTERS,
    has_unresolved_pronoun,
    needs_context,
    rewrite_standalone,
)
from tests.assistant.fakes import ScriptedModel

pytestmark = pytest.mark.unit

EARLIER = "Who opened the Old Bridge?"
ANSWER = "Mayor Ana Ruiz opened it in May 1998. [1]"
HISTORY = [("What is Lund?", "A town."), (EARLIER, ANSWER)]
JOINED = f"{EARLIER} Mayor Ana Ruiz opened it in May 1998. And when was it closed?"


@pytest.mark.parametrize(
    "question",
    [
        "And when was it closed?", "Why?", "When did she open the bridge?", "What about the cost?",
        "How about them?", "And the flood?", "But why did the engineer leave?", "Are you sure?",
        "What else did the mayor say about Lund?", "How come?", "Who were the others?",
        "Was the former mayor there, too?", "And the other one?", "What about Malmö?",
        "How many of them?", "How many?", "Really?", "What happened then?", "Who lived there?",
        "Is that true?", "What are the drawbacks?", "How many kinds are there?",
        "WHO SAW HIM LEAVE THE TOWN?", "That is interesting. Tell me more.",
        "Bridges are rare now. Why?", "What happened at that time?", "Does he like Ana Ruiz?",
        "Why did it take so long?",
    ],
)  # fmt: skip
def test_needs_context_is_true_for_followup(question: str) -> None:
    assert needs_context(question)


@pytest.mark.parametrize(
    "question",
    [
        "How long is the Old Bridge of Lund?", "Who is the mayor of Lund?",
        "How many workers came from Syria?", "What did Jonas Weber say?",
        "How much rain fell in Lund this year?", "Are there any schools in Lund?",
        "There is a school in Lund; who built it?", "How many people have left Lund so far?",
        "Is it true that Ana Ruiz left Lund?", "Did Weber say that the bridge of Lund fell?",
        "How many left one camp in Lund?", "When did Ana Ruiz say that she would leave?",
        "What is inflation?", "Besides Ana Ruiz, who else spoke?",
        "That is interesting. How long is the bridge of Lund?", "Where did Mr. Costa live?",
        "Where did Thomas A. Weber live?", "How long did it take Ana Ruiz to build the bridge?",
    ],
)  # fmt: skip
def test_needs_context_is_false_for_standalone_question(question: str) -> None:
    assert not needs_context(question)


def test_rewrite_keeps_first_question() -> None:
    model = ScriptedModel(pieces=("Something else?",))
    assert rewrite_standalone("And when was it closed?", [], model) == "And when was it closed?"
    assert model.prompts == []


def test_rewrite_keeps_standalone_question() -> None:
    model = ScriptedModel(pieces=("Something else?",))
    assert (
        rewrite_standalone("How long is the Old Bridge of Lund?", HISTORY, model)
        == "How long is the Old Bridge of Lund?"
    )
    assert model.prompts == []


def test_rewrite_without_model_prepends_last_turn() -> None:
    assert rewrite_standalone("And when was it closed?", HISTORY, None) == JOINED


def test_rewrite_without_model_prepends_latest_names() -> None:
    history = [*HISTORY, ("How much did it cost?", "It cost 3 million euros.")]
    question = "Which painters repaired it afterwards?"
    rewritten = f"{EARLIER} Mayor Ana Ruiz May {question}"
    assert rewrite_standalone(question, history, None) == rewritten


@pytest.mark.parametrize(
    "question", ["Why?", "How come?", "And the other one?", "How many of them?"]
)
def test_rewrite_without_model_prepends_turn_to_bare_why(
    question: str,
) -> None:
    history = [*HISTORY, ("How much did it cost?", "It cost 3 million euros. The town paid.")]
    joined = (
        f"{EARLIER} Mayor Ana Ruiz May How much did it cost? It cost 3 million euros. {question}"
    )
    assert rewrite_standalone(question, history, None) == joined


def test_rewrite_ignores_refusals_in_history() -> None:
    assert rewrite_standalone("Why?", [(EARLIER, NOT_STATED)], None) == f"{EARLIER} Why?"


@pytest.mark.parametrize(
    "question", ["Are you sure?", "Really?", "Is that true?", "But are you really sure?"]
)
@pytest.mark.parametrize("model", [None, ScriptedModel(pieces=("Is the mayor sure?",))])
def test_rewrite_doubt_repeats_earlier_question(question: str, model: ScriptedModel | None) -> None:
    assert rewrite_standalone(question, HISTORY, model) == EARLIER


def test_rewrite_doubt_about_followup_rewrites_followup() -> None:
    history = [*HISTORY, ("And when was it closed?", "In 2003."), ("Really?", "In 2003.")]
    assert rewrite_standalone("Are you sure?", history, None) == JOINED
    model = ScriptedModel(pieces=("When was the Old Bridge closed?",))
    assert rewrite_standalone("Are you sure?", history, model) == "When was the Old Bridge closed?"


@pytest.mark.parametrize(
    ("earlier", "question", "rewritten"),
    [
        (EARLIER, "And the New Bridge?", "Who opened the New Bridge?"),
        ("How many came from Syria?", "What about Turkey?", "How many came from Turkey?"),
        ("How many came from Syria?", "And from Turkey?", "How many came from Turkey?"),
    ],
)
def test_rewrite_replaces_name_in_earlier_question(
    earlier: str, question: str, rewritten: str
) -> None:
    assert rewrite_standalone(question, [(earlier, "9,000.")], None) == rewritten


@pytest.mark.parametrize("question", ["And in May?", "What about the cost?"])
def test_rewrite_does_not_replace_name_by_other_words(question: str) -> None:
    assert (
        rewrite_standalone(question, HISTORY, None)
        == f"{EARLIER} {ANSWER.removesuffix(' [1]')} {question}"
    )


def test_rewrite_uses_model() -> None:
    model = ScriptedModel(pieces=("Rewritten: When was the Old", " Bridge closed?\nIt never was."))
    assert (
        rewrite_standalone("And when was it closed?", HISTORY, model)
        == "When was the Old Bridge closed?"
    )


@pytest.mark.parametrize(
    "answer", [ANSWER, Answer.from_text(EARLIER, ANSWER, (Quote(1, "Ana", 0, 3, "a"),))]
)
def test_rewrite_prompt_has_last_turns_without_markers(answer: Answer | str) -> None:
    model = ScriptedModel(pieces=("When was the Old Bridge closed?",))
    turns = [
        ("Who is Jonas Weber?", "An engineer."),
        ("What is Lund?", "A town."),
        ("Is it large?", "No."),
        (EARLIER, answer),
    ]
    rewrite_standalone("And when was it closed?", turns, model)
    (prompt,) = model.prompts
    assert (
        f"Question: {EARLIER}\nAnswer: Mayor Ana Ruiz opened it in May 1998.\n"
        "Follow-up: And when was it closed?" in prompt
    )
    assert "A town." in prompt
    assert "An engineer." not in prompt


@pytest.mark.parametrize(
    "rewritten",
    [
        "When was the Golden Gate closed?",  # another name
        "When was the Old Bridge closed in 2003?",  # a number from nowhere
        "When was the Old Bridge not closed?",  # the opposite
        "When was the Old Bridge of Paris closed?",
        EARLIER,  # the question before it
        "",
        " \n ",
        "When was the bridge closed? " + "The bridge, the bridge. " * MAX_REWRITTEN_CHARACTERS,
    ],
)
def test_rewrite_rejects_unsupported_rewriting(rewritten: str) -> None:
    assert (
        rewrite_standalone("And when was it closed?", HISTORY, ScriptedModel(pieces=(rewritten,)))
        == JOINED
    )


def test_rewrite_accepts_facts_of_history() -> None:
    model = ScriptedModel(pieces=("Where was Ana Ruiz in May 1998?",))
    assert (
        rewrite_standalone("Where was she then?", HISTORY, model)
        == "Where was Ana Ruiz in May 1998?"
    )


def test_rewrite_rejects_rewriting_that_loses_name() -> None:
    model = ScriptedModel(pieces=("Who opened it?",))
    assert rewrite_standalone("And the New Bridge?", HISTORY, model) == "Who opened the New Bridge?"


def test_rewrite_model_error_falls_back() -> None:
    assert (
        rewrite_standalone(
            "And when was it closed?", HISTORY, ScriptedModel(pieces=(), error=OSError("offline"))
        )
        == JOINED
    )


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("He died in 1821.", True),
        ("Born in Lund, she opened the Old Bridge in 1998.", True),
        ("Founded in 1724, it employed 300 people.", True),
        ("Later he moved to Malmö.", True),
        ("However, she stayed.", True),
        ("Originally it was a barn.", True),
        ("The group said it would go.", True),
        ("Napoleon died on 5 May; he was 51.", False),
        ("But Mr Assad said they left.", False),
        ("It is true that Lund has a bridge.", False),
        ("In Lund, Ana Ruiz opened it.", False),
    ],
)
def test_has_unresolved_pronoun(sentence: str, expected: bool) -> None:
    assert has_unresolved_pronoun(sentence) is expected
