"""Find the lists and tables of a web page that its main text leaves out.

trafilatura drops lists of short items, and the heading above such a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from index.loaders.alignment import letters_of
from index.loaders.builder import Part

__all__ = ["add_left_out_lists"]

_LISTS = ("ul", "ol", "dl", "table")
_ENTRIES = ("li", "dt", "dd", "tr")
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
# A list with a larger share of its letters in links is navigation.
MAX_LINK_SHARE = 0.3
MIN_PARAGRAPH_LETTERS = 40  # shorter paragraphs may be in a main text by chance


def add_left_out_lists(kept: Sequence[Part], whole: Sequence[Part], root: Any) -> list[Part]:
    """Return the parts with the lists and tables that stand beside kept paragraphs.

    A list belongs to the article if its parent element has a paragraph of the article, and if few
    of its words are links. The heading directly above it is added, too.

    Args:
        kept: some of the parts of the page.
        whole: all parts of the page.
        root: the element of the page.
    """
    parents = _find_parents(root, {letters_of(part.text) for part in kept})
    elements = [
        element
        for element in root.iter(*_LISTS)
        if element.getparent() in parents and _has_few_links(element)
    ]
    owners: dict[str, set[int]] = {}  # the lists that have an entry, by its letters
    headings = set[str]()
    for number, element in enumerate(elements):
        for entry in element.iter(*_ENTRIES):
            owners.setdefault(letters_of(_text_of(entry)), set()).add(number)
        if (above := element.getprevious()) is not None and above.tag in _HEADINGS:
            headings.add(letters_of(_text_of(above)))
    groups = _find_groups(whole, owners)
    ids = {id(part) for part in kept}
    following = [*whole[1:], Part("")]
    return [
        part
        for part, below in zip(whole, following, strict=True)
        if id(part) in ids
        or part.group in groups
        or (part.kind == "heading" and below.group in groups and letters_of(part.text) in headings)
    ]


def _find_groups(whole: Sequence[Part], owners: Mapping[str, Collection[int]]) -> set[int]:
    """Return the groups of which half of the parts are entries of one list."""
    sizes = Counter(part.group for part in whole if part.group)
    hits = Counter(
        (part.group, number)
        for part in whole
        if part.group and (letters := letters_of(part.text))
        for number in owners.get(letters, ())
    )
    return {group for (group, _), count in hits.items() if 2 * count >= sizes[group]}


def _find_parents(root: Any, kept: Collection[str]) -> set[Any]:
    """Return the elements with a long paragraph, as a child, that is kept.

    Args:
        root: the element of the page.
        kept: the letters of each kept part.
    """
    return {
        paragraph.getparent()
        for paragraph in root.iter("p")
        if len(letters := letters_of(_text_of(paragraph))) >= MIN_PARAGRAPH_LETTERS
        and letters in kept
    }


def _has_few_links(element: Any) -> bool:
    length = len(letters_of(_text_of(element)))
    linked = sum(len(letters_of(_text_of(link))) for link in element.iter("a"))
    return length > 0 and linked <= MAX_LINK_SHARE * length


def _text_of(element: Any) -> str:
    return "".join(element.itertext())
