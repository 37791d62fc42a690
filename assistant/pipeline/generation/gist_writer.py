"""Write a summary: each selected sentence in the model's words, with its quote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.answer.answer import Event, QuotesFound, Stage, TextDelta
from assistant.answer.statement import Statement, VerifiedBy, make_quote_statements
from assistant.pipeline.generation.actions import Action
from assistant.pipeline.generation.calls import write_gist
from assistant.pipeline.generation.checks import GIST_CHECKS
from assistant.pipeline.generation.draft_writer import DraftWriter
from assistant.pipeline.generation.output import clean_output
from assistant.pipeline.prompting.context import make_context_messages

__all__ = ["GistWriter"]


class GistWriter(DraftWriter):
    """Paraphrases each selected sentence, or quotes it if its paraphrase fails a check."""

    def write(self) -> Iterator[Event]:
        """Yield events; the last is the answer."""
        quotes = self._state.make_quotes(self._state.choice.selected)
        yield QuotesFound(quotes)
        yield Stage("writing")
        statements: list[Statement] = []
        with self._state.measure_time("writing"):
            for quote, candidate in zip(quotes, self._state.choice.selected, strict=True):
                context = make_context_messages([candidate], None)
                pieces = clean_output(write_gist(context, candidate, self._model.chat))
                gist = "".join(pieces).strip()
                draft = self._make_draft(gist)
                findings = self._check(GIST_CHECKS, draft, self._make_evidence_set([candidate]))
                self._record(draft, findings, Action.QUOTES_ONLY if findings else Action.ACCEPT)
                is_shown = gist and not findings
                statement = (
                    Statement.of("generated", gist, [quote.number])
                    if is_shown
                    else make_quote_statements([quote])[0]
                )
                verified_by: VerifiedBy = "checks" if is_shown else "copy"
                statements.append(replace(statement, verified_by=verified_by, begins_line=False))
                yield TextDelta(f"{' ' if quote.number > 1 else ''}{statement.marked_text}")
        yield self._state.make_answer(statements, quotes=quotes)
