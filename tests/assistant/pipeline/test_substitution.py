"""Test rewritings of follow-ups that name another thing."""

from __future__ import annotations

import pytest

from assistant.pipeline.query.rewrite import rewrite_standalone
from assistant.pipeline.query.substitution import list_substitutions
from tests.assistant.fakes import ScriptedModel

pytestmark = pytest.mark.unit

TEXT = "The north gate opens at eight. The south gate is locked at nine. Lund has a mayor."


@pytest.mark.parametrize(
    ("question", "earlier", "first"),
    [
        ("No, I meant the south gate.", "When is the north gate locked in winter?",
         "When is the south gate locked in winter?"),
        ("And in 2021?", "How many ships came in 2020?", "How many ships came in 2021?"),
        ("Sorry, 2022.", "How many ships came in 2021?", "How many ships came in 2022?"),
        ("And the south one?", "When is the north gate locked?", "When is the south gate locked?"),
        ("What about the other one?", "When is the north gate locked?",
         "When is the south gate locked?"),
        ("And the passengers?", "How many ships came in 2022?",
         "How many passengers came in 2022?"),
    ],
)  # fmt: skip
def test_phrase_replaces_phrase_of_its_type(question: str, earlier: str, first: str) -> None:
    assert list_substitutions(question, earlier, TEXT)[0] == first


def test_phrase_may_be_asked_about_itself() -> None:
    candidates = list_substitutions("And the mayor?", "Who runs the bathing house?", TEXT)
    assert "Who is the mayor?" in candidates


@pytest.mark.parametrize(
    "question",
    [
        "Why?", "And why?", "And when is it locked?", "The south gate", "What about him?",
        "When is the south gate locked?", "And is the south gate locked?", "No.", "Are you sure?",
        "What happens to its crane?", "What opens at eight?", "And its lock?",
    ],
)  # fmt: skip
def test_other_followup_has_no_substitution(question: str) -> None:
    assert list_substitutions(question, "When is the north gate locked?", TEXT) == []


def test_rewrite_uses_substitution_that_article_answers() -> None:
    history = [("When is the north gate locked?", "At six.")]
    rewritten = rewrite_standalone(
        "No, I meant the south gate.", history, None, lambda questions: questions[0], TEXT
    )
    assert rewritten == "When is the south gate locked?"


def test_rewrite_keeps_plain_question_that_is_answered() -> None:
    model = ScriptedModel(pieces=("What does the mayor of Lund think of the gate?",))
    history = [("When is the north gate locked?", "At six.")]
    question = "What does the mayor want?"
    assert rewrite_standalone(question, history, model, lambda _: question, TEXT) == question
    assert model.prompts == []


def test_rewrite_rejects_word_of_neither_chat_nor_article() -> None:
    history = [("When is the north gate locked?", "At six.")]
    model = ScriptedModel(pieces=("When is the north gate with the bridge locked?",))
    rewritten = rewrite_standalone("And when is it opened?", history, model, None, TEXT)
    assert "bridge" not in rewritten
