"""Markdown, by markdown-it: the text without the marks, its headings, paragraphs and list items, and its front matter."""

from __future__ import annotations

from pathlib import Path

import frontmatter
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..article import Article, Block, Kind
from ..errors import ArticleError
from .base import Loader, decode

__all__ = ["MarkdownLoader"]

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


class MarkdownLoader(Loader):
    suffixes = (".md", ".markdown")

    def load(self, data: bytes, path: Path) -> Article:
        try:
            facts, body = frontmatter.parse(decode(data, str(path)))
        except yaml.YAMLError as error:
            raise ArticleError(
                f"The front matter of {path} is not valid YAML ({_one_line(error)}). Mend or remove it."
            ) from error
        text, blocks = _blocks(_PARSER.parse(body))
        title = str(facts.get("title") or _first_heading(text, blocks) or path.stem)
        return Article.from_text(
            text,
            title,
            date=str(facts.get("date") or ""),
            source=str(facts.get("source") or path),
            language=str(facts.get("language") or "en"),
            blocks=blocks,
        )


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
