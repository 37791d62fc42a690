"""Define `Answer`, and the events that a pipeline emits before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langchain_core.messages.content import create_citation, create_text_block

from assistant.answer.notebook import render_notebook_html
from assistant.answer.quote import Quote, QuotedPhrase, render_quote_markdown, render_quotes_text
from assistant.answer.restore import restore_fields
from assistant.answer.rows import ArticleRow
from assistant.answer.trace import Trace
from index.text.article import Article
from index.text.spans import Span

__all__ = ["Answer", "Event", "QuotesFound", "Stage", "StageName", "TextDelta"]
StageName = Literal["rephrasing", "searching", "reading", "writing", "checking"]

_MARKER = re.compile(r"\[(\d{1,3})\]")
_LAST_MARKER = re.compile(rf"{_MARKER.pattern}$", re.MULTILINE)


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
    """A short text with `[n]` markers, and the quotes that the markers cite."""

    question: str
    text: str
    quotes: tuple[Quote, ...] = ()
    answered: bool = True  # False: the article does not state the answer
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
    # What each article says, if several were asked one by one. The text then consists of the rows.
    rows: tuple[ArticleRow, ...] = ()
    # What each stage returned. None for a restored answer.
    trace: Trace | None = field(default=None, repr=False, compare=False)

    @property
    def words(self) -> str:
        """Return the text without the quotes at its end, for interfaces that show quotes apart.

        It is empty if the answer has rows, which are shown instead.
        """
        if self.rows:
            return ""
        ending = render_quotes_text(self.quotes)
        return (
            self.text.removesuffix(ending).rstrip()
            if ending and self.text.endswith(ending)
            else self.text
        )

    @property
    def quotes_alone(self) -> bool:
        """Return whether the text consists of the quotes only."""
        return bool(self.quotes) and not self.words

    @property
    def aside(self) -> bool:
        """Return whether the answer needs no evidence: a courtesy, or the article's metadata.

        No model wrote such an answer.
        """
        return (
            self.answered
            and not self.quotes
            and not self.partial
            and self.confidence is None
            and bool(self.seconds)
        )

    @property
    def citations(self) -> Iterator[tuple[Span, Quote]]:
        """Yield each marker of `text`, as a span of `text`, with the quote that it cites.

        A "[2]" inside a quote is no marker.
        """
        by_number = {quote.number: quote for quote in self.quotes}
        length = len(self.words)
        for match in chain(
            _MARKER.finditer(self.text, 0, length), _LAST_MARKER.finditer(self.text, length)
        ):
            if quote := by_number.get(int(match[1])):
                yield Span(*match.span()), quote

    @property
    def quotations(self) -> Iterator[tuple[Span, QuotedPhrase]]:
        """Yield each phrase in quotation marks, with its span of `text`."""
        end = 0
        for phrase in self.quoted:
            if (start := self.text.find(phrase.words, end)) >= 0:
                end = start + len(phrase.words)
                yield Span(start, end), phrase

    def to_dict(self, *, trace: bool = False) -> dict[str, Any]:
        """Return the fields as plain values, ready for JSON.

        Args:
            trace: include the trace, which is long.
        """
        data = asdict(replace(self, seconds=dict(self.seconds), trace=None))
        del data["trace"]
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
