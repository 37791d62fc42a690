"""The embedded model: Qwen2.5-Coder-1.5B with our adapter, which also tells how likely it has found an answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from langchain_core.messages import BaseMessage

from . import weights
from .adapter import ADAPTER
from .openvino import OpenVinoModel
from .quantizing import PROPERTIES

__all__ = ["EmbeddedModel"]


class EmbeddedModel(OpenVinoModel):
    """From the registry's packages, converted into the cache."""

    adapter: Path | None = ADAPTER  # None: as the registry has it
    properties = PROPERTIES

    @property
    def _llm_type(self) -> str:
        return "embedded"

    def prepare(self, progress: weights.Progress = weights.silent) -> Path:
        return weights.prepare(self.cache_folder, progress, adapter=self.adapter)

    def warm(self, messages: Sequence[BaseMessage]) -> None:
        """Compute a prompt's beginning now, so that questions that share it start at once."""
        engine = self._engine()
        engine.submit(engine.prompt(messages, answer=False), 1, "", [], lambda piece: True).result()

    def likelihood(self, messages: Sequence[BaseMessage], word: str, other: str) -> float:
        """The probability that its answer begins with the first of two words that begin with different tokens."""
        engine = self._engine()
        return engine.likelihood(engine.prompt(messages), word, other).result()
