"""Answer questions about the structure of an article: sections, sentences, steps and lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.text.numbers import parse_ordinal
from assistant.text.tokens import (
    FUNCTION_WORDS,
    WORD,
    content_stems,
    is_number_word,
    normalize_word,
)
from index.text.article import Article
from index.text.spans import Block, Span
from index.text.structure import ItemList, Section

__all__ = [
    "count_items",
    "find_item",
    "find_sentence",
    "list_items",
    "list_sections",
    "quote_section",
]

Item = TypeVar("Item")

MAX_QUOTED_ITEMS = 20
MIN_SELECTED_ITEMS = 2  # of a list that is found by the reader's selection alone
MAX_SECTION_SENTENCES = 12
_END = r"\W*$"
_ARTICLE = r"(?:the |this )?(?:article|text|story|document|page|report|piece)"
_OF_ARTICLE = rf"(?: (?:of|in) {_ARTICLE})?"
_ORDINAL = r"(?P<ordinal>first|opening|last|final|closing|next to last|[a-z-]+|\d+(?:st|nd|rd|th))"
_LIST_SECTIONS = re.compile(
    r"(?:what|which|name|list|give(?: me)?|show(?: me)?|how)\b[^?]*?"
    r"\b(?P<noun>sub-?headings?|headings?|sections?|chapters?)\b(?P<rest>[^?]*)" + _END,
    re.IGNORECASE,
)
_SECTION_REST = re.compile(
    rf"(?: titles?| headings?)?(?: (?:of|in) (?:the )?(?:sections?|{_ARTICLE}))?"
    rf"(?: (?:are there|is there|does {_ARTICLE} have|has {_ARTICLE}|{_ARTICLE} has))?"
    rf"(?: (?:of|in) {_ARTICLE})?" + _END,
    re.IGNORECASE,
)
_SECTION_NUMBER = re.compile(
    rf"(?:what is|what's|name|give)\b[^?]*?\b(?:the )?{_ORDINAL} "
    rf"(?:sub-?heading|heading|section|chapter)(?: called| named| titled| about)?{_OF_ARTICLE}"
    + _END,
    re.IGNORECASE,
)
_UNDER = re.compile(
    r"what (?:is|was|does it say|do we learn|stands|is said|is written|does the article say|"
    r"is there)\b.{0,20}?\b(?:under|below|in the section(?: on| about| called| titled| named)?)\b"
    r"(?: the (?:sub-?)?(?:heading|title|section))?(?: on| about| called| titled| named)?\s+"
    r"(?P<title>.+)",
    re.IGNORECASE,
)
_SECTION_NAME = re.compile(
    r"^(?:the )?(?:section|chapter|part)(?: (?:on|about|called|titled|named))? ", re.IGNORECASE
)
_SENTENCE = re.compile(
    r"(?:what(?:'s| is| does| was)|quote|give(?: me)?|show(?: me)?|read(?: me)?)\b[^?]*?\b(?:the )?"
    rf"{_ORDINAL} (?P<unit>sentence|paragraph|line)(?: say)?"
    rf"(?: (?:of|in|under) (?P<scope>[^?]+?))?(?: say)?" + _END,
    re.IGNORECASE,
)
_ENDS = re.compile(
    rf"how does {_ARTICLE} (?P<which>end|finish|close|begin|start|open)" + _END, re.IGNORECASE
)
_CARDINALS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
    )
}
_CARDINAL = rf"(?:\d{{1,4}}|{'|'.join(_CARDINALS)})"
_ITEM_NOUN = r"(?P<noun>[^\W\d]+)"
_ITEM = re.compile(
    rf"(?:what(?:'s| is| does| was| do)|which is|give(?: me)?|show(?: me)?|tell me|explain|quote)\b"
    rf"(?: (?:the|i|you|we|one|do|at|in|for|say|says|me))*"
    rf" (?:{_ITEM_NOUN} (?:no\.? |number )?(?P<number>{_CARDINAL})|{_ORDINAL} (?P<noun2>[^\W\d]+))"
    rf"(?: say| about| in the list| on the list)?{_OF_ARTICLE}" + _END,
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"what (?:comes|happens|follows|is next|is done|do (?:i|you|we) do|must be done)\b[^?]*?\b"
    rf"(?P<direction>after|before) {_ITEM_NOUN} (?:no\.? |number )?(?P<number>{_CARDINAL})" + _END,
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"how many (?P<nouns>[^?]+)", re.IGNORECASE)
_GENERIC_ITEMS = frozenset(["step", "item", "point", "bullet", "entry", "instruction", "stage"])
_FIRST = frozenset(["first", "opening"])
_LAST = frozenset(["last", "final", "closing"])


def list_sections(request: ComputationInput) -> Computed | None:
    """List or count the sections: "What are the headings?", "What is the third section?"."""
    article = _single_article(request)
    sections = article.structure.sections if article else ()
    if not article or len(sections) < 2:
        return None
    if (match := _SECTION_NUMBER.search(request.question)) and (
        section := _pick(sections, match["ordinal"])
    ):
        return Computed(f"“{section.title}”", _headings(article, [section]))
    match = _LIST_SECTIONS.fullmatch(request.question.strip())
    if not match or not _SECTION_REST.fullmatch(match["rest"]):
        return None
    top = min(section.heading.level for section in sections)
    is_sub = match["noun"].lower().startswith("sub")
    shown = [
        section
        for section in sections
        if len(sections) <= MAX_QUOTED_ITEMS or (section.heading.level > top) == is_sub
    ][:MAX_QUOTED_ITEMS]
    if not shown:
        return None
    evidence = _headings(article, shown)
    if re.match(r"how many\b", request.question, re.IGNORECASE):
        return Computed(f"{len(shown)}", evidence) if len(shown) < MAX_QUOTED_ITEMS else None
    if re.match(r"how\b", request.question, re.IGNORECASE):
        return None
    return Computed("", evidence)


def quote_section(request: ComputationInput) -> Computed | None:
    """Quote a short section that is named: "What is said under “Who pays”?"."""
    article = _single_article(request)
    match = _UNDER.search(request.question)
    section = _find_section(article, match["title"]) if article and match else None
    if not article or not section:
        return None
    sentences = [
        candidate
        for candidate in _sentences_in(article, section.span)
        if candidate.span.start >= section.heading.end
    ]
    return Computed("", tuple(sentences)) if 0 < len(sentences) <= MAX_SECTION_SENTENCES else None


def find_sentence(request: ComputationInput) -> Computed | None:
    """Quote a sentence or paragraph by its position: "What is the last sentence?"."""
    article = _single_article(request)
    if not article:
        return None
    unit, ordinal, scope = "sentence", "", ""
    if match := _ENDS.search(request.question):
        ordinal = "last" if match["which"].lower() in ("end", "finish", "close") else "first"
    elif match := _SENTENCE.search(request.question):
        unit, ordinal, scope = match["unit"].lower(), match["ordinal"], match["scope"] or ""
    else:
        return None
    span = Span(0, len(article.text))
    if scope and not re.fullmatch(_ARTICLE, scope.strip(), re.IGNORECASE):
        section = _find_section(article, scope)
        if not section:
            return None
        span = Span(section.heading.end, section.span.end)
    if unit == "sentence":
        sentence = _pick(_prose_in(article, span), ordinal)
        return Computed("", (sentence,)) if sentence else None
    paragraphs = [
        block
        for block in article.blocks
        if block.kind == "paragraph"
        and span.start <= block.start < span.end
        and not _is_title_block(article, block)
    ]
    paragraph = _pick(paragraphs, ordinal)
    quoted = _sentences_in(article, Span(paragraph.start, paragraph.end)) if paragraph else []
    return Computed("", tuple(quoted)) if 0 < len(quoted) <= MAX_QUOTED_ITEMS else None


def find_item(request: ComputationInput) -> Computed | None:
    """Quote an item of a list by its number: "What is step 4?", "What is the fourth rule?"."""
    article = _single_article(request)
    if not article:
        return None
    step = 0
    if match := _AFTER.search(request.question):
        noun, ordinal = match["noun"], match["number"]
        step = 1 if match["direction"].lower() == "after" else -1
    elif match := _ITEM.search(request.question):
        noun, ordinal = match["noun"] or match["noun2"], match["number"] or match["ordinal"]
    else:
        return None
    lists = _lists_about(article, noun)
    if not lists and (selected := _find_selected_list(article, request)):
        lists = [selected]
    items = [item for items in lists for item in items.items]
    if not items:
        return None
    if ordinal.lower() in _LAST or ordinal.lower() in _FIRST:
        item = _pick(items, ordinal) if not step else None
    elif (number := _parse_number(ordinal)) is None:
        return None
    elif all(item.number is not None for item in items):
        numbered = [item for item in items if item.number == number + step]
        item = numbered[0] if len(numbered) == 1 else None
    else:
        position = number + step - 1
        item = items[position] if len(lists) == 1 and 0 <= position < len(items) else None
    if not item:
        return None
    quoted = _sentences_in(article, Span(item.start, item.end))
    return Computed("", tuple(quoted)) if quoted else None


def count_items(request: ComputationInput) -> Computed | None:
    """Count the items of a list: "How many ingredients are needed?".

    Only if the best sentence is in the list or states no number.
    """
    article = _single_article(request)
    match = _HOW_MANY.match(request.question.strip())
    if not article or not match or not request.choice.ranked:
        return None
    counted = _find_list(article, request, match["nouns"])
    if not counted or not 2 <= len(counted.items) <= MAX_QUOTED_ITEMS:
        return None
    noun = content_stems(match["nouns"])[:1]
    for candidate in request.choice.ranked[:2]:
        if _states_number_of(candidate.text, noun):
            return None
    evidence = _first_sentences(article, counted.items)
    return Computed(f"{len(counted.items)}", evidence, "counted in the list")


def list_items(request: ComputationInput) -> Computed | None:
    """Quote all items of a list: "What are the ingredients?", "List the steps"."""
    article = _single_article(request)
    if not article or request.intent != "list":
        return None
    found = _find_list(article, request, request.question)
    if not found or not 2 <= len(found.items) <= MAX_QUOTED_ITEMS:
        return None
    return Computed("", _first_sentences(article, found.items))


@dataclass(frozen=True)
class _Scored:
    """A list with the number of stems that its title and introduction share with a question."""

    items: ItemList
    shared: int
    holds_best: bool


def _find_list(article: Article, request: ComputationInput, nouns: str) -> ItemList | None:
    """Return the list that a question is about, or None if that is not certain.

    It shares words with the question in its title or introduction, or is the only numbered list and
    the question asks for steps.
    """
    words = _topic_stems(nouns)
    heads = words if request.intent == "list" else set(content_stems(nouns)[:1])
    asked = _topic_stems(request.question)
    best = request.choice.ranked[0] if request.choice.ranked else None
    ordered = [items for items in article.structure.lists if items.is_ordered]
    scored = []
    for items in article.structure.lists:
        if items.items[0].level > 1:
            continue
        above = _topic_stems(_introduction(article, items))
        holds_best = bool(best and items.span.start <= best.span.start < items.span.end)
        is_named = bool(heads & above) or (
            items.is_ordered and bool(heads & _GENERIC_ITEMS) and len(ordered) == 1
        )
        if is_named or (holds_best and (asked | words) & above):
            scored.append(_Scored(items, len((asked | words) & above), holds_best))
    if not scored:
        return _find_selected_list(article, request)
    top = max(item.shared for item in scored)
    tops = [item for item in scored if item.shared == top]
    return tops[0].items if len(tops) == 1 else None


def _find_selected_list(article: Article, request: ComputationInput) -> ItemList | None:
    """Return the list that holds most of the sentences that the reader selected, or None."""
    selected = request.choice.selected
    counts = Counter(
        items.span
        for items in article.structure.lists
        for candidate in selected
        if items.items[0].level <= 1 and items.span.start <= candidate.span.start < items.span.end
    )
    if not counts:
        return None
    span, count = counts.most_common(1)[0]
    if count < MIN_SELECTED_ITEMS or count <= len(selected) / 2:
        return None
    return next(items for items in article.structure.lists if items.span == span)


def _lists_about(article: Article, noun: str) -> list[ItemList]:
    """Return the lists of which the items are called by a noun: those under a title with it.

    A generic noun such as "step" names the items of the only numbered list, too.
    """
    stem = next(iter(content_stems(noun)), noun.lower())
    lists = [items for items in article.structure.lists if items.items[0].level <= 1]
    named = [items for items in lists if stem in content_stems(_introduction(article, items))]
    if named:
        return named
    ordered = [items for items in lists if items.is_ordered]
    if stem in _GENERIC_ITEMS and ordered:
        sections = {article.structure.heading_path(items.span.start) for items in ordered}
        return ordered if len(sections) == 1 else []
    return []


def _topic_stems(text: str) -> set[str]:
    """Return the stems of the words that name a topic."""
    words = [word for word in WORD.findall(text) if normalize_word(word) not in FUNCTION_WORDS]
    return set(content_stems(" ".join(words)))


def _introduction(article: Article, items: ItemList) -> str:
    """Return the titles above a list and the sentence before it."""
    path = article.structure.heading_path(items.span.start)
    first = article.sentences_in(items.span)
    before = article.sentences[first[0] - 1] if first and first[0] else None
    block = article.structure.block_at(before.start) if before else None
    text = article.slice(before) if before and block and block.kind == "paragraph" else ""
    return " ".join([*path[-1:], text if text.rstrip().endswith(":") else ""])


def _states_number_of(text: str, noun: Sequence[str]) -> bool:
    """Return whether a sentence has a number directly before a noun: "two keys", "26 members"."""
    words = WORD.findall(text)
    for word, following in pairwise(words):
        if (word[0].isdigit() or is_number_word(word)) and content_stems(following) == list(noun):
            return True
    return False


def _single_article(request: ComputationInput) -> Article | None:
    return request.articles[0] if len(request.articles) == 1 else None


def _find_section(article: Article | None, title: str) -> Section | None:
    """Return the section with a title, or the only one with all of its words."""
    if not article:
        return None
    title = _SECTION_NAME.sub("", title.strip())
    wanted = content_stems(title) or [title.strip("“”\"'?. ").lower()]
    exact = [
        section
        for section in article.structure.sections
        if section.title.casefold() == title.strip("“”\"'?. ").casefold()
    ]
    similar = [
        section
        for section in article.structure.sections
        if set(content_stems(section.title)) and set(content_stems(section.title)) == set(wanted)
    ]
    found = exact or similar
    return found[0] if len(found) == 1 else None


def _headings(article: Article, sections: Sequence[Section]) -> tuple[Candidate, ...]:
    spans = [Span(section.heading.start, section.heading.end) for section in sections]
    return tuple(sentence for span in spans for sentence in _sentences_in(article, span))


def _sentences_in(article: Article, span: Span) -> list[Candidate]:
    return make_candidates_at([article], lambda _: article.sentences_in(span))


def _first_sentences(article: Article, items: Sequence[Block]) -> tuple[Candidate, ...]:
    """Return the first sentence of each item."""
    spans = [Span(item.start, item.end) for item in items]
    return tuple(sentence for span in spans for sentence in _sentences_in(article, span)[:1])


def _prose_in(article: Article, span: Span) -> list[Candidate]:
    """Return the sentences of a span without headings and table rows."""
    return [
        candidate
        for candidate in _sentences_in(article, span)
        if (block := article.structure.block_at(candidate.span.start))
        and block.kind not in ("heading", "row", "caption")
        and not _is_title_block(article, block)
    ]


def _is_title_block(article: Article, block: Block) -> bool:
    """Return whether a paragraph is the first line of a plain text, its title."""
    text = article.text[block.start : block.end].strip()
    return block is article.blocks[0] and len(article.blocks) > 1 and text[-1:] not in '.!?…”"'


def _pick(items: Sequence[Item], ordinal: str) -> Item | None:
    """Return the item at an ordinal such as "third" or "last", or None."""
    ordinal = ordinal.lower()
    if not items:
        return None
    if ordinal in _FIRST:
        return items[0]
    if ordinal in _LAST:
        return items[-1]
    number = _parse_number(ordinal)
    return items[number - 1] if number and 0 < number <= len(items) else None


def _parse_number(text: str) -> int | None:
    """Return the number of "4", "four", "fourth" or "4th", or None."""
    if text.isdecimal():
        return int(text)
    return parse_ordinal(text) or _CARDINALS.get(text.lower())
