"""Doubt: what a small model that tells probabilities changes about an answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from assistant import Answer, Article, Words, work
from assistant.answer import Event
from assistant.confidence import Signals
from assistant.models import Model
from index.errors import ModelError
from index.library import Library

from .fakes import Holds, Judging, Scripted, chain_of, checked, judging

QUESTION = "Who opened the Old Bridge?"
FINE = ("Mayor Ana", " Ruiz opened it", " in May 19", "98.")


@pytest.fixture(autouse=True)
def believing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's opinion is the confidence."""

    def believed(signals: Signals) -> float:
        return signals.reader if signals.opinion is None else signals.opinion

    monkeypatch.setattr(work, "confidence", believed)


def asked(bridges: Library, bridge: Article, model: Model) -> tuple[Sequence[Event], Answer]:
    events = list(chain_of(bridges, bridge, model=model).stream(QUESTION))
    return events, checked(events[-1], bridge)


def words_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Words))


def test_a_model_that_finds_an_answer_writes_it(bridges: Library, bridge: Article) -> None:
    model = judging(*FINE, yes=[0.9])
    events, answer = asked(bridges, bridge, model)
    assert words_of(events) == "".join(FINE)
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert answer.confidence == 0.9


def test_what_the_model_does_not_find_is_not_written(bridges: Library, bridge: Article) -> None:
    model = judging(*FINE, yes=[0.1])
    _, answer = asked(bridges, bridge, model)
    assert not answer.answered
    assert isinstance(model.chat, Judging)
    assert len(model.chat.shown) == 1


def test_the_sentences_that_a_model_names_are_quoted(bridges: Library, bridge: Article) -> None:
    model = judging("2", "].", " It cost 3,200,000", " euros.", yes=[0.9])
    events, answer = asked(bridges, bridge, model)
    assert words_of(events) == "It cost 3,200,000 euros."
    assert answer.text == "It cost 3,200,000 euros. [1]"
    assert [quote.text for quote in answer.quotes] == ["It cost 3,200,000 euros and is 120 metres long."]


def test_a_sentence_that_there_is_not_is_not_quoted(bridges: Library, bridge: Article) -> None:
    _, answer = asked(bridges, bridge, judging("99][0]. ", *FINE, yes=[0.9]))
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"


def test_words_that_another_sentence_states_are_cited_from_there(bridges: Library, bridge: Article) -> None:
    model = judging("1]. ", "It cost 3,200,", "000 euros.", yes=[0.9])
    chain = chain_of(bridges, bridge, model=model, reader=Holds("opened", "cost"))
    *events, last = chain.stream("What did it cost?")
    answer = checked(last, bridge)
    assert "3,200,000" not in words_of(events)  # until it was checked
    assert answer.text == "It cost 3,200,000 euros. [1]"
    assert [quote.text for quote in answer.quotes] == ["It cost 3,200,000 euros and is 120 metres long."]


def test_a_number_that_is_asked_for_and_left_out_leaves_the_quotes(bridges: Library, bridge: Article) -> None:
    chain = chain_of(bridges, bridge, model=judging("2]. ", "It cost euros.", yes=[0.9]))
    answer = checked(chain.invoke("How much did it cost?"), bridge)
    assert answer.quotes_alone
    assert "3,200,000" in answer.text
    assert any("left out the number" in note for note in answer.notes)


def test_words_that_do_not_hold_are_written_once_more(bridges: Library, bridge: Article) -> None:
    class Mending(Judging):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):  # type: ignore[no-untyped-def]
            self.pieces = ("Mayor Ana Ruiz.",) if "Do not write" in messages[-2].text else ("Mayor Bob Stone.",)
            yield from super()._stream(messages, stop, run_manager, **kwargs)

    model = Model("fake:mending", Mending(pieces=(), yes=[0.9]), capable=False)
    events, answer = asked(bridges, bridge, model)
    assert "Bob" not in words_of(events) + answer.text
    assert answer.text == "Mayor Ana Ruiz. [1]"
    assert isinstance(model.chat, Scripted)
    assert 'Do not write "Bob"' in model.chat.shown[-1]
    assert model.chat.shown[-1].endswith("Found [1].")


def test_words_that_do_not_hold_twice_leave_the_quotes_or_in_doubt_nothing(bridges: Library, bridge: Article) -> None:
    _, sure = asked(bridges, bridge, judging("Mayor Bob Stone.", yes=[0.9]))
    assert sure.quotes_alone
    _, unsure = asked(bridges, bridge, judging("Mayor Bob Stone.", yes=[0.35]))
    assert not unsure.answered


def test_a_model_that_fails_when_it_is_asked_for_its_opinion_leaves_the_quotes(bridges: Library, bridge: Article) -> None:
    class Failing(Judging):
        def likelihood(self, messages: object, word: str, other: str) -> float:
            raise ModelError("out of memory")

    model = Model("fake:failing", Failing(pieces=(), yes=[], error=ModelError("out of memory")), capable=False)
    _, answer = asked(bridges, bridge, model)
    assert answer.quotes_alone
    assert any("out of memory" in note for note in answer.notes)
