"""Language models: the embedded one, any that `init_chat_model` knows, or none."""

from __future__ import annotations

from pathlib import Path

from index.errors import InputError

from .base import Model

__all__ = ["Model", "make_model"]


def make_model(name: str, cache: Path) -> Model | None:
    """The model of a name: `embedded`, `provider:name`, or None for `none`. Nothing is loaded yet.

    Raises:
        InputError: there is no such model, or its package or key is missing.
    """
    if name == "none":
        return None
    if name == "embedded":
        from .embedded import EmbeddedModel

        return Model(name, EmbeddedModel(cache_folder=cache), capable=False)
    if ":" in name:
        from .provider import provided

        return provided(name)
    raise InputError(f"There is no model {name!r}. Use `embedded`, `none`, or `provider:name` as in `openai:gpt-5`.")
