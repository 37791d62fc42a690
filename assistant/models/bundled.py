"""Run the bundled model: Qwen2.5-Coder-1.5B with an adapter that is trained here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from langchain_core.messages import BaseMessage

from assistant.models import conversion
from assistant.models.adapter import ADAPTER_PATH
from assistant.models.openvino import OpenVinoModel
from assistant.models.quantization import OPENVINO_PROPERTIES

__all__ = ["BundledModel"]


class BundledModel(OpenVinoModel):
    """The model from the registry's packages, converted into the cache at the first use.

    It reports the probability that it has found an answer.
    """

    adapter: Path | None = ADAPTER_PATH  # None: the weights as published
    properties = OPENVINO_PROPERTIES

    @property
    def _llm_type(self) -> str:
        return "embedded"

    def prepare(self, progress: conversion.Progress = conversion.ignore_progress) -> Path:
        return conversion.prepare_model(self.cache_folder, progress, adapter=self.adapter)

    def warm(self, messages: Sequence[BaseMessage]) -> None:
        """Compute the beginning of a prompt now, so that prompts that share it start at once."""
        engine = self._engine()
        engine.submit(engine.prompt(messages, answer=False), 1, "", [], lambda piece: True).result()

    def likelihood(self, messages: Sequence[BaseMessage], word: str, alternative: str) -> float:
        """Return the probability, 0 to 1, that the reply begins with `word`, not `alternative`.

        The two words must begin with different tokens.
        """
        engine = self._engine()
        return engine.likelihood(engine.prompt(messages), word, alternative).result()
