"""Test how the probabilities of a small model change the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Article, TextDelta
from assistant.answer.answer import Event
from assistant.models import Model
from assistant.pipeline.pipeline import AnswerPipeline
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from index.embedders.minilm import MiniLM
from index.errors import ModelError
from index.storage.library import Library
from tests.assistant.fakes import (
    FAKE_THRESHOLDS,
    KeywordReader,
    ScoringModel,
    ScriptedModel,
    check_answer,
    make_capable_model,
    make_scoring_model,
    make_trusting_pipeline,
)

QUESTION = "Who opened the Old Bridge?"
OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
COST = "It cost 3,200,000 euros and is 120 metres long."
ANSWER_PIECES = ("Mayor Ana", " Ruiz opened it", " in May 19", "98.")


def make_writing_pipeline(library: Library, *articles: Article, **options: Any) -> AnswerPipeline:
    """Return a pipeline whose model writes although the sentences here are short."""
    thresholds = replace(FAKE_THRESHOLDS, max_verbatim_words=0)
    return make_trusting_pipeline(library, *articles, thresholds=thresholds, **options)


def ask(bridges: Library, bridge: Article, model: Model) -> tuple[Sequence[Event], Answer]:
    events = list(make_writing_pipeline(bridges, bridge, model=model).stream(QUESTION))
    return events, check_answer(events[-1], bridge)


def join_text(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def test_high_model_probability_writes_answer(bridges: Library, bridge: Article) -> None:
    model = make_scoring_model(*ANSWER_PIECES, probabilities=[0.96])
    events, answer = ask(bridges, bridge, model)
    assert join_text(events) == "".join(ANSWER_PIECES)
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"
    assert answer.confidence == 0.96


@pytest.mark.parametrize(("probabilities", "explained"), [([0.6, 0.7], True), ([0.96], False)])
def test_novel_word_is_hidden_at_low_confidence(
    bridges: Library, bridge: Article, probabilities: list[float], explained: bool
) -> None:
    _, answer = ask(
        bridges,
        bridge,
        make_scoring_model("Mayor Ana Ruiz repaired it.", probabilities=probabilities, names="1"),
    )
    assert answer.quotes_alone == explained
    assert answer.notes == (
        ("The quotes do not say “repaired”; judge for yourself.",) if explained else ()
    )


def test_uncertain_model_is_asked_again_about_selection(bridges: Library, bridge: Article) -> None:
    model = make_scoring_model("It cost 3,200,000", " euros.", probabilities=[0.9, 0.7], names="2")
    _, answer = ask(bridges, bridge, model)
    assert answer.confidence == pytest.approx(0.8)
    assert isinstance(model.chat, ScoringModel)
    _, _, again, _ = model.chat.prompts
    assert "[1] The Old Bridge" in again  # what "it" is
    assert "[2] It cost 3,200,000 euros" in again
    assert "[3]" not in again


def test_low_recheck_probability_abstains(bridges: Library, bridge: Article) -> None:
    _, answer = ask(
        bridges, bridge, make_scoring_model(*ANSWER_PIECES, probabilities=[0.6, 0.02], names="2")
    )
    assert not answer.answered
    assert answer.nearest is not None


def test_low_model_probability_abstains(bridges: Library, bridge: Article) -> None:
    model = make_scoring_model(*ANSWER_PIECES, probabilities=[0.01])
    _, answer = ask(bridges, bridge, model)
    assert not answer.answered
    assert isinstance(model.chat, ScoringModel)
    assert len(model.chat.prompts) == 1


def test_named_sentence_that_the_reader_rules_out_is_not_used(
    bridges: Library, bridge: Article
) -> None:
    model = make_scoring_model(*ANSWER_PIECES, probabilities=[0.96], names="2")
    thresholds = replace(DEFAULT_THRESHOLDS, max_verbatim_words=0)
    pipeline = make_trusting_pipeline(bridges, bridge, model=model, thresholds=thresholds)
    answer = pipeline.invoke(QUESTION)
    assert [quote.text for quote in answer.quotes] == [bridge.slice(bridge.sentences[0])]


def test_sentences_selected_by_model_are_quoted(bridges: Library, bridge: Article) -> None:
    pieces = ("For Ana Ruiz it cost 3,200,000", " euros.")
    events, answer = ask(
        bridges, bridge, make_scoring_model(*pieces, probabilities=[0.96], names="2")
    )
    assert join_text(events) == "For Ana Ruiz it cost 3,200,000 euros."
    assert answer.text == "For Ana Ruiz it cost 3,200,000 euros. [1][2]"
    assert [(quote.text, quote.context) for quote in answer.quotes] == [
        (OPENED, True),
        (COST, False),
    ]


@pytest.mark.parametrize("names", ["99][0", "the first", ""])
def test_unknown_ids_of_model_are_ignored(bridges: Library, bridge: Article, names: str) -> None:
    _, answer = ask(
        bridges, bridge, make_scoring_model(*ANSWER_PIECES, probabilities=[0.96], names=names)
    )
    assert answer.text == "Mayor Ana Ruiz opened it in May 1998. [1]"


def test_text_of_top_candidate_is_cited_from_it(bridges: Library, bridge: Article) -> None:
    model = make_scoring_model("It cost 3,200,", "000 euros.", probabilities=[0.96], names="1")
    chain = make_writing_pipeline(bridges, bridge, model=model, reader=KeywordReader("cost"))
    answer = check_answer(chain.invoke("What did it cost?"), bridge)
    assert answer.text == "It cost 3,200,000 euros. [1][2]"
    assert [quote.text for quote in answer.quotes if not quote.context] == [COST]


def test_text_of_unselected_sentence_is_rejected(bridges: Library, bridge: Article) -> None:
    _, answer = ask(
        bridges,
        bridge,
        make_scoring_model("It cost 3,200,", "000 euros.", probabilities=[0.96], names="1"),
    )
    assert answer.quotes_alone
    assert COST not in answer.text


@pytest.mark.parametrize(
    "output",
    [
        "The mayor opened the Old Bridge.",
        "The article states all of these mayors.",
        ' "the Old Bridge"',
        ' "Old Bridge" The mayor did.',
    ],
)
def test_text_that_repeats_question_leaves_quotes(
    bridges: Library, bridge: Article, output: str
) -> None:
    chain = make_writing_pipeline(
        bridges, bridge, model=make_scoring_model(output, probabilities=[0.96], names="1")
    )
    answer = check_answer(chain.invoke("Which mayor opened the Old Bridge?"), bridge)
    assert answer.quotes_alone
    assert any(
        "only repeat the question" in note or "found no answer" in note for note in answer.notes
    )


def test_missing_expected_number_leaves_quotes(bridges: Library, bridge: Article) -> None:
    chain = make_writing_pipeline(
        bridges, bridge, model=make_scoring_model("It cost euros.", probabilities=[0.96], names="2")
    )
    answer = check_answer(chain.invoke("How much did it cost?"), bridge)
    assert answer.quotes_alone
    assert "3,200,000" in answer.text
    assert any("left out the number" in note for note in answer.notes)


def test_swapped_roles_leave_quotes(tmp_path: Path, minilm: MiniLM) -> None:
    article = Article.from_text(
        "Danes farm the west coast, as do Swedish settlers. It is cold.", "Land"
    )
    library = Library(tmp_path, minilm)
    library.add(article)
    model = make_scoring_model(
        "Swedish settlers farm the west coast, as do Danes.", probabilities=[0.96], names="1"
    )
    answer = make_writing_pipeline(
        library, article, model=model, reader=KeywordReader("farm")
    ).invoke("Who farms the west coast?")
    library.close()
    assert check_answer(answer, article).quotes_alone
    assert any("in each other's place" in note for note in answer.notes)


def test_missing_expected_reason_leaves_quotes(tmp_path: Path, minilm: MiniLM) -> None:
    article = Article.from_text(
        "The bridge was opened late because ice had formed on its northern side. It is long.", "Ice"
    )
    library = Library(tmp_path, minilm)
    library.add(article)
    why = "Why was the bridge opened late?"
    left_out = make_writing_pipeline(
        library,
        article,
        model=make_scoring_model("The northern bridge was late.", probabilities=[0.96], names="1"),
    ).invoke(why)
    explained = make_writing_pipeline(
        library,
        article,
        model=make_scoring_model("Because ice had formed.", probabilities=[0.96], names="1"),
    ).invoke(why)
    library.close()
    assert check_answer(left_out, article).quotes_alone
    assert "ice had formed" in left_out.text
    assert any("date or reason" in note for note in left_out.notes)
    assert check_answer(explained, article).text == "Because ice had formed. [1]"


def test_span_is_hidden_if_sentence_is_supported(bridges: Library, bridge: Article) -> None:
    model = make_scoring_model(
        ' "Mayor', ' Ana Ruiz"', " Mayor Ana Ruiz opened it.", probabilities=[0.96], names="1"
    )
    events, answer = ask(bridges, bridge, model)
    assert join_text(events) == "Mayor Ana Ruiz opened it."
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
def test_unsupported_sentence_is_replaced_by_clause_of_span(
    bridges: Library, bridge: Article, sentence: str
) -> None:
    _, answer = ask(
        bridges,
        bridge,
        make_scoring_model(' "Mayor Ana Ruiz"', sentence, probabilities=[0.96], names="1"),
    )
    assert answer.text == "“The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998” [1]"
    assert [quote.start for quote in answer.quotes] == [bridge.sentences[0].start]


@pytest.mark.parametrize(
    ("question", "output"),
    [
        (
            "Why was the bridge closed?",
            "Because the ice, which had formed on its northern side, was too heavy.",
        ),
        (
            "How was the bridge closed?",
            "Because the ice, which had formed on its northern side, was too heavy.",
        ),
        ("Which side had the ice?", "which had formed on its northern side"),
    ],
)
def test_explanation_quotes_whole_sentence_of_span(
    tmp_path: Path, minilm: MiniLM, question: str, output: str
) -> None:
    article = Article.from_text(
        "Because the ice, which had formed on its northern side, was too heavy.",
        "The bridge was closed",
    )
    library = Library(tmp_path, minilm)
    library.add(article)
    model = make_scoring_model(
        ' "on its northern side"', " It was 1998.", probabilities=[0.96], names="1"
    )
    answer = make_writing_pipeline(library, article, model=model).invoke(question)
    library.close()
    assert check_answer(answer, article).text == f"“{output}” [1]"


def test_leading_punctuation_of_clause_is_removed(tmp_path: Path, minilm: MiniLM) -> None:
    article = Article.from_text(
        "It is long (Ek, 1998)\n\n. The bridge was opened by Ana Ruiz", "The bridge"
    )
    library = Library(tmp_path, minilm)
    library.add(article)
    model = make_scoring_model(
        ' "Ana Ruiz"', " It was 1997.", probabilities=[0.96], names=str(len(article.sentences))
    )
    answer = make_writing_pipeline(library, article, model=model).invoke("Who opened the bridge?")
    library.close()
    assert check_answer(answer, article).text == "“The bridge was opened by Ana Ruiz” [1]"


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
def test_span_that_repeats_question_is_no_answer(
    bridges: Library, bridge: Article, question: str, span: str, answered: bool
) -> None:
    model = make_scoring_model(
        f' "{span}"', " Mayor Ana Ruiz opened it in 1998.", probabilities=[0.7, 0.7], names="1"
    )
    chain = make_writing_pipeline(bridges, bridge, model=model, reader=KeywordReader("opened"))
    events = list(chain.stream(question))
    answer = check_answer(events[-1], bridge)
    assert answer.answered is answered
    assert answered or join_text(events) == ""


@pytest.mark.parametrize(("probabilities", "answered"), [(0.97, True), (0.7, False)])
def test_short_span_does_not_answer_how(
    bridges: Library, bridge: Article, probabilities: float, answered: bool
) -> None:
    model = make_scoring_model(
        ' "Ana Ruiz"',
        " Jonas Weber did.",
        " Jonas Weber did.",
        probabilities=[probabilities, probabilities],
        names="1",
    )
    answer = check_answer(
        make_writing_pipeline(bridges, bridge, model=model).invoke("How did they open the bridge?"),
        bridge,
    )
    assert answer.answered is answered
    assert answer.quotes_alone is answered
    assert "“Ana Ruiz” [1]" not in answer.text


def test_span_that_sentences_lack_is_no_answer(bridges: Library, bridge: Article) -> None:
    _, answer = ask(
        bridges,
        bridge,
        make_scoring_model(
            ' "Mayor Bob Stone"', " Mayor Bob Stone.", probabilities=[0.96], names="1"
        ),
    )
    assert answer.quotes_alone
    assert "Bob" not in answer.text


def test_selection_without_date_does_not_answer_when(bridges: Library, bridge: Article) -> None:
    article = Article.from_text("Ana Ruiz is the mayor. She opened the bridge.")
    bridges.add(article)
    model = make_scoring_model("She opened it.", probabilities=[0.96], names="2")
    answer = check_answer(
        make_writing_pipeline(bridges, article, model=model).invoke(
            "In what year was the bridge opened?"
        ),
        article,
    )
    assert not answer.answered
    assert answer.nearest is not None
    assert not check_answer(
        make_writing_pipeline(bridges, article).invoke("When was it opened?"), article
    ).answered


def test_span_without_number_does_not_answer_how_many(bridges: Library, bridge: Article) -> None:
    chain = make_writing_pipeline(
        bridges, bridge, model=make_scoring_model(' "metres long"', probabilities=[0.96], names="2")
    )
    answer = check_answer(chain.invoke("How many euros did it cost?"), bridge)
    assert answer.quotes_alone
    assert "3,200,000" in answer.text


def test_unsupported_text_is_written_once_more(bridges: Library, bridge: Article) -> None:
    class Mending(ScoringModel):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):  # type: ignore[no-untyped-def]
            self.pieces = (
                (' "Ana" Mayor Ana Ruiz.',)
                if "Do not write" in messages[-2].text
                else ("Mayor Bob Stone.",)
            )
            yield from super()._stream(messages, stop, run_manager, **kwargs)

    model = Model(
        "fake:mending", Mending(pieces=(), probabilities=[0.96]), answers_in_one_call=False
    )
    events, answer = ask(bridges, bridge, model)
    assert "Bob" not in join_text(events) + answer.text
    assert answer.text == "Mayor Ana Ruiz. [1]"
    assert isinstance(model.chat, ScriptedModel)
    assert 'Do not write "Bob"' in model.chat.prompts[-1]
    assert model.chat.prompts[-1].endswith("Found [1].")


def test_twice_unsupported_text_leaves_quotes_or_abstains(
    bridges: Library, bridge: Article
) -> None:
    _, sure = ask(bridges, bridge, make_scoring_model("Mayor Bob Stone.", probabilities=[0.96]))
    assert sure.quotes_alone
    doubtful = (
        DEFAULT_THRESHOLDS.min_confidence + DEFAULT_THRESHOLDS.min_confidence_unverified
    ) / 2
    _, unsure = ask(
        bridges, bridge, make_scoring_model("Mayor Bob Stone.", probabilities=[doubtful, doubtful])
    )
    assert not unsure.answered


def test_model_failure_at_probability_leaves_quotes(bridges: Library, bridge: Article) -> None:
    class Failing(ScoringModel):
        def likelihood(self, messages: object, word: str, alternative: str) -> float:
            raise ModelError("out of memory")

    model = Model(
        "fake:failing",
        Failing(pieces=(), probabilities=[], error=ModelError("out of memory")),
        answers_in_one_call=False,
    )
    _, answer = ask(bridges, bridge, model)
    assert answer.quotes_alone
    assert any("out of memory" in note for note in answer.notes)


def test_summary_of_small_model_is_quotes_only(bridges: Library, bridge: Article) -> None:
    model = make_scoring_model("It is a bridge.", probabilities=[])
    answer = check_answer(
        make_writing_pipeline(bridges, bridge, model=model).invoke("Summarise the article"), bridge
    )
    assert answer.quotes_alone
    assert isinstance(model.chat, ScoringModel)
    assert model.chat.prompts == []


def test_summary_of_capable_model_has_supported_words(bridges: Library, bridge: Article) -> None:
    answer = check_answer(
        make_writing_pipeline(bridges, bridge, model=make_capable_model("It was Ana Ruiz.")).invoke(
            "Summarise the article"
        ),
        bridge,
    )
    assert answer.quotes
    assert "It was Ana Ruiz. [1]" in answer.text
    assert "“It cost" in answer.text
