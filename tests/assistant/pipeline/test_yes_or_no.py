"""Test yes/no questions with a small model that reports probabilities."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from assistant import Article, TextDelta
from assistant.answer.answer import QuotesFound
from assistant.pipeline.state import UNCLEAR
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from index.storage.library import Library
from tests.assistant.fakes import (
    KeywordReader,
    ScoringModel,
    check_answer,
    make_scoring_model,
    make_trusting_pipeline,
)

# Between "not stated" and verified text.
DOUBTFUL = (DEFAULT_THRESHOLDS.min_confidence + DEFAULT_THRESHOLDS.min_confidence_unverified) / 2


@pytest.mark.parametrize(("yes", "verdict"), [(0.95, "Yes. "), (0.1, "No. "), (0.7, "")])
def test_certain_verdict_precedes_quotes(
    bridges: Library, bridge: Article, yes: float, verdict: str
) -> None:
    model = make_scoring_model("Never written.", probabilities=[0.96], names="1", yes=yes)
    events = list(
        make_trusting_pipeline(bridges, bridge, model=model).stream(
            "Was it opened by Mayor Ana Ruiz?"
        )
    )
    answer = check_answer(events[-1], bridge)
    quote = bridge.slice(bridge.sentences[0])
    assert answer.text == f"{verdict}“{quote}” [1]"
    assert answer.quotes_alone is not bool(verdict)
    assert bool(answer.notes) is not bool(verdict)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == (
        answer.text if verdict else ""
    )
    assert [quote.start for quote in answer.quotes] == [bridge.sentences[0].start]


@pytest.mark.parametrize(
    ("names", "position"), [("6", 0), ("2", 1)]
)  # just before the second, she is named
def test_verdict_is_about_sentence_with_names_of_question(
    bridges: Library, bridge: Article, names: str, position: int
) -> None:
    model = make_scoring_model(probabilities=[0.96], names=names, yes=0.95)
    answer = check_answer(
        make_trusting_pipeline(bridges, bridge, model=model).invoke("Did Ana Ruiz open it?"), bridge
    )
    evidence = [quote.start for quote in answer.quotes if not quote.context]
    assert evidence == [bridge.sentences[position].start]


def test_reviewed_quotes_have_expected_type_and_come_first(
    bridges: Library, bridge: Article
) -> None:
    model = make_scoring_model(probabilities=[0.01, 0.01], names="1", yes=0.5)
    chain = make_trusting_pipeline(bridges, bridge, model=model)
    *events, last = chain.stream("Did Ana Ruiz open it?")
    quote_events = [event for event in events if isinstance(event, QuotesFound)]
    answer = check_answer(last, bridge)
    assert [event.quotes for event in quote_events] == [answer.quotes]
    assert answer.confidence is not None
    assert answer.confidence < DEFAULT_THRESHOLDS.min_confidence
    article = Article.from_text("The Old Bridge was opened by people of Lund. It was long.")
    bridges.add(article)
    question = "Is it known how many people opened the Old Bridge?"
    assert not check_answer(
        make_trusting_pipeline(
            bridges, article, model=make_scoring_model(probabilities=[0.9, 0.9], names="1")
        ).invoke(question),
        article,
    ).answered


def test_yes_is_withheld_for_negated_sentence(tmp_path: Path) -> None:
    article = Article.from_text(
        "The bridge that Ana Ruiz opened is not a toll bridge. It was long."
    )
    with closing(Library(tmp_path)) as library:
        library.add(article)
        model = make_scoring_model(probabilities=[0.96, 0.96], names="1", yes=0.95)
        chain = make_trusting_pipeline(library, article, model=model)
        assert check_answer(
            chain.invoke("Is the bridge that she opened a toll bridge?"), article
        ).quotes_alone
        assert check_answer(
            chain.invoke("Is the bridge that she opened not a toll bridge?"), article
        ).text.startswith("Yes. ")


def test_probability_prompt_has_no_yes_no_instruction(bridges: Library, bridge: Article) -> None:
    model = make_scoring_model(probabilities=[0.9, 0.9], names="1", yes=0.95)
    make_trusting_pipeline(bridges, bridge, model=model).invoke("Was it opened by Mayor Ana Ruiz?")
    assert isinstance(model.chat, ScoringModel)
    assert not any("Begin with Yes" in prompt for prompt in model.chat.prompts)


def test_footnote_in_quote_after_yes_is_no_marker(tmp_path: Path) -> None:
    article = Article.from_text("The bridge was opened in May [1] by Ana Ruiz. It was long.")
    with closing(Library(tmp_path)) as library:
        library.add(article)
        chain = make_trusting_pipeline(
            library, article, model=make_scoring_model(probabilities=[0.96], names="1", yes=0.95)
        )
        answer = check_answer(chain.invoke("Was it opened by Ana Ruiz?"), article)
    assert answer.text == "Yes. “The bridge was opened in May [1] by Ana Ruiz.” [1]"
    assert [span.start for span, _ in answer.citations] == [len(answer.text) - 3]


@pytest.mark.parametrize("probabilities", [[DOUBTFUL] * 2, [0.01]])
@pytest.mark.parametrize(
    ("question", "reader", "answered"),
    [
        ("Did Ana Ruiz open the Old Bridge?", KeywordReader("opened"), True),
        ("Did it cost 4,500,000 roubles?", KeywordReader("cost"), True),
        (
            "Did Ana Ruiz open the Old Bridge?",
            KeywordReader("nothing"),
            False,
        ),  # that the reader finds
        (
            "Did Peter Smith open the Old Bridge?",
            KeywordReader("opened"),
            False,
        ),  # a name that is nowhere
    ],
)
def test_denying_sentence_is_quoted_for_review(
    bridges: Library,
    bridge: Article,
    question: str,
    reader: KeywordReader,
    answered: bool,
    probabilities: list[float],
) -> None:
    model = make_scoring_model(probabilities=list(probabilities), names="1", yes=0.01)
    answer = check_answer(
        make_trusting_pipeline(bridges, bridge, model=model, reader=reader).invoke(question), bridge
    )
    assert answer.answered is answered
    assert answer.quotes_alone is answered
    assert (UNCLEAR in answer.notes) is answered
    assert ("“4,500,000” does not occur in the article." in answer.notes) is (
        "4,500,000" in question
    )


def test_bound_that_is_not_computed_is_not_left_to_the_model(
    bridges: Library, bridge: Article
) -> None:
    model = make_scoring_model("Never written.", probabilities=[0.96], names="1", yes=0.99)
    answer = check_answer(
        make_trusting_pipeline(bridges, bridge, model=model).invoke(
            "Was it opened for more than 300 guests?"
        ),
        bridge,
    )
    assert answer.quotes_alone
    assert UNCLEAR in answer.notes
