"""Test the corpus of the scale test, and the comparison of libraries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluation.scale.corpus import compare_stores, write_corpus
from evaluation.scale.parts import measure_parts
from index.storage.databases import make_store
from tests.index.bulk.workers import index_all, open_library
from tests.index.hashing import numbered

pytest.importorskip("pyarrow", reason="the extra bulk is not installed")
pytestmark = pytest.mark.unit


def test_write_corpus_is_indexed_completely(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus", articles=20, passages=3)
    library = open_library(tmp_path / "data")
    report = index_all(library, tmp_path / "corpus")
    assert (report.added, report.failed, report.passages) == (20, 0, 60)
    library.close()


def test_measure_parts_has_time_and_size(tmp_path: Path) -> None:
    figures = measure_parts(tmp_path, count=3, passages=2)
    assert len(figures) == 5
    assert all(value > 0 for value in figures.values())


def test_compare_stores_finds_differences(tmp_path: Path) -> None:
    first, second = (make_store(tmp_path / name) for name in _make_folders(tmp_path))
    for number, (change, store) in enumerate([(0.0, first), (0.25, second)]):
        for article in (numbered(0), numbered(1), numbered(2 + number)):
            vectors = np.ones((len(article.passages), 4), dtype=np.float32)
            vectors[0, 0] += change if article == numbered(1) else 0
            store.add(article, vectors, "test")
    result = compare_stores(first, second)
    assert (result["articles"], result["other articles"]) == (3, 2)
    assert (result["other texts or metadata"], result["other vectors"]) == (0, 1)
    assert result["largest difference"] == 0.25
    first.close()
    second.close()


def _make_folders(root: Path) -> list[str]:
    for name in ("first", "second"):
        (root / name).mkdir()
    return ["first", "second"]
