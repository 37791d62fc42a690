"""Models in the files of OpenVINO as LangChain chat models, run by openvino-genai on the processor, offline.

Prompts go in as one string, because only then does openvino-genai reuse the computed prefix of an earlier prompt.
"""

from __future__ import annotations

import math
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue
from threading import Event, get_native_id
from typing import Any, ClassVar

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from index.errors import ModelError

from . import weights

__all__ = ["OpenVinoModel"]

CACHE_GIB = 1  # keys and values of earlier prompts: 28 KB a token, about 37,000 tokens
# An answer repeats the article: where its last tokens stand in the prompt, those that follow there are tried at once (prompt lookup
# decoding). Half the time of a sentence on the few that were timed; the words, with one exception, the same. With eight tokens the writing
# of 14 sentences took 84 % of the time that it took with four, and with twelve 76 %, on a processor with AMX; the words were the same.
GUESSED, ALIKE = 8, 3
NICE = 5  # of 19: how far its threads stand back for others
ROLES = {"system": "system", "human": "user", "ai": "assistant"}
# Text that a tokenizer of Qwen's, Llama's, Gemma's or Mistral's would read as the end of a turn or the start of another.
_SPECIAL = re.compile(r"[<\[](?=\|\w+\|>|/?s>|(?:start|end)_of_turn>|[be]os>|/?INST\])")


class OpenVinoModel(BaseChatModel, ABC):
    """All instances of a process share one copy of the weights and one queue, first come, first served.

    Beyond the standard arguments of a call, `regex` constrains the words that it may answer with, and `max_tokens`
    bounds their number. Messages that end with one of its own are gone on with. A stream that is closed stops the model at
    its next token.
    """

    cache_folder: Path
    max_tokens: int = 200
    properties: ClassVar[Mapping[str, str]] = {}  # openvino's, beyond its defaults

    @abstractmethod
    def prepare(self, progress: weights.Progress = weights.silent) -> Path:
        """The folder of the model's files, made now if need be. Raises ModelError with the reason if that cannot be."""

    def load(self, progress: weights.Progress = weights.silent) -> None:
        """Prepare and load the weights now. Raises ModelError with the reason if that cannot be."""
        self.prepare(progress)
        self._engine()

    def _engine(self) -> _Engine:
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
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text, usage_metadata=usage))])

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

        job = engine.submit(engine.prompt(messages), max_tokens or self.max_tokens, regex, stop or [], take, stopped)
        job.add_done_callback(lambda job: pieces.put(None))
        try:
            while (piece := pieces.get()) is not None:
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if run_manager:
                    run_manager.on_llm_new_token(piece, chunk=chunk)
                yield chunk
        finally:
            stopped.set()
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=job.result(), chunk_position="last"))


class _Engine:
    """The loaded weights, and the one thread that works with them: openvino-genai takes one call at a time."""

    def __init__(self, folder: Path, properties: Mapping[str, str]) -> None:
        import openvino_genai

        self._genai = openvino_genai
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.enable_prefix_caching = True
        scheduler.cache_size = CACHE_GIB
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="openvino-model", initializer=_stand_back)
        # In that thread, because those that openvino starts for itself inherit its priority.
        making = self._thread.submit(
            openvino_genai.LLMPipeline, str(folder), "CPU", scheduler_config=scheduler, prompt_lookup=True, **properties
        )
        self._pipeline = making.result()
        self._tokenizer = self._pipeline.get_tokenizer()

    def prompt(self, messages: Sequence[BaseMessage], answer: bool = True) -> str:
        turns = [{"role": ROLES[message.type], "content": _SPECIAL.sub(r"\g<0> ", message.text)} for message in messages]
        begun = turns.pop()["content"] if turns and turns[-1]["role"] == "assistant" else ""
        text: str = self._tokenizer.apply_chat_template(turns, add_generation_prompt=answer)
        return text + begun

    def submit(
        self,
        prompt: str,
        max_tokens: int,
        regex: str,
        stop: Sequence[str],
        take: Callable[[str], bool],
        stopped: Event | None = None,
    ) -> Future[UsageMetadata]:
        """Queue a prompt; `take` gets each piece of the answer and says whether to go on."""
        return self._thread.submit(self._run, prompt, max_tokens, regex, stop, take, stopped or Event())

    def likelihood(self, prompt: str, word: str, other: str) -> Future[float]:
        """Queue a prompt to be answered with one of two words; the probability of the first."""
        return self._thread.submit(self._likelihood, prompt, word, other)

    def _likelihood(self, prompt: str, word: str, other: str) -> float:
        config = self._config(1, f"{word}|{other}", [])
        config.logprobs = 1
        result = self._pipeline.generate([prompt], config)
        chance = math.exp(min(result.scores[0], 0.0))
        begun = result.texts[0].strip()
        return chance if begun and word.startswith(begun) else 1.0 - chance

    def _run(
        self, prompt: str, max_tokens: int, regex: str, stop: Sequence[str], take: Callable[[str], bool], stopped: Event
    ) -> UsageMetadata:
        if stopped.is_set():
            return UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)
        status = self._genai.StreamingStatus
        config = self._config(max_tokens, regex, stop)
        result = self._pipeline.generate([prompt], config, lambda piece: status.RUNNING if take(piece) else status.CANCEL)
        read, written = result.perf_metrics.get_num_input_tokens(), result.perf_metrics.get_num_generated_tokens()
        return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)

    def _config(self, max_tokens: int, regex: str, stop: Sequence[str]) -> Any:
        config = self._genai.GenerationConfig()
        config.apply_chat_template = False
        config.max_new_tokens = max_tokens
        config.do_sample = False
        config.num_assistant_tokens, config.max_ngram_size = GUESSED, ALIKE
        if stop:
            config.stop_strings = set(stop)
        if regex:
            config.structured_output_config = self._genai.StructuredOutputConfig(regex=regex)
        return config


def _stand_back() -> None:
    """Let what a person waits for go first: the page, the browser and a click on Stop. Alone, the model loses nothing by it."""
    if sys.platform == "linux":  # where each thread has a priority of its own
        thread = get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + NICE))


@lru_cache(maxsize=2)
def _load(folder: Path, properties: tuple[tuple[str, str], ...]) -> _Engine:
    try:
        return _Engine(folder, dict(properties))
    except Exception as error:  # openvino raises RuntimeError, ImportError or OSError
        raise ModelError(
            f"The model in {folder} cannot be loaded ({' '.join(str(error).split())[:200]}). "
            "Remove that folder if it was made here, to have it made again, or use --model none."
        ) from error
