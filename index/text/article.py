"""An article: an immutable text, its metadata, and spans into the text."""

from __future__ import annotations

import hashlib
import hmac
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from functools import cached_property

from index.errors import ArticleError, InputError
from index.text.dateline import find_dateline
from index.text.language import detect_article_language
from index.text.passages import group_sentences
from index.text.sentences import split_paragraphs, split_sentences
from index.text.spans import Block, Span
from index.text.structure import Structure

__all__ = ["Article", "MAX_TITLE_CHARACTERS"]
MAX_TITLE_CHARACTERS = 500  # of a title that a user enters


@dataclass(frozen=True)
class Article:
    """An immutable text with its metadata and spans. Create one with `from_text`.

    All offsets, here and elsewhere, are code points of `text`.
    """

    text: str = field(repr=False)
    title: str = ""
    author: str = ""  # one or several names, as the source gives them
    date: str = ""
    source: str = ""
    language: str = "en"
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    # In order and disjoint; together they cover every non-space character.
    sentences: tuple[Span, ...] = field(default=(), repr=False)
    # The units of search: one sentence, or several short ones.
    passages: tuple[Span, ...] = field(default=(), repr=False)
    # All pages, which together cover the text; empty if the source has no pages.
    pages: tuple[Span, ...] = field(default=(), repr=False)
    # The original title, if the user has renamed the article.
    loaded_as: str | None = None
    # When it was fetched from its URL, ISO 8601; empty for a file.
    retrieved: str = field(default="", compare=False)
    # The file that it was just loaded from, if its pages can be shown. A library stores it beside
    # the article; an article of a library is without it.
    original: bytes | None = field(default=None, compare=False, repr=False)
    # The user whom the article belongs to, who alone sees it; empty if it is everybody's.
    owner: str = ""

    @classmethod
    def from_text(
        cls,
        text: str,
        title: str = "",
        *,
        author: str = "",
        date: str = "",
        source: str = "",
        language: str | None = None,
        blocks: tuple[Block, ...] = (),
        pages: tuple[Span, ...] = (),
    ) -> Article:
        """Return an article with this text, which is stored unchanged.

        Args:
            text: the text of the article.
            title: the title; empty if there is none.
            author: the author as displayed; several authors in one line.
            date: the date of the article. If empty, the dateline of the text is used, such as
                "date 2016-11-28".
            source: the path or URL that the text comes from.
            language: ISO 639-1 code; selects the rules of sentence splitting. If None, it is
                detected; a text that is too short to be sure is English.
            blocks: headings, paragraphs, list items, table rows and so on. If empty, blank lines
                separate paragraphs.
            pages: the span of each page, if the source has pages; empty for a page without text.

        Raises:
            ArticleError: the text contains no words.
        """
        if not any(character.isalnum() for character in text):
            raise ArticleError(
                f"{source or title or 'The article'} has no words in it. Give a text to ask about."
            )
        language = detect_article_language(text) if language is None else language
        blocks = blocks or split_paragraphs(text)
        sentences = split_sentences(text, language, blocks)
        headings = {block.start for block in blocks if block.kind == "heading"}
        rows = {block.start for block in blocks if block.kind == "row"}
        passages = group_sentences(text, sentences, headings, rows)
        date = date or (opening[1] if (opening := find_dateline(text)) else "")
        return cls(
            text,
            _clean_value(title),
            _clean_value(author),
            _clean_value(date),
            _clean_value(source),
            language,
            blocks,
            sentences,
            passages,
            pages,
        )

    @cached_property
    def id(self) -> str:
        """Return 16 hex digits, a hash of the text and the title that it was loaded with.

        The id is the same in every run, and does not change when the article is renamed. That of
        a private article covers its owner, by a keyed hash: the same text of two users is two
        articles, and no title and text of a shared article lead to the id of a private one.
        """
        title = self.title if self.loaded_as is None else self.loaded_as
        data = f"{title}\0{self.text}".encode("utf-8", "surrogatepass")
        if self.owner:
            key = self.owner.encode("utf-8", "surrogatepass")
            return hmac.new(key, data, hashlib.sha256).hexdigest()[:16]
        return hashlib.sha256(data).hexdigest()[:16]

    def owned_by(self, owner: str) -> Article:
        """Return the article as one of another owner, with another ID; empty: everybody's."""
        return self if owner == self.owner else replace(self, owner=owner)

    def renamed(self, title: str) -> Article:
        """Return the article with another title. Its id is the same, so quotes stay valid.

        Raises:
            InputError: the title has no visible character or more than `MAX_TITLE_CHARACTERS`.
        """
        title = _clean_value(" ".join(title.split()))
        if not any(character.isprintable() and not character.isspace() for character in title):
            raise InputError(f"The article {self.id} needs a title that can be read. Give it one.")
        if len(title) > MAX_TITLE_CHARACTERS:
            raise InputError(
                f"The title has {len(title):,} characters; at most {MAX_TITLE_CHARACTERS} are "
                "kept. Shorten it."
            )
        loaded_as = self.title if self.loaded_as is None else self.loaded_as
        return replace(self, title=title, loaded_as=None if title == loaded_as else loaded_as)

    @cached_property
    def dateline(self) -> Span | None:
        """Return the span of the date that the text starts with, or None.

        The dateline is metadata, not a statement of the article.
        """
        opening = find_dateline(self.text)
        return opening[0] if opening else None

    @cached_property
    def structure(self) -> Structure:
        """Return the sections, lists and tables."""
        title = self.title if self.loaded_as is None else self.loaded_as
        return Structure(self.text, self.blocks, title)

    def slice(self, span: Span) -> str:
        """Return the text of a span."""
        return self.text[span.start : span.end]

    def sentences_in(self, span: Span) -> range:
        """Return the ids (indexes into `sentences`) of the sentences that overlap the span."""
        first = bisect_right(self.sentences, span.start, key=lambda sentence: sentence.end)
        return range(
            first, bisect_left(self.sentences, span.end, key=lambda sentence: sentence.start)
        )

    def page_of(self, offset: int) -> int | None:
        """Return the page number (from 1) of a character; None if the source has no pages."""
        return next(
            (
                number
                for number, page in enumerate(self.pages, 1)
                if page.start <= offset < page.end
            ),
            None,
        )

    @property
    def words(self) -> int:
        """Return the number of words, separated by white space."""
        return len(self.text.split())


def _clean_value(value: str) -> str:
    """Strip white space and replace lone surrogates.

    File names in an old encoding contain them, and neither SQLite nor HTML accepts them.
    """
    return value.strip().encode("utf-8", "replace").decode("utf-8")
