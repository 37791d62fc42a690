"""Load what trained cross-encoders share: the encoder, and weights that replace its layers.

A cross-encoder reads two texts together and scores them with a head of its own. Only the weights
that training changed are bundled; the others come from the registry package.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from index.embedders.base import disable_hub_access
from index.embedders.minilm import minilm_folder
from index.errors import ModelError

if TYPE_CHECKING:
    import torch

__all__ = [
    "CrossEncoder",
    "cut_tokens",
    "dequantize_weights",
    "load_encoder",
    "load_trained_weights",
    "quantize_weights",
    "replace_surrogates",
]

_MAX_INTEGER = 127  # eight bits, symmetric around zero
_SCALE = ".scale"


class CrossEncoder(ABC):
    """A trained network. Loads its weights at first use; safe to call from several threads."""

    def __init__(self, weights: Path) -> None:
        self._weights = weights
        self._lock = Lock()
        self._network: Any = None

    @classmethod
    def from_network(cls, network: Any) -> Self:
        """Return a model with a network that is in memory, such as one in training."""
        model = cls(Path())
        model._network = network
        return model

    def load(self) -> None:
        """Load the weights, unless they are loaded.

        Raises:
            ModelError: the weights cannot be read.
        """
        with self._lock:
            if self._network is None:
                self._network = self._load_network(self._weights)

    @staticmethod
    @abstractmethod
    def _load_network(weights: Path) -> Any:
        """Return the network, ready for inference."""


def load_encoder() -> tuple[Any, Any]:
    """Return the tokenizer and the encoder of all-MiniLM-L6-v2, before further training.

    Raises:
        ModelError: the registry package is not installed.
    """
    disable_hub_access()
    from transformers import AutoModel, AutoTokenizer

    folder = str(minilm_folder())
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    encoder = AutoModel.from_pretrained(folder, local_files_only=True, add_pooling_layer=False)
    return tokenizer, encoder


def replace_surrogates(text: str) -> str:
    """Replace lone surrogates, which the tokenizer does not accept. Offsets stay the same."""
    return text.encode("utf-8", "replace").decode("utf-8")


def cut_tokens(tokenizer: Any, text: str, max_tokens: int) -> str:
    """Return the beginning of a text that has at most so many tokens.

    Args:
        tokenizer: from `load_encoder`.
        text: the text; it is returned whole if it is short enough.
        max_tokens: number of tokens.
    """
    if len(text) <= max_tokens:  # a token has one character at least
        return text
    offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)[
        "offset_mapping"
    ]
    return text if len(offsets) <= max_tokens else text[: offsets[max_tokens - 1][1]]


def load_trained_weights(network: Any, weights: Path, *, name: str, required: str) -> None:
    """Replace weights of a network by trained ones.

    Args:
        network: the network, a `torch.nn.Module`.
        weights: file of the trained weights, as `quantize_weights` returns them.
        name: what the network is called in an error.
        required: the name of a weight that only this network has.

    Raises:
        ModelError: the weights cannot be read, or are those of another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        trained = dequantize_weights(load_file(weights))
        unexpected = network.load_state_dict(trained, strict=False).unexpected_keys
        if unexpected or required not in trained:
            raise ValueError(f"they are of another {name}")
    except (OSError, RuntimeError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError(
            f"The weights {weights} cannot be read ({error}). Install the package again."
        ) from error


def quantize_weights(state: Mapping[str, torch.Tensor], last_layer: str) -> dict[str, torch.Tensor]:
    """Return weights with matrices as eight-bit integers and one scale for each row.

    Vectors are kept in half precision, and so is the last layer, which is small.

    Args:
        state: the weights by name.
        last_layer: the name of the last layer's matrix.
    """
    import torch

    quantized = {}
    for name, value in state.items():
        if value.dim() != 2 or name == last_layer:
            quantized[name] = value.half().contiguous()
            continue
        scales = (value.abs().amax(1, keepdim=True) / _MAX_INTEGER).clamp(min=1e-8).float()
        quantized[name] = torch.round(value / scales).to(torch.int8).contiguous()
        quantized[name + _SCALE] = scales.squeeze(1).contiguous()
    return quantized


def dequantize_weights(quantized: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the weights in single precision.

    Raises:
        KeyError: the scales of a matrix are missing.
    """
    import torch

    return {
        name: value.float() * quantized[name + _SCALE].unsqueeze(1)
        if value.dtype == torch.int8
        else value.float()
        for name, value in quantized.items()
        if not name.endswith(_SCALE)
    }
