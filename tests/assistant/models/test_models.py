"""Test `make_model`: bundled, provider and no model, all without loading."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel

from assistant import InputError
from assistant.models import Model, make_model
from assistant.models.langchain_provider import make_provider_model
from assistant.settings import Settings
from tests.assistant.fakes import ScriptedModel

pytestmark = pytest.mark.unit


def test_name_none_makes_no_model(tmp_path: Path) -> None:
    assert make_model("none", tmp_path) is None


def test_bundled_model_is_made_without_loading(tmp_path: Path) -> None:
    model = make_model("embedded", tmp_path / "absent")
    assert model is not None
    assert (model.name, model.answers_in_one_call) == ("embedded", False)
    assert isinstance(model.chat, BaseChatModel)
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(
    "name",
    ["", "gpt-5", "Embedded", "None", "all of them", "x" * 5000, "a\0b", "~nobody-of-that-name"],
)
def test_unknown_name_is_refused_with_known_forms(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        make_model(name, tmp_path)
    assert str(raised.value).startswith(f"There is no model {name!r}.")
    assert all(form in str(raised.value) for form in ("`embedded`", "`none`", "`provider:name`"))


@pytest.mark.parametrize("name", ["nobody:model", "openai:", ":", ":model"])
def test_unknown_provider_raises_input_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"The model {name} "):
        make_model(name, tmp_path)


@pytest.mark.parametrize("name", ["groq", "deepseek"])
def test_missing_provider_package_is_named(name: str) -> None:
    package = f"langchain-{name}"
    if find_spec(package.replace("-", "_")):
        pytest.skip(f"{package} is installed here")
    with pytest.raises(
        InputError,
        match=f"The model {name}:some-model needs a package that is not installed: .*{package}",
    ):
        make_provider_model(f"{name}:some-model", Settings())


def test_provider_error_message_is_one_line() -> None:
    with pytest.raises(InputError) as raised:
        make_provider_model("nobody:model", Settings())
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_own_model_answers_in_one_call_by_default() -> None:
    chat = ScriptedModel(pieces=())
    assert Model("mine", chat).answers_in_one_call
    assert not Model("mine", chat, answers_in_one_call=False).answers_in_one_call
