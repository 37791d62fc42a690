"""Compound questions: splitting them, answering each part and merging the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant import Answer, Article, Quote, TextDelta
from assistant.answer.merge import merge_answers
from assistant.answer.quote import NOT_STATED, render_quotes_text
from assistant.pipeline.evidence.reader import ReaderOutput, Sentence
from assistant.pipeline.query.decompose import decompose
from index.storage.library import Library
from tests.assistant.fakes import (
    KeywordReader,
    check_answer,
    get_script,
    make_capable_model,
    make_pipeline,
)

OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who opened it, and what did it cost?", ("Who opened it?", "What did it cost?")),
        ("Who opened it and when?", ("Who opened it?", "When?")),
        ("Who opened it? What did it cost?", ("Who opened it?", "What did it cost?")),
        ("Who opened it; where is it?", ("Who opened it?", "Where is it?")),
        (
            "Tell me who opened it and also how long it is.",
            ("Tell me who opened it?", "How long it is?"),
        ),
        (
            "Which is the bridge who built which and who died?",
            ("Which is the bridge who built which and who died?",),
        ),
        (
            "What is the man called who built it and who died?",
            ("What is the man called who built it and who died?",),
        ),
        ("Who fled, why, and where did they go?", ("Who fled, why?", "Where did they go?")),
        ("When and where was it opened?", ("When and where was it opened?",)),
        ("Who opened the Old Bridge?", ("Who opened the Old Bridge?",)),
        ("What do the mayor and the engineer say?", ("What do the mayor and the engineer say?",)),
        (
            "Is the man who built it and who opened it alive?",
            ("Is the man who built it and who opened it alive?",),
        ),
        ("Was kostet das?", ("Was kostet das?",)),
        ("", ("",)),
    ],
)
def test_decompose_splits_at_question_words(question: str, parts: tuple[str, ...]) -> None:
    assert decompose(question) == parts


def test_decompose_returns_at_most_four_parts() -> None:
    assert len(decompose("What is it? " * 50)) == 4


def test_compound_question_answers_each_part(bridges: Library, bridge: Article) -> None:
    chain = make_pipeline(bridges, bridge, reader=KeywordReader("opened"))
    events = list(chain.stream("Who opened the Old Bridge, and who opened it in May?"))
    answer = check_answer(events[-1], bridge)
    assert answer.text == f"“{OPENED}” [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == answer.text


class QuestionKeywordReader(KeywordReader):
    """Takes the sentences with a word for answers, if the question has the word, too."""

    def read(self, question: str, sentences: Sequence[Sentence]) -> ReaderOutput:
        return (
            super().read(question, sentences)
            if self._words[0] in question
            else ReaderOutput((0.0,) * len(sentences), 1.0)
        )


def test_compound_question_names_unanswered_part(bridges: Library, bridge: Article) -> None:
    chain = make_pipeline(bridges, bridge, reader=QuestionKeywordReader("opened"))
    answer = check_answer(
        chain.invoke("Who painted the railing, and who opened the Old Bridge?"), bridge
    )
    assert answer.text == f"“{OPENED}” [1] The article does not say: “Who painted the railing?”"
    assert answer.answered
    assert answer.nearest is None


def test_compound_question_without_answers_abstains(bridges: Library, bridge: Article) -> None:
    answer = check_answer(
        make_pipeline(bridges, bridge, reader=KeywordReader("absent")).invoke(
            "Who painted it, and what was the colour?"
        ),
        bridge,
    )
    assert (answer.text, answer.answered, answer.quotes) == (NOT_STATED, False, ())
    assert answer.nearest is not None


def test_compound_question_is_one_call_of_capable_model(bridges: Library, bridge: Article) -> None:
    model = make_capable_model("Ana Ruiz opened it in May 1998 [1].")
    check_answer(
        make_pipeline(bridges, bridge, model=model).invoke(
            "Who opened the Old Bridge, and when was it opened?"
        ),
        bridge,
    )
    assert len(get_script(model).prompts) == 1


def test_merge_renumbers_quotes() -> None:
    quote_a, quote_b = Quote(1, "a", 0, 1, "x"), Quote(2, "b", 1, 2, "x")
    first = Answer.from_text(
        "A?", "A [1], B [2].", (quote_a, quote_b), confidence=0.9, seconds={"total": 1.0}
    )
    second = Answer.from_text(
        "B?", "B [1], [7].", (Quote(1, "b", 1, 2, "x"),), confidence=0.4, seconds={"total": 2.0}
    )
    whole = merge_answers("A and B?", [first, second])
    assert whole.text == "A [1], B [2]. B [2], [7]."
    assert [quote.number for quote in whole.quotes] == [1, 2]
    assert whole.confidence == 0.4
    assert whole.seconds["total"] == 3.0


def test_merge_puts_quotes_after_all_text(bridge: Article) -> None:
    first, second, third = (
        Quote.of(bridge, sentence, number)
        for number, sentence in enumerate(bridge.sentences[:3], 1)
    )
    long = Answer.from_text(
        "Who?", f"Ana Ruiz. [1]\n{render_quotes_text([first, second])}", (first, second)
    )
    last = Answer.from_text("When?", "In 2003. [1]", (replace(third, number=1),))
    whole = check_answer(merge_answers("Who, and when?", [long, last]), bridge)
    assert whole.words == "Ana Ruiz. [1] In 2003. [3]"
    assert whole.text == f"{whole.words}\n{render_quotes_text([first, second, third])}"
    assert whole.quotes == (first, second, third)
