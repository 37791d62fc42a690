"""The one hierarchy of errors that a user can meet. Each message says what happened, to which input, and what to do."""

from __future__ import annotations

__all__ = ["ArticleError", "AssistantError", "DataError", "InUseError", "InputError", "ModelError"]


class AssistantError(Exception):
    """Any failure that the assistant explains. `exit_status` is what the command line ends with."""

    exit_status = 1


class InputError(AssistantError):
    """The user's input cannot be used as it is: a question, an option, an address."""

    exit_status = 2


class ArticleError(InputError):
    """An article cannot be opened: missing, empty, binary, too large, wrongly encoded."""


class DataError(AssistantError):
    """The data folder cannot be used: read-only, full, or written by a newer version."""


class InUseError(DataError):
    """Another process holds the data folder."""


class ModelError(AssistantError):
    """A model cannot be loaded or does not answer."""
