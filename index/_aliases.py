"""Keep the documented module paths of 0.1 importable for one release, with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["ALIASES", "AliasFinder"]

ALIASES = {
    "index.article": "index.text.article",
    "index.bundle": "index.storage.bundle",
    "index.duplicates": "index.storage.duplicates",
    "index.library": "index.storage.library",
    "index.search": "index.retrieval.hybrid",
}


class AliasFinder(MetaPathFinder, Loader):
    """Import a module under the path that it had before."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a former path, or None for any other path."""
        return ModuleSpec(fullname, self) if fullname in ALIASES else None

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module with the names of the module that replaced it."""
        name = ALIASES[module.__name__]
        warnings.warn(f"{module.__name__} is now {name}.", DeprecationWarning, stacklevel=2)
        replacement = import_module(name)
        # `index.article` also defined `Block` and `Span`, which are now in `index.text.spans`.
        spans = import_module("index.text.spans")
        module.__dict__.update(
            {key: value for key, value in vars(spans).items() if not key.startswith("_")}
            | {key: value for key, value in vars(replacement).items() if not key.startswith("__")}
        )
