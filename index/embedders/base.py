"""Define the interface of embedders, and the base of those that use sentence-transformers.

The default is all-MiniLM-L6-v2 (384 dimensions, at most 256 tokens per text). Its weights come from
a registry package and their hash is checked before they are loaded. No hub is ever contacted.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from index.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["Embedder", "SentenceEmbedder", "Vectors", "disable_hub_access"]

Vectors = NDArray[np.float32]


class Embedder(Embeddings):
    """Embed passages and questions. Every embedder is also a LangChain `Embeddings`."""

    name: str  # shown to the user
    fingerprint: str  # vectors are comparable only if their fingerprints are equal
    # Whether the fingerprint identifies the model for good. It does not for a server, which may
    # offer another model under the same name later.
    is_versioned = True
    is_local = True  # whether it runs in this program, so that nothing is sent elsewhere

    @abstractmethod
    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the embeddings of passages.

        Args:
            texts: the passages.

        Returns:
            Rows of unit length, shape `(len(texts), dimensions)`.

        Raises:
            ModelError: the model cannot be used.
        """

    def embed_question(self, question: str) -> Vectors:
        """Return the embedding of a question: unit length, shape `(dimensions,)`.

        Some models embed questions differently from passages.

        Raises:
            ModelError: the model cannot be used.
        """
        return np.asarray(self.embed([question])[0], dtype=np.float32)

    def load(self) -> object:
        """Load the model now instead of at the first question. Raises ModelError."""
        return None

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the embeddings of passages, for LangChain."""
        return [list(map(float, row)) for row in self.embed(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Return the embedding of a question, for LangChain."""
        return list(map(float, self.embed_question(text)))


class SentenceEmbedder(Embedder):
    """Embed with a sentence-transformers model. Loads at first use and is thread-safe."""

    repair_hint: str  # what to do if the model cannot be loaded; the end of the error message

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: SentenceTransformer | None = None

    @abstractmethod
    def folder(self) -> Path:
        """Return the folder of the model after checking its content. Raises ModelError."""

    def load(self) -> SentenceTransformer:
        """Load the weights now instead of at the first question. Raises ModelError."""
        with self._lock:
            if self._model is None:
                self._model = _load_model(self.folder(), self.repair_hint)
            return self._model

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the embeddings of passages, shape `(len(texts), dimensions)`."""
        model = self.load()
        if not texts:
            return np.empty((0, int(model.get_embedding_dimension() or 0)), dtype=np.float32)
        with self._lock:
            return _as_vectors(
                model.encode_document(
                    _replace_surrogates(texts), normalize_embeddings=True, show_progress_bar=False
                )
            )

    def embed_question(self, question: str) -> Vectors:
        """Return the embedding of a question, shape `(dimensions,)`."""
        model = self.load()
        with self._lock:
            return _as_vectors(
                model.encode_query(
                    _replace_surrogates([question])[0],
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
            )


def _replace_surrogates(texts: Sequence[str]) -> list[str]:
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def _as_vectors(rows: Any) -> Vectors:
    return np.asarray(rows, dtype=np.float32)


def disable_hub_access() -> None:
    """Stop transformers from contacting a hub and from printing progress bars and reports."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def _load_model(folder: Path, repair_hint: str) -> SentenceTransformer:
    disable_hub_access()
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as error:  # a damaged file raises the errors of its own parser
        reason = " ".join(str(error).split())[:300]
        raise ModelError(
            f"The embedding model {folder} cannot be loaded ({reason}). {repair_hint}"
        ) from error
