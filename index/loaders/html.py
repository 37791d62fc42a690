"""HTML: the main text, title, author, date and language of a page, by trafilatura (docs/loaders.md compares it with others)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..article import Article
from .authors import author_of
from .base import Loader, decode
from .markup import HTML, TEI, parse_html, parts_of
from .parts import Part, article_of

__all__ = ["HtmlLoader", "looks_like_html"]

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,1000}?-->\s*)?<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
LARGEST_PAGE = 2_000_000  # characters; what is larger is a book more than a page, and would take too long
FEWEST = 0.03  # of a page’s letters; with less, the main text was missed. On the pages measured it had 9 % or more


class HtmlLoader(Loader):
    suffixes = (".html", ".htm", ".xhtml")
    apart = True

    def load(self, data: bytes, path: Path) -> Article:
        declared = _CHARSET.search(data[:4096])
        text = decode(data, str(path), declared[1].decode("ascii", "replace") if declared else "")
        root = parse_html(text, path)
        page = _main(text) if len(text) <= LARGEST_PAGE else None
        parts = _fuller(list(parts_of(page.body, TEI)) if page is not None else [], list(parts_of(root, HTML)))
        title = (page.title if page is not None else "") or _tag(root, "title")
        date = (page.date if page is not None else "") or ""
        author = author_of([page.author or ""]) if page is not None else ""
        return article_of(parts, path, title=title, author=author, date=date, language=root.get("lang") or "")


def looks_like_html(data: bytes) -> bool:
    return bool(_START.match(data[:2048]))


def _main(text: str) -> Any:
    """trafilatura's document, or None where it finds none. Precision: on the pages measured it lost no recall."""
    import trafilatura

    try:
        return trafilatura.bare_extraction(text, include_comments=False, favor_precision=True, with_metadata=True)
    except Exception:  # of whatever kind: the page as a whole is still there to be read
        return None


def _fuller(main: list[Part], whole: list[Part]) -> list[Part]:
    return main if _letters(main) >= FEWEST * _letters(whole) and _letters(main) else whole


def _letters(parts: Iterable[Part]) -> int:
    return sum(len(part.text) for part in parts)


def _tag(root: Any, name: str) -> str:
    return " ".join("".join(next(iter(root.iter(name)), root.makeelement(name)).itertext()).split())
