"""Let a small model write one sentence from the selected sentences, and cite them."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from assistant.answer.answer import Answer, Event, QuotesFound, Stage
from assistant.answer.quote import Quote
from assistant.answer.statement import (
    Statement,
    StatementKind,
    join_statements,
    make_quote_statements,
)
from assistant.pipeline.candidate import Candidate
from assistant.pipeline.evidence.context_sentences import add_context, cite_with_context
from assistant.pipeline.evidence.selection import select_minimal_cover
from assistant.pipeline.generation.actions import ACTIONS, Action, format_note, join_claims
from assistant.pipeline.generation.answer_span import SpanFilter, clause_around_span
from assistant.pipeline.generation.calls import write_again, write_from
from assistant.pipeline.generation.checks import (
    CLAIM_CHECKS,
    FORM_CHECKS,
    NAME_CHECKS,
    SENTENCE_CHECKS,
    SPAN_CHECKS,
    STATEMENT_CHECKS,
    judge_statement,
)
from assistant.pipeline.generation.completeness import (
    find_span_source,
    is_too_short,
    names_person,
)
from assistant.pipeline.generation.draft import Draft, EvidenceSet, Finding
from assistant.pipeline.generation.draft_writer import DraftWriter
from assistant.pipeline.generation.output import (
    clean_output,
    number_citations,
    prepend_piece,
    restore_source_hedges,
)
from assistant.pipeline.generation.streaming import CitationFilter, EvidenceFilter, UnsupportedError
from assistant.pipeline.prompting.protocol import is_not_stated
from assistant.pipeline.query.answer_type import needs_explanation
from assistant.pipeline.verification.names import find_unsupported_name
from assistant.text.tokens import content_stems
from index.retrieval.hybrid import Hit
from index.text.article import Article
from index.text.spans import Span

__all__ = ["SentenceWriter"]

# Of the sentence before, in articles with spaces before punctuation.
_LEADING_PUNCTUATION = re.compile(r"^[.,;:!?)\]]+\s+")


class SentenceWriter(DraftWriter):
    """Writes from the selected sentences, and repairs or replaces a draft that fails a check."""

    def write(self) -> Iterator[Event]:
        """Yield events; the last is the answer. The verifier judges it.

        Raises:
            ModelError: the model failed.
        """
        for event in self._write():
            yield self._judge_statement(event) if isinstance(event, Answer) else event

    def _judge_statement(self, answer: Answer) -> Answer:
        """Return the answer, or what replaces it if the verifier stops its statement."""
        if not answer.answered or not answer.quotes:
            return answer
        articles = self._state.quotable_articles
        draft = Draft(join_statements(answer.own_statements, with_markers=False))
        evidence = self._make_evidence_set(_find_candidates(answer.quotes, articles))
        with self._state.measure_time("checking"):
            supported = judge_statement(draft, evidence, self._query, self._state.verifier)
            draft = replace(draft, supported=supported)
            findings = self._check(STATEMENT_CHECKS, draft, evidence)
        if findings:
            return self._conclude(findings, draft, evidence)
        return answer if supported is None else answer.with_confidence(supported)

    def _write(self) -> Iterator[Event]:
        state = self._state
        selected = add_context(state.choice.selected)
        yield QuotesFound(state.make_quotes(selected))
        evidence = self._make_evidence_set(selected)
        opening = SpanFilter()
        pieces = self._write_from(selected)
        yield Stage("writing")
        if state.has_model_probability:  # only the trained model begins with a span
            pieces = opening.filter(pieces)
            with state.measure_time("writing"):
                first = next(pieces, "")
            if answer := self._answer_with_opening(opening.span, evidence):
                pieces.close()
                yield answer
                return
            pieces = prepend_piece(first, pieces)
        # A small model cites nothing itself, so all markers are removed.
        text = yield from self._drain_rejected(
            number_citations(pieces, CitationFilter([])), EvidenceFilter(evidence.words)
        )
        yield Stage("checking")
        yield self._finish(restore_source_hedges(text, selected), opening.span, evidence)

    def _write_from(self, selected: Sequence[Candidate]) -> Generator[str, None, None]:
        """Yield the output of the model for the selected sentences, in pieces."""
        state = self._state
        return clean_output(
            write_from(
                state.searched,
                state.evidence_only_messages,
                selected,
                self._model.chat,
                state.instruction,
            )
        )

    def _answer_with_opening(self, span: str, evidence: EvidenceSet) -> Answer | None:
        """Return the answer that the opening span decides, or None if the sentence is needed."""
        draft = Draft("", span)
        if findings := self._check(SPAN_CHECKS, draft, evidence):
            return self._conclude(findings, draft, evidence)
        if self._state.length != "short":
            return None
        source = self._find_span_source(span, evidence)
        if source and self._state.confidence >= self._limits.min_confidence_unverified:
            self._record(draft, action=Action.USE_SPAN)
            return self._answer_with_span(span, source, evidence.candidates)
        return None

    def _finish(self, text: str, span: str, evidence: EvidenceSet) -> Answer:
        """Return the answer of a written text, or what its findings lead to."""
        with self._state.measure_time("checking"):
            draft = self._make_draft(text, span, self._find_span_source(span, evidence))
            findings = self._check(SENTENCE_CHECKS, draft, evidence)
            draft, evidence, findings = self._repair(draft, evidence, findings)
        cited: Sequence[Candidate] = ()
        if not findings:
            cited = select_minimal_cover(draft.text, self._state.searched, evidence.candidates)
            findings = self._check_names(draft, cited, evidence)
        if findings:
            return self._conclude(findings, draft, evidence)
        self._record(draft)
        return self._cite(draft.text, cited, evidence.candidates)

    def _check_names(
        self, draft: Draft, cited: Sequence[Candidate], evidence: EvidenceSet
    ) -> tuple[Finding, ...]:
        """Return the findings about names that only sentences have which are not cited.

        A name of one sentence with the place of another is a false statement.
        """
        if len(cited) == len(evidence.candidates):
            return ()
        alone = cite_with_context(cited, evidence.candidates) or tuple(cited)
        return self._check(NAME_CHECKS, draft, self._make_evidence_set(alone))

    def _repair(
        self, draft: Draft, evidence: EvidenceSet, findings: tuple[Finding, ...]
    ) -> tuple[Draft, EvidenceSet, tuple[Finding, ...]]:
        """Return a draft with its evidence and findings, after the first possible repair."""
        actions = {action for finding in findings for action in ACTIONS[finding.code]}
        best = self._state.choice.ranked[:1]
        if Action.CITE_BEST in actions and self._is_supported_by(best, draft):
            self._record(draft, findings, Action.CITE_BEST)
            evidence = replace(
                evidence,
                candidates=tuple(add_context(best)),
                words=self._state.make_evidence(best),
            )
        elif Action.WRITE_AGAIN in actions and not draft.source:
            self._record(draft, findings, Action.WRITE_AGAIN)
            text = self._join_output(
                write_again(
                    self._state.searched,
                    self._state.evidence_only_messages,
                    [item for item in evidence.candidates if not item.is_context],
                    join_claims(findings),
                    self._model.chat,
                ),
                evidence.candidates,
            )
            draft = self._make_draft(text, draft.span)
        else:
            return draft, evidence, findings
        return draft, evidence, self._check(SENTENCE_CHECKS, draft, evidence)

    def _is_supported_by(self, best: Sequence[Candidate], draft: Draft) -> bool:
        """Return whether the reader's best sentence alone supports the claims of a draft.

        The model may write from a sentence that it did not select.
        """
        if not best or not draft.text or is_not_stated(draft.text):
            return False
        return not self._check(CLAIM_CHECKS, draft, self._make_evidence_set(best))

    def _is_possible(self, action: Action, findings: Sequence[Finding], draft: Draft) -> bool:
        if action is Action.WRITE_FROM_BEST:
            (name,) = findings[0].words
            return not find_unsupported_name(name, self._state.choice.ranked[:1])
        if action is Action.USE_SPAN:
            return draft.source is not None
        if action is Action.ABSTAIN_ON_SPAN:
            is_insufficient = findings[0].code in SPAN_CHECKS or is_too_short(
                draft.span, self._state.searched, self._limits.max_insufficient_words
            )
            is_unsure = self._state.confidence < self._limits.high_confidence
            return bool(draft.span) and is_insufficient and is_unsure
        return super()._is_possible(action, findings, draft)

    def _act(
        self,
        action: Action,
        findings: Sequence[Finding],
        draft: Draft,
        evidence: EvidenceSet,
    ) -> Answer:
        if action is Action.WRITE_FROM_BEST:
            return self._write_from_best()
        if action is Action.USE_SPAN and draft.source:
            words = self._expand_span(draft.span, draft.source)
            return self._answer_with_span(words, draft.source, evidence.candidates)
        return super()._act(action, findings, draft, evidence)

    def _write_from_best(self) -> Answer:
        """Write again from the reader's best sentence, because the selection lacks a name."""
        state = self._state
        state.choice = replace(state.choice, selected=state.choice.ranked[:1])
        best = add_context(state.choice.selected)
        with state.measure_time("writing"):
            draft = self._make_draft(self._join_cleaned(self._write_from(best), best))
        evidence = self._make_evidence_set(best)
        findings = self._check((*CLAIM_CHECKS, *FORM_CHECKS), draft, evidence)
        if findings:
            return self._conclude(findings, draft, evidence)
        self._record(draft)
        return self._cite(draft.text, best, best)

    def _find_span_source(self, span: str, evidence: EvidenceSet) -> Candidate | None:
        limit = self._limits.max_insufficient_words
        return find_span_source(span, self._query, evidence.candidates, limit)

    def _join_output(
        self, pieces: Generator[str, None, None], candidates: Sequence[Candidate]
    ) -> str:
        return self._join_cleaned(clean_output(pieces), candidates)

    def _join_cleaned(
        self, pieces: Generator[str, None, None], candidates: Sequence[Candidate]
    ) -> str:
        """Return the whole output of a small model without its span, with hedges restored."""
        if self._state.has_model_probability:
            pieces = SpanFilter().filter(pieces)
        return restore_source_hedges("".join(pieces).strip(), candidates)

    def _cite(
        self,
        text: str,
        cited: Sequence[Candidate],
        selected: Sequence[Candidate],
        kind: StatementKind = "generated",
    ) -> Answer:
        """Return the answer of a text with citations of the candidates that support it.

        The rest of the selection is quoted after the text if a long answer was requested, or if the
        model selected the sentences: then each of them is a part of the answer.
        """
        cited = cite_with_context(cited, selected) or cited
        statement = replace(
            Statement.of(kind, text, range(1, len(cited) + 1)),
            verified_by="copy" if kind == "quote" else "checks",
        )
        length = self._state.length
        quote_rest = length == "long" or (self._state.model_selected and length == "normal")
        places = {(candidate.article.id, candidate.position) for candidate in cited}
        uncited = [
            candidate
            for candidate in selected
            if quote_rest and (candidate.article.id, candidate.position) not in places
        ]
        if not uncited and length != "long":
            return self._state.make_answer([statement], quotes=self._state.make_quotes(cited))
        quotes = self._state.make_quotes([*cited, *uncited])
        # A text that repeats a cited sentence would be emitted twice.
        repeats = any(content_stems(text) == content_stems(candidate.text) for candidate in cited)
        own = [] if repeats else [statement]
        return self._state.make_answer([*own, *make_quote_statements(quotes)], quotes=quotes)

    def _expand_span(self, span: str, source: Candidate) -> str:
        """Return the clause of a span, or its sentence if an explanation is needed."""
        if self._state.length == "short":
            return span
        if needs_explanation(self._state.searched):
            return source.text
        return clause_around_span(span, source.text)

    def _answer_with_span(
        self, span: str, source: Candidate, selected: Sequence[Candidate]
    ) -> Answer:
        """Answer with words of the article instead of the model's sentence.

        The callers pass a span in its context, so that the user can judge it: "another 21 miles
        north of New York".
        """
        if self._state.confidence < self._limits.min_confidence_unverified:
            self._record(Draft(span, span), action=Action.ABSTAIN)
            return self._state.answer_not_stated()
        words = _LEADING_PUNCTUATION.sub("", " ".join(span.split()))
        if not names_person(words, self._state.searched, selected):
            finding = Finding("unnamed-person")
            self._record(Draft(words, span), [finding], Action.QUOTES_ONLY)
            return self._state.fall_back_to_quotes(format_note([finding]))
        return self._cite(f"“{words}”", [source], selected, kind="quote")

    def _drain_rejected(
        self, pieces: Generator[str, None, None], evidence_filter: EvidenceFilter
    ) -> Generator[Event, None, str]:
        """Stream as `_stream_verified` does, but return a rejected output, too."""
        output: list[str] = []

        def record() -> Generator[str, None, None]:
            for piece in pieces:
                output.append(piece)
                yield piece

        with closing(pieces):
            try:
                return (yield from self._stream_verified(record(), evidence_filter))
            except UnsupportedError:
                with self._state.measure_time("writing"):
                    output.extend(pieces)
                return "".join(output).strip()


def _find_candidates(quotes: Sequence[Quote], articles: Mapping[str, Article]) -> list[Candidate]:
    """Return the sentences of quotes as candidates."""
    candidates = []
    for quote in quotes:
        article, span = articles[quote.article_id], Span(quote.start, quote.end)
        position = article.sentences_in(span)[0]
        hit = Hit(article, span, quote.score, 0.0, 0.0)
        candidates.append(Candidate(position + 1, article, position, hit, quote.context))
    return candidates
