"""What the chain needs to know of a language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

__all__ = ["Model"]


@dataclass(frozen=True)
class Model:
    """A LangChain chat model under the name that the user knows it by.

    `capable`: it reads, chooses, writes and cites in one call. A small model writes one sentence from chosen ones.
    """

    name: str
    chat: BaseChatModel
    capable: bool = True

    def likelihood(self, messages: Sequence[BaseMessage], word: str, other: str) -> float | None:
        """The probability that the model begins with the first of two words; None if it cannot tell probabilities."""
        ask = getattr(self.chat, "likelihood", None)
        return None if ask is None else float(ask(messages, word, other))
