"""What the chain needs to know of a language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

__all__ = ["CONTEXT", "Model"]

# Tokens of a prompt and its answer, where a model does not tell how many it takes. Ollama's default: it cuts off longer prompts
# at their beginning and says nothing of it.
CONTEXT = 4_096


@dataclass(frozen=True)
class Model:
    """A LangChain chat model under the name that the user knows it by.

    `capable`: it reads, chooses, writes and cites in one call. A small model writes one sentence from chosen ones.
    `cites`: its provider's interface tells which parts of a document each sentence comes from, as Anthropic's does.
    """

    name: str
    chat: BaseChatModel
    capable: bool = True
    cites: bool = False

    @property
    def context(self) -> int:
        """How many tokens it takes, as far as it or LangChain's list of models tells."""
        profile = getattr(self.chat, "profile", None) or {}
        return getattr(self.chat, "context_tokens", None) or profile.get("max_input_tokens") or CONTEXT

    def likelihood(self, messages: Sequence[BaseMessage], word: str, other: str) -> float | None:
        """The probability that the model begins with the first of two words; None if it cannot tell probabilities."""
        ask = getattr(self.chat, "likelihood", None)
        return None if ask is None else float(ask(messages, word, other))
