"""Load HTML with trafilatura: the main text, title, author, date and language of a page.

`docs/loaders.md` compares trafilatura with other libraries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from index.loaders.alignment import add_captions, align_parts
from index.loaders.authors import format_authors
from index.loaders.base import Loader, decode_text
from index.loaders.builder import Part, build_article
from index.loaders.markup import extract_parts, parse_html
from index.loaders.markup_elements import HTML, TEI
from index.loaders.note_marks import remove_note_marks
from index.loaders.page_lists import add_left_out_lists
from index.text.article import Article

__all__ = ["HtmlLoader", "looks_like_html"]

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,1000}?-->\s*)?"
    rb"<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
MAX_PAGE_CHARACTERS = 2_000_000  # larger files are books, and trafilatura would take too long
# With a smaller share of the page's characters, the main text was missed. On the measured pages it
# had at least 9 %.
MIN_MAIN_TEXT_SHARE = 0.03
# Characters of the page's parts that are found in the main text, as a share of the main text.
MIN_ALIGNED_SHARE = 0.95


class HtmlLoader(Loader):
    """Load web pages."""

    suffixes = (".html", ".htm", ".xhtml")
    isolated = True

    def load(self, data: bytes, path: Path) -> Article:
        """Return the article. Raises ArticleError."""
        declared = _CHARSET.search(data[:4096])
        text = decode_text(
            data, str(path), declared[1].decode("ascii", "replace") if declared else ""
        )
        root = parse_html(text, path)
        remove_note_marks(root)
        page = _extract_main_text(root) if len(text) <= MAX_PAGE_CHARACTERS else None
        parts = _choose_parts(
            list(extract_parts(page.body, TEI)) if page is not None else [],
            list(extract_parts(root, HTML)),
            root,
        )
        title = (page.title if page is not None else "") or _text_of_tag(root, "title")
        date = (page.date if page is not None else "") or ""
        author = format_authors([page.author or ""]) if page is not None else ""
        return build_article(
            parts, path, title=title, author=author, date=date, language=root.get("lang") or ""
        )


def looks_like_html(data: bytes) -> bool:
    """Return whether the bytes start like an HTML document."""
    return bool(_START.match(data[:2048]))


def _extract_main_text(root: Any) -> Any:
    """Return trafilatura's document, or None if it finds no main text.

    `favor_precision` lost no recall on the measured pages. The extensive search for dates found
    none more there, but takes "since 1995" in a text for a date of the page.
    """
    import trafilatura
    from lxml import etree
    from trafilatura.settings import set_date_params

    try:
        return trafilatura.bare_extraction(
            etree.tostring(root, encoding="unicode", method="html"),
            include_comments=False,
            favor_precision=True,
            with_metadata=True,
            date_extraction_params=set_date_params(extensive=False),
        )
    except Exception:  # any error: the whole page can still be used
        return None


def _choose_parts(main: list[Part], whole: list[Part], root: Any) -> list[Part]:
    """Return the parts of the main text, or the whole page if the main text is too short.

    The parts are those of the page, which have the numbers of lists and the cells of tables, if
    they have the text of trafilatura's parts. Lists that trafilatura leaves out are added.
    """
    length = _count_characters(main)
    if not length or length < MIN_MAIN_TEXT_SHARE * _count_characters(whole):
        return whole
    aligned = align_parts(main, whole)
    is_aligned = _count_characters(aligned) >= MIN_ALIGNED_SHARE * length
    if not is_aligned:
        return main
    return add_captions(add_left_out_lists(aligned, whole, root), whole)


def _count_characters(parts: Iterable[Part]) -> int:
    return sum(len(part.text) for part in parts)


def _text_of_tag(root: Any, name: str) -> str:
    return " ".join("".join(next(iter(root.iter(name)), root.makeelement(name)).itertext()).split())
