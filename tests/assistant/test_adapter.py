"""The adapter is whole and small, or is not used; with it the model says what it was taught to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from assistant import Article, ModelError
from assistant.evidence import called, reading
from assistant.models import weights
from assistant.models.adapter import ADAPTER, FIRST_LAYER, LAYERS, LINEAR
from assistant.models.embedded import EmbeddedModel
from assistant.settings import get_settings
from assistant.writing import FOUND, NOT_FOUND, asked, name_sentences, write_from


def test_it_has_both_halves_of_each_update_and_is_small() -> None:
    updates = load_file(ADAPTER)
    assert len(updates) == 2 * (LAYERS - FIRST_LAYER) * len(LINEAR)
    assert all(np.isfinite(values).all() for values in updates.values())
    assert ADAPTER.stat().st_size < 25_000_000


def test_an_adapter_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be read.*Install the package again"):
        weights.prepare(tmp_path, adapter=tmp_path / "none.safetensors")


def test_models_with_and_without_it_are_kept_apart(tmp_path: Path) -> None:
    assert weights.folder(tmp_path) != weights.folder(tmp_path, None)


@pytest.mark.model
def test_it_tells_what_an_article_states_from_what_it_does_not(bridge: Article) -> None:
    cache = get_settings().cache
    if not weights.ready(cache):
        pytest.skip("the embedded model is not prepared: run `python -m assistant prepare`")
    chat = EmbeddedModel(cache_folder=cache)
    shown = reading((), bridge)
    stated = chat.likelihood([*shown, asked("How long is the bridge?")], FOUND, NOT_FOUND)
    absent = chat.likelihood([*shown, asked("Who painted the railing?")], FOUND, NOT_FOUND)
    assert stated > 0.5 > absent
    ids = name_sentences("How long is the bridge?", shown, chat)
    assert ids[0] == 2
    assert "120" in "".join(write_from("How long is the bridge?", shown, called(ids, [], bridge), chat))
