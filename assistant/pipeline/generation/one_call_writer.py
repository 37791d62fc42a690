"""Let a large model read, write and cite in one call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.answer.answer import Event, QuotesFound, Stage
from assistant.answer.statement_parser import parse_cited_text
from assistant.pipeline.generation.anthropic_citations import write_with_native_citations
from assistant.pipeline.generation.calls import write_one_call
from assistant.pipeline.generation.checks import ONE_CALL_CHECKS
from assistant.pipeline.generation.draft import Draft
from assistant.pipeline.generation.draft_writer import DraftWriter
from assistant.pipeline.generation.output import (
    clean_output,
    number_citations,
    restore_source_hedges,
)
from assistant.pipeline.generation.streaming import CitationFilter, EvidenceFilter
from assistant.pipeline.prompting.context import fit_to_context, make_context_messages
from assistant.pipeline.prompting.protocol import is_not_stated
from assistant.pipeline.state import Length
from index.errors import ModelError

__all__ = ["OneCallWriter"]

_LENGTH_INSTRUCTIONS: dict[Length, str] = {
    "short": "one short sentence",
    "normal": "one to three short sentences",
    "long": "up to six short sentences",
}
# Tokens of the context that are reserved for the instructions and the answer.
RESERVED_TOKENS = 1_000


class OneCallWriter(DraftWriter):
    """Writes from all candidates; the model cites those that it used."""

    def write(self) -> Iterator[Event]:
        """Yield events; the last is the answer.

        Raises:
            ModelError: the model failed or said nothing.
            UnsupportedError: the model wrote a number or a name that the candidates lack.
        """
        state, model = self._state, self._model
        length = _LENGTH_INSTRUCTIONS[state.length]
        candidates = fit_to_context(state.candidates, model.context - RESERVED_TOKENS)
        citations = CitationFilter(candidates)
        yield Stage("writing")
        if model.native_citations:
            pieces = write_with_native_citations(state.searched, candidates, model.chat, length)
        else:
            pieces = write_one_call(
                state.searched,
                make_context_messages(candidates, None, "cited", length=length),
                model.chat,
            )
        text = yield from self._stream_verified(
            number_citations(clean_output(pieces), citations),
            EvidenceFilter(state.make_evidence(candidates)),
        )
        if not text:
            raise ModelError("The model said nothing.")
        if is_not_stated(text):
            yield state.answer_not_stated()
            return
        yield Stage("checking")
        text = restore_source_hedges(text, citations.cited)
        draft = Draft(text, claims=text)
        evidence = self._make_evidence_set(citations.cited)
        with state.measure_time("checking"):
            findings = self._check(ONE_CALL_CHECKS, draft, evidence)
        if findings:
            yield self._conclude(findings, draft, evidence)
            return
        self._record(draft)
        quotes = state.make_quotes(citations.cited)
        yield QuotesFound(quotes)
        numbers = {quote.number for quote in quotes}
        statements = [
            replace(statement, verified_by="checks")
            for statement in parse_cited_text(text, numbers)
        ]
        yield state.make_answer(statements, quotes=quotes)
