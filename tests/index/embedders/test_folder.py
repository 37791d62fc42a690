"""Embeddings by a model in a folder: here the default's own weights, under another roof."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embedders.folder import SAMPLE_BYTES, SAMPLES_PER_FILE, FolderEmbedder
from index.embedders.minilm import MiniLM, minilm_folder
from index.errors import InputError, ModelError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of sentence-transformers; its weights are a link."""
    folder = tmp_path / "model"
    shutil.copytree(minilm_folder(), folder, ignore=shutil.ignore_patterns("model.safetensors"))
    (folder / "model.safetensors").symlink_to(minilm_folder() / "model.safetensors")
    return folder


def test_the_same_weights_give_the_same_vectors(folder: Path, minilm: MiniLM) -> None:
    texts = ["A short text.", "Another, half a character \ud800 in it."]
    embedder = FolderEmbedder(folder)
    assert embedder.embed(texts) == pytest.approx(minilm.embed(texts), abs=1e-5)
    assert embedder.embed_question(texts[0]) == pytest.approx(
        minilm.embed_question(texts[0]), abs=1e-5
    )
    assert embedder.embed([]).shape == (0, 384)


def test_embed_question_adds_query_prompt_of_the_model(folder: Path) -> None:
    prompts = {"prompts": {"query": "query: ", "document": "passage: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    embedder = FolderEmbedder(folder)
    plain = FolderEmbedder(minilm_folder())
    assert embedder.embed_question("Who?") == pytest.approx(
        plain.embed_question("query: Who?"), abs=1e-5
    )
    assert embedder.embed(["Ana."])[0] == pytest.approx(plain.embed(["passage: Ana."])[0], abs=1e-5)


def test_a_folder_that_is_moved_is_the_same_model(folder: Path, tmp_path: Path) -> None:
    before = FolderEmbedder(folder).fingerprint
    folder.rename(tmp_path / "elsewhere")
    assert FolderEmbedder(tmp_path / "elsewhere").fingerprint == before != MiniLM.fingerprint


@pytest.mark.parametrize("offset", [0, 1, SAMPLES_PER_FILE * SAMPLE_BYTES])
def test_other_weights_are_another_model(folder: Path, offset: int) -> None:
    before = FolderEmbedder(folder).fingerprint
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[offset * (len(weights) - SAMPLE_BYTES) // (SAMPLES_PER_FILE * SAMPLE_BYTES)] ^= 1
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(weights)
    assert FolderEmbedder(folder).fingerprint != before


def test_a_readme_is_no_part_of_the_model(folder: Path) -> None:
    before = FolderEmbedder(folder).fingerprint
    (folder / "README.md").write_text("Another one.")
    assert FolderEmbedder(folder).fingerprint == before


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=rf"{tmp_path} holds no embedding model: .*modules.json.*Name another folder",
    ):
        FolderEmbedder(tmp_path)


@pytest.mark.parametrize(
    "damaged", ["modules.json", "config.json", "tokenizer.json", "model.safetensors"]
)
def test_a_damaged_model_is_told(folder: Path, damaged: str) -> None:
    (folder / damaged).unlink()
    (folder / damaged).write_bytes(b"{ no such thing")
    with pytest.raises(
        ModelError, match=rf"The embedding model {folder} cannot be loaded .*Save it there again"
    ):
        FolderEmbedder(folder).embed(["A text."])


def test_vectors_have_unit_length(folder: Path) -> None:
    rows = FolderEmbedder(folder).embed(["One.", "Two words.", "word " * 2_000])
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
