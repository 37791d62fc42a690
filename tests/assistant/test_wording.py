"""A model's words for an answer: shown as far as the evidence carries them, by small and by capable models."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant import Article, InputError
from assistant.answer import NOT_STATED
from assistant.chain import Ask
from assistant.models import Model
from index.embedding import MiniLM
from index.library import Library

from .asking import FINE, OPENED, QUESTION, asked, steps, words_of
from .fakes import Holds, capable, chain_of, judging, script, small

# ---- a small model


def test_a_small_model_says_it_in_a_sentence(bridges: Library, bridge: Article) -> None:
    events, answer = asked(chain_of(bridges, bridge, model=small(*FINE)))
    assert steps(events) == ["searching", "reading", "Found", "writing", "Words", "checking", "Answer"]
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED]
    assert (answer.model, answer.notes) == ("fake:small", ())
    assert answer.text.startswith(words_of(events))


@pytest.mark.parametrize(
    "pieces", [("\n\nMayor Ana Ruiz opened it.",), ("Mayor Ana Ruiz opened it. \n",), tuple(" Ana Ruiz did. ")]
)
def test_white_space_around_a_models_words_is_not_shown(bridges: Library, bridge: Article, pieces: tuple[str, ...]) -> None:
    events, answer = asked(chain_of(bridges, bridge, model=small(*pieces)))
    assert answer.text == "".join(pieces).strip() + " [1]"
    assert answer.text.startswith(words_of(events))


@pytest.mark.parametrize(
    ("pieces", "lie"),
    [
        (("Mayor Ana Ruiz opened it in 19", "99", ", they say."), "1999"),
        (("Mayor Bob", "by Stone opened it."), "Bob"),
        (("It cost 9", "0 euros."), "90"),
        (("1999 is the year.",), "1999"),
        (("Mayor Ana Ruiz opened it in May 1998, with 40 guests",), "40"),
    ],
)
def test_a_number_or_name_that_the_quotes_lack_is_never_shown(
    bridges: Library, bridge: Article, pieces: tuple[str, ...], lie: str
) -> None:
    events, answer = asked(chain_of(bridges, bridge, model=small(*pieces)))
    assert lie not in words_of(events)
    assert lie not in answer.text
    assert answer.quotes_alone
    assert any(lie in note for note in answer.notes)


OBSERVED = (
    "The Syrian Observatory for Human Rights counted the dead. Some fled. Others stayed. A bakery is based in Aleppo. "
    "The UK-based Observatory for Human Rights said more. "
)


@pytest.mark.parametrize(
    ("read", "quoted", "text"),
    [
        ("bakery", "A bakery is based in Aleppo.", None),
        (
            "UK-based",
            "The UK-based Observatory for Human Rights said more.",
            "The Observatory for Human Rights is UK-based. [1]",
        ),
    ],
)
def test_what_is_said_of_a_name_that_the_quotes_do_not_have_is_written_from_what_the_reader_found(
    minilm: MiniLM, tmp_path: Path, read: str, quoted: str, text: str | None
) -> None:
    article = Article.from_text(OBSERVED)
    question = "Where is the Syrian Observatory for Human Rights based?"
    false, right = (
        "The Syrian Observatory for Human Rights is based in Aleppo.",
        "The Observatory for Human Rights is UK-based.",
    )
    with closing(Library(tmp_path, minilm)) as library:
        library.add(article)
        model = judging(false, found=[0.96], names="4")
        script(model).then = (right,)
        _, answer = asked(chain_of(library, article, model=model, reader=Holds(read)), question)
    assert [quote.text for quote in answer.quotes] == [quoted]
    if text:
        assert answer.text == text
    else:
        assert answer.quotes_alone
        assert any("Syrian Observatory for Human Rights" in note for note in answer.notes)


@pytest.mark.parametrize("said", ["Mayor Ana Ruiz never opened it.", "Mayor Ana Ruiz opened it with forty guests."])
def test_a_claim_that_the_quotes_lack_is_no_answer(bridges: Library, bridge: Article, said: str) -> None:
    _, answer = asked(chain_of(bridges, bridge, model=small(said)))
    assert answer.quotes_alone
    assert answer.notes


@pytest.mark.parametrize(
    "pieces", [("Not stated.",), ("Not", " stated"), tuple("Not stated."), ("“Not ", "stated.”"), ("**Not ", "stated**")]
)
def test_a_small_model_that_refuses_says_nothing(bridges: Library, bridge: Article, pieces: tuple[str, ...]) -> None:
    events, answer = asked(chain_of(bridges, bridge, model=small(*pieces)))
    assert words_of(events) == ""
    assert "stated" not in answer.text.lower()
    assert answer.quotes_alone or not answer.answered


@pytest.mark.parametrize("pieces", [("",), (" ", "\n")])
def test_a_small_model_that_says_nothing_leaves_the_quotes(bridges: Library, bridge: Article, pieces: tuple[str, ...]) -> None:
    events, answer = asked(chain_of(bridges, bridge, model=small(*pieces)))
    assert words_of(events).strip() == ""
    assert answer.quotes_alone or not answer.answered


@pytest.mark.parametrize("model", [small("Mayor Ana ", error=OSError("cut off")), small(error=OSError("cut off")), small()])
def test_a_small_model_that_fails_leaves_the_quotes(bridges: Library, bridge: Article, model: Model) -> None:
    _, answer = asked(chain_of(bridges, bridge, model=model))
    assert answer.quotes_alone
    assert answer.notes


def test_words_that_are_no_quote_of_the_article_are_told(bridges: Library, bridge: Article) -> None:
    _, answer = asked(chain_of(bridges, bridge, model=small("The mayor, “Mayor Ana Ruiz”, “opened it by mayor” in May.")))
    assert answer.notes == ("“opened it by mayor” is not found in the article.",)
    assert [(one.words, one.status) for one in answer.quoted] == [
        ("Mayor Ana Ruiz", "verified"),
        ("opened it by mayor", "not found"),
    ]
    place = answer.quoted[0]
    assert (place.article_id, bridge.text[place.start : place.end]) == (bridge.id, "Mayor Ana Ruiz")


def test_words_of_another_article_of_the_library_are_told_to_be_its(
    bridges: Library, bridge: Article, volcano: Article
) -> None:
    words = "closed for one day"
    _, answer = asked(chain_of(bridges, bridge, model=small("Mayor Ana Ruiz, “closed for one day”, opened it in May.")))
    assert answer.notes[-1] == f"“{words}” is not in the article that was asked, but in “{volcano.title}”."
    (found,) = answer.quoted
    assert (found.status, found.article_id) == ("elsewhere", volcano.id)
    assert volcano.text[found.start : found.end] == words


def test_a_small_model_cites_nothing_by_itself(bridges: Library, bridge: Article) -> None:
    chain = chain_of(
        bridges, bridge, model=small("Ana Ruiz opened it [2], in May 1998 [99]."), reader=Holds("opened", "closed")
    )
    _, answer = asked(chain)
    assert answer.text == "Ana Ruiz opened it, in May 1998. [1]"


def test_a_small_model_reads_the_whole_article_before_the_question(bridges: Library, bridge: Article) -> None:
    model = judging(*FINE, found=[0.96, 0.96])
    asked(chain_of(bridges, bridge, model=model, whole=True))
    asked(chain_of(bridges, bridge, model=model, whole=True), "When was the Old Bridge opened?")
    first, _, _, second, *_ = script(model).shown
    shared = first[: first.rindex("Question:")]
    assert second.startswith(shared)
    assert all(bridge.slice(sentence) in shared for sentence in bridge.sentences)


def test_a_small_model_writes_from_the_chosen_sentences_alone(bridges: Library, bridge: Article) -> None:
    model = small(*FINE)
    asked(chain_of(bridges, bridge, model=model, whole=True))
    assert OPENED in script(model).shown[-1]
    assert "flood of 2003" not in script(model).shown[-1]


# ---- as long as its reader wants

SPANNED = ('"Mayor Ana Ruiz"', ". Mayor Ana Ruiz opened it", " in May 1998.")


def test_a_short_answer_is_the_few_words_of_the_article_and_the_model_writes_no_further(
    bridges: Library, bridge: Article
) -> None:
    model = judging(*SPANNED, found=[0.96])
    events, answer = asked(chain_of(bridges, bridge, model=model), Ask(QUESTION, length="short"))
    assert answer.text == "“Mayor Ana Ruiz” [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED]
    assert words_of(events) == ""
    assert script(model).ended == ["closed"]


@pytest.mark.parametrize("opening", ['"Mayor Bob Stone" ', ""])
def test_where_its_few_words_are_no_answer_a_short_answer_is_the_sentence(
    bridges: Library, bridge: Article, opening: str
) -> None:
    model = judging(opening, *FINE, found=[0.96])
    events, answer = asked(chain_of(bridges, bridge, model=model), Ask(QUESTION, length="short"))
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert answer.text.startswith(words_of(events))


def test_a_long_answer_goes_on_with_the_words_of_the_sentences_themselves(bridges: Library, bridge: Article) -> None:
    chain = chain_of(bridges, bridge, model=small(*FINE), reader=Holds("opened", "closed"))
    _, answer = asked(chain, Ask(QUESTION, length="long"))
    never = "The bridge never closed, not even in the flood of 2003."
    assert answer.text == f"Mayor Ana Ruiz opened it in May 1998. [1]\n“{OPENED}” [1]\n“{never}” [2]"
    assert answer.words == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED, never]
    assert [quote.number for _, quote in answer.citations] == [1, 1, 2]


def test_sentences_that_the_model_named_and_did_not_write_from_are_quoted_after_its_words(
    bridges: Library, bridge: Article
) -> None:
    chain = chain_of(bridges, bridge, model=judging(*FINE, found=[0.96], names="1][4"))
    _, answer = asked(chain)
    other = bridge.slice(bridge.sentences[3])
    assert answer.words == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert [quote.text for quote in answer.quotes] == [OPENED, other]
    assert answer.text == f"{answer.words}\n“{OPENED}” [1]\n“{other}” [2]"


@pytest.mark.parametrize("said", [OPENED, "The Old Bridge of Lund was opened by Mayor Ana Ruiz, in May 1998."])
def test_a_sentence_that_the_model_only_repeats_stands_there_once(bridges: Library, bridge: Article, said: str) -> None:
    chain = chain_of(bridges, bridge, model=judging(said, found=[0.96], names="1][4"))
    _, answer = asked(chain)
    assert answer.quotes_alone
    assert [quote.text for quote in answer.quotes] == [OPENED, bridge.slice(bridge.sentences[3])]


def test_a_short_answer_quotes_no_more_than_its_words_are_from(bridges: Library, bridge: Article) -> None:
    chain = chain_of(bridges, bridge, model=judging(*FINE, found=[0.96], names="1][4"))
    _, answer = asked(chain, Ask(QUESTION, length="short"))
    assert (answer.text, [quote.text for quote in answer.quotes]) == ("Mayor Ana Ruiz opened it in May 1998. [1]", [OPENED])


@pytest.mark.parametrize(
    ("length", "told"),
    [("short", "Write one short sentence."), ("normal", "Write one to three short"), ("long", "Write up to six short")],
)
def test_a_capable_model_is_told_how_long_its_answer_is_to_be(
    bridges: Library, bridge: Article, length: Any, told: str
) -> None:
    model = capable("Ana Ruiz opened it [1].")
    asked(chain_of(bridges, bridge, model=model), Ask(QUESTION, length=length))
    assert told in script(model).shown[0]


def test_an_answer_of_no_known_length_is_refused(bridges: Library, bridge: Article) -> None:
    with pytest.raises(InputError, match="short, normal or long, not 'huge'"):
        chain_of(bridges, bridge).invoke(Ask(QUESTION, length="huge"))  # type: ignore[arg-type]


# ---- a capable model


def test_a_capable_model_answers_and_cites_in_one_call(bridges: Library, bridge: Article) -> None:
    model = capable("Ana Ruiz opened it [1", "]. It never closed, not even in 20", "03 [4].")
    events, answer = asked(chain_of(bridges, bridge, model=model))
    assert steps(events) == ["searching", "reading", "writing", "Words", "checking", "Found", "Answer"]
    assert answer.text == "Ana Ruiz opened it [1]. It never closed, not even in 2003 [2]."
    assert [quote.text for quote in answer.quotes] == [OPENED, "The bridge never closed, not even in the flood of 2003."]
    assert answer.text.startswith(words_of(events))
    assert len(script(model).shown) == 1


@pytest.mark.parametrize("ids", ["[99]", "[0]", "[99, 0, 123456789]"])
def test_an_id_of_no_sentence_is_no_citation(bridges: Library, bridge: Article, ids: str) -> None:
    _, answer = asked(chain_of(bridges, bridge, model=capable(f"Ana Ruiz opened it {ids} [1].")))
    assert answer.text == "Ana Ruiz opened it [1]."


@pytest.mark.parametrize("said", ["Ana Ruiz opened it.", "Ana Ruiz opened it [99].", "Ana Ruiz opened it [0][77]."])
def test_what_cites_no_sentence_is_no_answer(bridges: Library, bridge: Article, said: str) -> None:
    _, answer = asked(chain_of(bridges, bridge, model=capable(said)))
    assert answer.quotes_alone
    assert answer.notes


def test_what_the_cited_sentences_do_not_say_is_no_answer(bridges: Library, bridge: Article) -> None:
    _, answer = asked(chain_of(bridges, bridge, model=capable("Ana Ruiz opened it in May 1998 [4].")))
    assert answer.quotes_alone
    assert [quote.text for quote in answer.quotes] == [OPENED]


def test_what_has_two_things_in_each_other_s_place_is_no_answer_of_a_capable_model(bridges: Library, bridge: Article) -> None:
    said = "The Old Bridge of Ruiz was opened by Mayor Ana Lund in May 1998 [1]."
    _, answer = asked(chain_of(bridges, bridge, model=capable(said)))
    assert answer.quotes_alone
    assert any("in each other's place" in note for note in answer.notes)


def test_a_number_that_no_sentence_has_is_never_shown_by_a_capable_model(bridges: Library, bridge: Article) -> None:
    events, answer = asked(chain_of(bridges, bridge, model=capable("Ana Ruiz opened it [1] in 19", "77 [1].")))
    assert "1977" not in words_of(events) + answer.text
    assert answer.quotes_alone


@pytest.mark.parametrize("pieces", [(), ("",), (" \n",), ("<think>Who knows?</think>",), ("<think>Who", " knows?")])
def test_a_model_that_says_nothing_leaves_the_quotes(bridges: Library, bridge: Article, pieces: tuple[str, ...]) -> None:
    _, answer = asked(chain_of(bridges, bridge, model=capable(*pieces)))
    assert answer.quotes_alone
    assert answer.notes == ("The model said nothing.",)


def test_what_a_model_thinks_before_it_answers_is_not_shown(bridges: Library, bridge: Article) -> None:
    pieces = ("<th", "ink>The 5th [3] says", " so.</thi", "nk>\n\nMayor Ana Ruiz", " did [1].")
    events, answer = asked(chain_of(bridges, bridge, model=capable(*pieces)))
    assert words_of(events) == answer.text == "Mayor Ana Ruiz did [1]."


@pytest.mark.parametrize("pieces", [("Not stated.",), tuple("Not stated.")])
def test_a_capable_model_that_refuses_is_believed(bridges: Library, bridge: Article, pieces: tuple[str, ...]) -> None:
    events, answer = asked(chain_of(bridges, bridge, model=capable(*pieces)))
    assert words_of(events) == ""
    assert not answer.answered
    assert answer.text == NOT_STATED


@pytest.mark.parametrize("model", [capable("Ana Ruiz opened ", error=OSError("cut off")), capable(error=OSError("cut off"))])
def test_a_capable_model_that_fails_leaves_the_quotes(bridges: Library, bridge: Article, model: Model) -> None:
    _, answer = asked(chain_of(bridges, bridge, model=model))
    assert answer.quotes_alone
    assert answer.notes


def test_over_several_articles_a_capable_model_cites_each(bridges: Library, bridge: Article, volcano: Article) -> None:
    model = capable("".join(f"[{number}]" for number in range(1, 30)) + " Ana Ruiz opened it, Etna erupted.")
    _, answer = asked(chain_of(bridges, bridge, volcano, model=model), "Who opened the bridge, and where is Etna?")
    assert {quote.title for quote in answer.quotes} == {"The Old Bridge", "Etna erupts"}
    assert len(answer.quotes) == len(bridge.sentences) + len(volcano.sentences)
