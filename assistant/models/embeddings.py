"""Embeddings by their name: the default, a folder's, any that `init_embeddings` knows, or a server's."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from langchain_core.embeddings import Embeddings
from pydantic import SecretStr

from index.embedding import Embedder, MiniLM, Vectors, minilm_folder
from index.errors import InputError, ModelError
from index.folder import FolderEmbedder

from ..settings import Settings, get_settings
from .base import CONTEXT
from .provider import missing_package, provider_of
from .troubles import explained, one_line

__all__ = ["DEFAULT", "ProvidedEmbedder", "make_embedder"]

DEFAULT = "embedded"


def make_embedder(name: str, settings: Settings | None = None) -> Embedder:
    """The embedder of a name. Nothing is loaded, and nobody is asked yet.

    Args:
        name: `embedded`, a folder of sentence-transformers, `provider:name`, or a server's address, alone or as `name@http://…`.
        settings: for how long a server is waited for, and what key it gets; by default the process's.

    Raises:
        InputError: there is no such embedder, or its package or key is missing.
    """
    if name == DEFAULT:
        return MiniLM.shared()
    if "://" in name:
        return _served(name, settings or get_settings())
    if _is_folder(name):
        return FolderEmbedder(Path(name).expanduser().resolve())
    if all(provider_of(name)):
        return _provided(name, settings or get_settings())
    raise InputError(
        f"There are no embeddings {name!r}. Use `{DEFAULT}`, a folder of sentence-transformers that is there, `provider:name` as in "
        "`ollama:nomic-embed-text`, or the address of a server as in `http://127.0.0.1:8080/v1`."
    )


class ProvidedEmbedder(Embedder):
    """Asks somebody else's model, through a LangChain `Embeddings`.

    Args:
        made: makes it, at the first use; may ask the server then.
    """

    steady = False

    def __init__(self, name: str, made: Callable[[], Embeddings]) -> None:
        self.name = self.fingerprint = name
        self._made = made
        self._model: Embeddings | None = None

    def load(self) -> Embeddings:
        if self._model is None:
            self._model = self._asked(self._made)
        return self._model

    def embed(self, texts: Sequence[str]) -> Vectors:
        model, safe = self.load(), [_safe(text) for text in texts]
        return self._rows(self._asked(lambda: model.embed_documents(safe)), len(safe))

    def embed_question(self, question: str) -> Vectors:
        model = self.load()
        return np.asarray(self._rows([self._asked(lambda: model.embed_query(_safe(question)))], 1)[0], dtype=np.float32)

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except Exception as error:  # each provider's package raises its own
            raise ModelError(f"The embeddings {self.name} cannot be had. {explained(error)}") from error

    def _rows(self, given: Any, count: int) -> Vectors:
        """Of unit length. What a server sends is not trusted to be vectors."""
        try:
            rows = np.array(given, dtype=np.float64)
            lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        except (ValueError, TypeError) as error:
            raise self._unusable() from error
        if rows.shape[0] != count or not (np.isfinite(lengths).all() and lengths.all()):
            raise self._unusable()
        return np.asarray(rows / lengths, dtype=np.float32)

    def _unusable(self) -> ModelError:
        return ModelError(
            f"The embeddings {self.name} gave something else than a vector for each text. Is it a model for embeddings?"
        )


def _served(name: str, settings: Settings) -> Embedder:
    try:
        from langchain_openai import OpenAIEmbeddings

        from .served import address_of, model_at
    except ImportError as error:
        raise InputError(f"The embeddings {name} need {missing_package('openai', error)}") from error
    model, url = address_of(name)
    # Never the key of OpenAI's own that the environment may hold: it is not this server's business.
    key = SecretStr(settings.embeddings_key.get_secret_value() or "none")

    def made() -> Embeddings:
        named = model or model_at(url, key)[0]
        return OpenAIEmbeddings(model=named, openai_api_base=url, openai_api_key=key, **_limits("openai", settings))

    return ProvidedEmbedder(name, made)


def _provided(name: str, settings: Settings) -> Embedder:
    from langchain.embeddings import init_embeddings

    provider, model = provider_of(name)
    if provider == "mistralai" and not os.environ.get("MISTRAL_API_KEY"):  # which its package would notice at the first text
        raise InputError(f"The embeddings {name} cannot be used: they need an API key. Set MISTRAL_API_KEY.")
    try:
        made = init_embeddings(model, provider=provider, **_limits(provider, settings))
    except ImportError as error:
        raise InputError(f"The embeddings {name} need {missing_package(provider, error)}") from error
    except Exception as error:  # each provider's package raises its own errors for a missing key or a bad name
        raise InputError(f"The embeddings {name} cannot be used: {one_line(error)}") from error
    return ProvidedEmbedder(name, lambda: made)


def _limits(provider: str, settings: Settings) -> dict[str, Any]:
    """How long it is waited for, how often it is asked again; and that nothing is fetched to count tokens: passages are short."""
    if provider == "openai":
        limits = {"timeout": settings.model_timeout, "max_retries": settings.model_retries}
        return {**limits, "check_embedding_ctx_length": False}
    if provider == "mistralai":
        return _of_mistral(settings)
    if provider == "ollama":
        return {"client_kwargs": {"timeout": settings.model_timeout}, "num_ctx": CONTEXT}
    if provider == "google_genai":
        return {"client_args": {"event_hooks": {"request": [partial(_hurry, settings.model_timeout)]}}}
    return {}


def _of_mistral(settings: Settings) -> dict[str, Any]:
    """Its tokens are counted by another tokenizer: the package would fetch its own. Its address is where the chat model reads it."""
    from tokenizers import Tokenizer

    logging.getLogger("langchain_mistralai").setLevel(logging.CRITICAL)  # it logs, with a traceback, what it also raises
    address = os.environ.get("MISTRAL_BASE_URL")
    limits = {"timeout": ceil(settings.model_timeout), "max_retries": settings.model_retries + 1, "wait_time": 2}
    return {
        **limits,
        "tokenizer": Tokenizer.from_file(str(minilm_folder() / "tokenizer.json")),
        **({"endpoint": f"{address.rstrip('/')}/"} if address else {}),
    }


def _hurry(seconds: float, request: httpx.Request) -> None:
    """Google's package asks without a time limit, whatever it is given."""
    request.extensions["timeout"] = httpx.Timeout(seconds).as_dict()


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and Path(name).expanduser().is_dir()
    except (OSError, RuntimeError, ValueError):  # too long, of no such user, with a NUL
        return False


def _safe(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
