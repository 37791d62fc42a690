"""Test the objects that assistants share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from assistant.resources import Resources, default_resources, make_chroma_address
from assistant.settings import Settings
from index.errors import InputError
from index.storage.chroma_server import ChromaAddress
from tests.index.hashing import Hashing

pytestmark = pytest.mark.unit


@pytest.fixture
def resources(tmp_path: Path) -> Resources:
    return Resources(Settings(data=tmp_path / "data"))


def test_library_is_the_same_for_every_name_of_a_folder(
    resources: Resources, tmp_path: Path
) -> None:
    library = resources.library()
    assert resources.library(tmp_path / "elsewhere" / ".." / "data") is library
    assert resources.library(tmp_path / "other") is not library
    resources.close()


def test_closed_library_is_opened_again(resources: Resources) -> None:
    library = resources.library()
    library.close()
    again = resources.library()
    assert again is not library
    assert not again.closed
    resources.close()
    resources.close()
    assert again.closed


def test_other_embedder_for_an_open_folder_is_refused(resources: Resources) -> None:
    resources.library()
    with pytest.raises(
        InputError, match="is open in this process with the embeddings all-MiniLM-L6-v2, not with"
    ):
        resources.library(embedder=Hashing())
    resources.close()


def test_chroma_server_of_settings_is_used(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path,
        chroma="https://host",
        chroma_headers={"X-Key": SecretStr("secret")},
        chroma_tenant="we",
        chroma_database="articles",
    )
    expected = ChromaAddress("https://host", {"X-Key": "secret"}, "we", "articles")
    assert make_chroma_address(settings) == expected
    assert "secret" not in str(settings)
    resources = Resources(Settings(data=tmp_path, chroma="host:8000"))
    with pytest.raises(InputError, match="ARTICLE_ASSISTANT_CHROMA"):
        resources.library()


def test_bundled_embedder_is_made_once(resources: Resources) -> None:
    assert resources.embedder() is resources.embedder("embedded")


def test_default_resources_are_shared() -> None:
    assert default_resources() is default_resources()
