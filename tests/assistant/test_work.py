"""Doubt: what a small model that tells probabilities changes about an answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant import Answer, Article, Words, task, work
from assistant.answer import Event
from assistant.models import Model
from index.embedding import MiniLM
from index.errors import ModelError
from index.library import Library

from .fakes import Holds, Judging, Scripted, capable, chain_of, checked, judging

QUESTION = "Who opened the Old Bridge?"
COST = "It cost 3,200,000 euros and is 120 metres long."
FINE = ("Mayor Ana", " Ruiz opened it", " in May 19", "98.")

pytestmark = pytest.mark.usefixtures("believing")


@pytest.fixture(autouse=True)
def writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentences here are short; all the same the model is to write."""
    monkeypatch.setattr(work, "SHORT", 0)


def asked(bridges: Library, bridge: Article, model: Model) -> tuple[Sequence[Event], Answer]:
    events = list(chain_of(bridges, bridge, model=model).stream(QUESTION))
    return events, checked(events[-1], bridge)


def words_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Words))


def test_a_model_that_is_sure_to_find_an_answer_writes_it(bridges: Library, bridge: Article) -> None:
    model = judging(*FINE, found=[0.96])
    events, answer = asked(bridges, bridge, model)
    assert words_of(events) == "".join(FINE)
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert answer.confidence == 0.96


@pytest.mark.parametrize(("found", "told"), [([0.6, 0.7], True), ([0.96], False)])
def test_a_word_that_the_quotes_do_not_say_is_not_told_in_doubt(
    bridges: Library, bridge: Article, found: list[float], told: bool
) -> None:
    _, answer = asked(bridges, bridge, judging("Mayor Ana Ruiz repaired it.", found=found, names="1"))
    assert answer.quotes_alone == told
    assert answer.notes == (("The quotes do not say “repaired”; judge for yourself.",) if told else ())


def test_in_doubt_it_is_asked_again_of_the_sentences_that_it_names_alone(bridges: Library, bridge: Article) -> None:
    model = judging("It cost 3,200,000", " euros.", found=[0.9, 0.7], names="2")
    _, answer = asked(bridges, bridge, model)
    assert answer.confidence == pytest.approx(0.8)
    assert isinstance(model.chat, Judging)
    _, _, again, _ = model.chat.shown
    assert "[2] It cost 3,200,000 euros" in again
    assert "[1]" not in again


def test_what_the_named_sentences_do_not_state_is_not_answered(bridges: Library, bridge: Article) -> None:
    _, answer = asked(bridges, bridge, judging(*FINE, found=[0.6, 0.02], names="2"))
    assert not answer.answered
    assert answer.nearest is not None


def test_what_the_model_does_not_find_is_not_written(bridges: Library, bridge: Article) -> None:
    model = judging(*FINE, found=[0.01])
    _, answer = asked(bridges, bridge, model)
    assert not answer.answered
    assert isinstance(model.chat, Judging)
    assert len(model.chat.shown) == 1


def test_the_sentences_that_a_model_names_are_quoted(bridges: Library, bridge: Article) -> None:
    model = judging("It cost 3,200,000", " euros.", found=[0.96], names="2")
    events, answer = asked(bridges, bridge, model)
    assert words_of(events) == "It cost 3,200,000 euros."
    assert answer.text == "It cost 3,200,000 euros. [1]"
    assert [quote.text for quote in answer.quotes] == [COST]


@pytest.mark.parametrize("names", ["99][0", "the first", ""])
def test_a_sentence_that_there_is_not_is_not_quoted(bridges: Library, bridge: Article, names: str) -> None:
    _, answer = asked(bridges, bridge, judging(*FINE, found=[0.96], names=names))
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"


def test_words_that_another_sentence_states_are_cited_from_there(bridges: Library, bridge: Article) -> None:
    model = judging("It cost 3,200,", "000 euros.", found=[0.96], names="1")
    chain = chain_of(bridges, bridge, model=model, reader=Holds("cost"))
    *events, last = chain.stream("What did it cost?")
    answer = checked(last, bridge)
    assert "3,200,000" not in words_of(events)  # until it was checked
    assert answer.text == "It cost 3,200,000 euros. [1]"
    assert [quote.text for quote in answer.quotes] == [COST]


def test_words_of_a_sentence_that_neither_model_nor_reader_chose_are_not_cited(bridges: Library, bridge: Article) -> None:
    _, answer = asked(bridges, bridge, judging("It cost 3,200,", "000 euros.", found=[0.96], names="1"))
    assert answer.quotes_alone
    assert COST not in answer.text


@pytest.mark.parametrize(
    "said",
    [
        "The mayor opened the Old Bridge.",
        "The article states all of these mayors.",
        ' "the Old Bridge"',
        ' "Old Bridge" The mayor did.',
    ],
)
def test_words_that_only_repeat_the_question_leave_the_quotes(bridges: Library, bridge: Article, said: str) -> None:
    chain = chain_of(bridges, bridge, model=judging(said, found=[0.96], names="1"))
    answer = checked(chain.invoke("Which mayor opened the Old Bridge?"), bridge)
    assert answer.quotes_alone
    assert any("only repeat the question" in note or "found no answer" in note for note in answer.notes)


def test_a_number_that_is_asked_for_and_left_out_leaves_the_quotes(bridges: Library, bridge: Article) -> None:
    chain = chain_of(bridges, bridge, model=judging("It cost euros.", found=[0.96], names="2"))
    answer = checked(chain.invoke("How much did it cost?"), bridge)
    assert answer.quotes_alone
    assert "3,200,000" in answer.text
    assert any("left out the number" in note for note in answer.notes)


def test_things_in_each_other_s_place_leave_the_quotes(tmp_path: Path, minilm: MiniLM) -> None:
    article = Article.from_text("Danes farm the west coast, as do Swedish settlers. It is cold.", "Land")
    library = Library(tmp_path, minilm)
    library.add(article)
    model = judging("Swedish settlers farm the west coast, as do Danes.", found=[0.96], names="1")
    answer = chain_of(library, article, model=model, reader=Holds("farm")).invoke("Who farms the west coast?")
    library.close()
    assert checked(answer, article).quotes_alone
    assert any("in each other's place" in note for note in answer.notes)


def test_a_reason_that_is_asked_for_and_left_out_leaves_the_quotes(tmp_path: Path, minilm: MiniLM) -> None:
    article = Article.from_text("The bridge was opened late because ice had formed on its northern side. It is long.", "Ice")
    library = Library(tmp_path, minilm)
    library.add(article)
    why = "Why was the bridge opened late?"
    left_out = chain_of(library, article, model=judging("The northern bridge was late.", found=[0.96], names="1")).invoke(why)
    told = chain_of(library, article, model=judging("Because ice had formed.", found=[0.96], names="1")).invoke(why)
    library.close()
    assert checked(left_out, article).quotes_alone
    assert "ice had formed" in left_out.text
    assert any("date or reason" in note for note in left_out.notes)
    assert checked(told, article).text == "Because ice had formed. [1]"


def test_words_that_the_model_quotes_first_are_not_shown_beside_its_sentence(bridges: Library, bridge: Article) -> None:
    model = judging(' "Mayor', ' Ana Ruiz"', " Mayor Ana Ruiz opened it.", found=[0.96], names="1")
    events, answer = asked(bridges, bridge, model)
    assert words_of(events) == "Mayor Ana Ruiz opened it."
    assert answer.text == "Mayor Ana Ruiz opened it. [1]"


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        " Jonas Weber opened it.",
        " Ana Ruiz" * 5,
        ' "Lund"' * 5,
        " It was opened in May 1998.",
        " The Old Bridge was opened.",
    ],
)
def test_where_its_sentence_does_not_hold_they_are_the_answer_and_what_they_are_said_of(
    bridges: Library, bridge: Article, sentence: str
) -> None:
    _, answer = asked(bridges, bridge, judging(' "Mayor Ana Ruiz"', sentence, found=[0.96], names="1"))
    assert answer.text == "“The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998” [1]"
    assert [quote.start for quote in answer.quotes] == [bridge.sentences[0].start]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Why was the bridge closed?", "Because the ice, which had formed on its northern side, was too heavy."),
        ("How was the bridge closed?", "Because the ice, which had formed on its northern side, was too heavy."),
        ("Which side had the ice?", "which had formed on its northern side"),
    ],
)
def test_a_reason_or_a_course_is_told_with_the_whole_sentence(tmp_path: Path, minilm: MiniLM, question: str, said: str) -> None:
    article = Article.from_text(
        "Because the ice, which had formed on its northern side, was too heavy.", "The bridge was closed"
    )
    library = Library(tmp_path, minilm)
    library.add(article)
    model = judging(' "on its northern side"', " It was 1998.", found=[0.96], names="1")
    answer = chain_of(library, article, model=model).invoke(question)
    library.close()
    assert checked(answer, article).text == f"“{said}” [1]"


def test_marks_of_the_sentence_before_are_not_shown_with_the_words(tmp_path: Path, minilm: MiniLM) -> None:
    article = Article.from_text("It is long (Ek, 1998)\n\n. The bridge was opened by Ana Ruiz", "The bridge")
    library = Library(tmp_path, minilm)
    library.add(article)
    model = judging(' "Ana Ruiz"', " It was 1997.", found=[0.96], names=str(len(article.sentences)))
    answer = chain_of(library, article, model=model).invoke("Who opened the bridge?")
    library.close()
    assert checked(answer, article).text == "“The bridge was opened by Ana Ruiz” [1]"


@pytest.mark.parametrize(
    ("question", "span", "answered"),
    [
        ("Who repaired the Old Bridge?", "The Old Bridge", False),
        ("Who repaired the Old Bridge?", "Ana Ruiz", True),
        ("Was it Ana Ruiz or Bo Ek who opened it?", "Ana Ruiz", True),
        ("Which of the two opened it, Ana Ruiz or Bo Ek?", "Ana Ruiz", True),
        ("What was opened in 1998?", "1998", True),
        ("Who opened the bridges of old?", "bridge", True),
    ],
)
def test_words_of_the_question_do_not_answer_it_and_nothing_is_written_from_them(
    bridges: Library, bridge: Article, question: str, span: str, answered: bool
) -> None:
    model = judging(f' "{span}"', " Mayor Ana Ruiz opened it in 1998.", found=[0.7, 0.7], names="1")
    chain = chain_of(bridges, bridge, model=model, reader=Holds("opened"))
    events = list(chain.stream(question))
    answer = checked(events[-1], bridge)
    assert answer.answered is answered
    assert answered or words_of(events) == ""


@pytest.mark.parametrize(("found", "answered"), [(0.97, True), (0.7, False)])
def test_a_word_or_two_do_not_tell_how(bridges: Library, bridge: Article, found: float, answered: bool) -> None:
    model = judging(' "Ana Ruiz"', " Jonas Weber did.", " Jonas Weber did.", found=[found, found], names="1")
    answer = checked(chain_of(bridges, bridge, model=model).invoke("How did they open the bridge?"), bridge)
    assert answer.answered is answered
    assert answer.quotes_alone is answered
    assert "“Ana Ruiz” [1]" not in answer.text


def test_words_that_the_sentences_do_not_have_are_no_answer(bridges: Library, bridge: Article) -> None:
    _, answer = asked(bridges, bridge, judging(' "Mayor Bob Stone"', " Mayor Bob Stone.", found=[0.96], names="1"))
    assert answer.quotes_alone
    assert "Bob" not in answer.text


def test_sentences_without_a_date_do_not_answer_when(bridges: Library, bridge: Article) -> None:
    article = Article.from_text("Ana Ruiz is the mayor. She opened the bridge.")
    bridges.add(article)
    model = judging("She opened it.", found=[0.96], names="2")
    answer = checked(chain_of(bridges, article, model=model).invoke("In what year was the bridge opened?"), article)
    assert not answer.answered
    assert answer.nearest is not None
    assert not checked(chain_of(bridges, article).invoke("When was it opened?"), article).answered


def test_how_many_is_not_answered_with_words_that_are_no_number(bridges: Library, bridge: Article) -> None:
    chain = chain_of(bridges, bridge, model=judging(' "metres long"', found=[0.96], names="2"))
    answer = checked(chain.invoke("How many euros did it cost?"), bridge)
    assert answer.quotes_alone
    assert "3,200,000" in answer.text


def test_words_that_do_not_hold_are_written_once_more(bridges: Library, bridge: Article) -> None:
    class Mending(Judging):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):  # type: ignore[no-untyped-def]
            self.pieces = (' "Ana" Mayor Ana Ruiz.',) if "Do not write" in messages[-2].text else ("Mayor Bob Stone.",)
            yield from super()._stream(messages, stop, run_manager, **kwargs)

    model = Model("fake:mending", Mending(pieces=(), found=[0.96]), capable=False)
    events, answer = asked(bridges, bridge, model)
    assert "Bob" not in words_of(events) + answer.text
    assert answer.text == "Mayor Ana Ruiz. [1]"
    assert isinstance(model.chat, Scripted)
    assert 'Do not write "Bob"' in model.chat.shown[-1]
    assert model.chat.shown[-1].endswith("Found [1].")


def test_words_that_do_not_hold_twice_leave_the_quotes_or_in_doubt_nothing(bridges: Library, bridge: Article) -> None:
    _, sure = asked(bridges, bridge, judging("Mayor Bob Stone.", found=[0.96]))
    assert sure.quotes_alone
    doubtful = (task.ABSTAIN + task.DOUBT) / 2
    _, unsure = asked(bridges, bridge, judging("Mayor Bob Stone.", found=[doubtful, doubtful]))
    assert not unsure.answered


def test_a_model_that_fails_when_it_is_asked_for_its_opinion_leaves_the_quotes(bridges: Library, bridge: Article) -> None:
    class Failing(Judging):
        def likelihood(self, messages: object, word: str, other: str) -> float:
            raise ModelError("out of memory")

    model = Model("fake:failing", Failing(pieces=(), found=[], error=ModelError("out of memory")), capable=False)
    _, answer = asked(bridges, bridge, model)
    assert answer.quotes_alone
    assert any("out of memory" in note for note in answer.notes)


def test_a_small_models_summary_is_its_quotes_and_it_is_not_asked(bridges: Library, bridge: Article) -> None:
    model = judging("It is a bridge.", found=[])
    answer = checked(chain_of(bridges, bridge, model=model).invoke("Summarise the article"), bridge)
    assert answer.quotes_alone
    assert isinstance(model.chat, Judging)
    assert model.chat.shown == []


def test_a_capable_models_summary_is_in_its_words_where_they_hold(bridges: Library, bridge: Article) -> None:
    answer = checked(chain_of(bridges, bridge, model=capable("It was Ana Ruiz.")).invoke("Summarise the article"), bridge)
    assert answer.quotes
    assert "It was Ana Ruiz. [1]" in answer.text
    assert "“It cost" in answer.text
