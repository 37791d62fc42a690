"""The hierarchy of errors that reach the user.

Each message says what happened, to which input, and what to do.
"""

from __future__ import annotations

__all__ = ["ArticleError", "AssistantError", "DataError", "InUseError", "InputError", "ModelError"]


class AssistantError(Exception):
    """A failure that the assistant explains. The command line exits with `exit_status`."""

    exit_status = 1


class InputError(AssistantError):
    """An input of the user cannot be used: a question, an option or an address."""

    exit_status = 2


class ArticleError(InputError):
    """An article cannot be opened: it is missing, empty, binary, too large or wrongly encoded."""


class DataError(AssistantError):
    """The data folder cannot be used: it is read-only, full or written by a newer version."""


class InUseError(DataError):
    """Another process uses the data folder."""


class ModelError(AssistantError):
    """A model cannot be loaded or does not answer."""
