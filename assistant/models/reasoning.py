"""Remove the reasoning that some models write before their answer."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

__all__ = ["strip_thinking"]

_THINKING_START, _THINKING_END = "<think>", "</think>"


def strip_thinking(pieces: Generator[str, None, None]) -> Generator[str, None, None]:
    """Yield the pieces of a model's output without the text between `<think>` and `</think>`.

    Closing the generator closes `pieces`.
    """
    buffer = ""
    with closing(pieces):
        for piece in pieces:
            buffer += piece
            text = buffer.lstrip()
            if text.startswith(_THINKING_START):
                _, end, after = text.partition(_THINKING_END)
                if not end:
                    continue
                buffer = after.lstrip()
            elif _THINKING_START.startswith(text):  # it may become the tag, or is empty yet
                continue
            break
        else:  # the output ends before the answer begins
            buffer = "" if buffer.lstrip().startswith(_THINKING_START) else buffer
        if buffer:
            yield buffer
        yield from pieces
