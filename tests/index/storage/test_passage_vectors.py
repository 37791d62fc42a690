"""Re-embed after a change of the embedder, or of the model behind its name."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from index.embedders.base import Vectors
from index.embedders.minilm import MiniLM
from index.errors import DataError, ModelError
from index.retrieval.hybrid import HybridRetriever
from index.storage.library import Library
from tests.index.hashing import Hashing, numbered

pytestmark = pytest.mark.unit


class Served(Hashing):
    """An embedder whose model may change, and which fails or waits on demand."""

    is_versioned = False

    def __init__(self, name: str = "served", model: str = "model", dimensions: int = 384) -> None:
        super().__init__(model, dimensions=dimensions)
        self.name = self.fingerprint = name
        self.left = 10**9  # texts until it fails
        self.begun, self.go_on = Event(), Event()
        self.go_on.set()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.begun.set()
        self.go_on.wait(20)
        if self.left < len(texts):
            raise ModelError("The server is gone.")
        self.left -= len(texts)
        return super().embed(texts)


def filled(folder: Path, embedder: Hashing, count: int = 3) -> None:
    library = Library(folder, embedder)
    for number in range(count):
        library.add(numbered(number))
    library.close()


def finds(library: Library) -> bool:
    """Whether each article's seventh passage is the one nearest to its own words."""
    for article in library.articles():
        text = article.slice(article.passages[7])
        (hit,) = HybridRetriever(library=library, article_ids=(article.id,), k=1).hits(text)
        if hit.span != article.passages[7] or hit.dense < 0.99:
            return False
        if library.vectors.find_nearest(library.embed_question(text), 1, library.store.ids())[0][
            :2
        ] != (
            article.id,
            7,
        ):
            return False
    return True


def test_an_embedder_that_is_the_same_embeds_nothing(tmp_path: Path) -> None:
    filled(tmp_path, Hashing())
    embedder = Hashing()
    library = Library(tmp_path, embedder)
    progress: list[tuple[int, int]] = []
    library.load(lambda done, total: progress.append((done, total)))
    assert (embedder.embedded, progress) == (0, [])
    assert finds(library)
    library.close()


def test_the_default_is_not_loaded_before_it_is_needed(tmp_path: Path) -> None:
    minilm = MiniLM()
    library = Library(tmp_path, minilm)
    library.reembed_stale()
    assert minilm._model is None
    library.close()


def test_another_embedder_embeds_all_anew_and_tells_how_far(tmp_path: Path) -> None:
    filled(tmp_path, Hashing("one"))
    library = Library(tmp_path, Hashing("other", dimensions=96))
    progress: list[tuple[int, int]] = []
    library.load(lambda done, total: progress.append((done, total)))
    assert progress == [(20, 60), (40, 60), (60, 60)]
    assert library.store.vectors(numbered(0).id).shape == (20, 96)
    assert finds(library)
    library.close()


def test_a_search_alone_embeds_anew_too(tmp_path: Path) -> None:
    filled(tmp_path, Hashing("one"))
    library = Library(tmp_path, Hashing("other", dimensions=96))
    assert finds(library)
    library.close()


def test_what_was_cut_short_goes_on_and_says_what_is_kept(tmp_path: Path) -> None:
    filled(tmp_path, Hashing("one"))
    served = Served()
    served.left = 50
    library = Library(tmp_path, served)
    with pytest.raises(
        ModelError,
        match=(
            r"The server is gone\. \(40 of 60 passages were embedded anew with served and "
            r"are kept"
        ),
    ):
        library.load()
    library.close()
    served = Served()
    library = Library(tmp_path, served)
    library.load()
    assert served.embedded == 20 + 1  # and one to know the model again
    assert finds(library)
    library.close()


def test_the_embedder_before_takes_up_where_the_other_failed(tmp_path: Path) -> None:
    filled(tmp_path, Hashing("one"))
    served = Served()
    served.left = 20
    library = Library(tmp_path, served)
    with pytest.raises(ModelError):
        library.load()
    library.close()
    before = Hashing("one")
    library = Library(tmp_path, before)
    library.load()
    assert (before.embedded, finds(library)) == (20, True)
    library.close()


def test_library_reads_renames_removes_without_embedder(tmp_path: Path) -> None:
    filled(tmp_path, Hashing("one"))
    dead = Served()
    dead.left = 0
    library = Library(tmp_path, dead)
    first, two, three = library.articles()
    library.remove(first.id)
    library.restore(first.id)
    library.remove(two.id)
    assert library.rename(three.id, "The third").title == "The third"
    with pytest.raises(ModelError, match="The server is gone"):
        library.add(numbered(7))
    library.close()
    library = Library(tmp_path, Hashing("one"))
    assert [article.title for article in library.articles()] == ["Village 0", "The third"]
    assert (library.vectors.count(), finds(library)) == (40, True)
    library.close()


def test_a_model_that_was_exchanged_behind_its_name_is_noticed(tmp_path: Path) -> None:
    filled(tmp_path, Served(model="old"))
    served = Served(model="new")
    library = Library(tmp_path, served)
    library.load()
    assert (served.embedded, finds(library)) == (61, True)
    library.close()


@pytest.mark.parametrize("dimensions", [96, 768])
def test_other_dimensions_raise_then_all_is_reembedded(tmp_path: Path, dimensions: int) -> None:
    served = Served()
    library = Library(tmp_path, served)
    library.add(numbered(0))
    served.dimensions = dimensions
    for act in (lambda: library.add(numbered(1)), lambda: library.embed_question("House 1")):
        with pytest.raises(
            ModelError,
            match=rf"served now give vectors of {dimensions} numbers; they gave 384.*Start again",
        ):
            act()
    assert [article.id for article in library.articles()] == [numbered(0).id]
    library.close()
    library = Library(tmp_path, Served(dimensions=dimensions))
    library.load()
    assert finds(library)
    library.close()


def test_closing_ends_what_is_being_embedded(tmp_path: Path) -> None:
    filled(tmp_path, Hashing("one"))
    served = Served()
    served.go_on.clear()
    library = Library(tmp_path, served)
    failed: list[Exception] = []

    def load() -> None:
        try:
            library.load()
        except DataError as error:
            failed.append(error)

    loading = Thread(target=load)
    loading.start()
    assert served.begun.wait(10)
    closing = Thread(target=library.close)
    closing.start()
    served.go_on.set()
    for thread in (loading, closing):
        thread.join(10)
        assert not thread.is_alive()
    assert "was closed before all articles were embedded" in str(failed[0])
    library = Library(tmp_path, Served())
    library.load()
    assert finds(library)
    library.close()


def test_a_folder_of_the_version_before_is_not_embedded_anew(tmp_path: Path) -> None:
    filled(tmp_path, Hashing("one"))
    with sqlite3.connect(tmp_path / "articles.sqlite") as db:
        db.execute("DROP TABLE embedded")
        db.execute("ALTER TABLE articles DROP COLUMN author")
        db.execute("DROP INDEX private_articles")
        db.execute("ALTER TABLE articles DROP COLUMN owner")
        db.execute("UPDATE meta SET value = '3' WHERE key = 'version'")
        db.execute("INSERT INTO meta VALUES ('embedder', 'one')")
    embedder = Hashing("one")
    library = Library(tmp_path, embedder)
    library.load()
    assert (embedder.embedded, library.store.get_meta("embedder")) == (0, None)
    assert np.isfinite(library.store.vectors(numbered(0).id)).all()
    library.close()
