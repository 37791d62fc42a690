"""Language models: the embedded one, one in a file, one behind a server, any that `init_chat_model` knows, or none. Embeddings, too."""

from __future__ import annotations

import re
from pathlib import Path

from index.errors import InputError

from ..settings import Settings, get_settings
from .base import Model

__all__ = ["Model", "make_model"]

_PROVIDED = re.compile(r"[\w-]*:.*")


def make_model(name: str, cache: Path, settings: Settings | None = None) -> Model | None:
    """The model of a name, or None for `none`. Nothing is loaded yet.

    Args:
        name: `embedded`, `none`, `provider:name`, a file or folder, or a server's address, alone or as `name@http://…`.
        settings: for how long a server is waited for, and what key it gets; by default the process's.

    Raises:
        InputError: there is no such model, or its package or key is missing.
    """
    if name == "none":
        return None
    if name == "embedded":
        from .embedded import EmbeddedModel

        return Model(name, EmbeddedModel(cache_folder=cache), capable=False)
    if "://" in name:
        return _served(name, settings or get_settings())
    if _is_place(name):
        from .local import local

        return local(name, cache)
    if _PROVIDED.fullmatch(name):
        from .provider import provided

        return provided(name, settings or get_settings())
    raise InputError(
        f"There is no model {name!r}. Use `embedded`, `none`, `provider:name` as in `openai:gpt-5`, the address of a server as in "
        "`http://127.0.0.1:8080/v1`, or a GGUF file or OpenVINO folder that is there."
    )


def _is_place(name: str) -> bool:
    """Whether a file or folder is meant."""
    try:
        return name.endswith(".gguf") or bool(name and Path(name).expanduser().exists())
    except (OSError, RuntimeError, ValueError):  # too long, of no such user, with a NUL
        return False


def _served(name: str, settings: Settings) -> Model:
    try:
        from .served import served
    except ImportError as error:
        raise InputError("A model server needs a package: run `pip install 'article-assistant[openai]'`.") from error
    return served(name, settings)
