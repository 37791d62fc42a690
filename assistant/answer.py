"""What the assistant says: an `Answer` with its `Quote`s, and the events on the way to one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langchain_core.messages.content import create_citation, create_text_block

from index.article import Article, Span

from .notebook import answer_html

__all__ = [
    "Answer",
    "Event",
    "Found",
    "NOT_STATED",
    "Quote",
    "Quoted",
    "Stage",
    "StageName",
    "Status",
    "Words",
    "quotes_as_text",
]

Status = Literal["verified", "elsewhere", "not found"]
StageName = Literal["rephrasing", "searching", "reading", "writing", "checking"]

NOT_STATED = "The article does not say."

_MARKER = re.compile(r"\[(\d{1,3})\]")
_LAST_MARKER = re.compile(rf"{_MARKER.pattern}$", re.MULTILINE)


@dataclass(frozen=True)
class Quote:
    """Words of an article in their place: `text == article.text[start:end]`, offsets in code points."""

    number: int  # the [n] that cites it
    text: str
    start: int
    end: int
    article_id: str
    title: str = ""
    status: Status = "verified"
    score: float = 0.0  # of the search; higher is better, comparable within one answer only
    page: int | None = None  # on which it begins, from 1, where the source has pages

    @classmethod
    def of(cls, article: Article, span: Span, number: int, score: float = 0.0) -> Quote:
        page = article.page_of(span.start)
        return cls(number, article.slice(span), span.start, span.end, article.id, article.title, "verified", score, page)

    @property
    def where(self) -> str:
        """Its place, as a reader is told it."""
        page = f"page {self.page}" if self.page else ""
        return ", ".join(filter(None, [self.title, page, f"characters {self.start}–{self.end}"]))


@dataclass(frozen=True)
class Quoted:
    """Words that an answer has between quotation marks, and where they stand, to the letter but for typography.

    `verified`: in an article that was asked; `elsewhere`: in another of the library; `not found`: in neither, and without a place.
    """

    words: str  # as the answer has them
    status: Status
    article_id: str = ""
    title: str = ""
    start: int = 0  # of the words in that article's text, in code points
    end: int = 0


@dataclass(frozen=True)
class Stage:
    """What the assistant is doing now."""

    name: StageName


@dataclass(frozen=True)
class Found:
    """The quotes that the answer will be written from, before its words."""

    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Words:
    """The next words of the answer. Joined, they begin it, unless a check fails or they repeat a quote: then the `Answer` replaces them.

    Every number in digits and every name in them is in the sentences that the model was to write from.
    """

    text: str


@dataclass(frozen=True)
class Answer:
    """A short text with `[n]` markers, and the quotes that they stand for."""

    question: str
    text: str
    quotes: tuple[Quote, ...] = ()
    answered: bool = True  # False: the article does not say
    nearest: Quote | None = None  # where it does not say: the nearest passage, which is no evidence
    searched: str = ""  # the question as it was searched for: a follow-up is put so that it stands alone
    model: str = "none"
    notes: tuple[str, ...] = ()  # what the reader should know of this answer, in sentences
    partial: bool = False  # stopped before its end
    confidence: float | None = None  # the probability, 0 to 1, that the article answers the question; None: not asked
    seconds: Mapping[str, float] = field(default_factory=dict)  # wall time of each stage, and "total"
    quoted: tuple[Quoted, ...] = ()  # what a model put between quotation marks, in the order of the text

    @property
    def words(self) -> str:
        """The text without the quotes that it may end in: for where these are shown beside it."""
        ending = quotes_as_text(self.quotes)
        return self.text.removesuffix(ending).rstrip() if ending and self.text.endswith(ending) else self.text

    @property
    def quotes_alone(self) -> bool:
        """Whether the text is nothing but the quotes."""
        return bool(self.quotes) and not self.words

    @property
    def aside(self) -> bool:
        """Whether it needs no evidence of the text: a greeting, or what is known of the article itself. No model wrote it."""
        return self.answered and not self.quotes and not self.partial and self.confidence is None and bool(self.seconds)

    @property
    def citations(self) -> Iterator[tuple[Span, Quote]]:
        """Each marker in `text`, as a span of `text`, with the quote it stands for. A quote's own "[2]" is no marker."""
        by_number = {quote.number: quote for quote in self.quotes}
        said = len(self.words)
        for match in chain(_MARKER.finditer(self.text, 0, said), _LAST_MARKER.finditer(self.text, said)):
            if quote := by_number.get(int(match[1])):
                yield Span(*match.span()), quote

    @property
    def quotations(self) -> Iterator[tuple[Span, Quoted]]:
        """Each of the quoted words, with their span of `text`."""
        end = 0
        for one in self.quoted:
            if (start := self.text.find(one.words, end)) >= 0:
                end = start + len(one.words)
                yield Span(start, end), one

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, ready for JSON."""
        return asdict(replace(self, seconds=dict(self.seconds)))

    @classmethod
    def from_dict(
        cls, data: object, articles: Iterable[Article], other: Callable[[str], Article | None] = lambda article_id: None
    ) -> Answer:
        """What `to_dict` gave, from wherever it was kept: each quote is checked anew, and dropped where it does not hold.

        Args:
            other: an article of the library by its id, for words that were found elsewhere.

        Raises:
            InputError: the data is no answer.
        """
        from .kept import restored

        return restored(data, articles, other)

    def to_markdown(self) -> str:
        """The answer, then each quote with its number, title and position: citations survive copying."""
        lines = [self.text, *(f"*{note}*" for note in self.notes)]
        lines += [_in_markdown(quote, f"[{quote.number}]") for quote in self.quotes]
        if self.nearest:
            lines.append(_in_markdown(self.nearest, "Nearest passage, which does not answer it:"))
        return "\n\n".join(lines) + "\n"

    def _repr_html_(self) -> str:
        """What a notebook shows: the answer, its quotes highlighted, and nothing that it would have to load."""
        return answer_html(self)

    def to_message(self) -> AIMessage:
        """An `AIMessage` whose text block carries standard `Citation` annotations.

        `start_index` and `end_index` are the marker's place in the answer; the source's offsets are in the extras
        `document_index`, `start_char_index` and `end_char_index`, as LangChain's Anthropic translator names them.
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
        return AIMessage(content_blocks=[block], response_metadata={"answered": self.answered, "model_name": self.model})


Event = Stage | Found | Words | Answer


def quotes_as_text(quotes: Sequence[Quote]) -> str:
    """The quotes, a line each, with their markers: an answer without a model's words."""
    return "\n".join(f"“{' '.join(quote.text.split())}” [{quote.number}]" for quote in quotes)


def _in_markdown(quote: Quote, label: str) -> str:
    text = " ".join(quote.text.split())
    return f"> {label} “{text}” ({quote.where})"
