"""Use a server with OpenAI's protocol (llama.cpp, vLLM …): `http://…` or `name@http://…`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from assistant.models.base import Model
from assistant.models.errors import explain_error
from assistant.settings import Settings
from index.errors import InputError, ModelError

__all__ = ["ServerModel", "find_server_model", "make_server_model", "parse_server_address"]

_ADDRESS = re.compile(r"(?:(?P<name>.+)@)?(?P<url>https?://\S+)")
MODEL_LIST_TIMEOUT_SECONDS = 5.0  # a running server lists its models at once


class ServerModel(ChatOpenAI):
    """A chat model that asks its server, when it is loaded, for its name and context length."""

    server_key: SecretStr
    context_tokens: int | None = None

    def load(self, progress: Callable[[str, float], None]) -> None:
        """Contact the server. Raises ModelError if it does not answer or lacks the model."""
        progress("asking the model server", 0.0)
        url = str(self.openai_api_base)
        self.model_name, facts = find_server_model(url, self.server_key, self.model_name)
        self.context_tokens = facts.get("max_model_len") or (facts.get("meta") or {}).get("n_ctx")


def make_server_model(name: str, settings: Settings) -> Model:
    """Return the model of an address. The server is not contacted yet.

    Raises:
        InputError: the address is malformed.
    """
    model, url = parse_server_address(name)
    # An OpenAI key in the environment must never reach another server.
    key = SecretStr(settings.model_key.get_secret_value() or "none")
    chat = ServerModel(
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


def parse_server_address(name: str) -> tuple[str, str]:
    """Return the model's name, empty for the server's first model, and the server's address.

    Raises:
        InputError: the address is malformed.
    """
    match = _ADDRESS.fullmatch(name)
    if not match or not _is_address(match["url"]):
        raise InputError(
            f"{name} is not the URL of a model server. Use one such as http://127.0.0.1:8080/v1."
        )
    url = match["url"].rstrip("/")
    return match["name"] or "", url if urlsplit(url).path else f"{url}/v1"


def find_server_model(url: str, key: SecretStr, name: str = "") -> tuple[str, dict[str, Any]]:
    """Return the name of a server's model and the server's data about it.

    Args:
        url: address of the server's API.
        name: of the model; empty: the first one.

    Raises:
        ModelError: the server cannot be used, or lacks the model.
    """
    return _select_model(_list_models(url, key), name, url)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            bool(parts.hostname)
            and parts.port != 0
            and not (parts.username or parts.query or parts.fragment)
        )
    except ValueError:
        return False


def _list_models(url: str, key: SecretStr) -> dict[str, dict[str, Any]]:
    """Return a server's data about its models, by name."""
    try:
        response = httpx.get(
            f"{url}/models",
            headers={"Authorization": f"Bearer {key.get_secret_value()}"},
            timeout=MODEL_LIST_TIMEOUT_SECONDS,
        )
        response.raise_for_status()
        return {str(model["id"]): dict(model) for model in response.json()["data"]}
    except httpx.HTTPError as error:
        raise ModelError(f"There is no model at {url}. {explain_error(error)}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{url} does not speak OpenAI's protocol: it has no list of models. Check the address."
        ) from error


def _select_model(
    models: dict[str, dict[str, Any]], name: str, url: str
) -> tuple[str, dict[str, Any]]:
    """Return the model of a name, or the first one for an empty name."""
    if not models:
        raise ModelError(f"The server at {url} has no model. Load one there.")
    if name and name not in models:
        raise ModelError(
            f"The server at {url} has no model {name!r}. It has {', '.join(list(models)[:5])}."
        )
    name = name or next(iter(models))
    return name, models[name]
