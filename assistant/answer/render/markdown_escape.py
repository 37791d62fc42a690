"""Escape text for Markdown: only characters that would change the meaning.

An export is read as it is, too: in a mail, a chat or the source view of an editor.
"""

from __future__ import annotations

import re

__all__ = ["escape_markdown"]

_MARKUP = re.compile(
    r"""
    (?P<plain>(?<![\]!\[\\])\[(?:[^\W_]|[ ,.…’'-])+\](?![(\[:\]]))  # [he], [1]: no link
    | [\[\]`~]
    | \\(?=[!-/:-@\[-`{-~]|$)       # before a character that it would escape
    | \*(?![ ]) | (?<![ ])\*        # not as in 5 * 3
    | (?<![^\W_])_ | _(?![^\W_])    # not as in snake_case
    | <(?!\s)                       # tags and addresses
    | &(?=\#?\w+;)                  # entities
    | \$(?!\d)                      # formulas; not as in $5
    | %(?=%)                        # comments of Obsidian
    """,
    re.VERBOSE,
)
_LINE_START = re.compile(
    r"""
    (?P<number>\d{1,9})(?=[.)](?:\s|$))                            # ordered lists
    | \#(?=\#{0,5}(?:\s|$)) | > | [-+](?=[\s-]|$) | :(?=\s|$)
    """,
    re.VERBOSE,
)
_HEADING_END = re.compile(r"(?:(?<=\s)|^)#+$")


def escape_markdown(text: str, *, opens_line: bool = False, is_heading: bool = False) -> str:
    """Return a text on one line, which Markdown and HTML show as it is.

    Args:
        text: the text, of an article or a user.
        opens_line: whether it is the first text of a paragraph, where more has a meaning.
        is_heading: whether it is the last text of a heading.
    """
    text = " ".join(text.split())
    prefix = suffix = ""
    if opens_line and (start := _LINE_START.match(text)):
        end = start.end()
        prefix = f"{start[0]}\\{text[end]}" if start["number"] else f"\\{start[0]}"
        text = text[end + 1 :] if start["number"] else text[end:]
    if is_heading and (closing := _HEADING_END.search(text)):
        text, suffix = text[: closing.start()], f"\\{closing[0]}"
    return prefix + _MARKUP.sub(lambda match: match["plain"] or f"\\{match[0]}", text) + suffix
