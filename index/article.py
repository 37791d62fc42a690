"""An article: its text, and everything that is known of the text as spans into it."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

from .errors import ArticleError, InputError

__all__ = ["Article", "Block", "Kind", "LONGEST_TITLE", "Span"]

Kind = Literal["heading", "paragraph", "item"]
LONGEST_TITLE = 500  # characters that a person may give


class Span(NamedTuple):
    """`[start, end)` in code points of an article's text."""

    start: int
    end: int


class Block(NamedTuple):
    """A heading, paragraph or list item: how the reading page sets a part of the text."""

    start: int
    end: int
    kind: Kind = "paragraph"
    level: int = 0  # of a heading: 1 to 6; of a list item: its depth from 1


@dataclass(frozen=True)
class Article:
    """A text that never changes, and its spans; all offsets anywhere refer to `text`. Make one with `from_text`."""

    text: str = field(repr=False)
    title: str = ""
    author: str = ""  # one or several, as the source names them
    date: str = ""
    source: str = ""
    language: str = "en"
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    sentences: tuple[Span, ...] = field(default=(), repr=False)  # in order, apart, covering every non-space character
    passages: tuple[Span, ...] = field(default=(), repr=False)  # what is searched: one sentence, or several short ones
    pages: tuple[Span, ...] = field(default=(), repr=False)  # of a source that has pages: all of them, together the text
    loaded_as: str | None = None  # the title it was loaded with, where a person has renamed it since
    retrieved: str = field(default="", compare=False)  # when it was fetched from its address, ISO 8601; empty for a file

    @classmethod
    def from_text(
        cls,
        text: str,
        title: str = "",
        *,
        author: str = "",
        date: str = "",
        source: str = "",
        language: str = "en",
        blocks: tuple[Block, ...] = (),
        pages: tuple[Span, ...] = (),
    ) -> Article:
        """The article of a text, which is kept to the letter.

        Args:
            author: as it is to be shown; several in one line.
            language: ISO 639-1; decides how sentences are told apart.
            date: if the loader knows it; else the one that the text opens with, as "date 2016-11-28", is taken.
            blocks: headings, paragraphs and list items, if the loader knows them; else blank lines part paragraphs.
            pages: of a source that has pages, where each of them lies; one without text is empty.

        Raises:
            ArticleError: the text has no words in it.
        """
        from .dateline import dateline
        from .passages import group_sentences
        from .sentences import paragraphs, split_sentences

        if not any(character.isalnum() for character in text):
            raise ArticleError(f"{source or title or 'The article'} has no words in it. Give a text to ask about.")
        blocks = blocks or paragraphs(text)
        sentences = split_sentences(text, language, blocks)
        passages = group_sentences(text, sentences)
        date = date or (opening[1] if (opening := dateline(text)) else "")
        return cls(text, _fact(title), _fact(author), _fact(date), _fact(source), language, blocks, sentences, passages, pages)

    @cached_property
    def id(self) -> str:
        """16 hex digits that name this text under the title it was loaded with; the same in every run, and when renamed."""
        title = self.title if self.loaded_as is None else self.loaded_as
        return hashlib.sha256(f"{title}\0{self.text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def renamed(self, title: str) -> Article:
        """The same article under another title; its id stays, so that quotes and links hold. Raises InputError."""
        title = _fact(" ".join(title.split()))
        if not any(character.isprintable() and not character.isspace() for character in title):
            raise InputError(f"The article {self.id} needs a title that can be read. Give it one.")
        if len(title) > LONGEST_TITLE:
            raise InputError(f"The title has {len(title):,} characters; at most {LONGEST_TITLE} are kept. Shorten it.")
        loaded_as = self.title if self.loaded_as is None else self.loaded_as
        return replace(self, title=title, loaded_as=None if title == loaded_as else loaded_as)

    @cached_property
    def dateline(self) -> Span | None:
        """Where the text opens with its date, which is known of the article rather than said in it."""
        from .dateline import dateline

        found = dateline(self.text)
        return found[0] if found else None

    def slice(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def sentences_in(self, span: Span) -> range:
        """Ids (positions in `sentences`) of the sentences that lie in or touch the span."""
        first = bisect_right(self.sentences, span.start, key=lambda sentence: sentence.end)
        return range(first, bisect_left(self.sentences, span.end, key=lambda sentence: sentence.start))

    def page_of(self, offset: int) -> int | None:
        """The number, from 1, of the page on which a character stands; None where the source has no pages."""
        return next((number for number, page in enumerate(self.pages, 1) if page.start <= offset < page.end), None)

    @property
    def words(self) -> int:
        return len(self.text.split())


def _fact(value: str) -> str:
    """A file name in an old encoding holds lone surrogates, which no database or page takes."""
    return value.strip().encode("utf-8", "replace").decode("utf-8")
