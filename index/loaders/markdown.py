"""Markdown, by markdown-it: the text without the marks, its headings, paragraphs and list items, and its front matter."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..article import Article, Block, Kind
from ..errors import ArticleError
from .authors import author_of
from .base import Loader, decode, name_alone

__all__ = ["MarkdownLoader"]

# What is nested deeper than `maxNesting` is left out of the text; the preset's 20 loses a list's tenth level.
_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).enable("table")
_YAML = YAMLHandler()
LONGEST_FRONT_MATTER = 100_000  # characters; a second of work
LONGEST_LIST = 100  # authors
PLAIN = (str, int, float, date)


class MarkdownLoader(Loader):
    suffixes = (".md", ".markdown")

    def load(self, data: bytes, path: Path) -> Article:
        facts, body = _front_matter(decode(data, str(path)).lstrip("\n"), path)
        text, blocks = _blocks(_PARSER.parse(body))
        if not text:
            raise ArticleError(f"{path} has no words in it. Give a text to ask about.")
        return Article.from_text(
            text,
            facts.get("title") or _first_heading(text, blocks) or path.stem,
            author=facts.get("author", ""),
            date=facts.get("date", ""),
            source=_said_source(facts) or str(path),
            language=facts.get("language") or "en",
            blocks=blocks,
        )


def _said_source(facts: dict[str, str]) -> str:
    """Where a file says that it is from, unless that is a place on a disk."""
    said = facts.get("source", "").strip()
    return said if name_alone(said) == said else ""


def _front_matter(text: str, path: Path) -> tuple[dict[str, str], str]:
    """The facts above an article, and the article. Rules around a passage (`---`) are no front matter."""
    rules = len(_YAML.FM_BOUNDARY.findall(text)) if _YAML.detect(text) else 0
    if rules < 2:
        return {}, text
    above, body = _YAML.split(text)
    try:
        if len(above) > LONGEST_FRONT_MATTER:
            raise ValueError(f"it has {len(above)} characters")
        # Not libyaml's loader: 60 kB of `[` overflow its stack and kill the process.
        facts = yaml.load(above, yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: also a date such as 2016-13-45
        raise ArticleError(f"The front matter of {path} is not valid YAML ({_one_line(error)}). Mend or remove it.") from error
    if not (facts and isinstance(facts, dict)):
        return {}, text
    # Only plain values: lists of lists by reference can be endless when written out.
    plain = {str(name): str(value) for name, value in facts.items() if value and isinstance(value, PLAIN)}
    return plain | {"author": author_of(_names(facts.get("author") or facts.get("authors")))}, body


def _names(given: object) -> list[str]:
    """Of one author or a list of them, each by name, or as `name: …` among other facts."""
    listed = given[:LONGEST_LIST] if isinstance(given, list) else [given]
    named = [one.get("name") if isinstance(one, dict) else one for one in listed]
    return [str(one) for one in named if one and isinstance(one, PLAIN)]


def _blocks(tokens: list[Token]) -> tuple[str, tuple[Block, ...]]:
    """The text, its blocks parted by blank lines, and where each block lies."""
    parts: list[str] = []
    blocks: list[Block] = []
    end = 0
    around: list[Token] = []
    for token in tokens:
        around = [*around, token] if token.nesting == 1 else around[:-1] if token.nesting == -1 else around
        content = _plain(token).strip()
        if content:
            kind, level = _kind(around)
            blocks.append(Block(end, end + len(content), kind, level))
            parts.append(content)
            end += len(content) + 2
    return "\n\n".join(parts), tuple(blocks)


def _plain(token: Token) -> str:
    if token.type in ("fence", "code_block"):
        return token.content
    return "".join(_plain_inline(child) for child in token.children or ()) if token.type == "inline" else ""


def _plain_inline(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " " if token.type == "softbreak" else "\n"
    return token.content  # an image's is its alternative text


def _kind(around: list[Token]) -> tuple[Kind, int]:
    for token in reversed(around):
        if token.type == "heading_open":
            return "heading", int(token.tag[1])
    depth = sum(token.type == "list_item_open" for token in around)
    return ("item", depth) if depth else ("paragraph", 0)


def _first_heading(text: str, blocks: tuple[Block, ...]) -> str:
    return next((text[block.start : block.end] for block in blocks if block.kind == "heading"), "")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
