"""Questions of yes or no, with a small model that tells probabilities."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from assistant import Article, Words, task
from assistant.answer import Found
from index.library import Library

from .fakes import Holds, Judging, chain_of, checked, judging

pytestmark = pytest.mark.usefixtures("believing")


@pytest.mark.parametrize(("yes", "said"), [(0.95, "Yes. "), (0.1, "No. "), (0.7, "")])
def test_yes_or_no_is_said_before_the_quotes_where_the_model_is_sure(
    bridges: Library, bridge: Article, yes: float, said: str
) -> None:
    model = judging("Never written.", found=[0.96], names="1", yes=yes)
    events = list(chain_of(bridges, bridge, model=model).stream("Was it opened by Mayor Ana Ruiz?"))
    answer = checked(events[-1], bridge)
    quote = bridge.slice(bridge.sentences[0])
    assert answer.text == f"{said}“{quote}” [1]"
    assert answer.quotes_alone is not bool(said)
    assert bool(answer.notes) is not bool(said)
    assert "".join(event.text for event in events if isinstance(event, Words)) == (answer.text if said else "")
    assert [quote.start for quote in answer.quotes] == [bridge.sentences[0].start]


@pytest.mark.parametrize(("names", "place"), [("6", 0), ("2", 1)])  # just before the second, she is named
def test_yes_or_no_is_said_of_a_sentence_that_names_what_the_question_does(
    bridges: Library, bridge: Article, names: str, place: int
) -> None:
    model = judging(found=[0.96], names=names, yes=0.95)
    answer = checked(chain_of(bridges, bridge, model=model).invoke("Did Ana Ruiz open it?"), bridge)
    assert [quote.start for quote in answer.quotes] == [bridge.sentences[place].start]


def test_what_is_judged_has_what_is_asked_for_and_comes_before_the_answer(bridges: Library, bridge: Article) -> None:
    model = judging(found=[0.01, 0.01], names="1", yes=0.5)
    chain = chain_of(bridges, bridge, model=model)
    *events, last = chain.stream("Did Ana Ruiz open it?")
    found = [event for event in events if isinstance(event, Found)]
    answer = checked(last, bridge)
    assert [event.quotes for event in found] == [answer.quotes]
    assert answer.confidence is not None
    assert answer.confidence < task.ABSTAIN
    article = Article.from_text("The Old Bridge was opened by people of Lund. It was long.")
    bridges.add(article)
    asked = "Is it known how many people opened the Old Bridge?"
    assert not checked(chain_of(bridges, article, model=judging(found=[0.9, 0.9], names="1")).invoke(asked), article).answered


def test_a_yes_is_not_said_of_a_sentence_that_denies_something(tmp_path: Path) -> None:
    article = Article.from_text("The bridge that Ana Ruiz opened is not a toll bridge. It was long.")
    with closing(Library(tmp_path)) as library:
        library.add(article)
        model = judging(found=[0.96, 0.96], names="1", yes=0.95)
        chain = chain_of(library, article, model=model)
        assert checked(chain.invoke("Is the bridge that she opened a toll bridge?"), article).quotes_alone
        assert checked(chain.invoke("Is the bridge that she opened not a toll bridge?"), article).text.startswith("Yes. ")


def test_whether_the_article_says_so_is_asked_as_of_any_question(bridges: Library, bridge: Article) -> None:
    model = judging(found=[0.9, 0.9], names="1", yes=0.95)
    chain_of(bridges, bridge, model=model).invoke("Was it opened by Mayor Ana Ruiz?")
    assert isinstance(model.chat, Judging)
    assert not any("Begin with Yes" in shown for shown in model.chat.shown)


def test_a_number_between_brackets_in_a_quote_after_yes_is_no_marker(tmp_path: Path) -> None:
    article = Article.from_text("The bridge was opened in May [1] by Ana Ruiz. It was long.")
    with closing(Library(tmp_path)) as library:
        library.add(article)
        chain = chain_of(library, article, model=judging(found=[0.96], names="1", yes=0.95))
        answer = checked(chain.invoke("Was it opened by Ana Ruiz?"), article)
    assert answer.text == "Yes. “The bridge was opened in May [1] by Ana Ruiz.” [1]"
    assert [span.start for span, _ in answer.citations] == [len(answer.text) - 3]


@pytest.mark.parametrize("found", [[(task.ABSTAIN + task.DOUBT) / 2] * 2, [0.01]])
@pytest.mark.parametrize(
    ("question", "reader", "answered"),
    [
        ("Did Ana Ruiz open the Old Bridge?", Holds("opened"), True),
        ("Did it cost 4,500,000 euros?", Holds("cost"), True),
        ("Did Ana Ruiz open the Old Bridge?", Holds("nothing"), False),  # that the reader finds
        ("Did Peter Smith open the Old Bridge?", Holds("opened"), False),  # a name that is nowhere
    ],
)
def test_what_may_deny_a_question_of_yes_or_no_is_shown_to_be_judged(
    bridges: Library, bridge: Article, question: str, reader: Holds, answered: bool, found: list[float]
) -> None:
    model = judging(found=list(found), names="1", yes=0.01)
    answer = checked(chain_of(bridges, bridge, model=model, reader=reader).invoke(question), bridge)
    assert answer.answered is answered
    assert answer.quotes_alone is answered
    assert (task.UNCLEAR in answer.notes) is answered
    assert ("“4,500,000” does not occur in the article." in answer.notes) is ("4,500,000" in question)
