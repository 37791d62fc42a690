"""Write answers with a language model: stream the words, verify them and add citations."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from assistant.answer.answer import Answer, Event, QuotesFound, Stage, TextDelta
from assistant.answer.quotations import quoted_phrases
from assistant.answer.quote import Quote, QuotedPhrase, render_quotes_text
from assistant.models import Model
from assistant.models.errors import explain_error
from assistant.models.reasoning import strip_thinking
from assistant.pipeline.candidate import Candidate
from assistant.pipeline.evidence.context_sentences import add_context, cite_with_context
from assistant.pipeline.evidence.referents import has_pronoun_subject
from assistant.pipeline.evidence.selection import select_minimal_cover
from assistant.pipeline.generation.answer_span import (
    SpanFilter,
    clause_around_span,
    contains_span,
    contains_span_stems,
    find_candidate_with_span,
)
from assistant.pipeline.generation.anthropic_citations import write_with_native_citations
from assistant.pipeline.generation.calls import (
    verdict_messages,
    write_again,
    write_from,
    write_gist,
    write_one_call,
)
from assistant.pipeline.generation.streaming import CitationFilter, EvidenceFilter, UnsupportedError
from assistant.pipeline.prompting.context import fit_to_context, make_context_messages
from assistant.pipeline.prompting.protocol import is_not_stated
from assistant.pipeline.query.answer_type import (
    asks_for_person,
    lacks_expected_type,
    lacks_reason,
    needs_explanation,
    needs_number,
)
from assistant.pipeline.state import UNCLEAR, Length, QuestionState
from assistant.pipeline.verification.claims import find_unsupported_claims
from assistant.pipeline.verification.evidence import Evidence
from assistant.pipeline.verification.names import (
    find_choice_with_all_names,
    find_novel_words,
    find_unsupported_name,
)
from assistant.pipeline.verification.negation import has_negation
from assistant.pipeline.verification.role_swap import find_role_swap
from assistant.pipeline.verification.verifier import format_evidence
from assistant.text.language import detect_language
from assistant.text.numbers import find_amounts, restore_hedges
from assistant.text.tokens import MARKER, content_stems
from index.errors import ModelError
from index.text.article import Article
from index.text.spans import Span

__all__ = ["AnswerWriter"]

REPEATS_QUESTION = "The model's own words only repeat the question; here are the quotes alone."
ROLES_SWAPPED = (
    "The model's own words had two things in each other's place; here are the quotes alone."
)
NAMES_NO_ONE = "The model's own words name no one; here are the quotes alone."
CORRECTED = "A later sentence corrects an earlier one; judge for yourself."
UNSUPPORTED = "The quotes do not clearly say what the model wrote; here are the quotes alone."
NOTHING_CITED = "The model cited no sentence; here are the quotes alone."
LENGTH_INSTRUCTIONS: dict[Length, str] = {  # for models that answer in one call
    "short": "one short sentence",
    "normal": "one to three short sentences",
    "long": "up to six short sentences",
}
# Kinds of question that a span of the article does not answer.
_KINDS_BEYOND_SPAN = ("yes-no", "list")
# Tokens of the context that are reserved for the instructions and the answer.
RESERVED_TOKENS = 1_000
# Of the sentence before, in articles with spaces before punctuation.
_LEADING_PUNCTUATION = re.compile(r"^[.,;:!?)\]]+\s+")
_COPIED = re.compile(r"“[^“”]*”\W*")  # a clause of the article
_LOOP = re.compile(r"(\b\w[^.!?]{0,80})(?:\W+\1){3,}")  # the same words four times running


class AnswerWriter:
    """Writes an answer with a model.

    Each public method yields events. The last one is the answer: the model's words, the quotes
    only, or "not stated".
    """

    def __init__(self, state: QuestionState, model: Model) -> None:
        self._state = state
        self._limits = state.thresholds
        self._model = model

    def _handle_errors(self, steps: Iterator[Event]) -> Iterator[Event]:
        """Yield events. On an error, the answer has quotes only or is "not stated"."""
        try:
            for event in steps:
                yield event if not isinstance(event, Answer) else self._look_up_quotations(event)
        except UnsupportedError as error:
            yield self._state.fall_back_to_quotes(_explain_missing(error.word))
        except ModelError as error:
            likely = (
                self._state.choice.selected
                and self._state.confidence >= self._limits.min_confidence
            )
            yield (
                self._state.answer_with_quotes(str(error))
                if likely
                else self._state.answer_not_stated(str(error))
            )

    def write_gists(self) -> Iterator[Event]:
        """Paraphrase each selected sentence, or quote it if its paraphrase fails verification."""
        return self._handle_errors(self._write_gists(self._model.chat))

    def _write_gists(self, chat: BaseChatModel) -> Iterator[Event]:
        quotes = self._state.make_quotes(self._state.choice.selected)
        yield QuotesFound(quotes)
        yield Stage("writing")
        text = ""
        with self._state.measure_time("writing"):
            for quote, candidate in zip(quotes, self._state.choice.selected, strict=True):
                context = make_context_messages([candidate], None)
                gist = "".join(_clean_output(write_gist(context, candidate, chat))).strip()
                rejected = (
                    is_not_stated(gist)
                    or self._find_claims(gist, self._state.make_evidence([candidate]))
                    or self._find_role_swap(gist, [candidate])
                )
                sentence = gist if gist and not rejected else f"“{' '.join(quote.text.split())}”"
                text += f"{' ' if text else ''}{sentence} [{quote.number}]"
                yield TextDelta(f"{' ' if quote.number > 1 else ''}{sentence} [{quote.number}]")
        yield self._state.make_answer(text, quotes=quotes)

    def write_from_selection(self) -> Iterator[Event]:
        """Let a small model write one sentence from the selected candidates.

        A yes/no question is answered with Yes or No instead if the model reports probabilities.
        """
        if self._state.kind == "yes-no" and self._state.has_model_probability:
            return self._handle_errors(self._answer_yes_or_no())
        return self._handle_errors(self._write_verified(self._model.chat))

    def _write_verified(self, chat: BaseChatModel) -> Iterator[Event]:
        """Write from the selection.

        If the verifier rejects the statement, the answer has quotes only or is "not stated".
        """
        for event in self._write_from_selection(chat):
            if isinstance(event, Answer) and not self._is_supported(event):
                yield self._state.fall_back_to_quotes(UNSUPPORTED)
            else:
                yield event

    def _is_supported(self, answer: Answer) -> bool:
        """Return whether the verifier finds a generated statement in its quotes.

        Copied words, and statements in languages that the verifier does not know, are not judged.
        """
        statement = MARKER.sub("", answer.words).strip()
        is_generated = bool(statement) and not _COPIED.fullmatch(statement)
        articles = {article.id: article for article in self._state.articles}
        if (
            self._state.verifier is None
            or not answer.answered
            or not is_generated
            or not answer.quotes
            or any(articles[quote.article_id].language != "en" for quote in answer.quotes)
        ):
            return True
        with self._state.measure_time("checking"):
            (judgement,) = self._state.verifier.judge(
                [(self._state.searched, statement, _verifier_evidence(answer.quotes, articles))]
            )
        return judgement.supported >= self._limits.min_supported_probability

    def _answer_yes_or_no(self) -> Iterator[Event]:
        choice = self._state.choice
        if (
            self._state.confidence < self._limits.min_confidence_unverified
            and self._state.may_be_denied
        ):
            yield from self._state.quotes_for_review()
            return
        if any(amount.bound for amount in find_amounts(self._state.searched)):
            # "More than 30?": a small model compares numbers badly, and nothing was computed.
            yield QuotesFound(self._state.make_quotes(add_context(choice.selected)))
            yield self._state.fall_back_to_quotes(UNCLEAR)
            return
        count = self._limits.max_candidates_to_review
        best = ((candidate,) for candidate in choice.ranked[:count])
        selected = (
            choice.selected
            if self._state.corrections
            else find_choice_with_all_names(self._state.searched, [choice.selected, *best])
            or choice.selected
        )
        self._state.choice = replace(choice, selected=selected)
        selected = add_context(selected)
        quotes = self._state.make_quotes(selected)
        yield QuotesFound(quotes)
        yield Stage("writing")
        with self._state.measure_time("writing"):
            probability = self._judge(selected)
            if self._state.corrections:
                corrected = self._judge(add_context(self._state.corrections))
                probability = _judge_corrected(
                    probability, corrected, self._limits.max_no_probability
                )
        # A small model overlooks a negation in the quotes.
        denied = has_negation(" ".join(quote.text for quote in quotes)) and not has_negation(
            self._state.searched
        )
        verdict = (
            "Yes"
            if probability is not None
            and probability >= self._limits.min_yes_probability
            and not denied
            else "No"
            if probability is not None and probability <= self._limits.max_no_probability
            else ""
        )
        if not verdict or self._state.confidence < self._limits.min_confidence_unverified:
            yield self._state.fall_back_to_quotes(UNCLEAR)
            return
        text = f"{verdict}. {render_quotes_text(quotes)}"
        yield TextDelta(text)
        yield self._state.make_answer(text, quotes=quotes)

    def _judge(self, candidates: Sequence[Candidate]) -> float | None:
        """Return the probability of Yes, by sentences alone."""
        prompt = verdict_messages(self._state.searched, candidates)
        return self._model.likelihood(prompt, "Yes", "No")

    def _write_from_selection(self, chat: BaseChatModel) -> Iterator[Event]:
        selected = add_context(self._state.choice.selected)
        yield QuotesFound(self._state.make_quotes(selected))
        evidence = self._state.make_evidence(selected)
        context = self._state.evidence_only_messages
        opening = SpanFilter()
        pieces = _clean_output(
            write_from(self._state.searched, context, selected, chat, self._state.instruction)
        )
        yield Stage("writing")
        if self._state.has_model_probability:  # only the trained model begins with a span
            pieces = opening.filter(pieces)
            with self._state.measure_time("writing"):
                first = next(pieces, "")
            if self._repeats_question(opening.span):
                pieces.close()
                yield (
                    self._state.answer_not_stated()
                    if self._state.confidence < self._limits.high_confidence
                    else self._state.answer_with_quotes(REPEATS_QUESTION)
                )
                return
            source = (
                self._find_span_source(opening.span, selected)
                if self._state.length == "short"
                else None
            )
            if source and self._state.confidence >= self._limits.min_confidence_unverified:
                pieces.close()
                yield self._answer_with_span(opening.span, source, selected)
                return
            pieces = _prepend(first, pieces)
        # A small model cites nothing itself, so all markers are removed.
        text = yield from self._drain_rejected(
            _number_citations(pieces, CitationFilter([])), EvidenceFilter(evidence)
        )
        text = _restore_hedges(text, selected)
        yield Stage("checking")
        with self._state.measure_time("checking"):
            missing = self._state.find_unsupported(text, evidence)
            source = self._find_span_source(opening.span, selected)
            if missing and (best := self._find_supporting_candidate(text)):
                selected, missing = add_context([best]), []
            elif missing and not source:
                text = self._join_output(
                    write_again(
                        self._state.searched,
                        context,
                        [candidate for candidate in selected if not candidate.is_context],
                        missing,
                        chat,
                    ),
                    selected,
                )
                missing = self._state.find_unsupported(text, evidence)
        reason = _explain_missing(*missing) if missing else self._rejection_reason(text, selected)
        if self._omits_correction(text):
            yield self._state.fall_back_to_quotes(CORRECTED)
        elif not missing and (name := find_unsupported_name(text, selected)):
            yield self._retry_with_top_candidate(name, chat)
        elif source and (reason or not contains_span_stems(text, opening.span)):
            yield self._answer_with_span(self._expand_span(opening.span, source), source, selected)
        elif reason and opening.span and self._is_too_short(opening.span):
            yield (
                self._state.answer_not_stated()
                if self._state.confidence < self._limits.high_confidence
                else self._state.answer_with_quotes(reason)
            )
        elif reason:
            yield self._state.fall_back_to_quotes(reason)
        elif (
            self._state.has_model_probability
            and self._state.confidence < self._limits.high_confidence
            and (words := _find_novel_words(text, selected))
        ):
            terms = ", ".join(f"“{word}”" for word in words)
            yield self._state.answer_with_quotes(
                f"The quotes do not say {terms}; judge for yourself."
            )
        else:
            cited = select_minimal_cover(text, self._state.searched, selected)
            yield self._cite(text, cited, selected)

    def _join_output(
        self, pieces: Generator[str, None, None], candidates: Sequence[Candidate]
    ) -> str:
        """Return the whole output of a small model without its span, with hedges restored."""
        cleaned = _clean_output(pieces)
        if self._state.has_model_probability:
            cleaned = SpanFilter().filter(cleaned)
        return _restore_hedges("".join(cleaned).strip(), candidates)

    def _retry_with_top_candidate(self, name: str, chat: BaseChatModel) -> Answer:
        """Write again from the reader's best candidate, because the selection lacks a name.

        The answer has quotes only if that candidate lacks the name, too.
        """
        best = self._state.choice.ranked[:1]
        if find_unsupported_name(name, best):
            return self._state.fall_back_to_quotes(
                f"The quotes do not name “{name}”; judge for yourself."
            )
        self._state.choice = replace(self._state.choice, selected=best)
        with self._state.measure_time("writing"):
            context = self._state.evidence_only_messages
            best = add_context(best)
            text = self._join_output(
                write_from(self._state.searched, context, best, chat, self._state.instruction), best
            )
        missing = self._state.find_unsupported(text, self._state.make_evidence(best))
        if reason := (
            _explain_missing(*missing) if missing else self._rejection_reason(text, best)
        ):
            return self._state.fall_back_to_quotes(reason)
        return self._cite(text, best, best)

    def _cite(self, text: str, cited: Sequence[Candidate], selected: Sequence[Candidate]) -> Answer:
        """Return the answer of a text with markers of the candidates that support it.

        The rest of the selection is quoted after the text if a long answer was requested, or if the
        model selected the sentences: then each of them is a part of the answer.
        """
        cited = cite_with_context(cited, selected) or cited
        markers = "".join(f"[{number}]" for number in range(1, len(cited) + 1))
        length = self._state.length
        quote_rest = length == "long" or (self._state.model_selected and length == "normal")
        uncited = (
            [candidate for candidate in selected if candidate not in cited] if quote_rest else []
        )
        if not uncited and length != "long":
            quotes = self._state.make_quotes(cited)
            return self._state.make_answer(f"{text} {markers}", quotes=quotes)
        quotes = self._state.make_quotes([*cited, *uncited])
        # A text that repeats a cited sentence would be emitted twice.
        repeats = any(content_stems(text) == content_stems(candidate.text) for candidate in cited)
        words = "" if repeats else f"{text} {markers}\n"
        return self._state.make_answer(f"{words}{render_quotes_text(quotes)}", quotes=quotes)

    def _rejection_reason(self, text: str, selected: Sequence[Candidate]) -> str:
        """Return why a text is no answer although the evidence supports it, or an empty string."""
        if not text or is_not_stated(text):
            return "The model found no answer in these sentences; judge for yourself."
        if _LOOP.search(text):
            return "The model's own words went round in a circle; here are the quotes alone."
        if self._state.kind != "yes-no" and not self._adds_information(text, selected):
            return REPEATS_QUESTION
        if not self._names_person(text, selected):
            return NAMES_NO_ONE
        if self._omits_expected(text, selected):
            return (
                "The model's own words left out the number, date or reason; "
                "here are the quotes alone."
            )
        if self._find_role_swap(text, selected):
            return ROLES_SWAPPED
        return ""

    def _find_claims(self, text: str, evidence: Evidence) -> list[str]:
        return find_unsupported_claims(text, evidence, self._limits.max_share_of_new_words)

    def _find_role_swap(self, text: str, candidates: Sequence[Candidate]) -> tuple[str, str] | None:
        sentences = [candidate.text for candidate in candidates]
        return find_role_swap(text, sentences, self._limits.min_copied_share)

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
            return self._state.answer_not_stated()
        words = _LEADING_PUNCTUATION.sub("", " ".join(span.split()))
        if not self._names_person(words, selected):
            return self._state.fall_back_to_quotes(NAMES_NO_ONE)
        return self._cite(f"“{words}”", [source], selected)

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

    def _find_supporting_candidate(self, text: str) -> Candidate | None:
        """Return the reader's best candidate if it supports a text, or None.

        The model may write from a sentence that it did not select.
        """
        best = next(iter(self._state.choice.ranked), None)
        if (
            best is None
            or not text
            or is_not_stated(text)
            or self._state.find_unsupported(text, self._state.make_evidence([best]))
        ):
            return None
        return best

    def _adds_information(self, text: str, selected: Sequence[Candidate]) -> bool:
        """Return whether a text has content of the sentences that the question lacks.

        "All of these" has none.
        """
        added = set(content_stems(text)) - set(content_stems(self._state.searched))
        # Numbers and names are verified separately and may be worded differently.
        claims = added - set(content_stems(text, claims=False))
        evidence = " ".join(candidate.text for candidate in selected)
        return bool(claims or added & set(content_stems(evidence)))

    def _names_person(self, text: str, selected: Sequence[Candidate]) -> bool:
        """Return whether a text names who is meant, if the question asks who.

        "She broke an arm" names no one. The name is in the context of the evidence.
        """
        context = [candidate.text for candidate in selected if candidate.is_context]
        if not context or not asks_for_person(self._state.searched):
            return True
        added = set(content_stems(text)) - set(content_stems(self._state.searched))
        if added & set(content_stems(" ".join(context))):
            return True
        language = selected[0].article.language
        return not has_pronoun_subject(text, language) and any(
            word[0].isupper() for word in re.findall(r"\w+", text)[1:]
        )

    def _omits_correction(self, text: str) -> bool:
        """Return whether a text has nothing of the sentences that correct the selected ones."""
        if not self._state.corrections:
            return False
        corrections = {candidate.position for candidate in self._state.corrections}
        others = [
            candidate.text
            for candidate in self._state.choice.selected
            if candidate.position not in corrections
        ]
        known = set(content_stems(" ".join([self._state.searched, *others])))
        new = set(content_stems(" ".join(item.text for item in self._state.corrections))) - known
        return not new & set(content_stems(text))

    def _repeats_question(self, span: str) -> bool:
        """Return whether a span is in the question: "Kurdish" for "Who leads the Kurdish forces?".

        A question with "or", or one for a number, may be answered with its own words.
        """
        question = self._state.searched
        applies = (
            self._state.kind == "fact"
            and not re.search(r"\bor\b", question)
            and not find_amounts(span)
            and not needs_number(question)
        )
        return applies and bool(span) and contains_span(span, question)

    def _find_span_source(self, span: str, selected: Sequence[Candidate]) -> Candidate | None:
        """Return the sentence that contains a span if the span may answer the question, or None."""
        may_answer = (
            self._state.kind not in _KINDS_BEYOND_SPAN
            and self._adds_information(span, selected)
            and not self._omits_expected(span, selected)
            and not self._is_too_short(span)
        )
        return find_candidate_with_span(span, selected) if may_answer else None

    def _is_too_short(self, span: str) -> bool:
        """Return whether the answer needs more words than a span has."""
        return (
            needs_explanation(self._state.searched)
            and len(span.split()) <= self._limits.max_insufficient_words
        )

    def _omits_expected(self, text: str, selected: Sequence[Candidate]) -> bool:
        """Return whether a text lacks an expected number, date or reason of the sentences."""
        question = self._state.searched
        evidence = " ".join(candidate.text for candidate in selected)
        if needs_number(question) and not find_amounts(text):
            return bool(find_amounts(evidence))
        return lacks_reason(question, text, evidence) or (
            lacks_expected_type(question, text) and not lacks_expected_type(question, evidence)
        )

    def write_in_one_call(self) -> Iterator[Event]:
        """Let a model read, write and cite in one call."""
        return self._handle_errors(self._write_in_one_call(self._model))

    def _write_in_one_call(self, model: Model) -> Iterator[Event]:
        length = LENGTH_INSTRUCTIONS[self._state.length]
        candidates = fit_to_context(self._state.candidates, model.context - RESERVED_TOKENS)
        citations = CitationFilter(candidates)
        yield Stage("writing")
        if model.native_citations:
            pieces = write_with_native_citations(
                self._state.searched, candidates, model.chat, length
            )
        else:
            pieces = write_one_call(
                self._state.searched,
                make_context_messages(candidates, None, "cited", length=length),
                model.chat,
            )
        text = yield from self._stream_verified(
            _number_citations(_clean_output(pieces), citations),
            EvidenceFilter(self._state.make_evidence(candidates)),
        )
        if not text:
            raise ModelError("The model said nothing.")
        if is_not_stated(text):
            yield self._state.answer_not_stated()
            return
        yield Stage("checking")
        text = _restore_hedges(text, citations.cited)
        with self._state.measure_time("checking"):
            missing = (
                self._find_claims(text, self._state.make_evidence(citations.cited))
                if citations.cited
                else []
            )
        swapped = self._find_role_swap(text, citations.cited)
        if missing or swapped or not citations.cited:
            yield self._state.fall_back_to_quotes(
                _explain_missing(*missing)
                if missing
                else ROLES_SWAPPED
                if swapped
                else NOTHING_CITED
            )
            return
        quotes = self._state.make_quotes(citations.cited)
        yield QuotesFound(quotes)
        yield self._state.make_answer(text, quotes=quotes)

    def _stream_verified(
        self, pieces: Generator[str, None, None], evidence_filter: EvidenceFilter
    ) -> Generator[Event, None, str]:
        """Yield text deltas that cannot become a refusal, and return the whole text.

        Closing the generator stops the model. Raises UnsupportedError.
        """
        emitted = buffer = ""
        with closing(pieces), self._state.measure_time("writing"):
            for piece in pieces:
                buffer += evidence_filter.filter(piece)
                new = buffer.rstrip() if emitted else buffer.strip()
                if new and (emitted or not _may_become_refusal(buffer)):
                    emitted, buffer = emitted + new, buffer[len(buffer.rstrip()) :]
                    yield TextDelta(new)
            buffer += evidence_filter.finish()
        new = buffer.rstrip() if emitted else buffer.strip()
        if new and not is_not_stated(emitted + new):
            yield TextDelta(new)
        return emitted + new

    def _look_up_quotations(self, answer: Answer) -> Answer:
        """Look up the answer's phrases in quotation marks, and add a note for each missing one."""
        quoted = tuple(map(self._state.look_up_quotation, quoted_phrases(answer.words)))
        notes = tuple(filter(None, map(_note_missing_phrase, quoted)))
        return replace(answer, quoted=quoted, notes=answer.notes + notes)


def _judge_corrected(
    together: float | None, correction: float | None, max_no_probability: float
) -> float | None:
    """Return the probability of Yes if a sentence is corrected; None if it is unclear.

    Yes needs the correction's support. The correction alone decides for No.
    """
    if together is None or correction is None:
        return None
    if correction <= max_no_probability:
        return correction
    return min(together, correction)


def _verifier_evidence(quotes: Sequence[Quote], articles: Mapping[str, Article]) -> str:
    """Return the quotes as the verifier reads them, with the sentence and the title above."""
    ordered = sorted(quotes, key=lambda quote: (quote.article_id, quote.start))
    first = ordered[0]
    article = articles[first.article_id]
    structure = article.structure
    path = structure.heading_path(first.start)
    position = article.sentences_in(Span(first.start, first.end))[0]
    before = article.slice(article.sentences[position - 1]) if position else ""
    texts = [
        articles[quote.article_id].structure.readable_text(Span(quote.start, quote.end))
        for quote in ordered
    ]
    return format_evidence(texts, before, path[-1] if path else article.title)


def _restore_hedges(text: str, cited: Sequence[Candidate]) -> str:
    return restore_hedges(text, [candidate.text for candidate in cited])


def _find_novel_words(text: str, selected: Sequence[Candidate]) -> list[str]:
    """Return the words of a text that the sentences lack, if both are in English."""
    is_english = all(
        candidate.article.language == "en" for candidate in selected
    ) and detect_language(text) in ("en", None)
    return find_novel_words(text, selected) if is_english else []


def _note_missing_phrase(quoted: QuotedPhrase) -> str:
    """Return the note for a phrase that the articles lack, or an empty string."""
    if quoted.status == "elsewhere":
        return f"“{quoted.words}” is not in the article that was asked, but in “{quoted.title}”."
    return f"“{quoted.words}” is not found in the article." if quoted.status == "not found" else ""


def _clean_output(pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    """Yield a model's output without its thinking. Raise any error of a provider as ModelError."""
    try:
        yield from strip_thinking(pieces)
    except Exception as error:
        raise ModelError(explain_error(error)) from error


def _prepend(first: str, pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    with closing(pieces):
        yield first
        yield from pieces


def _number_citations(
    pieces: Generator[str, None, None], citations: CitationFilter
) -> Generator[str, None, None]:
    with closing(pieces):
        for piece in pieces:
            yield citations.filter(piece)
    yield citations.finish()


def _may_become_refusal(text: str) -> bool:
    """Return whether the beginning of an output may become "Not stated"."""
    beginning = text.lstrip(" \t\r\n\"'“”‘’*_#>-").lower()
    return any(
        phrase.startswith(beginning[: len(phrase)])
        for phrase in ("not stated", "the article does not")
    )


def _explain_missing(*words: str) -> str:
    return (
        f"The model's own words held something that the quotes do not ({', '.join(words)}); "
        "here are the quotes alone."
    )
