"""Any model that LangChain's `init_chat_model` knows, as `provider:name`."""

from __future__ import annotations

from index.errors import InputError

from .base import Model

__all__ = ["provided"]


def provided(name: str) -> Model:
    """Raises InputError that names the missing package or key."""
    from langchain.chat_models import init_chat_model

    try:
        return Model(name, init_chat_model(name, temperature=0))
    except ImportError as error:
        raise InputError(f"The model {name} needs a package that is not installed: {_one_line(error)}") from error
    except Exception as error:  # each provider's package raises its own errors for a missing key or a bad name
        raise InputError(f"The model {name} cannot be used: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
