"""Test the settings: defaults, the environment and errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant import InputError
from assistant.settings import Settings, get_settings

pytestmark = pytest.mark.unit


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ARTICLE_ASSISTANT_{name.upper()}", raising=False)
    return monkeypatch


def test_defaults_are_bundled_model_and_localhost(
    environment: pytest.MonkeyPatch,
) -> None:
    settings = get_settings()
    assert (settings.model, settings.host) == ("embedded", "127.0.0.1")
    assert settings.data.is_absolute()
    assert settings.cache.is_absolute()
    assert settings.data != settings.cache


def test_environment_overrides_defaults(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("ARTICLE_ASSISTANT_DATA", str(tmp_path))
    environment.setenv("ARTICLE_ASSISTANT_MODEL", "openai:gpt-5")
    environment.setenv("ARTICLE_ASSISTANT_PORT", "8000")
    settings = get_settings()
    assert (settings.data, settings.model, settings.port) == (tmp_path, "openai:gpt-5", 8000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "70000"),
        ("QUOTES", "0"),
        ("CANDIDATES", "-1"),
        ("HOST_NAMES", "https://articles.example.org"),
        ("HOST_NAMES", "articles.example.org:443"),
        ("HOST_NAMES", "a.example.org, *"),
    ],
)
def test_invalid_setting_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(f"ARTICLE_ASSISTANT_{name}", value)
    with pytest.raises(InputError, match=f"A setting cannot be used: ARTICLE_ASSISTANT_{name}: "):
        get_settings()


@pytest.mark.parametrize("value", ["Key: secret", '["secret"]'])
def test_headers_that_are_no_object_are_not_repeated(
    environment: pytest.MonkeyPatch, value: str
) -> None:
    environment.setenv("ARTICLE_ASSISTANT_CHROMA_HEADERS", value)
    with pytest.raises(InputError, match="ARTICLE_ASSISTANT_CHROMA_HEADERS") as error:
        get_settings()
    assert "secret" not in str(error.value)


def test_all_invalid_settings_are_named_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ARTICLE_ASSISTANT_PORT", "many")
    environment.setenv("ARTICLE_ASSISTANT_QUOTES", "99")
    with pytest.raises(InputError, match=r"PORT: .*; ARTICLE_ASSISTANT_QUOTES: "):
        get_settings()


def test_settings_are_frozen(environment: pytest.MonkeyPatch) -> None:
    settings = get_settings()
    with pytest.raises(ValidationError):
        settings.port = 8000  # type: ignore[misc]


def test_every_setting_has_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())
