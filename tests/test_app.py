"""The command that serves the page."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app import create, serve
from assistant import Article, InputError, InUseError
from index.errors import DataError

ARTICLE = Article.from_text("The bridge cost 3 million euros.", "The bridge")


def test_a_port_in_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"127\.0\.0\.1:{port} .*--port"):
            serve(ARTICLE, model="none", data=tmp_path, host="127.0.0.1", port=port)


def test_an_unknown_model_is_told_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model 'gpt'"):
        serve(ARTICLE, model="gpt", data=tmp_path / "data", host="127.0.0.1", port=0)


def test_a_data_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="--data") as caught:
        serve(ARTICLE, model="none", data=tmp_path / "file" / "data", host="127.0.0.1", port=0)
    assert not isinstance(caught.value, InUseError)


def test_no_other_endpoint_than_the_page_is_documented_or_open(tmp_path: Path) -> None:
    from assistant.page.desk import Desk
    from assistant.settings import Settings
    from index.library import Library

    library = Library(tmp_path)
    app = create(Desk(ARTICLE, library, None, Settings()))
    assert (app.docs_url, app.redoc_url, app.openapi_url) == (None, None, None)
    mounted = next(route.app for route in app.routes if getattr(route, "path", None) == "")  # type: ignore[attr-defined]
    assert not mounted.get_blocks().get_api_info()["named_endpoints"]
    library.close()
