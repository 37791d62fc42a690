"""Answer questions about the sections, paragraphs and sentences of an article."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.positions import (
    ARTICLE_NOUN,
    MAX_QUOTED_ITEMS,
    OF_ARTICLE,
    ORDINAL,
    QUESTION_END,
    pick,
    sentences_in,
    single_article,
)
from assistant.text.tokens import content_stems
from index.text.article import Article
from index.text.spans import Block, Span
from index.text.structure import Section

__all__ = ["find_section", "find_sentence", "list_sections", "quote_section"]

MAX_SECTION_SENTENCES = 12
_LIST_SECTIONS = re.compile(
    r"(?:what|which|name|list|give(?: me)?|show(?: me)?|how)\b[^?]*?"
    r"\b(?P<noun>sub-?headings?|headings?|sections?|chapters?)\b(?P<rest>[^?]*)" + QUESTION_END,
    re.IGNORECASE,
)
_SECTION_REST = re.compile(
    rf"(?: titles?| headings?)?(?: (?:of|in) (?:the )?(?:sections?|{ARTICLE_NOUN}))?"
    rf"(?: (?:are there|is there|do(?:es)? {ARTICLE_NOUN} have|ha(?:s|ve) {ARTICLE_NOUN}|"
    rf"{ARTICLE_NOUN} ha(?:s|ve)))?"
    rf"(?: (?:of|in) {ARTICLE_NOUN})?" + QUESTION_END,
    re.IGNORECASE,
)
_SECTION_NUMBER = re.compile(
    rf"(?:what|what's|which|name|give)\b[^?]*?\b(?:the )?{ORDINAL} "
    rf"(?:sub-?heading|heading|section|chapter)(?: [a-z]+){{0,2}}?{OF_ARTICLE}" + QUESTION_END,
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
    rf"{ORDINAL} (?P<unit>sentence|paragraph|line)(?: say)?"
    rf"(?: (?:of|in|under) (?P<scope>[^?]+?))?(?: say)?" + QUESTION_END,
    re.IGNORECASE,
)
# Words that may name the article, at the end of the question or before a verb.
_VERB = r"(?:have|has|ends?|begins?|says?)"
_TITLE_WORDS = re.compile(
    rf"\bthe (?P<name>[\w’'-]+(?: (?!{_VERB}\b)[\w’'-]+)?)(?=\W*$| {_VERB}\b)",
    re.IGNORECASE,
)
_ENDS = re.compile(
    rf"how do(?:es)? {ARTICLE_NOUN} (?P<which>end|finish|close|begin|start|open)" + QUESTION_END,
    re.IGNORECASE,
)


def list_sections(request: ComputationInput) -> Computed | None:
    """List or count the sections: "What are the headings?", "What is the third section?"."""
    article = single_article(request)
    sections = article.structure.sections if article else ()
    if not article or len(sections) < 2:
        return None
    question = _name_article(request.question, article)
    if (match := _SECTION_NUMBER.search(question)) and (
        section := pick(sections, match["ordinal"])
    ):
        return Computed(f"“{section.title}”", _headings(article, [section]))
    match = _LIST_SECTIONS.fullmatch(question.strip())
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
    article = single_article(request)
    match = _UNDER.search(request.question)
    section = find_section(article, match["title"]) if article and match else None
    if not article or not section:
        return None
    sentences = [
        candidate
        for candidate in sentences_in(article, section.span)
        if candidate.span.start >= section.heading.end
    ]
    return Computed("", tuple(sentences)) if 0 < len(sentences) <= MAX_SECTION_SENTENCES else None


def find_sentence(request: ComputationInput) -> Computed | None:
    """Quote a sentence or paragraph by its position: "What is the last sentence?"."""
    article = single_article(request)
    if not article:
        return None
    unit, ordinal, scope = "sentence", "", ""
    question = _name_article(request.question, article)
    if match := _ENDS.search(question):
        ordinal = "last" if match["which"].lower() in ("end", "finish", "close") else "first"
    elif match := _SENTENCE.search(question):
        unit, ordinal, scope = match["unit"].lower(), match["ordinal"], match["scope"] or ""
    else:
        return None
    span = Span(0, len(article.text))
    if scope and not re.fullmatch(ARTICLE_NOUN, scope.strip(), re.IGNORECASE):
        section = find_section(article, scope)
        if not section:
            return None
        span = Span(section.heading.end, section.span.end)
    if unit == "sentence":
        sentence = pick(_prose_in(article, span), ordinal)
        return Computed("", (sentence,)) if sentence else None
    paragraphs = [
        block
        for block in article.blocks
        if block.kind == "paragraph"
        and span.start <= block.start < span.end
        and not _is_title_block(article, block)
    ]
    paragraph = pick(paragraphs, ordinal)
    quoted = sentences_in(article, Span(paragraph.start, paragraph.end)) if paragraph else []
    return Computed("", tuple(quoted)) if 0 < len(quoted) <= MAX_QUOTED_ITEMS else None


def find_section(article: Article | None, title: str) -> Section | None:
    """Return the section with a title, or else the only one whose title has all of its words.

    "Storing" names "Storing the boat" if no other title has the word.
    """
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
        if set(content_stems(section.title)) == set(wanted)
    ]
    wider = [
        section
        for section in article.structure.sections
        if set(wanted) <= set(content_stems(section.title))
    ]
    matching = exact or similar or wider
    return matching[0] if len(matching) == 1 else None


def _name_article(question: str, article: Article) -> str:
    """Return the question with words of the article's title as "the article".

    "How many sections do the rules have?" is about "Rowing Club: House Rules".
    """
    title = set(content_stems(article.title))

    def replace(match: re.Match[str]) -> str:
        stems = set(content_stems(match["name"]))
        return "the article" if stems and stems <= title else match[0]

    return _TITLE_WORDS.sub(replace, question)


def _headings(article: Article, sections: Sequence[Section]) -> tuple[Candidate, ...]:
    spans = [Span(section.heading.start, section.heading.end) for section in sections]
    return tuple(sentence for span in spans for sentence in sentences_in(article, span))


def _prose_in(article: Article, span: Span) -> list[Candidate]:
    """Return the sentences of a span without headings and table rows."""
    return [
        candidate
        for candidate in sentences_in(article, span)
        if (block := article.structure.block_at(candidate.span.start))
        and block.kind not in ("heading", "row", "caption")
        and not _is_title_block(article, block)
    ]


def _is_title_block(article: Article, block: Block) -> bool:
    """Return whether a paragraph is the first line of a plain text, its title."""
    text = article.text[block.start : block.end].strip()
    return block is article.blocks[0] and len(article.blocks) > 1 and text[-1:] not in '.!?…”"'
