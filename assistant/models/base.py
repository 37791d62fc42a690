"""What the chain needs to know of a language model."""

from __future__ import annotations

from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

__all__ = ["Model"]


@dataclass(frozen=True)
class Model:
    """A LangChain chat model under the name that the user knows it by.

    `capable`: it reads, chooses, writes and cites in one call. A small model writes one sentence from chosen ones.
    """

    name: str
    chat: BaseChatModel
    capable: bool = True
