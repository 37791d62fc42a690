"""Test that written questions are kept only if their own sentence answers them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant import Answer, Article, Quote
from assistant.service.question_writer import write_questions
from assistant.service.suggestions import MAX_SUGGESTIONS
from index.errors import AssistantError
from index.text.spans import Span
from tests.assistant.fakes import ScriptedModel

pytestmark = pytest.mark.unit

ARTICLE = Article.from_text(
    "Mayor Ana Ruiz opened the old bridge of Lund in May 1998. "
    "The repair of the bridge cost the city 3 million euros in all. It rained. "
    "Petra Holt wrote a long book about the ferries of the harbour.",
    language="en",
)
QUESTION = "Who opened the old bridge of Lund?"


def answer_from(*sentences: Span) -> Callable[[str], Answer]:
    """Return a function that answers each question with these sentences."""
    quotes = [Quote.of(ARTICLE, sentence, n) for n, sentence in enumerate(sentences, 1)]
    markers = "".join(f" [{quote.number}]" for quote in quotes)
    return lambda question: Answer.from_text(question, f"So.{markers}", quotes, bool(quotes))


def write(
    model: ScriptedModel, answer: Callable[[str], Answer], article: Article = ARTICLE
) -> list[str]:
    return write_questions(article, model, answer, lambda: None)


def test_question_answered_from_its_sentence_is_kept_once() -> None:
    model = ScriptedModel(pieces=(QUESTION, "\nSentence: more"))
    assert write(model, answer_from(*ARTICLE.sentences)) == [QUESTION]
    prompts = "".join(model.prompts)
    assert ARTICLE.slice(ARTICLE.sentences[0]) in prompts
    assert "It rained" not in prompts


def test_question_answered_from_elsewhere_or_not_is_dropped() -> None:
    model = ScriptedModel(pieces=(QUESTION,))
    assert write(model, answer_from(ARTICLE.sentences[2])) == []
    assert write(model, answer_from()) == []


def test_question_that_fails_is_dropped() -> None:
    def fail(question: str) -> Answer:
        raise AssistantError("no")

    assert write(ScriptedModel(pieces=(QUESTION,)), fail) == []


@pytest.mark.parametrize(
    "written",
    [
        "",
        "The mayor opened it.",
        "Why?",
        "Who opened it?",
        "Who " * 40 + "?",
        "Why is the old bridge of Lund so old?",
    ],
)
def test_unusable_output_is_no_question(written: str) -> None:
    assert write(ScriptedModel(pieces=(written,)), answer_from(*ARTICLE.sentences)) == []


def test_question_for_a_number_that_sentence_lacks_is_dropped() -> None:
    article = Article.from_text(
        "Mayor Ana Ruiz opened the old bridge of Lund for everybody.", language="en"
    )
    quote = Quote.of(article, article.sentences[0], 1)
    model = ScriptedModel(pieces=("How many bridges did Ana Ruiz open?",))
    assert (
        write(model, lambda question: Answer.from_text(question, "So. [1]", [quote]), article) == []
    )


def test_at_most_three_are_written_and_users_come_first() -> None:
    text = " ".join(
        f"The house of Ana number {n} in Lund was painted by the city." for n in range(20)
    )
    article = Article.from_text(text, language="en")
    asked: list[str] = []
    model = ScriptedModel(pieces=("unused",))
    waits: list[int] = []

    class Numbered(ScriptedModel):
        def _stream(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
            object.__setattr__(self, "pieces", (f"Who painted house {len(waits)} of Lund?",))
            return super()._stream(*args, **kwargs)  # type: ignore[arg-type]

    def answer(question: str) -> Answer:
        asked.append(question)
        quote = Quote.of(article, Span(0, len(article.text)), 1)
        return Answer.from_text(question, "So. [1]", [quote])

    questions = write_questions(
        article, Numbered(pieces=model.pieces), answer, lambda: waits.append(1)
    )
    assert questions == asked
    assert len(questions) == MAX_SUGGESTIONS
    assert len(waits) == 2 * MAX_SUGGESTIONS


def test_article_in_another_language_gets_none() -> None:
    german = Article.from_text(
        "Die Brücke wurde im Mai 1998 von der Bürgermeisterin eröffnet.", language="de"
    )
    assert write(ScriptedModel(pieces=(QUESTION,)), answer_from(), german) == []
