"""Questions in, cited answers out: an answer's quotes are exact, and what the article does not say, it says so."""

from __future__ import annotations

import os

# Nothing leaves the machine unless the user turned it on; decided before langchain, chromadb or gradio are imported.
os.environ.setdefault("LANGSMITH_TRACING", "false")
os.environ.setdefault("LANGCHAIN_TRACING_V2", "false")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from index.article import Article
from index.errors import (
    ArticleError,
    AssistantError,
    DataError,
    InputError,
    InUseError,
    ModelError,
)
from index.library import Library

from .answer import Answer, Event, Found, Quote, Quoted, Stage, Words
from .assistant import Assistant

__all__ = [
    "Answer",
    "Article",
    "ArticleError",
    "Assistant",
    "AssistantError",
    "DataError",
    "Event",
    "Found",
    "InUseError",
    "InputError",
    "Library",
    "ModelError",
    "Quote",
    "Quoted",
    "Stage",
    "Words",
]
