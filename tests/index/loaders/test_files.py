"""Test the list of files of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.loaders.files import list_files

pytestmark = pytest.mark.unit


def test_folder_that_cannot_be_listed_is_reported(tmp_path: Path) -> None:
    errors: list[OSError] = []
    assert not list(list_files(tmp_path / "gone", {".txt"}, errors.append))
    assert [error.filename for error in errors] == [str(tmp_path / "gone")]
