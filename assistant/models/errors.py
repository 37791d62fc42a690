"""Explain the errors of model providers in a sentence that says what to do."""

from __future__ import annotations

import re

from index.errors import ModelError

__all__ = ["explain_error", "one_line_message"]

_TOO_LONG = re.compile(r"context|too (?:long|many tokens)|maximum.{0,300}tokens", re.IGNORECASE)
_STATUS_MESSAGES = {
    401: "The model's provider refused the key (status 401). "
    "Check the key that its package reads from the environment.",
    402: "The model's provider wants to be paid (status 402). See your account there.",
    403: "The model's provider refused the key (status 403). Check what it may be used for.",
    404: "The model's provider does not know this model (status 404). Check its name.",
    429: "The model's provider limits how much it is asked (status 429). "
    "Wait a little, or ask less at once.",
}


def explain_error(error: Exception) -> str:
    """Return a sentence for the user. It contains neither a key nor the prompt."""
    if isinstance(error, ModelError):
        return str(error)
    if "No generation chunks" in str(error):  # LangChain's own error, for any model
        return "The model said nothing."
    kinds = " ".join(kind.__name__ for cause in _with_cause(error) for kind in type(cause).__mro__)
    status = _status(error)
    if "Timeout" in kinds or status in (408, 504):
        return (
            "The model did not answer in time. Try again, or raise ARTICLE_ASSISTANT_MODEL_TIMEOUT."
        )
    if status in (400, 413, 422) and _TOO_LONG.search(str(error)):
        return (
            "What was found is longer than the model's context. "
            "Give it a larger one, or lower ARTICLE_ASSISTANT_CANDIDATES."
        )
    if status in _STATUS_MESSAGES:
        return _STATUS_MESSAGES[status]
    if status >= 500:
        return f"The model's server failed (status {status}). Try again later."
    if "Connect" in kinds:
        return "The model's server cannot be reached. Is it running, and the address right?"
    return f"The model failed ({type(error).__name__}: {one_line_message(error, 200)})."


def one_line_message(error: Exception, max_characters: int = 300) -> str:
    """Return the message of an error on one line, cut to a length."""
    return " ".join(str(error).split())[:max_characters]


def _status(error: Exception) -> int:
    """Return the HTTP status behind an error, or 0. Packages have it in different attributes."""
    holders = (
        holder
        for cause in _with_cause(error)
        for holder in (cause, getattr(cause, "response", None))
    )
    for holder in holders:
        for name in ("status_code", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int):
                return value
    return 0


def _with_cause(error: BaseException) -> tuple[BaseException, ...]:
    return (error, error.__cause__) if error.__cause__ else (error,)
