"""Show the pages of articles that were loaded from PDF files, and the boxes of quotes on them."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache

from index.errors import ArticleError
from index.loaders.page_letters import Box, PageLetters, find_quote_boxes
from index.loaders.sandbox import run_isolated
from index.storage.originals import Originals
from index.text.article import Article
from index.text.spans import Span

__all__ = ["FractionBox", "NoPageError", "PageViews"]

MAX_IMAGE_BYTES = 32_000_000  # of all images that are cached
MAX_CACHED_LETTERS = 1_000_000  # of all pages whose letters are cached; 200 bytes each
MAX_SECONDS = 10  # of processor time, for one page
SCALE_STEPS = 4  # of an image, in a pixel for each point

MAX_PAGES = 5  # of a quote that are searched


class FractionBox(NamedTuple):
    """A rectangle on a page, in fractions of the page's width and height."""

    page: int  # from 1
    left: float
    top: float
    width: float
    height: float


class NoPageError(ArticleError):
    """An article has no original, or no such page."""


class PageViews:
    """Renders pages, and finds quotes on them, in separate processes with limits. Thread-safe.

    Args:
        originals: the original files of articles.
    """

    def __init__(self, originals: Originals) -> None:
        self._originals = originals
        self._images: LRUCache[tuple[str, int, float], bytes] = LRUCache(MAX_IMAGE_BYTES, len)
        self._letters: LRUCache[tuple[str, int], PageLetters] = LRUCache(
            MAX_CACHED_LETTERS, lambda page: max(1, len(page.letters))
        )
        self._lock = Lock()

    def render(self, article: Article, number: int, scale: float) -> bytes:
        """Return a page as a PNG image.

        Args:
            article: the article.
            number: the number of the page, from 1.
            scale: the pixels for a point, in quarters. A very large page gets fewer.

        Raises:
            NoPageError: the article has no original, or no such page.
            ArticleError: the original is damaged, or takes too long or too much memory.
            DataError: the original cannot be read.
        """
        key = (article.id, number, round(scale * SCALE_STEPS) / SCALE_STEPS)
        with self._lock:
            image = self._images.get(key)
        if image is None:
            image = self._run("render_page", article, number, key[2])
            with self._lock:
                if len(image) <= self._images.maxsize:
                    self._images[key] = image
        return image

    def find_boxes(self, article: Article, number: int, quote: Span) -> list[FractionBox]:
        """Return the boxes of a quote on a page, one for each line; none if it is not there.

        Raises:
            NoPageError: the article has no original, or no such page.
            ArticleError: the original is damaged, or takes too long or too much memory.
            DataError: the original cannot be read.
        """
        key = (article.id, number)
        with self._lock:
            page = self._letters.get(key)
        if page is None:
            letters, boxes, width, height = json.loads(self._run("read_letters", article, number))
            page = PageLetters(letters, [Box(*box) for box in boxes], width, height)
            with self._lock:
                self._letters[key] = page
        return [
            _to_fractions(number, box, page)
            for box in find_quote_boxes(page, number, article, quote)
        ]

    def find_all_boxes(self, article: Article, quote: Span) -> list[FractionBox]:
        """Return the boxes of a quote on all pages that it is on; at most five are searched.

        Words that stand above the end of a paragraph on the next page may follow it in the text of
        the article. So if there is no box, the page before is searched, too.

        Raises:
            NoPageError: the article has no original.
            ArticleError: the original is damaged, or takes too long or too much memory.
            DataError: the original cannot be read.
        """
        first = article.page_of(quote.start) or 1
        last = article.page_of(quote.end - 1) or first
        boxes = [
            box
            for number in range(first, min(last, first + MAX_PAGES - 1) + 1)
            for box in self.find_boxes(article, number, quote)
        ]
        return boxes if boxes or first == 1 else self.find_boxes(article, first - 1, quote)

    def _run(self, task: str, article: Article, number: int, *arguments: float) -> bytes:
        if not 1 <= number <= len(article.pages):
            raise NoPageError(
                f"The article {article.id} has {len(article.pages):,} pages, and no page {number}."
            )
        data = self._originals.get(article)
        if data is None:
            raise NoPageError(
                f"The PDF file of the article {article.id} is not stored. Add the file again to "
                "see its pages; the text does not need it."
            )
        path = Path(f"The PDF file of the article {article.id}")
        return run_isolated(
            f"index.loaders.pdf_view:{task}", data, path, [number, *arguments], seconds=MAX_SECONDS
        )


def _to_fractions(number: int, box: Box, page: PageLetters) -> FractionBox:
    return FractionBox(
        number,
        round(box.left / page.width, 5),
        round(box.top / page.height, 5),
        round((box.right - box.left) / page.width, 5),
        round((box.bottom - box.top) / page.height, 5),
    )
