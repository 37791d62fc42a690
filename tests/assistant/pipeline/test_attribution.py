"""Test answers about speakers, pronouns and corrections, with fake models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from assistant import Answer, Article
from assistant.models import Model
from assistant.pipeline.candidate import make_candidates_at
from assistant.pipeline.evidence.attribution import (
    find_quoted_speaker,
    find_requested_speaker,
    keep_words_of,
)
from assistant.pipeline.evidence.context_sentences import add_context, cite_with_context
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from tests.assistant.fakes import (
    KeywordReader,
    ScoringModel,
    check_answer,
    make_scoring_model,
    make_trusting_pipeline,
)

TEXT = (
    "Sten Aho and Eva Lind run the harbour.\n\n"
    "Eva Lind steers the tug. She broke an arm on it in 2004. "
    "The pilot, Olof Berg, objected. “The tug is too old for this harbour,” he told them.\n\n"
    "The police first spoke of 4 lost boats. On Monday the owner put the number at 7.\n\n"
    "The guard said that a candle had started the fire. His chief took that back on Tuesday."
)
TUG, ARM, OBJECTED, SPEECH, FOUR, SEVEN, CANDLE, BACK = range(1, 9)


@pytest.fixture(scope="module")
def harbour() -> Article:
    article = Article.from_text(TEXT, "The harbour", language="en")
    assert len(article.sentences) == 9
    return article


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM, harbour: Article
) -> Iterator[Library]:
    library = Library(tmp_path_factory.mktemp("harbour"), minilm)
    library.add(harbour)
    yield library
    library.close()


def ask(
    library: Library, article: Article, question: str, keyword: str, model: Model | None = None
) -> Answer:
    chain = make_trusting_pipeline(library, article, model=model, reader=KeywordReader(keyword))
    return check_answer(chain.invoke(question), article)


def find_quoted(answer: Answer, article: Article) -> list[tuple[int, bool]]:
    """Return the position of each quote, and whether it is context."""
    starts = [sentence.start for sentence in article.sentences]
    return [(starts.index(quote.start), quote.context) for quote in answer.quotes]


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([ARM], [(TUG, True), (ARM, False)]),
        ([SPEECH], [(OBJECTED, True), (SPEECH, False)]),
        ([ARM, TUG], [(TUG, False), (ARM, False)]),
        ([TUG], [(TUG, False)]),
    ],
)
def test_context_is_added_before_its_evidence(
    harbour: Article, positions: Sequence[int], expected: list[tuple[int, bool]]
) -> None:
    by_position = {
        candidate.position: candidate
        for candidate in make_candidates_at([harbour], lambda _: positions)
    }
    added = add_context([by_position[position] for position in positions])
    assert [(item.position, item.is_context) for item in added] == expected
    assert [item.id for item in added] == [item.position + 1 for item in added]


def test_cited_context_is_cited_with_its_evidence(harbour: Article) -> None:
    selected = add_context(make_candidates_at([harbour], lambda _: [ARM, FOUR]))
    context = [candidate for candidate in selected if candidate.is_context]
    cited = cite_with_context(context, selected)
    assert [candidate.position for candidate in cited] == [TUG, ARM]


def test_who_question_without_model_quotes_context(library: Library, harbour: Article) -> None:
    answer = ask(library, harbour, "Who broke an arm?", "broke")
    assert answer.quotes_alone
    assert find_quoted(answer, harbour) == [(TUG, True), (ARM, False)]


@pytest.mark.parametrize(
    ("output", "quotes_alone"),
    [("Eva Lind broke an arm.", False), ("She broke an arm on it in 2004.", True)],
)
def test_answer_to_who_question_names_referent(
    library: Library, harbour: Article, output: str, quotes_alone: bool
) -> None:
    model = make_scoring_model(output, probabilities=[0.96], names=str(ARM + 1))
    answer = ask(library, harbour, "Who broke an arm?", "broke", model)
    assert answer.quotes_alone is quotes_alone
    assert find_quoted(answer, harbour) == [(TUG, True), (ARM, False)]
    assert isinstance(model.chat, ScoringModel)
    assert f"[{TUG + 1}] Eva Lind steers the tug." in model.chat.prompts[-1]


def test_speaker_of_quoted_words_is_named(library: Library, harbour: Article) -> None:
    answer = ask(library, harbour, "Who said “The tug is too old”?", "candle")
    assert answer.text == "“Olof Berg” [1][2]"
    assert [position for position, _ in find_quoted(answer, harbour)] == [OBJECTED, SPEECH]


@pytest.mark.parametrize(
    "question",
    [
        "Who said “The tug is quite new”?",  # nobody
        "Who said “first spoke of 4 lost boats”?",  # no speech
        "When was “The tug is too old” said?",
    ],
)
def test_other_quoted_words_have_no_speaker(harbour: Article, question: str) -> None:
    assert find_quoted_speaker(question, [harbour]) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What does Eva Lind think of the tug?", ("Eva Lind", " of the tug")),
        ("What did Olof Berg say about the harbour?", ("Olof Berg", " about the harbour")),
        ("According to Olof Berg, is the tug old?", ("Olof Berg", "is the tug old")),
        ("What does the report say about the tug?", None),
        ("Who steers the tug?", None),
    ],
)
def test_requested_speaker_has_a_name(question: str, expected: tuple[str, str] | None) -> None:
    assert find_requested_speaker(question) == expected


def test_words_of_another_person_are_no_evidence(harbour: Article) -> None:
    speech, candle = make_candidates_at([harbour], lambda _: [SPEECH, CANDLE])
    assert keep_words_of("Eva Lind", "the tug", [speech], [speech]) == ()
    assert keep_words_of("Olof Berg", "the tug", [speech], [speech]) == (speech,)
    # The guard may be her: the article gives no name.
    assert keep_words_of("Eva Lind", "the fire", [candle], [candle]) == (candle,)


def test_question_about_silent_person_is_not_answered(library: Library, harbour: Article) -> None:
    model = make_scoring_model("The tug is too old.", probabilities=[0.96], names=str(SPEECH + 1))
    answer = ask(library, harbour, "What does Eva Lind say about the tug?", "old", model)
    assert not answer.answered


@pytest.mark.parametrize(
    ("output", "quotes_alone"),
    [("4 boats were lost.", True), ("First 4, then 7 boats were lost.", False)],
)
def test_answer_from_corrected_sentence_has_correction(
    library: Library, harbour: Article, output: str, quotes_alone: bool
) -> None:
    model = make_scoring_model(output, probabilities=[0.96], names=str(FOUR + 1))
    answer = ask(library, harbour, "How many boats were lost?", "lost", model)
    assert [position for position, _ in find_quoted(answer, harbour)] == [FOUR, SEVEN]
    assert answer.quotes_alone is quotes_alone


@pytest.mark.parametrize(("yes", "opening"), [(0.95, "Yes"), (0.5, "“"), (0.05, "No")])
def test_verdict_on_corrected_fact_needs_correction(
    library: Library, harbour: Article, yes: float, opening: str
) -> None:
    model = make_scoring_model(probabilities=[0.96], names=str(CANDLE + 1), yes=yes)
    answer = ask(library, harbour, "Did a candle start the fire?", "candle", model)
    assert [position for position, _ in find_quoted(answer, harbour)][-2:] == [CANDLE, BACK]
    assert answer.text.startswith(opening)
