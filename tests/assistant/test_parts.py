"""A question that asks several things at once gets all that the article says, and is told what it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant import Answer, Article, Quote, Words
from assistant.answer import NOT_STATED, quotes_as_text
from assistant.parts import joined, parts_of
from assistant.reader import Sentence, Verdict
from index.library import Library

from .fakes import Holds, capable, chain_of, checked, script

OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who opened it, and what did it cost?", ("Who opened it?", "What did it cost?")),
        ("Who opened it and when?", ("Who opened it?", "When?")),
        ("Who opened it? What did it cost?", ("Who opened it?", "What did it cost?")),
        ("Who opened it; where is it?", ("Who opened it?", "Where is it?")),
        ("Tell me who opened it and also how long it is.", ("Tell me who opened it?", "How long it is?")),
        ("Which is the bridge who built which and who died?", ("Which is the bridge who built which and who died?",)),
        ("What is the man called who built it and who died?", ("What is the man called who built it and who died?",)),
        ("Who fled, why, and where did they go?", ("Who fled, why?", "Where did they go?")),
        ("When and where was it opened?", ("When and where was it opened?",)),
        ("Who opened the Old Bridge?", ("Who opened the Old Bridge?",)),
        ("What do the mayor and the engineer say?", ("What do the mayor and the engineer say?",)),
        ("Is the man who built it and who opened it alive?", ("Is the man who built it and who opened it alive?",)),
        ("Was kostet das?", ("Was kostet das?",)),
        ("", ("",)),
    ],
)
def test_a_question_is_cut_where_another_begins(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


def test_no_more_than_four_parts_are_made() -> None:
    assert len(parts_of("What is it? " * 50)) == 4


def test_each_part_is_answered_with_its_quotes(bridges: Library, bridge: Article) -> None:
    chain = chain_of(bridges, bridge, reader=Holds("opened"))
    events = list(chain.stream("Who opened the Old Bridge, and who opened it in May?"))
    answer = checked(events[-1], bridge)
    assert answer.text == f"“{OPENED}” [1] “{OPENED}” [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED]
    assert "".join(event.text for event in events if isinstance(event, Words)) == answer.text


class Asked(Holds):
    """Holds the sentences with a word for answers, but only to questions that have it, too."""

    def read(self, question: str, sentences: Sequence[Sentence]) -> Verdict:
        return super().read(question, sentences) if self._words[0] in question else Verdict((0.0,) * len(sentences), 1.0)


def test_what_the_article_does_not_say_is_named(bridges: Library, bridge: Article) -> None:
    chain = chain_of(bridges, bridge, reader=Asked("opened"))
    answer = checked(chain.invoke("Who painted the railing, and who opened the Old Bridge?"), bridge)
    assert answer.text == f"“{OPENED}” [1] The article does not say: “Who painted the railing?”"
    assert answer.answered
    assert answer.nearest is None


def test_where_nothing_is_said_there_is_no_answer(bridges: Library, bridge: Article) -> None:
    answer = checked(
        chain_of(bridges, bridge, reader=Holds("absent")).invoke("Who painted it, and what was the colour?"), bridge
    )
    assert (answer.text, answer.answered, answer.quotes) == (NOT_STATED, False, ())
    assert answer.nearest is not None


def test_a_capable_model_is_given_the_question_whole(bridges: Library, bridge: Article) -> None:
    model = capable("Ana Ruiz opened it in May 1998 [1].")
    checked(chain_of(bridges, bridge, model=model).invoke("Who opened the Old Bridge, and when was it opened?"), bridge)
    assert len(script(model).shown) == 1


def test_quotes_of_several_answers_are_counted_once_through() -> None:
    one, two = Quote(1, "a", 0, 1, "x"), Quote(2, "b", 1, 2, "x")
    first = Answer("A?", "A [1], B [2].", (one, two), confidence=0.9, seconds={"total": 1.0})
    second = Answer("B?", "B [1], [7].", (Quote(1, "b", 1, 2, "x"),), confidence=0.4, seconds={"total": 2.0})
    whole = joined("A and B?", [first, second])
    assert whole.text == "A [1], B [2]. B [2], [7]."
    assert [quote.number for quote in whole.quotes] == [1, 2]
    assert whole.confidence == 0.4
    assert whole.seconds["total"] == 3.0


def test_quotes_that_the_words_of_a_part_go_on_with_come_after_all_words(bridge: Article) -> None:
    first, second, third = (Quote.of(bridge, sentence, number) for number, sentence in enumerate(bridge.sentences[:3], 1))
    more = Answer("Who?", f"Ana Ruiz. [1]\n{quotes_as_text([first, second])}", (first, second))
    one = Answer("When?", "In 2003. [1]", (replace(third, number=1),))
    whole = checked(joined("Who, and when?", [more, one]), bridge)
    assert whole.words == "Ana Ruiz. [1] In 2003. [3]"
    assert whole.text == f"{whole.words}\n{quotes_as_text([first, second, third])}"
    assert whole.quotes == (first, second, third)
