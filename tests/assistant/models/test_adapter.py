"""Test the adapter of the bundled model: its file, and what it changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from assistant import Article, ModelError
from assistant.models import conversion as weights
from assistant.models.adapter import ADAPTER_PATH, FIRST_LAYER, LAYER_COUNT, LINEAR_MODULES
from assistant.models.bundled import BundledModel
from assistant.pipeline.candidate import resolve_ids
from assistant.pipeline.generation.calls import choose_sentence_ids, question_message, write_from
from assistant.pipeline.prompting.context import make_context_messages
from assistant.pipeline.prompting.protocol import FOUND, NOT_FOUND
from assistant.settings import get_settings


@pytest.mark.unit
def test_adapter_is_complete_and_small() -> None:
    updates = load_file(ADAPTER_PATH)
    assert len(updates) == 2 * (LAYER_COUNT - FIRST_LAYER) * len(LINEAR_MODULES)
    assert all(np.isfinite(values).all() for values in updates.values())
    assert ADAPTER_PATH.stat().st_size < 25_000_000


@pytest.mark.unit
def test_missing_adapter_raises_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be read.*Install the package again"):
        weights.prepare_model(tmp_path, adapter=tmp_path / "none.safetensors")


@pytest.mark.unit
def test_models_with_and_without_adapter_have_own_folders(tmp_path: Path) -> None:
    assert weights.model_folder(tmp_path) != weights.model_folder(tmp_path, None)


@pytest.mark.model
def test_adapted_model_separates_stated_from_not_stated(bridge: Article) -> None:
    cache = get_settings().cache
    if not weights.is_ready(cache):
        pytest.skip("the embedded model is not prepared: run `python -m assistant prepare`")
    chat = BundledModel(cache_folder=cache)
    context = make_context_messages((), bridge)
    stated = chat.likelihood(
        [*context, question_message("How long is the bridge?")], FOUND, NOT_FOUND
    )
    absent = chat.likelihood(
        [*context, question_message("Who painted the railing?")], FOUND, NOT_FOUND
    )
    assert stated > 0.5 > absent
    ids = choose_sentence_ids("How long is the bridge?", context, chat)
    assert ids[0] == 2
    assert "120" in "".join(
        write_from("How long is the bridge?", context, resolve_ids(ids, [], bridge), chat)
    )
