"""Load, split and embed the articles of a batch, in a worker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.bulk.file_systems import is_web_address, read_remote
from index.bulk.items import Batch, BatchResult, Item, ItemResult
from index.bulk.records import load_record
from index.embedders.base import Embedder, Vectors
from index.errors import ArticleError, ModelError
from index.loaders import MAX_FILE_BYTES, is_address, load, load_bytes
from index.storage.passage_vectors import batch_passages
from index.text.article import Article
from index.web import Fetcher

__all__ = ["ArticleIds", "MakePreparer", "Preparer"]


class ArticleIds:
    """The IDs of a library's articles, 8 bytes each, to look many of them up in a worker.

    Args:
        article_ids: 16 hexadecimal digits each.
    """

    def __init__(self, article_ids: Iterable[str] = ()) -> None:
        numbers = np.fromiter((int(key, 16) for key in article_ids), dtype=np.uint64)
        self._sorted: NDArray[np.uint64] = np.sort(numbers)

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self._sorted)

    def __contains__(self, article_id: str) -> bool:
        """Return whether the library had an article when the IDs were read."""
        number = np.uint64(int(article_id, 16))
        row = int(np.searchsorted(self._sorted, number))
        return row < len(self._sorted) and bool(self._sorted[row] == number)


class Preparer:
    """Prepare batches for the writer. The embedder is loaded once.

    Each article is embedded by itself. So its vectors do not depend on the batch, on the number of
    workers, or on an interruption.

    Args:
        make_embedder: makes the embedder of the library.
        make_fetcher: makes the fetcher of web addresses.
        present: the articles that are in the library already, which are not embedded.

    Raises:
        ModelError: the embedder cannot be used.
    """

    def __init__(
        self,
        make_embedder: Callable[[], Embedder],
        make_fetcher: Callable[[], Fetcher],
        present: ArticleIds,
    ) -> None:
        self._embedder = make_embedder()
        self._embedder.load()
        self._fetcher = make_fetcher()
        self._present = present

    def prepare(self, batch: Batch) -> BatchResult:
        """Return the articles of a batch with their vectors, or why there are none.

        Raises:
            ModelError: the embedder cannot be used.
        """
        results = tuple(self._prepare_item(item) for item in batch)
        return BatchResult(results, self._embedder.fingerprint, os.getpid())

    def _prepare_item(self, item: Item) -> ItemResult:
        result = ItemResult(item.source, item.record, item.size)
        try:
            article = self._load(item)
            if article.id in self._present:
                return result
            vectors = self._embed(article)
        except ModelError:
            raise
        except ArticleError as error:
            return replace(result, reason=str(error))
        except Exception as error:  # one bad article must not end the run; plug-ins raise anything
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            return replace(result, reason=f"{item.source} cannot be indexed ({reason}).")
        # A copy without what the article has computed for itself, which need not travel, and
        # without its file: a batch of them would fill the memory.
        return replace(result, article=replace(article, original=None), vectors=vectors)

    def _load(self, item: Item) -> Article:
        if item.record:
            return load_record(item)
        if is_address(item.source) and not is_web_address(item.source):
            data = read_remote(item.source, MAX_FILE_BYTES + 1)
            return replace(load_bytes(data, item.source), source=item.source)
        return load(item.source, self._fetcher)

    def _embed(self, article: Article) -> Vectors:
        return np.concatenate([self._embedder.embed(texts) for texts in batch_passages(article)])


MakePreparer = Callable[[], Preparer]
