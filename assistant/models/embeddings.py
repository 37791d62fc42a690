"""Make embedders from their names: bundled, a folder, a LangChain provider or a server."""

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

from assistant.models.base import DEFAULT_CONTEXT_TOKENS
from assistant.models.errors import explain_error, one_line_message
from assistant.models.langchain_provider import explain_missing_package, parse_provider
from assistant.settings import Settings, get_settings
from index.embedders.base import Embedder, Vectors
from index.embedders.folder import FolderEmbedder
from index.embedders.minilm import MiniLM, minilm_folder
from index.errors import InputError, ModelError

__all__ = ["DEFAULT_EMBEDDER", "LangChainEmbedder", "make_embedder"]

DEFAULT_EMBEDDER = "embedded"


def make_embedder(name: str, settings: Settings | None = None) -> Embedder:
    """Return the embedder of a name. Nothing is loaded, and no server is contacted yet.

    Args:
        name: `embedded`, a folder of sentence-transformers, `provider:name`, or the address of a
            server, alone or as `name@http://…`.
        settings: timeouts, retries and keys of servers; by default those of the process.

    Raises:
        InputError: there is no such embedder, or its package or key is missing.
    """
    if name == DEFAULT_EMBEDDER:
        return MiniLM()
    if "://" in name:
        return _make_server_embedder(name, settings or get_settings())
    if _is_folder(name):
        return FolderEmbedder(Path(name).expanduser().resolve())
    if all(parse_provider(name)):
        return _make_provider_embedder(name, settings or get_settings())
    raise InputError(
        f"There are no embeddings {name!r}. Use `{DEFAULT_EMBEDDER}`, a folder of "
        "sentence-transformers that exists, `provider:name` as in `ollama:nomic-embed-text`, "
        "or the address of a server as in `http://127.0.0.1:8080/v1`."
    )


class LangChainEmbedder(Embedder):
    """Embeds with a LangChain `Embeddings`.

    Args:
        name: shown to the user; it is the fingerprint of the vectors, too.
        make_embeddings: called at the first use; may contact the server.
    """

    is_versioned = False
    is_local = False

    def __init__(self, name: str, make_embeddings: Callable[[], Embeddings]) -> None:
        self.name = self.fingerprint = name
        self._make_embeddings = make_embeddings
        self._model: Embeddings | None = None

    def load(self) -> Embeddings:
        """Make the embeddings at the first call. Raises ModelError."""
        if self._model is None:
            self._model = self._call(self._make_embeddings)
        return self._model

    def embed(self, texts: Sequence[str]) -> Vectors:
        model, safe = self.load(), [_encodable(text) for text in texts]
        return self._rows(self._call(lambda: model.embed_documents(safe)), len(safe))

    def embed_question(self, question: str) -> Vectors:
        model = self.load()
        return np.asarray(
            self._rows([self._call(lambda: model.embed_query(_encodable(question)))], 1)[0],
            dtype=np.float32,
        )

    def _call(self, request: Callable[[], Any]) -> Any:
        try:
            return request()
        except Exception as error:  # each provider's package raises its own errors
            raise ModelError(
                f"The embeddings {self.name} are not available. {explain_error(error)}"
            ) from error

    def _rows(self, values: Any, count: int) -> Vectors:
        """Return unit vectors of shape (count, dimensions). A server's values are not trusted."""
        try:
            rows = np.array(values, dtype=np.float64)
            lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        except (ValueError, TypeError) as error:
            raise self._unusable_error() from error
        if rows.shape[0] != count or not (np.isfinite(lengths).all() and lengths.all()):
            raise self._unusable_error()
        return np.asarray(rows / lengths, dtype=np.float32)

    def _unusable_error(self) -> ModelError:
        return ModelError(
            f"The embeddings {self.name} did not return one vector for each text. "
            "Check that it is an embedding model."
        )


def _make_server_embedder(name: str, settings: Settings) -> Embedder:
    try:
        from langchain_openai import OpenAIEmbeddings

        from assistant.models.openai_compatible import find_server_model, parse_server_address
    except ImportError as error:
        raise InputError(
            f"The embeddings {name} need {explain_missing_package('openai', error)}"
        ) from error
    model, url = parse_server_address(name)
    # An OpenAI key in the environment must never reach another server.
    key = SecretStr(settings.embeddings_key.get_secret_value() or "none")

    def make_embeddings() -> Embeddings:
        model_name = model or find_server_model(url, key)[0]
        return OpenAIEmbeddings(
            model=model_name, openai_api_base=url, openai_api_key=key, **_limits("openai", settings)
        )

    return LangChainEmbedder(name, make_embeddings)


def _make_provider_embedder(name: str, settings: Settings) -> Embedder:
    from langchain.embeddings import init_embeddings

    provider, model = parse_provider(name)
    # Mistral's package would notice a missing key only at the first text.
    if provider == "mistralai" and not os.environ.get("MISTRAL_API_KEY"):
        raise InputError(
            f"The embeddings {name} cannot be used: they need an API key. Set MISTRAL_API_KEY."
        )
    try:
        embeddings = init_embeddings(model, provider=provider, **_limits(provider, settings))
    except ImportError as error:
        raise InputError(
            f"The embeddings {name} need {explain_missing_package(provider, error)}"
        ) from error
    except Exception as error:  # packages raise errors of their own for a missing key or bad name
        raise InputError(
            f"The embeddings {name} cannot be used: {one_line_message(error)}"
        ) from error
    return LangChainEmbedder(name, lambda: embeddings)


def _limits(provider: str, settings: Settings) -> dict[str, Any]:
    """Return a provider's arguments for timeout and retries.

    OpenAI's package must not fetch a tokenizer to count tokens: passages are short.
    """
    if provider == "openai":
        limits = {"timeout": settings.model_timeout, "max_retries": settings.model_retries}
        return {**limits, "check_embedding_ctx_length": False}
    if provider == "mistralai":
        return _mistral_limits(settings)
    if provider == "ollama":
        return {
            "client_kwargs": {"timeout": settings.model_timeout},
            "num_ctx": DEFAULT_CONTEXT_TOKENS,
        }
    if provider == "google_genai":
        return {
            "client_args": {
                "event_hooks": {"request": [partial(_set_timeout, settings.model_timeout)]}
            }
        }
    return {}


def _mistral_limits(settings: Settings) -> dict[str, Any]:
    """Return the arguments of Mistral's package.

    MiniLM's tokenizer counts the tokens, because the package would fetch its own. The address comes
    from the environment variable that the chat model reads.
    """
    from tokenizers import Tokenizer

    # It logs, with a traceback, what it also raises.
    logging.getLogger("langchain_mistralai").setLevel(logging.CRITICAL)
    address = os.environ.get("MISTRAL_BASE_URL")
    limits = {
        "timeout": ceil(settings.model_timeout),
        "max_retries": settings.model_retries + 1,
        "wait_time": 2,
    }
    return {
        **limits,
        "tokenizer": Tokenizer.from_file(str(minilm_folder() / "tokenizer.json")),
        **({"endpoint": f"{address.rstrip('/')}/"} if address else {}),
    }


def _set_timeout(seconds: float, request: httpx.Request) -> None:
    """Set the timeout of a request: Google's package ignores its own argument."""
    request.extensions["timeout"] = httpx.Timeout(seconds).as_dict()


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and Path(name).expanduser().is_dir()
    except (OSError, RuntimeError, ValueError):  # too long, an unknown user, or a NUL
        return False


def _encodable(text: str) -> str:
    """Replace lone surrogates, which cannot be encoded as UTF-8, with question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
