"""Measure questions to a whole library: `python -m evaluation.speed.library`.

The articles are generated, and the embedder is random numbers, so that the figures are those of
storage and search. Each way runs in a process of its own: "loaded" reads every article, as the
program did before SQLite searched the keywords, and "SQLite" is the present way.

The figures go to standard output and to `results/<commit>-library-speed.json`.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.machine import describe_environment
from evaluation.runs import code_version, make_header
from evaluation.speed.__main__ import measure_seconds
from index.embedders.base import Embedder, Vectors
from index.retrieval.hybrid import HybridRetriever
from index.storage.chroma import MAX_UNINDEXED_PASSAGES
from index.storage.library import Library
from index.text.article import Article

PASSAGES_PER_ARTICLE = 50
WORDS = 30_000
WORDS_PER_PASSAGE = 20
QUESTIONS = 10
RECALL_QUERIES = 50
NO_LIMIT = 10**9
WAYS = {"loaded": NO_LIMIT, "SQLite": None}


class RandomEmbedder(Embedder):
    """Return random vectors, so that embedding takes no time."""

    def __init__(self, dimensions: int, seed: int) -> None:
        self.name = self.fingerprint = f"random-{dimensions}"
        self._dimensions = dimensions
        self._random = np.random.default_rng(seed)

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = self._random.standard_normal((len(texts), self._dimensions)).astype(np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


class Generator:
    """Generate articles and questions with words as frequent as in a language (Zipf's law)."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        vocabulary = random.Random(0)
        self._words = [
            "".join(vocabulary.choices("bcdfghklmnprstvw", k=3))
            + "".join(vocabulary.choices("aeiou", k=2))
            for _ in range(WORDS)
        ]
        self._weights = np.cumsum(1 / np.arange(1, WORDS + 1)).tolist()

    def sentence(self, words: int = WORDS_PER_PASSAGE) -> str:
        """Return a sentence."""
        words_drawn = self._random.choices(self._words, cum_weights=self._weights, k=words)
        return " ".join(words_drawn).capitalize() + "."

    def article(self, number: int) -> Article:
        """Return an article of `PASSAGES_PER_ARTICLE` passages."""
        sentences = (self.sentence() for _ in range(PASSAGES_PER_ARTICLE))
        return Article.from_text("\n\n".join(sentences), f"Article {number}", language="en")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="evaluation.speed.library", description=__doc__)
    arguments.add_argument("--passages", type=int, default=20_000)
    arguments.add_argument("--dimensions", type=int, default=384)
    arguments.add_argument("--out", type=Path, default=Path("results"), help="folder")
    arguments.add_argument(
        "--data", type=Path, help="folder of a library that was generated before"
    )
    arguments.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.way:
        print(json.dumps(measure_way(options.data, options.dimensions, WAYS[options.way])))
        return
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder)
        results = {"adding": fill_library(data, options.passages, options.dimensions)}
        print(json.dumps(results), flush=True)
        for way in WAYS:
            results[way] = run_way(way, data, options.dimensions)
            print(json.dumps({way: results[way]}), flush=True)
    sizes = {"passages": options.passages, "dimensions": options.dimensions}
    contents = {
        "kind": "library speed",
        **make_header(**sizes),
        **describe_environment(),
        "results": results,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{code_version()}-library-speed.json"
    path.write_text(json.dumps(contents, ensure_ascii=False, indent=1), encoding="utf-8")


def fill_library(folder: Path, passages: int, dimensions: int) -> dict[str, float]:
    """Add generated articles. Return the milliseconds of early and of late additions."""
    articles = [
        Generator(number).article(number) for number in range(passages // PASSAGES_PER_ARTICLE)
    ]
    with closing(Library(folder, RandomEmbedder(dimensions, seed=0))) as library:
        seconds = [
            measure_seconds(lambda article=article: library.add(article))  # type: ignore[misc]
            for article in articles
            if not library.store.has(article.id)
        ]
        library.vectors.finish_writing()
    batch = MAX_UNINDEXED_PASSAGES // PASSAGES_PER_ARTICLE  # about one write to Chroma
    if len(seconds) < 2 * batch:
        return {}
    return {
        f"{name}, ms per article": round(1000 * statistics.mean(part), 2)
        for name, part in (("early", seconds[batch : 2 * batch]), ("late", seconds[-batch:]))
    }


def run_way(way: str, data: Path, dimensions: int) -> dict[str, float]:
    """Measure a way in a new process."""
    command = [sys.executable, "-m", "evaluation.speed.library", "--way", way]
    command += ["--data", str(data), "--dimensions", str(dimensions)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(output.splitlines()[-1])
    return result


def measure_way(folder: Path, dimensions: int, max_loaded: int | None) -> dict[str, float]:
    """Return the seconds of opening and questions, and the memory.

    Args:
        folder: the data folder of a library.
        dimensions: of the vectors.
        max_loaded: the most passages that are ranked in memory; None for the default.
    """
    from index.retrieval import hybrid

    limit = hybrid.MAX_LOADED_PASSAGES if max_loaded is None else max_loaded
    words = Generator(-1)
    results: dict[str, float] = {}
    libraries: list[Library] = []
    before = read_resident_megabytes()

    def open_library() -> None:
        libraries.append(Library(folder, RandomEmbedder(dimensions, seed=1)))

    results["open, s"] = measure_seconds(open_library)
    (library,) = libraries
    retriever = HybridRetriever(library=library, article_ids=None, max_loaded_passages=limit)

    def search_keywords() -> Any:
        if max_loaded is None:
            return library.store.search_keywords(words.sentence(8), 50)
        keywords = hybrid._get_corpus(retriever).keywords
        assert keywords is not None, "the limit has no bound"
        return keywords.scores(words.sentence(8))

    results["first keyword search, s"] = measure_seconds(search_keywords)
    results["first question, s"] = measure_seconds(lambda: retriever.hits(words.sentence(8)))
    results["a question, s"] = statistics.median(
        measure_seconds(lambda: retriever.hits(words.sentence(8))) for _ in range(QUESTIONS)
    )
    results["memory, MB"] = read_resident_megabytes() - before
    article = Generator(random.randrange(10**9)).article(-1)
    results["add one article, s"] = measure_seconds(lambda: library.add(article))
    results["the question after it, s"] = measure_seconds(lambda: retriever.hits(words.sentence(8)))
    library.remove(article.id, forever=True)
    results["recall@10"] = measure_recall(library)
    library.close()
    return {name: round(value, 4) for name, value in results.items()}


def measure_recall(library: Library) -> float:
    """Return the share of the ten nearest passages of random vectors that the index finds.

    Random vectors are the hardest to search: their passages are almost equally far away.
    """
    store = library.store
    vectors = {article_id: store.vectors(article_id) for article_id in store.ids()}
    passages = [(key, position) for key, rows in vectors.items() for position in range(len(rows))]
    matrix = np.concatenate(list(vectors.values()))
    found = 0
    for query in library.embedder.embed([""] * RECALL_QUERIES):
        nearest = {passages[row] for row in np.argsort(-(matrix @ query))[:10]}
        hits = library.vectors.find_nearest(query, 10)
        found += len(nearest & {(article_id, position) for article_id, position, _ in hits})
    return found / (10 * RECALL_QUERIES)


def read_resident_megabytes() -> float:
    """Return the resident memory of this process."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
