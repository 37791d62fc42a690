"""Make language models and embedders from their names."""

from __future__ import annotations

import re
from pathlib import Path

from assistant.models.base import Model
from assistant.settings import Settings, get_settings
from index.errors import InputError

__all__ = ["Model", "make_model"]

_PROVIDER_NAME = re.compile(r"[\w-]*:.*")


def make_model(name: str, cache: Path, settings: Settings | None = None) -> Model | None:
    """Return the model of a name, or None for `none`. Nothing is loaded yet.

    Args:
        name: `embedded`, `none`, `provider:name`, a file or folder, or the address of a server,
            alone or as `name@http://…`.
        cache: folder of converted models.
        settings: timeouts, retries and keys of servers; by default those of the process.

    Raises:
        InputError: there is no such model, or its package or key is missing.
    """
    if name == "none":
        return None
    if name == "embedded":
        from assistant.models.bundled import BundledModel

        return Model(
            name, BundledModel(cache_folder=cache), answers_in_one_call=False, is_local=True
        )
    if "://" in name:
        return _make_server_model(name, settings or get_settings())
    if _is_path(name):
        from assistant.models.local import make_local_model

        return make_local_model(name, cache)
    if _PROVIDER_NAME.fullmatch(name):
        from assistant.models.langchain_provider import make_provider_model

        return make_provider_model(name, settings or get_settings())
    raise InputError(
        f"There is no model {name!r}. Use `embedded`, `none`, `provider:name` as in "
        "`openai:gpt-5`, the address of a server as in `http://127.0.0.1:8080/v1`, or a GGUF file "
        "or OpenVINO folder that exists."
    )


def _is_path(name: str) -> bool:
    """Return whether a name means a file or folder."""
    try:
        return name.endswith(".gguf") or bool(name and Path(name).expanduser().exists())
    except (OSError, RuntimeError, ValueError):  # too long, an unknown user, or a NUL
        return False


def _make_server_model(name: str, settings: Settings) -> Model:
    try:
        from assistant.models.openai_compatible import make_server_model
    except ImportError as error:
        raise InputError(
            "A model server needs a package: run `pip install 'article-assistant[openai]'`."
        ) from error
    return make_server_model(name, settings)
