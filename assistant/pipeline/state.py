"""Define the state of a question, and build answers from it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from langchain_core.messages import BaseMessage

from assistant.answer.answer import Answer, Event, QuotesFound, StageName
from assistant.answer.quotations import look_up_phrase
from assistant.answer.quote import NOT_STATED, Quote, QuotedPhrase
from assistant.answer.statement import Outcome, Statement, make_quote_statements
from assistant.answer.trace import DraftTrace, Trace
from assistant.models import Model
from assistant.pipeline.candidate import Candidate, Choice
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.computation.overview import MAX_LISTED, ListedSentence
from assistant.pipeline.evidence.calibration import (
    Calibration,
    Signals,
    compute_confidence,
    find_unknown_term,
)
from assistant.pipeline.evidence.context_sentences import add_context
from assistant.pipeline.evidence.span_reader import SpanReader
from assistant.pipeline.prompting.context import make_context_messages
from assistant.pipeline.query.answer_type import lacks_expected_type
from assistant.pipeline.query.intent import Intent
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS, Thresholds
from assistant.pipeline.trace import (
    trace_computation,
    trace_passages,
    trace_question,
    trace_sentences,
)
from assistant.pipeline.verification.evidence import Evidence
from assistant.pipeline.verification.names import find_choice_with_all_names
from assistant.pipeline.verification.verifier import Verifier
from index.retrieval.hybrid import Hit
from index.storage.library import Library
from index.storage.selection import ArticleSelection
from index.text.article import Article
from index.text.quote_lookup import longest_word

__all__ = [
    "Length",
    "QuestionState",
    "UNCLEAR",
]

Length = Literal["short", "normal", "long"]  # of an answer

UNCLEAR = "Whether that is a yes or a no is not clear enough; judge for yourself."
# Instructions for the model by kind of question.
INSTRUCTIONS: dict[str, str] = {"yes-no": "Begin with Yes or No.", "list": "Name all of them."}


@dataclass
class QuestionState:
    """A question and the results of the pipeline's stages so far."""

    # Names of checks that are switched off; `evaluation/ablations.py` sets them.
    without_checks: ClassVar[Collection[str]] = ()

    question: str
    model: Model | None
    whole: Article | None  # shown to the model instead of the candidates
    max_quotes: int
    kind: Intent = "fact"
    requested_quotes: int | None = None  # the user's maximum, which holds for lists, too
    length: Length = "normal"
    notes: tuple[str, ...] = ()  # added to every answer
    articles: Sequence[Article] = ()  # that the question is about
    library: Library | None = None  # searched for phrases that the articles lack
    verifier: Verifier | None = None  # judges what a small model writes
    span_reader: SpanReader | None = None  # finds the words of the quotes that answer
    searched: str = ""  # the standalone question
    hits: Sequence[Hit] = ()  # the retrieved passages
    candidates: list[Candidate] = field(default_factory=list)
    retrieval_similarity: float | None = None  # from `compute_retrieval_similarity`
    choice: Choice = field(default_factory=Choice)
    corrections: tuple[Candidate, ...] = ()  # selected sentences that correct other selected ones
    model_selected: bool = False  # whether the model, not the reader, selected the sentences
    signals: Signals | None = None
    computed: Computed | None = None  # an answer that needs no model
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    calibration: Calibration = compute_confidence
    confidence: float = 0.0
    drafts: list[DraftTrace] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.searched = self.searched or self.question

    @contextmanager
    def measure_time(self, stage: StageName) -> Iterator[None]:
        """Add the wall time of a `with` block to the seconds of a stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started

    @property
    def quotable_articles(self) -> dict[str, Article]:
        """Return the articles that quotes can be from, by ID. Those of a library are retrieved."""
        articles = (
            [hit.article for hit in self.hits]
            if isinstance(self.articles, ArticleSelection)
            else self.articles
        )
        return {article.id: article for article in articles}

    @property
    def has_model_probability(self) -> bool:
        """Return whether a small model gave a probability that the article answers."""
        return self.signals is not None and self.signals.model_probability is not None

    @property
    def evidence_only_messages(self) -> list[BaseMessage]:
        """Return a prompt with the selected sentences and their context only.

        A small model tends to write about any other sentence that it reads.
        """
        candidates = add_context(self.choice.selected)
        return make_context_messages(candidates, None, "named", question=self.searched)

    @property
    def instruction(self) -> str:
        """Return the instruction for this kind of question, or an empty string."""
        return INSTRUCTIONS.get(self.kind, "")

    def answer_without_evidence(
        self, lines: Sequence[str], *notes: str, outcome: Outcome = "metadata"
    ) -> Answer:
        """Return an answer that needs no evidence, one statement a line."""
        statements = [replace(Statement.of("metadata", line), begins_line=True) for line in lines]
        return self.make_answer(statements, notes=notes, confidence=None, outcome=outcome)

    def quote_listed(self, listed: Sequence[ListedSentence], if_empty: str) -> Iterator[Event]:
        """Yield an answer that quotes listed sentences with what they are listed for marked.

        At most `MAX_LISTED` are quoted; a note says how many there are.
        """
        if len(listed) > MAX_LISTED:
            self.notes += (f"These are the first {MAX_LISTED} of {len(listed)} sentences.",)
        places = [row.words for row in listed]
        for event in self.quote_all([row.candidate for row in listed[:MAX_LISTED]], if_empty):
            if isinstance(event, Answer):
                quotes = tuple(
                    replace(quote, answer_start=words.start, answer_end=words.end)
                    for quote, words in zip(event.quotes, places, strict=False)
                )
                event = replace(event, quotes=quotes)
            yield event

    def quote_all(self, candidates: Sequence[Candidate], if_empty: str) -> Iterator[Event]:
        """Yield an answer that quotes all of the candidates, or the text `if_empty`."""
        if not candidates:
            yield self.answer_without_evidence([if_empty])
            return
        self.choice, self.confidence = Choice(tuple(candidates), tuple(candidates), 0.0), 1.0
        quotes = self.make_quotes(candidates)
        yield QuotesFound(quotes)
        yield self.make_answer(make_quote_statements(quotes), quotes=quotes)

    def make_quotes(self, candidates: Sequence[Candidate]) -> tuple[Quote, ...]:
        """Return the quotes of candidates, numbered from 1."""
        quotes = tuple(
            Quote.of(
                candidate.article,
                candidate.span,
                number,
                candidate.hit.score,
                context=candidate.is_context,
            )
            for number, candidate in enumerate(candidates, 1)
        )
        for quote, candidate in zip(quotes, candidates, strict=True):
            assert quote.text == candidate.article.text[quote.start : quote.end], quote
        return quotes

    def make_answer(
        self, statements: Iterable[Statement], notes: Sequence[str] = (), **fields: Any
    ) -> Answer:
        """Return an answer with the fields of this state; `fields` override them."""
        seconds = {**self.seconds, "total": time.perf_counter() - self.started}
        name = self.model.name if self.model else "none"
        defaults: dict[str, Any] = {
            "searched": self.searched,
            "model": name,
            "confidence": self.confidence,
            "seconds": seconds,
        }
        values = defaults | fields
        trace = self._make_trace(values["confidence"], seconds)
        notes = (*self.notes, *notes)
        return Answer(self.question, tuple(statements), notes=notes, trace=trace, **values)

    def _make_trace(self, confidence: float | None, seconds: Mapping[str, float]) -> Trace:
        """Return what each stage returned so far."""
        is_read = bool(self.choice.probabilities)
        return Trace(
            trace_question(self.question, self.searched, self.kind),
            trace_passages(self.hits),
            trace_sentences(self.choice),
            self.choice.no_answer_probability if is_read else None,
            trace_computation(self.computed),
            self.signals.model_probability if self.signals else None,
            self.signals.model_recheck if self.signals else None,
            confidence,
            tuple(self.drafts),
            seconds,
        )

    def answer_not_stated(self, *notes: str) -> Answer:
        """Return the answer that the article does not say, with the nearest passage."""
        nearest = self.make_quotes(self.choice.ranked[:1])
        if word := self._unknown_term:
            notes += (f"“{word}” does not occur in the article.",)
        return self.make_answer(
            [Statement.of("unanswered", NOT_STATED)],
            outcome="nearest_passage" if nearest else "not_stated",
            nearest=nearest[0] if nearest else None,
            notes=notes,
        )

    @property
    def _unknown_term(self) -> str | None:
        """Return a name or number of the question that the only article lacks, or None."""
        articles = list({item.article.id: item.article for item in self.choice.ranked}.values())
        return find_unknown_term(articles[0], self.question) if len(articles) == 1 else None

    @property
    def may_be_denied(self) -> bool:
        """Return whether a sentence may deny a yes/no question that has no answer for the model.

        A name that the article lacks excludes it.
        """
        if not (
            self.kind == "yes-no"
            and self.has_model_probability
            and self.choice.no_answer_probability <= self.thresholds.max_no_answer_probability
        ):
            return False
        text = " ".join(candidate.text for candidate in self._candidates_to_review)
        return (
            bool(text)
            and not lacks_expected_type(self.searched, text)
            and not any(letter.isalpha() for letter in self._unknown_term or "")
        )

    @property
    def _candidates_to_review(self) -> tuple[Candidate, ...]:
        """Return the first of these that has all names of the question; empty if none has.

        They are the reader's best candidate, the selection, and the reader's next candidates.
        """
        count = self.thresholds.max_candidates_to_review
        best = [(candidate,) for candidate in self.choice.ranked[:count]]
        return find_choice_with_all_names(
            self.searched, [*best[:1], self.choice.selected, *best[1:]]
        )

    def quotes_for_review(self) -> Iterator[Event]:
        """Yield quotes from which the user can judge whether the answer is yes or no."""
        self.choice = replace(self.choice, selected=self._candidates_to_review)
        yield QuotesFound(self.make_quotes(add_context(self.choice.selected)))
        yield self.answer_with_quotes(
            UNCLEAR,
            *([f"“{word}” does not occur in the article."] if (word := self._unknown_term) else []),
            outcome="unclear",
        )

    def answer_with_quotes(self, *notes: str, outcome: Outcome = "answered") -> Answer:
        """Return an answer of the selected quotes and their context only."""
        quotes = self.make_quotes(add_context(self.choice.selected))
        statements = make_quote_statements(quotes)
        return self.make_answer(statements, quotes=quotes, notes=notes, outcome=outcome)

    def answer_with_computed(self, computed: Computed) -> Answer:
        """Return a computed answer with its calculation and its quotes."""
        quotes = self.make_quotes(computed.evidence)
        if not computed.text:
            return self.answer_with_quotes()
        text = computed.text
        if computed.calculation:
            text = f"{text.removesuffix('.')} ({computed.calculation})."
        statement = Statement.of("computed", text, (quote.number for quote in quotes))
        return self.make_answer([replace(statement, verified_by="computation")], quotes=quotes)

    def fall_back_to_quotes(self, reason: str, outcome: Outcome = "quotes_only") -> Answer:
        """Return an answer without the model's words, which failed verification.

        It has the quotes only, or is "not stated" if the confidence is low.
        """
        return (
            self.answer_not_stated()
            if self.confidence < self.thresholds.min_confidence_unverified
            else self.answer_with_quotes(reason, outcome=outcome)
        )

    def look_up_quotation(self, words: str) -> QuotedPhrase:
        """Look up a phrase in the articles that were asked, then in the rest of the library."""
        word = longest_word(words)
        if isinstance(self.articles, ArticleSelection):
            return look_up_phrase(words, self._find_other_articles(word, set()))
        own_ids = {article.id for article in self.articles}
        return look_up_phrase(words, self.articles, self._find_other_articles(word, own_ids))

    def _find_other_articles(self, word: str, own_ids: set[str]) -> Iterator[Article]:
        """Yield the articles of the library that contain a word, without some."""
        if not (self.library and word):
            return
        for article_id in self.library.store.ids_containing(word):
            if article_id not in own_ids:
                with suppress(KeyError):  # removed meanwhile
                    yield self.library.get(article_id)

    def make_evidence(self, candidates: Sequence[Candidate]) -> Evidence:
        """Return the evidence of candidates: their texts, and the titles above them."""
        texts = [candidate.readable_text for candidate in candidates]
        titles = [candidate.article.title for candidate in candidates]
        titles += [title for candidate in candidates for title in candidate.section]
        article = " ".join({item.article.id: item.article.text for item in candidates}.values())
        return Evidence(texts + titles, self.searched, article)
