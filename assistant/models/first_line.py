"""Generate one line of text with a chat model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from assistant.models.reasoning import strip_thinking

__all__ = ["generate_first_line"]


def generate_first_line(
    model: BaseChatModel, messages: Sequence[BaseMessage], max_characters: int, **options: Any
) -> str:
    """Return the first line that a model writes, then stop it: not every provider has a limit.

    Args:
        model: writes the text.
        messages: the prompt.
        max_characters: the model is stopped once it has written more.
        options: further arguments of the call, such as `regex` for a local model.
    """
    written = ""
    chunks = model.stream(messages, **options)
    with closing(strip_thinking(chunk.text for chunk in chunks)) as pieces:
        for piece in pieces:
            written = (written + piece).lstrip()
            if "\n" in written or len(written) > max_characters:
                break
    return written.partition("\n")[0].strip()
