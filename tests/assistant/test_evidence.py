"""Which sentences are candidates, what a model calls them, and which of them answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article
from assistant.evidence import (
    Candidate,
    akin,
    called,
    candidates_of,
    choose,
    covering,
    heading,
    named,
    naming,
    numbered,
    reading,
    unnamed,
    unsaid,
)
from assistant.reader import Sentence, Verdict
from index import Span
from index.library import Library
from index.search import Hit, HybridRetriever

from ..index.texts import any_text
from .fakes import Holds


def hit(article: Article, first: int, last: int) -> Hit:
    """A passage of some sentences, counted from 0."""
    return Hit(article, Span(article.sentences[first].start, article.sentences[last].end), 0.03, 0.5, 1.0)


@pytest.fixture
def candidates(bridge: Article) -> list[Candidate]:
    return candidates_of([hit(bridge, 3, 4), hit(bridge, 0, 1)])


def test_the_date_that_an_article_opens_with_is_no_candidate() -> None:
    article = Article.from_text("date 2016-11-28 The bridge fell. Nobody was hurt.")
    assert [one.text for one in candidates_of([hit(article, 0, 2)])] == ["The bridge fell.", "Nobody was hurt."]
    assert [one.text for one in called([1, 2], (), article)] == ["The bridge fell."]


def test_the_sentences_of_the_passages_are_candidates_the_best_first(candidates: list[Candidate], bridge: Article) -> None:
    assert [candidate.position for candidate in candidates] == [3, 4, 0, 1]
    assert candidates[0].text == "The bridge never closed, not even in the flood of 2003."
    assert bridge.slice(candidates[0].span) == candidates[0].text


def test_within_one_article_a_sentence_is_called_by_its_place(candidates: list[Candidate]) -> None:
    assert [candidate.id for candidate in candidates] == [4, 5, 1, 2]


def test_over_several_articles_no_two_sentences_have_one_name(bridge: Article, volcano: Article) -> None:
    found = candidates_of([hit(bridge, 3, 4), hit(volcano, 0, 0), hit(bridge, 0, 0)])
    assert [candidate.id for candidate in found] == [1, 2, 3, 4]
    assert [candidate.article.title for candidate in found] == [
        "The Old Bridge",
        "The Old Bridge",
        "Etna erupts",
        "The Old Bridge",
    ]


def test_nothing_found_is_no_candidate() -> None:
    assert candidates_of([]) == []


def test_every_sentence_of_a_real_search_is_a_candidate_once(bridges: Library, bundled: Article, volcano: Article) -> None:
    retriever = HybridRetriever(library=bridges, article_ids=(bundled.id, volcano.id), k=8)
    found = candidates_of(retriever.hits("Where did people go?"))
    places = [(candidate.article.id, candidate.position) for candidate in found]
    assert len(found) >= 8
    assert len(places) == len(set(places))
    assert len({candidate.id for candidate in found}) == len(found)


def test_the_reader_chooses_what_answers(candidates: list[Candidate]) -> None:
    choice = choose("How long?", candidates, 3, Holds("metres"))
    assert [candidate.id for candidate in choice.chosen] == [2]
    assert choice.ranked[0].id == 2
    assert sorted(candidate.id for candidate in choice.ranked) == [1, 2, 4, 5]
    assert choice.none == 0


def test_no_more_are_chosen_than_an_answer_may_carry(candidates: list[Candidate]) -> None:
    assert [candidate.id for candidate in choose("?", candidates, 2, Holds("bridge", "Bridge", "It")).chosen] == [4, 1]


def test_where_the_reader_holds_none_for_the_answer_it_says_so(candidates: list[Candidate]) -> None:
    choice = choose("Who painted it?", candidates, 3, Holds("paint"))
    assert len(choice.ranked) == 4
    assert choice.none == 1


def test_without_candidates_none_is_chosen() -> None:
    assert choose("Who?", [], 3, Holds("opened")).chosen == ()


AKIN = Article.from_text(
    "The river rises in two branches. The two branches meet near Hancock. Hancock has two mayors. Import subprocess and time. ***."
)


@pytest.mark.parametrize(
    ("question", "named", "kept"),
    [
        ("Where does the river rise?", [1, 2, 3, 4], [1, 2]),
        ("Where does the river rise?", [4, 2, 1], [2, 1]),
        ("Who leads Hancock?", [3, 4, 2], [3, 2]),
        ("Wo entspringt der Fluss?", [1, 4, 5], [1, 4]),
        ("Where does the river rise?", [5], [5]),
        ("Where does the river rise?", [4], [4]),
        ("Where does the river rise?", [], []),
    ],
)
def test_of_several_sentences_those_about_something_else_are_left_out(question: str, named: list[int], kept: list[int]) -> None:
    assert [one.id for one in akin(question, called(named, (), AKIN))] == kept


def test_only_the_sentences_that_a_text_was_made_from_are_cited(candidates: list[Candidate]) -> None:
    flood, _, opened, cost = candidates
    assert covering(flood.text, "?", [opened, flood, cost]) == [flood]
    assert covering(f"{cost.text} {flood.text}", "?", [opened, flood, cost]) == [flood, cost]


def test_what_only_repeats_the_question_decides_nothing(candidates: list[Candidate]) -> None:
    flood, _, opened, _ = candidates
    question = opened.text
    assert covering(f"{opened.text} {flood.text}", question, [opened, flood]) == [flood]


def test_a_text_of_other_words_cites_the_best(candidates: list[Candidate]) -> None:
    assert covering("Zebras!", "?", candidates) == candidates[:1]


@given(st.lists(st.tuples(st.integers(0, 999), any_text)))
def test_a_model_reads_every_sentence_on_a_line_of_its_own(sentences: list[tuple[int, str]]) -> None:
    lines = numbered(sentences).splitlines()
    assert len(lines) == len(sentences)
    assert all(line.startswith(f"[{number}] ") for line, (number, _) in zip(lines, sentences, strict=True))


def test_a_model_is_told_titles_and_dates(bridge: Article) -> None:
    assert heading([bridge, Article.from_text("No more.")]) == "Article: The Old Bridge (2024-05-01)\nArticle: untitled"


def test_a_model_reads_the_candidates_in_the_order_of_the_article(candidates: list[Candidate]) -> None:
    (message,) = reading(candidates, None)
    last = [line for line in message.text.splitlines() if line.startswith("[")][-4:]
    assert [line[:3] for line in last] == ["[1]", "[2]", "[4]", "[5]"]


def test_a_model_may_read_the_whole_article_the_same_for_every_question(candidates: list[Candidate], bridge: Article) -> None:
    (message,) = reading(candidates, bridge)
    assert [message] == reading((), bridge)
    for number, span in enumerate(bridge.sentences, 1):
        assert f"\n[{number}] {bridge.slice(span)}" in message.text


def test_braces_in_the_article_are_left_alone(bridge: Article) -> None:
    (message,) = reading((), bridge)
    assert "from {sentences} and {heading}." in message.text
    assert message.text.count("It cost 3,200,000 euros") == 1


def test_chosen_sentences_are_named_by_their_ids(candidates: list[Candidate]) -> None:
    assert named(candidates[:2]) == "[4][5]"


def test_a_sentence_that_has_what_is_asked_for_goes_before_one_that_has_not() -> None:
    article = Article.from_text("Ana Ruiz opened the bridge for all. Mayor Ana Ruiz came in May 1998. It is long.")
    found = candidates_of([hit(article, 0, 2)])

    class Nearly(Holds):
        def read(self, question: str, sentences: Sequence[Sentence]) -> Verdict:
            return Verdict((0.8, 0.1, 0.01), 0.09)

    assert [one.position for one in choose("When did Ana Ruiz open it?", found, 3, Nearly()).chosen] == [1]
    assert [one.position for one in choose("Who opened it?", found, 3, Nearly()).chosen] == [0]
    assert [one.position for one in choose("In what year was it painted?", found[:1], 3, Nearly()).chosen] == [0]


WATCHERS = (
    "The Syrian Observatory for Human Rights counted the dead. It has its office in Coventry. Others doubt that. "
    "Many fled. Shells fell on Aleppo again."
)


@pytest.mark.parametrize(
    ("text", "place", "name"),
    [
        ("The Syrian Observatory for Human Rights is based in Aleppo.", 4, "Syrian Observatory for Human Rights"),
        ("In the Syrian Observatory for Human Rights, shells fell.", 4, "Syrian Observatory for Human Rights"),
        ("The Syrian Observatory for Human Rights has its office in Coventry.", 1, None),  # named just before
        ("The Syrian Observatory for Human Rights counted the dead.", 0, None),
        ("The Human Rights Observatory has its office in Coventry.", 1, None),  # most of its words
        ("The Aleppo Shell fell.", 4, None),  # in another form
        ("Bashar Aleppo fell.", 4, None),  # half of them: a surname alone
        ("Shells fell on the Old City.", 4, None),  # of the title
        ("Aleppo was shelled.", 4, None),  # one word is checked for itself
        ("", 4, None),
    ],
)
def test_a_name_of_which_the_sentences_say_nothing_is_told(text: str, place: int, name: str | None) -> None:
    article = Article.from_text(WATCHERS, "The Old City")
    assert unnamed(text, candidates_of([hit(article, place, place)])) == name


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("The Old Truman Brewery changed its name in 1724.", 0, ["changed"]),
        ("The brewery was founded in 1724.", 0, []),
        ("Two brewers founded it.", 0, ["brewers"]),  # another word, as far as this can tell
        ("Its founder, in Leeds, was called Joseph.", 1, ["Leeds"]),
        ("Joseph Truman founded the brewery.", 1, []),  # said just before
        ("It burned on the 5th of May.", 2, []),
        ("The Trumans became its owners.", 0, ["owners"]),  # another form of the name
        ("It did not burn in Kilkenny.", 2, []),  # of the title; a negation is checked for itself
        ("", 0, []),
    ],
)
def test_words_that_the_sentences_do_not_say_are_told(text: str, place: int, words: list[str]) -> None:
    said = "The Old Truman Brewery was founded in 1724. Joseph Truman was its founder. It burned on 5 May."
    article = Article.from_text(said, "Beer in Kilkenny")
    assert unsaid(text, candidates_of([hit(article, place, place)])) == words


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Some 20% left.", "20 percent left."),
        ("It cost $3 million.", "It cost 3 million dollars."),
        ("It is 5 km long.", "It is 5 kilometres long."),
        ("It opened on 5 Oct.", "It opened on 5 October."),
        ("The barn did not burn.", "The barn didn't burn."),
        ("It was built in 1724.", "It was built in the 18th century."),
        ("Kurds hold the north-west.", "Kurdish forces hold the northwest forces."),
        ("The barn burned.", "The article says the barn burned."),
    ],
)
def test_what_is_said_in_another_form_is_said(said: str, text: str) -> None:
    article = Article.from_text(f"{said} Many forces came.")
    assert unsaid(text, candidates_of([hit(article, 0, 1)])) == []


def test_another_choice_says_the_names_and_no_less_of_the_question() -> None:
    article = Article.from_text(
        "The show opens in Lund. Rain fell. Nothing else did. The museum is in Malmö. The show opens in Malmö, too."
    )
    show, _, _, museum, other = [candidates_of([hit(article, place, place)]) for place in range(5)]
    asked = "Does the show open in Malmö?"
    assert naming(asked, [show, museum]) == ()
    assert naming(asked, [show, museum, other]) == tuple(other)
    assert naming("Does the show open in Lund?", [show, other]) == tuple(show)
    assert naming("Is Malmö Museum free to visit?", [show, museum]) == tuple(museum)  # neither says more of it
    assert naming("Does Malmö Museum open the show?", [show, museum]) == ()  # names are not counted
    assert naming("Does the show open on Monday?", [show, other]) == tuple(show)  # a date is no name


def test_initials_stand_for_a_name() -> None:
    article = Article.from_text("Shells fell. Many fled. The SOHR has its office in Coventry.")
    said = "The Syrian Observatory of Human Rights has its office in Coventry."
    assert unnamed(said, candidates_of([hit(article, 2, 2)])) is None
    assert unnamed(said, candidates_of([hit(article, 0, 0)])) == "Syrian Observatory of Human Rights"
