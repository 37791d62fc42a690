"""Articles in, passages out. Knows nothing of language models or of pages."""

from .article import Article, Block, Span

__all__ = ["Article", "Block", "Span"]
