"""Answer questions about the lists and steps of an article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.positions import (
    CARDINALS,
    FIRST_WORDS,
    LAST_WORDS,
    MAX_QUOTED_ITEMS,
    OF_ARTICLE,
    ORDINAL,
    QUESTION_END,
    parse_position,
    pick,
    sentences_in,
    single_article,
)
from assistant.pipeline.computation.sections import find_section
from assistant.text.tokens import (
    FUNCTION_WORDS,
    WORD,
    content_stems,
    is_number_word,
    normalize_word,
)
from index.text.article import Article
from index.text.spans import Block, Span
from index.text.structure import ItemList

__all__ = ["count_items", "find_item", "list_items"]

MIN_CERTAIN_PROBABILITY = 0.8  # of a sentence that answers, so that a list beside it does not
_SERIES = frozenset(["first", "second", "third", "fourth", "last", "next", "previous", "other"])
MIN_SELECTED_ITEMS = 2  # of a list that is found by the reader's selection alone
_CARDINAL = rf"(?:\d{{1,4}}|{'|'.join(CARDINALS)})"
_ITEM_NOUN = r"(?P<noun>[^\W\d]+)"
_ITEM = re.compile(
    rf"(?:what(?:'s| is| does| was| do)|which is|give(?: me)?|show(?: me)?|tell me|explain|quote)\b"
    rf"(?: (?:the|i|you|we|one|do|at|in|for|say|says|me))*"
    rf" (?:{_ITEM_NOUN} (?:no\.? |number )?(?P<number>{_CARDINAL})|{ORDINAL} (?P<noun2>[^\W\d]+))"
    rf"(?: say| about| in the list| on the list)?"
    rf"(?:{OF_ARTICLE}| (?:of|for|in|when) (?P<scope>[^?]{{3,60}}))" + QUESTION_END,
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"what (?:comes|happens|follows|is next|is done|do (?:i|you|we) do|must be done)\b[^?]*?\b"
    rf"(?P<direction>after|before) {_ITEM_NOUN} (?:no\.? |number )?(?P<number>{_CARDINAL})"
    + QUESTION_END,
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"how many (?P<nouns>[^?]+)", re.IGNORECASE)
_GENERIC_ITEMS = frozenset(["step", "item", "point", "bullet", "entry", "instruction", "stage"])


def find_item(request: ComputationInput) -> Computed | None:
    """Quote an item of a list by its number: "What is step 4?", "What is the fourth rule?"."""
    article = single_article(request)
    if not article:
        return None
    step, scope = 0, ""
    if match := _AFTER.search(request.question):
        noun, ordinal = match["noun"], match["number"]
        step = 1 if match["direction"].lower() == "after" else -1
    elif match := _ITEM.search(request.question):
        noun, ordinal = match["noun"] or match["noun2"], match["number"] or match["ordinal"]
        scope = match["scope"] or ""
    else:
        return None
    lists = _lists_about(article, noun)
    if scope:
        section = find_section(article, scope)
        if section:
            lists = [listed for listed in lists if _is_within(listed, section.span)]
        elif not _is_about(article, lists, scope):
            lists = []
        if not lists:
            return None
    if not lists and (selected := _find_selected_list(article, request)):
        lists = [selected]
    items = [item for items in lists for item in items.items]
    if not items:
        return None
    if ordinal.lower() in LAST_WORDS or ordinal.lower() in FIRST_WORDS:
        item = pick(items, ordinal) if not step else None
    elif (number := parse_position(ordinal)) is None:
        return None
    elif all(item.number is not None for item in items):
        numbered = [item for item in items if item.number == number + step]
        item = numbered[0] if len(numbered) == 1 else None
    else:
        position = number + step - 1
        item = items[position] if len(lists) == 1 and 0 <= position < len(items) else None
    if not item:
        return None
    quoted = sentences_in(article, Span(item.start, item.end))
    return Computed("", tuple(quoted)) if quoted else None


def _is_about(article: Article, lists: Sequence[ItemList], scope: str) -> bool:
    """Return whether there is one list, and a title or its introduction names the thing."""
    if len(lists) != 1:
        return False
    titles = article.structure.heading_path(lists[0].span.start)
    named = _topic_stems(" ".join([article.title, *titles, _introduction(article, lists[0])]))
    stems = _topic_stems(scope)
    return bool(stems) and 2 * len(stems & named) >= len(stems)


def _is_within(items: ItemList, span: Span) -> bool:
    return span.start <= items.items[0].start and items.items[-1].end <= span.end


def count_items(request: ComputationInput) -> Computed | None:
    """Count the items of a list: "How many ingredients are needed?".

    Only if the best sentence is in the list or states no number.
    """
    article = single_article(request)
    match = _HOW_MANY.match(request.question.strip())
    if not article or not match or not request.choice.ranked:
        return None
    counted = _find_list(article, request, match["nouns"])
    if not counted or not 2 <= len(counted.items) <= MAX_QUOTED_ITEMS:
        return None
    noun = content_stems(match["nouns"])[:1]
    if _is_of_something_else(article, counted, request):
        return None
    for candidate in request.choice.ranked[:2]:
        if _states_number_of(candidate.text, noun):
            return None
    evidence = _first_sentences(article, counted.items)
    return Computed(f"{len(counted.items)}", evidence, "counted in the list")


def _is_of_something_else(article: Article, counted: ItemList, request: ComputationInput) -> bool:
    """Return whether a likely sentence beside the list answers, or the list is another in a series.

    "How many steps has her version?" is about "Hers had fewer steps", and a question about the
    second half is not about a list of the first half.
    """
    above = _introduction(article, counted)
    best, probability = request.choice.ranked[0], next(iter(request.choice.probabilities), 0.0)
    start = counted.span.start
    is_beside = not (start <= best.span.start < counted.span.end) and best.text not in above
    asked, named = _find_ordinals(request.question), _find_ordinals(above)
    return (is_beside and probability >= MIN_CERTAIN_PROBABILITY) or bool(
        asked and named and not asked & named
    )


def _find_ordinals(text: str) -> set[str]:
    return {word for word in map(str.lower, WORD.findall(text)) if word in _SERIES}


def list_items(request: ComputationInput) -> Computed | None:
    """Quote all items of a list: "What are the ingredients?", "List the steps"."""
    article = single_article(request)
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


def _first_sentences(article: Article, items: Sequence[Block]) -> tuple[Candidate, ...]:
    """Return the first sentence of each item."""
    spans = [Span(item.start, item.end) for item in items]
    return tuple(sentence for span in spans for sentence in sentences_in(article, span)[:1])
