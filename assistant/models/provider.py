"""Any model that LangChain's `init_chat_model` knows, as `provider:name`."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

from langchain_core.language_models import BaseChatModel

from index.errors import InputError

from ..settings import Settings
from .base import CONTEXT, Model
from .troubles import one_line

__all__ = ["EXTRAS", "missing_package", "provided", "provider_of"]

# Shorter names of providers, and the extra of ours that brings each one's package.
_ALIASES = {"google": "google_genai", "mistral": "mistralai"}
EXTRAS = {
    "anthropic": "anthropic",
    "google_genai": "google",
    "mistralai": "mistral",
    "ollama": "ollama",
    "openai": "openai",
}


def provided(name: str, settings: Settings) -> Model:
    """Raises InputError that names the missing package or key."""
    from langchain.chat_models import init_chat_model

    provider, model = provider_of(name)

    def made(**options: Any) -> BaseChatModel:
        chat: BaseChatModel = init_chat_model(f"{provider}:{model}", **options, **_limits(provider, settings))
        return chat

    try:
        return Model(name, _steady(made, provider), cites=provider == "anthropic")
    except ImportError as error:
        raise InputError(f"The model {name} needs {missing_package(provider, error)}") from error
    except Exception as error:  # each provider's package raises its own errors for a missing key or a bad name
        raise InputError(f"The model {name} cannot be used: {one_line(error)}") from error


def provider_of(name: str) -> tuple[str, str]:
    """LangChain's name of the provider, and the provider's of the model."""
    provider, _, model = name.partition(":")
    return _ALIASES.get(provider, provider), model


def missing_package(provider: str, error: ImportError) -> str:
    """What is missing, and what to do."""
    extra = f" Run `pip install 'article-assistant[{EXTRAS[provider]}]'`." if provider in EXTRAS else ""
    return f"a package that is not installed: {one_line(error)}{extra}"


def _limits(provider: str, settings: Settings) -> dict[str, Any]:
    """How long it is waited for, and how often it is asked again where it is busy; LangChain's own packages do both."""
    if provider == "ollama":  # which is asked once, and cuts what is longer than its context without a word
        return {"client_kwargs": {"timeout": settings.model_timeout}, "num_ctx": CONTEXT}
    if provider == "mistralai":  # which takes whole seconds, and asks again only where it does not stream
        return {"timeout": ceil(settings.model_timeout), "max_retries": settings.model_retries}
    if provider in EXTRAS:
        return {"timeout": settings.model_timeout, "max_retries": settings.model_retries}
    return {}


def _steady(made: Callable[..., BaseChatModel], provider: str) -> BaseChatModel:
    """The same words to the same question, where the model lets one choose: some refuse any temperature."""
    plain = made()
    refusing = provider in ("anthropic", "openai")  # those that LangChain's list does not have yet are new ones
    takes_it = (getattr(plain, "profile", None) or {}).get("temperature", not refusing)
    return made(temperature=0) if takes_it else plain
