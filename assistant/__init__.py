"""Ask an article questions and get answers with exact quotes.

If the article does not state the answer, the assistant says so.
"""

from __future__ import annotations

import os
import sys
import warnings
from importlib import metadata
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

# Turn off telemetry and tracing unless the user turned them on. This must precede the imports of
# langchain, chromadb and gradio.
os.environ.setdefault("LANGSMITH_TRACING", "false")
os.environ.setdefault("LANGCHAIN_TRACING_V2", "false")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

if "index" not in sys.modules:
    # `python -m assistant` puts the current folder first on the path. An `index` there must not
    # replace the package that is shipped with this one.
    _spec = PathFinder.find_spec("index", [str(Path(__file__).parent.parent)])
    if _spec and _spec.loader:
        sys.modules["index"] = module_from_spec(_spec)
        _spec.loader.exec_module(sys.modules["index"])

from assistant.answer.answer import Answer, Event, QuotesFound, Stage, TextDelta
from assistant.answer.quote import Quote, QuotedPhrase
from assistant.answer.statement import Statement
from assistant.assistant import Assistant
from index.errors import ArticleError, AssistantError, DataError, InputError, InUseError, ModelError
from index.storage.library import Library
from index.text.article import Article

__all__ = [
    "Answer",
    "Article",
    "ArticleError",
    "Assistant",
    "AssistantError",
    "DataError",
    "Event",
    "InUseError",
    "InputError",
    "Library",
    "ModelError",
    "Quote",
    "QuotedPhrase",
    "QuotesFound",
    "Stage",
    "Statement",
    "TextDelta",
    "__version__",
]

try:
    __version__ = metadata.version("article-assistant")
except metadata.PackageNotFoundError:  # a copy of the sources that is not installed
    __version__ = "0+unknown"

# Names of version 0.1, deprecated for one release.
_RENAMED: dict[str, type] = {"Found": QuotesFound, "Quoted": QuotedPhrase, "Words": TextDelta}


def __getattr__(name: str) -> type:
    if renamed := _RENAMED.get(name):
        warnings.warn(f"{name} is now {renamed.__name__}.", DeprecationWarning, stacklevel=2)
        return renamed
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
