"""Candidates, their IDs, their selection, and the prompts that contain them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article
from assistant.pipeline.candidate import (
    Candidate,
    Choice,
    make_candidates,
    make_candidates_at,
    resolve_ids,
)
from assistant.pipeline.evidence.reader import ReaderOutput, Sentence
from assistant.pipeline.evidence.selection import (
    add_best,
    keep_likely,
    select_candidates,
    select_minimal_cover,
)
from assistant.pipeline.prompting.context import (
    format_article_header,
    format_ids,
    make_context_messages,
    number_sentences,
)
from assistant.pipeline.verification.names import (
    find_choice_with_all_names,
    find_novel_words,
    find_unsupported_name,
)
from index import Span
from index.retrieval.hybrid import Hit, HybridRetriever
from index.storage.library import Library
from tests.assistant.fakes import KeywordReader
from tests.index.texts import any_text


def make_hit(article: Article, first: int, last: int) -> Hit:
    """Return a passage from one sentence to another, counted from 0."""
    return Hit(
        article, Span(article.sentences[first].start, article.sentences[last].end), 0.03, 0.5, 1.0
    )


@pytest.fixture
def candidates(bridge: Article) -> list[Candidate]:
    return make_candidates([make_hit(bridge, 3, 4), make_hit(bridge, 0, 1)])


def test_candidates_exclude_dateline() -> None:
    article = Article.from_text("date 2016-11-28 The bridge fell. Nobody was hurt.")
    assert [candidate.text for candidate in make_candidates([make_hit(article, 0, 2)])] == [
        "The bridge fell.",
        "Nobody was hurt.",
    ]
    assert [candidate.text for candidate in resolve_ids([1, 2], (), article)] == [
        "The bridge fell."
    ]


def test_candidates_are_passage_sentences_best_first(
    candidates: list[Candidate], bridge: Article
) -> None:
    assert [candidate.position for candidate in candidates] == [3, 4, 0, 1]
    assert candidates[0].text == "The bridge never closed, not even in the flood of 2003."
    assert bridge.slice(candidates[0].span) == candidates[0].text


def test_candidate_id_is_position_in_one_article(candidates: list[Candidate]) -> None:
    assert [candidate.id for candidate in candidates] == [4, 5, 1, 2]


def test_candidate_id_is_rank_over_several_articles(bridge: Article, volcano: Article) -> None:
    hits = [make_hit(bridge, 3, 4), make_hit(volcano, 0, 0), make_hit(bridge, 0, 0)]
    candidates = make_candidates(hits)
    assert [candidate.id for candidate in candidates] == [1, 2, 3, 4]
    assert [candidate.article.title for candidate in candidates] == [
        "The Old Bridge",
        "The Old Bridge",
        "Etna erupts",
        "The Old Bridge",
    ]


def test_candidates_without_hits_are_empty() -> None:
    assert make_candidates([]) == []


def test_candidates_of_real_search_are_unique(
    bridges: Library, bundled: Article, volcano: Article
) -> None:
    retriever = HybridRetriever(library=bridges, article_ids=(bundled.id, volcano.id), k=8)
    candidates = make_candidates(retriever.hits("Where did people go?"))
    positions = [(candidate.article.id, candidate.position) for candidate in candidates]
    assert len(candidates) >= 8
    assert len(positions) == len(set(positions))
    assert len({candidate.id for candidate in candidates}) == len(candidates)


def test_select_candidates_by_reader(candidates: list[Candidate]) -> None:
    choice = select_candidates("How long?", candidates, 3, KeywordReader("metres"))
    assert [candidate.id for candidate in choice.selected] == [2]
    assert choice.ranked[0].id == 2
    assert sorted(candidate.id for candidate in choice.ranked) == [1, 2, 4, 5]
    assert choice.no_answer_probability == 0


def test_select_candidates_respects_limit(candidates: list[Candidate]) -> None:
    choice = select_candidates("?", candidates, 2, KeywordReader("bridge", "Bridge", "It"))
    assert [candidate.id for candidate in choice.selected] == [4, 1]


def test_select_candidates_returns_no_answer_probability(candidates: list[Candidate]) -> None:
    choice = select_candidates("Who painted it?", candidates, 3, KeywordReader("paint"))
    assert len(choice.ranked) == 4
    assert choice.no_answer_probability == 1


def test_select_candidates_without_candidates_is_empty() -> None:
    assert select_candidates("Who?", [], 3, KeywordReader("opened")).selected == ()


def make_choice(candidates: Sequence[Candidate], probabilities: Sequence[float]) -> Choice:
    return Choice(tuple(candidates[:1]), tuple(candidates), 0.1, tuple(probabilities))


def test_named_sentences_that_the_reader_rules_out_are_dropped(
    candidates: list[Candidate],
) -> None:
    choice = make_choice(candidates, [0.6, 0.2, 0.007, 0.001])
    named = [candidates[3], candidates[2], candidates[1]]
    assert keep_likely(named, choice, 0.01) == (candidates[2], candidates[1])


def test_named_sentences_that_were_not_read_are_dropped(
    candidates: list[Candidate],
) -> None:
    choice = make_choice(candidates[:2], [0.6, 0.2])
    assert keep_likely([candidates[3]], choice, 0.01) == ()


def test_named_sentences_keep_their_order(candidates: list[Candidate]) -> None:
    choice = make_choice(candidates, [0.4, 0.3, 0.2, 0.1])
    named = [candidates[2], candidates[0], candidates[3]]
    assert keep_likely(named, choice, 0.01) == tuple(named)


def test_minimal_cover_has_only_used_sentences(
    candidates: list[Candidate],
) -> None:
    flood, _, opened, cost = candidates
    assert select_minimal_cover(flood.text, "?", [opened, flood, cost]) == [flood]
    assert select_minimal_cover(f"{cost.text} {flood.text}", "?", [opened, flood, cost]) == [
        flood,
        cost,
    ]


def test_minimal_cover_ignores_words_of_question(candidates: list[Candidate]) -> None:
    flood, _, opened, _ = candidates
    question = opened.text
    assert select_minimal_cover(f"{opened.text} {flood.text}", question, [opened, flood]) == [flood]


def test_minimal_cover_without_shared_words_is_best(candidates: list[Candidate]) -> None:
    assert select_minimal_cover("Zebras!", "?", candidates) == candidates[:1]


@given(st.lists(st.tuples(st.integers(0, 999), any_text)))
def test_number_sentences_puts_each_on_one_line(
    sentences: list[tuple[int, str]],
) -> None:
    lines = number_sentences(sentences).splitlines()
    assert len(lines) == len(sentences)
    assert all(
        line.startswith(f"[{number}] ") for line, (number, _) in zip(lines, sentences, strict=True)
    )


def test_article_header_has_titles_and_dates(bridge: Article) -> None:
    assert (
        format_article_header([bridge, Article.from_text("No more.")])
        == "Article: The Old Bridge (2024-05-01)\nArticle: untitled"
    )


def test_context_has_candidates_in_article_order(
    candidates: list[Candidate],
) -> None:
    (message,) = make_context_messages(candidates, None)
    last = [line for line in message.text.splitlines() if line.startswith("[")][-4:]
    assert [line[:3] for line in last] == ["[1]", "[2]", "[4]", "[5]"]


def test_context_of_whole_article_is_constant(candidates: list[Candidate], bridge: Article) -> None:
    (message,) = make_context_messages(candidates, bridge)
    assert [message] == make_context_messages((), bridge)
    for number, span in enumerate(bridge.sentences, 1):
        assert f"\n[{number}] {bridge.slice(span)}" in message.text


def test_context_keeps_braces_of_article(bridge: Article) -> None:
    (message,) = make_context_messages((), bridge)
    assert "from {sentences} and {heading}." in message.text
    assert message.text.count("It cost 3,200,000 euros") == 1


def test_format_ids_returns_markers(candidates: list[Candidate]) -> None:
    assert format_ids(candidates[:2]) == "[4][5]"


def test_select_candidates_prefers_expected_type() -> None:
    article = Article.from_text(
        "Ana Ruiz opened the bridge for all. Mayor Ana Ruiz came in May 1998. It is long."
    )
    candidates = make_candidates([make_hit(article, 0, 2)])

    class FixedReader(KeywordReader):
        def read(self, question: str, sentences: Sequence[Sentence]) -> ReaderOutput:
            return ReaderOutput((0.8, 0.07, 0.01), 0.12)

    def select_positions(question: str, candidates: Sequence[Candidate]) -> list[int]:
        choice = select_candidates(question, candidates, 3, FixedReader())
        return [candidate.position for candidate in choice.selected]

    assert select_positions("When did Ana Ruiz open it?", candidates) == [1]
    assert select_positions("Who opened it?", candidates) == [0]
    assert select_positions("In what year was it painted?", candidates[:1]) == [0]


WATCHERS = (
    "The Syrian Observatory for Human Rights counted the dead. It has its office in Coventry. "
    "Others doubt that. Many fled. Shells fell on Aleppo again."
)


@pytest.mark.parametrize(
    ("text", "position", "name"),
    [
        (
            "The Syrian Observatory for Human Rights is based in Aleppo.",
            4,
            "Syrian Observatory for Human Rights",
        ),
        (
            "In the Syrian Observatory for Human Rights, shells fell.",
            4,
            "Syrian Observatory for Human Rights",
        ),
        (
            "The Syrian Observatory for Human Rights has its office in Coventry.",
            1,
            None,
        ),  # named just before
        ("The Syrian Observatory for Human Rights counted the dead.", 0, None),
        ("The Human Rights Observatory has its office in Coventry.", 1, None),  # most of its words
        ("The Aleppo Shell fell.", 4, None),  # in another form
        ("Bashar Aleppo fell.", 4, None),  # half of them: a surname alone
        ("Shells fell on the Old City.", 4, None),  # of the title
        ("Aleppo was shelled.", 4, None),  # one word is checked for itself
        ("", 4, None),
    ],
)
def test_unsupported_name_is_found(text: str, position: int, name: str | None) -> None:
    article = Article.from_text(WATCHERS, "The Old City")
    candidates = make_candidates([make_hit(article, position, position)])
    assert find_unsupported_name(text, candidates) == name


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("The Old Truman Brewery changed its name in 1724.", 0, ["changed"]),
        ("The brewery was founded in 1724.", 0, []),
        ("Two brewers founded it.", 0, ["brewers"]),  # another word, as far as this can tell
        ("Its founder, in Leeds, was called Joseph.", 1, ["Leeds"]),
        ("Joseph Truman founded the brewery.", 1, []),  # in the sentence before
        ("It burned on the 5th of May.", 2, []),
        ("The Trumans became its owners.", 0, ["owners"]),  # another form of the name
        ("It did not burn in Kilkenny.", 2, []),  # of the title; a negation is checked for itself
        ("", 0, []),
    ],
)
def test_novel_words_are_found(text: str, position: int, words: list[str]) -> None:
    article = Article.from_text(
        "The Old Truman Brewery was founded in 1724. Joseph Truman was its founder. "
        "It burned on 5 May.",
        "Beer in Kilkenny",
    )
    candidates = make_candidates([make_hit(article, position, position)])
    assert find_novel_words(text, candidates) == words


@pytest.mark.parametrize(
    ("sentence", "text"),
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
def test_novel_words_ignore_other_forms(sentence: str, text: str) -> None:
    article = Article.from_text(f"{sentence} Many forces came.")
    assert find_novel_words(text, make_candidates([make_hit(article, 0, 1)])) == []


def test_choice_with_all_names_shares_as_many_words() -> None:
    article = Article.from_text(
        "The show opens in Lund. Rain fell. Nothing else did. The museum is in Malmö. "
        "The show opens in Malmö, too."
    )
    show, _, _, museum, malmo = [
        make_candidates([make_hit(article, position, position)]) for position in range(5)
    ]
    question = "Does the show open in Malmö?"
    assert find_choice_with_all_names(question, [show, museum]) == ()
    assert find_choice_with_all_names(question, [show, museum, malmo]) == tuple(malmo)
    assert find_choice_with_all_names("Does the show open in Lund?", [show, malmo]) == tuple(show)
    assert find_choice_with_all_names("Is Malmö Museum free to visit?", [show, museum]) == tuple(
        museum
    )  # neither shares more words
    assert (
        find_choice_with_all_names("Does Malmö Museum open the show?", [show, museum]) == ()
    )  # names are not counted
    assert find_choice_with_all_names("Does the show open on Monday?", [show, malmo]) == tuple(
        show
    )  # a date is no name


def test_unsupported_name_accepts_initials() -> None:
    article = Article.from_text("Shells fell. Many fled. The SOHR has its office in Coventry.")
    text = "The Syrian Observatory of Human Rights has its office in Coventry."
    assert find_unsupported_name(text, make_candidates([make_hit(article, 2, 2)])) is None
    assert (
        find_unsupported_name(text, make_candidates([make_hit(article, 0, 0)]))
        == "Syrian Observatory of Human Rights"
    )


def test_best_sentence_is_added_to_those_that_a_model_names() -> None:
    article = Article.from_text("It opens in May. It opens in June instead. It is long.")
    first, second, third = make_candidates_at([article], lambda _: [0, 1, 2])
    choice = Choice((second,), (second, first, third), 0.1, (0.6, 0.3, 0.1))
    assert add_best([first], choice) == (second, first)
    assert add_best([first, second], choice) == (first, second)
    assert add_best([], choice) == ()
