"""Load, store and search articles. Independent of language models and interfaces."""

import sys

from index._aliases import AliasFinder
from index.text.article import Article
from index.text.spans import Block, Span

__all__ = ["Article", "Block", "Span"]

if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
    sys.meta_path.append(AliasFinder())
