"""Make any model that LangChain's `init_chat_model` knows, from `provider:name`."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

from langchain_core.language_models import BaseChatModel

from assistant.models.base import DEFAULT_CONTEXT_TOKENS, Model
from assistant.models.errors import one_line_message
from assistant.settings import Settings
from index.errors import InputError

__all__ = ["PROVIDER_EXTRAS", "explain_missing_package", "make_provider_model", "parse_provider"]

# Short names of providers, and the extra of this package that installs each provider's package.
_ALIASES = {"google": "google_genai", "mistral": "mistralai"}
PROVIDER_EXTRAS = {
    "anthropic": "anthropic",
    "google_genai": "google",
    "mistralai": "mistral",
    "ollama": "ollama",
    "openai": "openai",
}


def make_provider_model(name: str, settings: Settings) -> Model:
    """Return the model of a `provider:name`.

    Raises:
        InputError: the package or key is missing, or the name is bad.
    """
    from langchain.chat_models import init_chat_model

    provider, model = parse_provider(name)

    def make_chat(**options: Any) -> BaseChatModel:
        chat: BaseChatModel = init_chat_model(
            f"{provider}:{model}", **options, **_limits(provider, settings)
        )
        return chat

    try:
        return Model(
            name, _make_deterministic(make_chat, provider), native_citations=provider == "anthropic"
        )
    except ImportError as error:
        raise InputError(
            f"The model {name} needs {explain_missing_package(provider, error)}"
        ) from error
    except Exception as error:  # packages raise errors of their own for a missing key or bad name
        raise InputError(f"The model {name} cannot be used: {one_line_message(error)}") from error


def parse_provider(name: str) -> tuple[str, str]:
    """Return LangChain's name of the provider and the provider's name of the model."""
    provider, _, model = name.partition(":")
    return _ALIASES.get(provider, provider), model


def explain_missing_package(provider: str, error: ImportError) -> str:
    """Return the end of a sentence that names the missing package and the command to install it."""
    extra = (
        f" Run `pip install 'article-assistant[{PROVIDER_EXTRAS[provider]}]'`."
        if provider in PROVIDER_EXTRAS
        else ""
    )
    return f"a package that is not installed: {one_line_message(error)}{extra}"


def _limits(provider: str, settings: Settings) -> dict[str, Any]:
    """Return a provider's arguments for timeout and retries, for LangChain's own packages."""
    # Ollama has no retries, and silently cuts off prompts that are longer than its context.
    if provider == "ollama":
        return {
            "client_kwargs": {"timeout": settings.model_timeout},
            "num_ctx": DEFAULT_CONTEXT_TOKENS,
        }
    # Mistral's package takes whole seconds, and retries only calls that do not stream.
    if provider == "mistralai":
        return {"timeout": ceil(settings.model_timeout), "max_retries": settings.model_retries}
    if provider in PROVIDER_EXTRAS:
        return {"timeout": settings.model_timeout, "max_retries": settings.model_retries}
    return {}


def _make_deterministic(make_chat: Callable[..., BaseChatModel], provider: str) -> BaseChatModel:
    """Return the chat model with temperature 0, or unchanged if it refuses a temperature.

    New models of Anthropic and OpenAI refuse one. A model that LangChain's list lacks is new.
    """
    plain = make_chat()
    refuses = provider in ("anthropic", "openai")
    takes_temperature = (getattr(plain, "profile", None) or {}).get("temperature", not refuses)
    return make_chat(temperature=0) if takes_temperature else plain
