"""What went wrong with a model, in a sentence that says what to do. Each provider's package raises its own errors."""

from __future__ import annotations

import re

from index.errors import ModelError

__all__ = ["explained", "one_line"]

_TOO_LONG = re.compile(r"context|too (?:long|many tokens)|maximum.*tokens", re.IGNORECASE)
_TOLD = {
    401: "The model's provider refused the key (status 401). Check the key that its package reads from the environment.",
    402: "The model's provider wants to be paid (status 402). See your account there.",
    403: "The model's provider refused the key (status 403). Check what it may be used for.",
    404: "The model's provider does not know this model (status 404). Check its name.",
    429: "The model's provider limits how much it is asked (status 429). Wait a little, or ask less at once.",
}


def explained(error: Exception) -> str:
    """Names neither a key nor the prompt."""
    if isinstance(error, ModelError):
        return str(error)
    if "No generation chunks" in str(error):  # LangChain's own, of any model
        return "The model said nothing."
    kinds = " ".join(kind.__name__ for one in _with_cause(error) for kind in type(one).__mro__)
    status = _status(error)
    if "Timeout" in kinds or status in (408, 504):
        return "The model did not answer in time. Try again, or raise ARTICLE_ASSISTANT_MODEL_TIMEOUT."
    if status in (400, 413, 422) and _TOO_LONG.search(str(error)):
        return "What was found is longer than the model's context. Give it a larger one, or lower ARTICLE_ASSISTANT_CANDIDATES."
    if status in _TOLD:
        return _TOLD[status]
    if status >= 500:
        return f"The model's server failed (status {status}). Try again later."
    if "Connect" in kinds:
        return "The model's server cannot be reached. Is it running, and the address right?"
    return f"The model failed ({type(error).__name__}: {one_line(error, 200)})."


def one_line(error: Exception, longest: int = 300) -> str:
    return " ".join(str(error).split())[:longest]


def _status(error: Exception) -> int:
    """The HTTP status behind an error, by whatever name its package has it; 0 where there is none."""
    holders = (holder for one in _with_cause(error) for holder in (one, getattr(one, "response", None)))
    for holder in holders:
        for name in ("status_code", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int):
                return value
    return 0


def _with_cause(error: BaseException) -> tuple[BaseException, ...]:
    return (error, error.__cause__) if error.__cause__ else (error,)
