"""Define the pipeline as a LangChain Runnable: from a question to a verified answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from langchain_core.runnables import Runnable, RunnableConfig

from assistant.answer.answer import Answer, Event, Stage
from assistant.answer.merge import AnswerMerger, merge_answers
from assistant.models import Model
from assistant.pipeline.article_rows import (
    MAX_ROWS,
    answer_in_rows,
    make_quote_rows,
    select_answering,
    write_rows,
)
from assistant.pipeline.calculation import Ask, Reading
from assistant.pipeline.candidate import Candidate, make_candidates, make_candidates_at
from assistant.pipeline.computation.overview import OVERVIEWS
from assistant.pipeline.evidence.calibration import (
    Calibration,
    compute_confidence,
    compute_retrieval_similarity,
)
from assistant.pipeline.evidence.key_sentences import count_key_sentences, select_key_sentences
from assistant.pipeline.evidence.reader import Reader, Sentence
from assistant.pipeline.evidence.section_scope import scope_to_sections
from assistant.pipeline.evidence.span_reader import SpanReader
from assistant.pipeline.prompting.context import make_context_messages
from assistant.pipeline.query.article_facts import answer_about, find_sentences_with_speech
from assistant.pipeline.query.decompose import decompose
from assistant.pipeline.query.intent import classify_intent, find_requested_metadata, rewrite_order
from assistant.pipeline.query.other_language import note_other_language
from assistant.pipeline.query.rewrite import History, rewrite_standalone
from assistant.pipeline.query.shared_topic import find_shared_topic
from assistant.pipeline.state import Length
from assistant.pipeline.strategy import AnswerStrategy
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS, Thresholds
from assistant.pipeline.verification.verifier import Verifier
from index.errors import InputError
from index.retrieval.hybrid import HybridRetriever
from index.storage.selection import ArticleSelection
from index.text.article import Article

__all__ = ["AnswerPipeline", "PipelineInput", "clean_question"]

# The reader's probability from which on an article probably answers a question, and a difference
# of two probabilities that says nothing.
MIN_ANSWERED_PROBABILITY = 0.6
NEGLIGIBLE_DIFFERENCE = 0.1
SENTENCES_PER_ARTICLE = 2  # key sentences of each of several articles
COURTESIES = {
    "greeting": "Hello. Ask something about the article: the answer comes with quotes of it.",
    "thanks": "You are welcome. Ask on if there is more that you want to know of the article.",
}


@dataclass(frozen=True)
class PipelineInput:
    """The input of the pipeline. A plain string is a question without history."""

    question: str
    history: History = ()
    quotes: int | None = None  # maximum number of quotes; None: that of the pipeline
    length: Length = "normal"


def clean_question(question: str, max_characters: int) -> str:
    """Return a question with whitespace normalized.

    Raises:
        InputError: the question is not a text, is empty or is too long.
    """
    if not isinstance(question, str):
        raise InputError(f"A question is a text, not {type(question).__name__}.")
    question = "".join(character if character.isprintable() else " " for character in question)
    question = " ".join(question.split())
    if not any(character.isalnum() for character in question):
        raise InputError("The question is empty. Ask something about the article.")
    if len(question) > max_characters:
        raise InputError(
            f"The question has {len(question):,} characters; at most {max_characters:,} are read. "
            "Shorten it."
        )
    return question


class AnswerPipeline(Runnable[Any, Answer]):
    """Takes a question and returns an `Answer`. `stream` yields events; the last is the `Answer`.

    Args:
        retriever: searches the articles that questions are about.
        model: writes the answer; None: answers consist of quotes only.
        reader: selects the sentences that answer.
        verifier: judges what a small model writes; None: nothing is judged.
        span_reader: finds the words of the quotes that answer; None: none are marked.
        thresholds: what decides between the stages.
        calibration: computes the confidence from the signals of the stages.
        whole: put the whole article with numbered sentences at the beginning of the prompt, which
            is computed once. Otherwise the prompt has the candidates.
        quotes: maximum number of quotes of an answer.
        longest_question: maximum number of characters of a question.
    """

    strategy: type[AnswerStrategy] = AnswerStrategy  # `evaluation/ablations.py` replaces it

    def __init__(
        self,
        retriever: HybridRetriever,
        model: Model | None,
        *,
        reader: Reader | None = None,
        verifier: Verifier | None = None,
        span_reader: SpanReader | None = None,
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
        calibration: Calibration = compute_confidence,
        whole: bool = False,
        quotes: int = 3,
        longest_question: int = 2_000,
    ) -> None:
        self.retriever = retriever
        self.model = model
        self.reader = reader or Reader()
        self.verifier = verifier
        self.span_reader = span_reader
        self.thresholds = thresholds
        self.calibration = calibration
        self.quotes = quotes
        self.longest_question = longest_question
        ids = retriever.article_ids
        self.whole: Article | None = (
            retriever.library.get(ids[0]) if whole and ids is not None and len(ids) == 1 else None
        )

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        return self._call_with_config(self._answer, _parse_input(input), config)

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Answer:
        return await asyncio.to_thread(self.invoke, input, config)

    def _answer(self, request: PipelineInput) -> Answer:
        *_, answer = self._events(request)
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Generator[Any, None, None]:
        request = _parse_input(input)
        events: Generator[Any, None, None] = self._events(request)
        with closing(events):  # at once if the caller closes the stream, to stop the model
            yield from self._transform_stream_with_config(
                iter([request]), lambda requests: events, config
            )

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        events = self.stream(input, config)
        step: asyncio.Future[Event | None] | None = None
        try:
            while True:
                step = asyncio.ensure_future(asyncio.to_thread(next, events, None))
                if (event := await asyncio.shield(step)) is None:
                    return
                yield event
        finally:
            if step:
                await asyncio.wait([step])  # a generator cannot be closed while it runs
            await asyncio.to_thread(events.close)

    def warm(self) -> None:
        """Let the model compute the beginning of the prompt that all questions share."""
        if self.model and self.whole and (warm := getattr(self.model.chat, "warm", None)):
            warm(make_context_messages((), self.whole))

    def _events(self, request: PipelineInput) -> Generator[Event, None, None]:
        question = clean_question(request.question, self.longest_question)
        if request.length not in get_args(Length):
            raise InputError(f"An answer can be short, normal or long, not {request.length!r}.")
        library = self.retriever.library
        articles = self._get_articles()
        languages = _get_languages(articles)
        kind = classify_intent(question, not request.history, languages)
        state = self.strategy(
            question, self.model, self.whole, self.quotes, kind, request.quotes, request.length
        )
        state.articles, state.library, state.verifier = articles, library, self.verifier
        state.span_reader = self.span_reader
        state.thresholds, state.calibration = self.thresholds, self.calibration
        if kind in COURTESIES:
            yield state.answer_without_evidence([COURTESIES[kind]], outcome="courtesy")
        elif kind == "about" and (facts := answer_about(question, articles, not request.history)):
            yield state.answer_without_evidence(
                facts, "This is from what is known of the article, not from its text."
            )
        elif kind == "about" and find_requested_metadata(question, not request.history) == "quotes":
            yield from state.quote_all(
                make_candidates_at(articles, find_sentences_with_speech),
                "No one is quoted: the article has no words between quotation marks.",
            )
        elif kind == "about" and (
            listing := OVERVIEWS.get(find_requested_metadata(question, not request.history))
        ):
            yield from state.quote_listed(listing.find(articles), listing.if_empty)
        elif kind == "summary" and articles:
            yield from self._summarize(state)
        else:
            state.notes += (
                () if self._answers_in_one_call else tuple(note_other_language(question, articles))
            )
            questions = (question,) if self._answers_in_one_call else decompose(question)
            yield from (
                self._answer_one(state, request.history)
                if len(questions) == 1
                else self._answer_in_parts(state, questions, request.history)
            )

    def _get_articles(self) -> Sequence[Article]:
        """Return the articles that questions are about. Those of a library are not loaded."""
        library, ids = self.retriever.library, self.retriever.article_ids
        if ids is not None:
            return [library.get(article_id) for article_id in ids]
        return library.select_all()

    def _summarize(self, state: AnswerStrategy) -> Iterator[Event]:
        """Yield the key sentences of the articles; of several articles in a row for each."""
        candidates = self._find_key_candidates(state.articles)
        if self._answers_in_one_call or len(state.articles) == 1 or not candidates:
            yield from state.summarize(candidates)
            return
        state.confidence, quotes = 1.0, state.make_quotes(candidates)
        yield from write_rows(state, make_quote_rows(state.articles, quotes), quotes)

    @property
    def _answers_in_one_call(self) -> bool:
        return self.model is not None and self.model.answers_in_one_call

    def _answer_one(self, state: AnswerStrategy, history: History) -> Generator[Event, None, None]:
        if history:
            yield Stage("rephrasing")
            with state.measure_time("rephrasing"):
                state.searched = rewrite_standalone(
                    state.question,
                    history,
                    self.model.chat if self.model else None,
                    self._choose_question,
                    self._get_text(state.articles, history),
                )
                # The kind is that of the earlier question if the user asks "Are you sure?".
                languages = _get_languages(state.articles)
                state.kind = classify_intent(state.searched, False, languages)
        state.searched = (
            state.searched if self._answers_in_one_call else rewrite_order(state.searched)
        )
        is_asked_by_article = 1 < len(state.articles) <= MAX_ROWS and not self._answers_in_one_call
        if is_asked_by_article:
            yield from self._answer_by_article(state)
            return
        yield Stage("searching")
        self._search(state, self.retriever)
        yield Stage("reading")
        with state.measure_time("reading"):
            state.select_evidence(self.reader, self._make_ask(state, self.retriever))
        yield from state.write_answer()

    def _get_text(self, articles: Sequence[Article], history: History) -> str:
        """Return the text of articles; of a library, of those that its last question finds."""
        if isinstance(articles, ArticleSelection):
            hits = self.retriever.hits(history[-1][0])
            articles = list({hit.article.id: hit.article for hit in hits}.values())
        return " ".join(article.text for article in articles)

    def _search(self, state: AnswerStrategy, retriever: HybridRetriever) -> None:
        """Set the candidates of a question to the sentences that a retriever finds."""
        with state.measure_time("searching"):
            state.hits = hits = retriever.hits(state.searched)
            candidates = make_candidates(hits)
            state.candidates = (
                candidates
                if state.without_section_scope
                else scope_to_sections(state.searched, candidates)
            )
            if state.candidates != candidates:
                state.whole = None  # the model must not read the other sections
            state.retrieval_similarity = compute_retrieval_similarity(
                hits, retriever.library.embedder.fingerprint
            )

    def _answer_by_article(self, whole: AnswerStrategy) -> Iterator[Event]:
        """Ask each article by itself.

        If several articles answer, or if the question asks what all of them say, each gets a row.
        If one answers, its answer is the answer. A value that is computed from several articles is
        an answer of all of them together.
        """
        yield Stage("searching")
        together = replace(whole, model=None)
        self._search(together, self.retriever)
        yield Stage("reading")
        with whole.measure_time("reading"):
            together.select_evidence(self.reader)
        computed = together.computed
        if computed and len({item.article.id for item in computed.evidence}) > 1:
            yield from replace(together, model=whole.model).write_answer()
            return
        topic = find_shared_topic(whole.searched)
        states = [self._ask_article(whole, article, topic) for article in whole.articles]
        answering = select_answering(states, topic is not None)
        if not topic and len(answering) > 1:
            answering = self._keep_comparable(answering)
        if answering and (topic or len(answering) > 1):
            yield from answer_in_rows(whole, states, answering)
            return
        best = max(states, key=lambda state: (state.is_answered, state.confidence))
        if not answering:
            best.choice = replace(best.choice, ranked=together.choice.ranked)
        yield from replace(best, articles=whole.articles).write_answer()

    def _keep_comparable(self, states: Sequence[AnswerStrategy]) -> tuple[AnswerStrategy, ...]:
        """Return the states whose best sentence still answers beside those of the others.

        "The bridge cost 4 million euros" seems to answer "What did the tower cost?" while the
        sentence about the tower is not there.
        """
        if any(state.computed or state.kind == "yes-no" for state in states):
            return tuple(states)
        best = [state.choice.best_selected for state in states]
        sentences = [Sentence.from_article(item.article, item.position) for item in best]
        chances = self.reader.read(states[0].searched, sentences).sentences
        least = self.thresholds.min_share_of_best_row * max(chances)
        return tuple(
            state for state, chance in zip(states, chances, strict=True) if chance >= least
        )

    def _ask_article(
        self, whole: AnswerStrategy, article: Article, topic: str | None
    ) -> AnswerStrategy:
        """Return the question to one of several articles, with its evidence selected."""
        state = replace(whole, articles=[article], searched=topic or whole.searched)
        if topic:
            state.kind = classify_intent(topic, False, {article.language})
        retriever = self.retriever.model_copy(update={"article_ids": (article.id,)})
        self._search(state, retriever)
        with state.measure_time("reading"):
            state.select_evidence(self.reader, self._make_ask(state, retriever))
        return state

    def _make_ask(self, state: AnswerStrategy, retriever: HybridRetriever) -> Ask:
        """Return a function that reads the articles for a simple question, without the model."""

        def ask(question: str) -> Reading:
            kind = classify_intent(question, False, _get_languages(state.articles))
            simple = replace(state, model=None, searched=question, kind=kind)
            self._search(simple, retriever)
            simple.select_evidence(self.reader)
            return Reading(simple.computed, simple.choice)

        return ask

    def _choose_question(self, questions: Sequence[str]) -> str | None:
        """Return the question that the articles answer best, by the reader; None if none is."""
        probabilities = [self._read_probability(question) for question in questions]
        best = max(probabilities)
        if best < MIN_ANSWERED_PROBABILITY:
            return None
        # Of about equally good ones, the first.
        return next(
            question
            for question, probability in zip(questions, probabilities, strict=True)
            if probability >= best - NEGLIGIBLE_DIFFERENCE
        )

    def _read_probability(self, question: str) -> float:
        """Return the reader's probability that the articles answer a question."""
        candidates = scope_to_sections(question, make_candidates(self.retriever.hits(question)))
        sentences = [Sentence.from_article(item.article, item.position) for item in candidates]
        return 1 - self.reader.read(question, sentences).no_answer_probability

    def _answer_in_parts(
        self, whole: AnswerStrategy, questions: Sequence[str], history: History
    ) -> Generator[Event, None, None]:
        """Answer sub-questions in order and merge the answers.

        A sub-question may refer to the earlier ones, which are its history.
        """
        merger = AnswerMerger()
        length = (
            "short" if whole.length == "short" else "normal"
        )  # the merged answer is long enough
        languages = _get_languages(whole.articles)
        for question in questions:
            kind = classify_intent(question, False, languages)
            changes: dict[str, Any] = {
                "question": question,
                "searched": question,
                "kind": kind,
                "length": length,
            }
            state = replace(whole, **changes, seconds={}, drafts=[], started=time.perf_counter())
            earlier = [(answer.question, answer) for answer in merger.answers]
            for event in self._answer_one(state, [*history, *earlier]):
                yield from merger.merge_event(event)
        yield merge_answers(whole.question, merger.answers)

    def _find_key_candidates(self, articles: Sequence[Article]) -> list[Candidate]:
        """Return the key sentences of each article, with their context, as candidates."""
        store = self.retriever.library.store
        positions = {
            article.id: select_key_sentences(
                article,
                store.vectors(article.id),
                count_key_sentences(article) if len(articles) == 1 else SENTENCES_PER_ARTICLE,
            )
            for article in articles
        }
        candidates = make_candidates_at(articles, lambda article: [*positions[article.id]])
        return [
            replace(candidate, is_context=positions[candidate.article.id][candidate.position])
            for candidate in candidates
        ]


def _get_languages(articles: Sequence[Article]) -> set[str]:
    """Return the languages of articles, as ISO 639-1 codes."""
    if isinstance(articles, ArticleSelection):
        return articles.languages
    return {article.language for article in articles}


def _parse_input(value: Any) -> PipelineInput:
    if isinstance(value, PipelineInput):
        return value
    if isinstance(value, Mapping):
        return PipelineInput(cast(str, value.get("question")), value.get("history") or ())
    return PipelineInput(value)
