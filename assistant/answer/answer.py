"""Define `Answer`, and the events that a pipeline emits before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langchain_core.messages.content import create_citation, create_text_block

from assistant.answer.notebook import render_notebook_html
from assistant.answer.quote import Quote, QuotedPhrase, render_quote_markdown
from assistant.answer.restore import restore_fields
from assistant.answer.rows import ArticleRow
from assistant.answer.statement import (
    NO_EVIDENCE_NEEDED,
    UNANSWERED,
    Outcome,
    Statement,
    join_statements,
    list_pieces,
    split_quote_list,
)
from assistant.answer.statement_parser import infer_outcome, parse_statements
from assistant.answer.trace import Trace
from index.text.article import Article
from index.text.spans import Span

__all__ = ["Answer", "Event", "QuotesFound", "Stage", "StageName", "TextDelta"]
StageName = Literal["rephrasing", "searching", "reading", "writing", "checking"]


@dataclass(frozen=True)
class Stage:
    """The stage that the assistant has reached."""

    name: StageName


@dataclass(frozen=True)
class QuotesFound:
    """The quotes that the answer is written from. Emitted before its text."""

    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class TextDelta:
    """The next words of the answer.

    The joined deltas are the beginning of the answer's text, unless a check fails or they repeat a
    quote. Then the final `Answer` replaces them. Every number in digits and every name in them is
    in the sentences that the model writes from.
    """

    text: str


@dataclass(frozen=True)
class Answer:
    """A short answer: statements, and the quotes that they cite."""

    question: str
    statements: tuple[Statement, ...]
    quotes: tuple[Quote, ...] = ()
    outcome: Outcome = "answered"
    nearest: Quote | None = None  # if not answered: the nearest passage, which is no evidence
    searched: str = (
        ""  # the search query: the question, with a follow-up rewritten to be standalone
    )
    model: str = "none"
    notes: tuple[str, ...] = ()  # sentences for the user about this answer
    partial: bool = False  # stopped before its end
    # The probability, 0 to 1, that the article answers the question. None: not estimated.
    confidence: float | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)  # wall time by stage, and "total"
    quoted: tuple[QuotedPhrase, ...] = ()  # phrases in quotation marks, in the order of the text
    # What each article says, if several were asked one by one. The statements then say the same.
    rows: tuple[ArticleRow, ...] = ()
    # What each stage returned. None for a restored answer.
    trace: Trace | None = field(default=None, repr=False, compare=False)

    @classmethod
    def from_text(
        cls,
        question: str,
        text: str,
        quotes: Sequence[Quote] = (),
        answered: bool = True,
        **fields: Any,
    ) -> Answer:
        """Return the answer of a text with `[n]` markers, which is parsed into statements.

        Args:
            question: the question.
            text: the text.
            quotes: the quotes that its markers cite.
            answered: False if it says that the article does not state the answer.
            fields: the other fields.
        """
        outcome = infer_outcome(
            answered,
            has_nearest=bool(fields.get("nearest")),
            has_evidence=bool(quotes) or fields.get("confidence") is not None,
            is_measured=bool(fields.get("seconds")) and not fields.get("partial"),
        )
        statements = parse_statements(text, quotes, outcome)
        return cls(question, statements, tuple(quotes), outcome, **fields)

    def with_confidence(self, confidence: float) -> Answer:
        """Return the answer with the verifier's judgement of its generated statements."""
        statements = tuple(
            replace(statement, verified_by="verifier", confidence=confidence)
            if statement.kind == "generated"
            else statement
            for statement in self.statements
        )
        return replace(self, statements=statements)

    @property
    def text(self) -> str:
        """Return the statements with `[n]` markers."""
        return join_statements(self.statements)

    @property
    def plain_text(self) -> str:
        """Return the text without markers."""
        return join_statements(self.statements, with_markers=False)

    @property
    def answered(self) -> bool:
        """Return whether the article states the answer, or the answer needs no evidence."""
        return self.outcome not in UNANSWERED

    @property
    def own_statements(self) -> tuple[Statement, ...]:
        """Return the statements without the list of all quotes at their end.

        There are none if the answer has rows, which are shown instead.
        """
        return () if self.rows else split_quote_list(self.statements, self.quotes)[0]

    @property
    def words(self) -> str:
        """Return the text without the quotes at its end, for interfaces that show quotes apart.

        It is empty if the answer has rows, which are shown instead.
        """
        return join_statements(self.own_statements)

    @property
    def quotes_alone(self) -> bool:
        """Return whether the text consists of the quotes only."""
        return bool(self.quotes) and not self.own_statements

    @property
    def aside(self) -> bool:
        """Return whether the answer needs no evidence: a courtesy, or the article's metadata.

        No model wrote such an answer.
        """
        return self.outcome in NO_EVIDENCE_NEEDED

    @property
    def shown_statements(self) -> tuple[Statement, ...]:
        """Return the statements for interfaces that list the quotes after them.

        An answer of quotes only has no such list: its quotes are its statements.
        """
        return self.statements if self.quotes_alone else self.own_statements

    @property
    def citations(self) -> Iterator[tuple[Span, Quote]]:
        """Yield each marker of `text`, as a span of `text`, with the quote that it cites.

        A "[2]" inside a quote is no marker.
        """
        by_number = {quote.number: quote for quote in self.quotes}
        end = 0
        for piece in list_pieces(self.statements):
            start, end = end, end + len(piece if isinstance(piece, str) else f"[{piece}]")
            if not isinstance(piece, str) and (quote := by_number.get(piece)):
                yield Span(start, end), quote

    @property
    def quotations(self) -> Iterator[tuple[Span, QuotedPhrase]]:
        """Yield each phrase in quotation marks, with its span of `text`."""
        text, end = self.text, 0
        for phrase in self.quoted:
            if (start := text.find(phrase.words, end)) >= 0:
                end = start + len(phrase.words)
                yield Span(start, end), phrase

    def to_dict(self, *, trace: bool = False) -> dict[str, Any]:
        """Return the fields as plain values, ready for JSON.

        The text and whether the question is answered are included, although they follow from the
        statements and the outcome.

        Args:
            trace: include the trace, which is long.
        """
        data = {
            "question": self.question,
            "text": self.text,
            "statements": [statement.to_dict() for statement in self.statements],
            "quotes": [asdict(quote) for quote in self.quotes],
            "outcome": self.outcome,
            "answered": self.answered,
            "nearest": asdict(self.nearest) if self.nearest else None,
            "searched": self.searched,
            "model": self.model,
            "notes": list(self.notes),
            "partial": self.partial,
            "confidence": self.confidence,
            "seconds": dict(self.seconds),
            "quoted": [asdict(phrase) for phrase in self.quoted],
            "rows": [asdict(row) for row in self.rows],
        }
        return data | ({"trace": self.trace.to_dict() if self.trace else None} if trace else {})

    @classmethod
    def from_dict(
        cls,
        data: object,
        articles: Iterable[Article],
        find_article: Callable[[str], Article | None] = lambda article_id: None,
        *,
        other: Callable[[str], Article | None] | None = None,
    ) -> Answer:
        """Restore an answer from the output of `to_dict`.

        Every quote is verified again. Quotes that the article does not contain are dropped.

        Args:
            data: the output of `to_dict`, from any storage. It is not trusted.
            articles: the articles that the quotes must be in.
            find_article: returns an article of the library by its ID, for phrases that were found
                in another article.
            other: the name of `find_article` in 0.1, kept for one release.

        Raises:
            InputError: the data is not a serialized answer.
        """
        return cls(**restore_fields(data, articles, other or find_article))

    def to_markdown(self) -> str:
        """Return the answer, then each quote with its number, title and position."""
        lines = [self.text, *(f"*{note}*" for note in self.notes)]
        lines += [render_quote_markdown(quote, f"[{quote.number}]") for quote in self.quotes]
        if self.nearest:
            lines.append(render_quote_markdown(self.nearest, "Related passage:"))
        return "\n\n".join(lines) + "\n"

    def _repr_html_(self) -> str:
        """Return HTML for a notebook: the answer and its highlighted quotes. It loads nothing."""
        words = self.text if self.rows else self.words
        return render_notebook_html(self.question, words, self.notes, self.quotes, self.nearest)

    def to_message(self) -> AIMessage:
        """Return an `AIMessage` whose text block carries standard `Citation` annotations.

        `start_index` and `end_index` are the marker's offsets in the answer. The offsets in the
        source are in the extras `document_index`, `start_char_index` and `end_char_index`, as
        LangChain's Anthropic translator names them.
        """
        order = list(dict.fromkeys(quote.article_id for quote in self.quotes))
        annotations = [
            create_citation(
                title=quote.title,
                cited_text=quote.text,
                start_index=span.start,
                end_index=span.end,
                document_index=order.index(quote.article_id),
                document_id=quote.article_id,
                start_char_index=quote.start,
                end_char_index=quote.end,
                status=quote.status,
            )
            for span, quote in self.citations
        ]
        block = create_text_block(self.text, annotations=list(annotations))
        return AIMessage(
            content_blocks=[block],
            response_metadata={"answered": self.answered, "model_name": self.model},
        )


Event = Stage | QuotesFound | TextDelta | Answer
