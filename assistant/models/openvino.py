"""Run models in OpenVINO's format as LangChain chat models, on the CPU and offline.

Prompts are passed as one string, because only then does openvino-genai reuse the computed prefix of
an earlier prompt.
"""

from __future__ import annotations

import math
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from threading import Event, get_native_id
from typing import Any, ClassVar

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from assistant.models import conversion
from index.errors import ModelError

__all__ = ["OpenVinoModel"]

CACHE_GIB = 1  # keys and values of earlier prompts: 28 KB a token, about 37,000 tokens
# Prompt lookup decoding: an answer repeats the article, so if its last tokens occur in the prompt,
# the tokens that follow there are tried at once. On the few sentences that were timed it halved the
# time; with one exception the words were the same. Writing 14 sentences with eight tokens took 84 %
# of the time with four, and with twelve 76 %, on a processor with AMX; the words were the same.
LOOKUP_TOKENS = 8
LOOKUP_NGRAM_TOKENS = 3
NICENESS = 5  # of 19: how much lower the priority of the model's threads is
ROLES = {"system": "system", "human": "user", "ai": "assistant"}
# Text that the tokenizers of Qwen, Llama, Gemma or Mistral read as the end or start of a turn.
_SPECIAL = re.compile(r"[<\[](?=\|\w+\|>|/?s>|(?:start|end)_of_turn>|[be]os>|/?INST\])")


class OpenVinoModel(BaseChatModel, ABC):
    """A chat model on the CPU.

    All instances of a process share one copy of the weights and one first-come, first-served queue.

    Beyond the standard arguments of a call, `regex` constrains the reply and `max_tokens` bounds
    its length. If the last message is the model's own, the reply continues it. Closing a stream
    stops the model at its next token.
    """

    cache_folder: Path
    max_tokens: int = 200
    properties: ClassVar[Mapping[str, str]] = {}  # of openvino, beyond its defaults

    @abstractmethod
    def prepare(self, progress: conversion.Progress = conversion.ignore_progress) -> Path:
        """Return the folder of the model's files, made now if need be. Raises ModelError."""

    def load(self, progress: conversion.Progress = conversion.ignore_progress) -> None:
        """Prepare and load the weights now. Raises ModelError with the reason on failure."""
        _check_runtime()
        self.prepare(progress)
        self._engine()

    def _engine(self) -> _Engine:
        _check_runtime()
        return _load(self.prepare(), tuple(self.properties.items()))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = list(self._stream(messages, stop, run_manager, **kwargs))
        text = "".join(str(chunk.message.content) for chunk in chunks)
        usage = getattr(chunks[-1].message, "usage_metadata", None)
        return ChatResult(
            generations=[ChatGeneration(message=AIMessage(content=text, usage_metadata=usage))]
        )

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        regex: str = "",
        max_tokens: int | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        engine = self._engine()
        pieces: SimpleQueue[str | None] = SimpleQueue()
        stopped = Event()

        def take(piece: str) -> bool:
            pieces.put(piece)
            return not stopped.is_set()

        job = engine.submit(
            engine.prompt(messages), max_tokens or self.max_tokens, regex, stop or [], take, stopped
        )
        job.add_done_callback(lambda job: pieces.put(None))
        try:
            while (piece := pieces.get()) is not None:
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if run_manager:
                    run_manager.on_llm_new_token(piece, chunk=chunk)
                yield chunk
        finally:
            stopped.set()
        yield ChatGenerationChunk(
            message=AIMessageChunk(content="", usage_metadata=job.result(), chunk_position="last")
        )


class _Engine:
    """The loaded weights and their only thread: openvino-genai takes one call at a time."""

    def __init__(self, folder: Path, properties: Mapping[str, str]) -> None:
        import openvino_genai

        self._genai = openvino_genai
        self._folder = folder
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.enable_prefix_caching = True
        scheduler.cache_size = CACHE_GIB
        self._thread = ThreadPoolExecutor(
            max_workers=1, thread_name_prefix="openvino-model", initializer=_lower_priority
        )
        # Loaded in that thread, because the threads that openvino starts inherit its priority.
        loading = self._thread.submit(
            openvino_genai.LLMPipeline,
            str(folder),
            "CPU",
            scheduler_config=scheduler,
            prompt_lookup=True,
            **properties,
        )
        self._pipeline = loading.result()
        self._tokenizer = self._pipeline.get_tokenizer()

    def prompt(self, messages: Sequence[BaseMessage], answer: bool = True) -> str:
        """Return messages as one string.

        Args:
            answer: whether the string ends where the reply begins. A last message of the model's
                own is the beginning of the reply.
        """
        turns = [
            {"role": ROLES[message.type], "content": _SPECIAL.sub(r"\g<0> ", message.text)}
            for message in messages
        ]
        beginning = turns.pop()["content"] if turns and turns[-1]["role"] == "assistant" else ""
        with _explain_failure(self._folder):
            text: str = self._tokenizer.apply_chat_template(turns, add_generation_prompt=answer)
        return text + beginning

    def submit(
        self,
        prompt: str,
        max_tokens: int,
        regex: str,
        stop: Sequence[str],
        take: Callable[[str], bool],
        stopped: Event | None = None,
    ) -> Future[UsageMetadata]:
        """Queue a prompt. `take` gets each piece of the reply and returns whether to continue."""
        return self._thread.submit(
            self._run, prompt, max_tokens, regex, stop, take, stopped or Event()
        )

    def likelihood(self, prompt: str, word: str, alternative: str) -> Future[float]:
        """Queue a prompt whose reply is one of two words. The result is that of `word`, 0 to 1."""
        return self._thread.submit(self._likelihood, prompt, word, alternative)

    def _likelihood(self, prompt: str, word: str, alternative: str) -> float:
        config = self._config(1, f"{word}|{alternative}", [])
        config.logprobs = 1
        with _explain_failure(self._folder):
            result = self._pipeline.generate([prompt], config)
        probability = math.exp(min(result.scores[0], 0.0))
        token = result.texts[0].strip()
        return probability if token and word.startswith(token) else 1.0 - probability

    def _run(
        self,
        prompt: str,
        max_tokens: int,
        regex: str,
        stop: Sequence[str],
        take: Callable[[str], bool],
        stopped: Event,
    ) -> UsageMetadata:
        if stopped.is_set():
            return UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)
        status = self._genai.StreamingStatus
        config = self._config(max_tokens, regex, stop)
        with _explain_failure(self._folder):
            result = self._pipeline.generate(
                [prompt], config, lambda piece: status.RUNNING if take(piece) else status.CANCEL
            )
        read, written = (
            result.perf_metrics.get_num_input_tokens(),
            result.perf_metrics.get_num_generated_tokens(),
        )
        return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)

    def _config(self, max_tokens: int, regex: str, stop: Sequence[str]) -> Any:
        config = self._genai.GenerationConfig()
        config.apply_chat_template = False
        config.max_new_tokens = max_tokens
        config.do_sample = False
        config.num_assistant_tokens, config.max_ngram_size = LOOKUP_TOKENS, LOOKUP_NGRAM_TOKENS
        if stop:
            config.stop_strings = set(stop)
        if regex:
            config.structured_output_config = self._genai.StructuredOutputConfig(regex=regex)
        return config


@contextmanager
def _explain_failure(folder: Path) -> Iterator[None]:
    """Raise openvino's errors as a ModelError that says which model failed."""
    try:
        yield
    except RuntimeError as error:
        reason = " ".join(str(error).split())[-200:]
        raise ModelError(
            f"The model in {folder} failed ({reason}). Start again; if it fails again, remove that "
            "folder if it was made here, or use --model none."
        ) from error


def _lower_priority() -> None:
    """Give the page, the browser and a click on Stop priority over the model.

    On an idle machine the model is not slower for it.
    """
    if sys.platform == "linux":  # each thread has its own priority there
        thread = get_native_id()
        os.setpriority(
            os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS)
        )


def _check_runtime() -> None:
    """Raise ModelError if openvino-genai, which the extra `bundled` installs, is missing."""
    if find_spec("openvino_genai") is None:
        raise ModelError(
            "The package openvino-genai is not installed: run "
            "`pip install 'article-assistant[bundled]'`, or use --model none."
        )


@lru_cache(maxsize=2)
def _load(folder: Path, properties: tuple[tuple[str, str], ...]) -> _Engine:
    try:
        return _Engine(folder, dict(properties))
    except Exception as error:  # openvino raises RuntimeError, ImportError or OSError
        raise ModelError(
            f"The model in {folder} cannot be loaded ({' '.join(str(error).split())[:200]}). "
            "Remove that folder if it was made here, to have it made again, or use --model none."
        ) from error
