"""Define `Model`: a chat model and what the pipeline needs to know about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

__all__ = ["DEFAULT_CONTEXT_TOKENS", "Model"]

# Tokens of a prompt and its answer for a model that does not report its context. This is Ollama's
# default; Ollama silently cuts off the beginning of longer prompts.
DEFAULT_CONTEXT_TOKENS = 4_096


@dataclass(frozen=True)
class Model:
    """A LangChain chat model and its capabilities.

    Args:
        name: the name that the user chose it by.
        answers_in_one_call: whether it reads, selects, writes and cites in one call. A small model
            writes one sentence from selected sentences.
        native_citations: whether the provider's API returns the source of each part of the answer,
            as Anthropic's does.
        is_local: whether it runs in this program, so that nothing is sent elsewhere.
    """

    name: str
    chat: BaseChatModel
    answers_in_one_call: bool = True
    native_citations: bool = False
    is_local: bool = False

    @property
    def context(self) -> int:
        """Return the context length in tokens, from the model or LangChain's list of models."""
        profile = getattr(self.chat, "profile", None) or {}
        return (
            getattr(self.chat, "context_tokens", None)
            or profile.get("max_input_tokens")
            or DEFAULT_CONTEXT_TOKENS
        )

    def likelihood(
        self, messages: Sequence[BaseMessage], word: str, alternative: str
    ) -> float | None:
        """Return the probability, 0 to 1, that the reply begins with `word`, not `alternative`.

        Return None if the model does not report probabilities.
        """
        likelihood = getattr(self.chat, "likelihood", None)
        return None if likelihood is None else float(likelihood(messages, word, alternative))
