"""A model behind a server that speaks OpenAI's protocol (llama.cpp, vLLM, LM Studio …), as `http://…` or `name@http://…`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from index.errors import InputError, ModelError

from ..settings import Settings
from .base import Model
from .troubles import explained

__all__ = ["ServedModel", "address_of", "model_at", "served"]

_ADDRESS = re.compile(r"(?:(?P<name>.+)@)?(?P<url>https?://\S+)")
SOON = 5.0  # seconds in which a server that runs says what it has


class ServedModel(ChatOpenAI):
    """Asks its server, when it is loaded, which models it has and how much they take."""

    server_key: SecretStr
    context_tokens: int | None = None

    def load(self, progress: Callable[[str, float], None]) -> None:
        """Raises ModelError if the server does not answer, or has no such model."""
        progress("asking the model server", 0.0)
        url = str(self.openai_api_base)
        self.model_name, facts = model_at(url, self.server_key, self.model_name)
        self.context_tokens = facts.get("max_model_len") or (facts.get("meta") or {}).get("n_ctx")


def served(name: str, settings: Settings) -> Model:
    """Nothing is asked of the server yet. Raises InputError for an address that is none."""
    model, url = address_of(name)
    # Never the key of OpenAI's own that the environment may hold: it is not this server's business.
    key = SecretStr(settings.model_key.get_secret_value() or "none")
    chat = ServedModel(
        model=model,
        base_url=url,
        api_key=key,
        server_key=key,
        temperature=0,
        timeout=settings.model_timeout,
        max_retries=settings.model_retries,
        use_responses_api=False,
    )
    return Model(name, chat)


def address_of(name: str) -> tuple[str, str]:
    """The name of a model, empty for the server's first, and the address of its server. Raises InputError."""
    match = _ADDRESS.fullmatch(name)
    if not match or not _is_address(match["url"]):
        raise InputError(f"{name} is no address of a model server. It is like http://127.0.0.1:8080/v1.")
    url = match["url"].rstrip("/")
    return match["name"] or "", url if urlsplit(url).path else f"{url}/v1"


def model_at(url: str, key: SecretStr, name: str = "") -> tuple[str, dict[str, Any]]:
    """The name of a server's model, its first where none is named, and what is known of it. Raises ModelError."""
    return _picked(_models(url, key), name, url)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and not (parts.username or parts.query or parts.fragment)
    except ValueError:
        return False


def _models(url: str, key: SecretStr) -> dict[str, dict[str, Any]]:
    """What a server says of its models, by their names."""
    try:
        answer = httpx.get(f"{url}/models", headers={"Authorization": f"Bearer {key.get_secret_value()}"}, timeout=SOON)
        answer.raise_for_status()
        return {str(one["id"]): dict(one) for one in answer.json()["data"]}
    except httpx.HTTPError as error:
        raise ModelError(f"There is no model at {url}. {explained(error)}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{url} does not speak OpenAI's protocol: it has no list of models. Check the address.") from error


def _picked(known: dict[str, dict[str, Any]], name: str, url: str) -> tuple[str, dict[str, Any]]:
    """The model of that name; the first where none is named."""
    if not known:
        raise ModelError(f"The server at {url} has no model. Load one there.")
    if name and name not in known:
        raise ModelError(f"The server at {url} has no model {name!r}. It has {', '.join(list(known)[:5])}.")
    name = name or next(iter(known))
    return name, known[name]
