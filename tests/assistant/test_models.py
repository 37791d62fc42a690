"""A model is one setting away: the embedded one, any of a provider, or none. Making one loads nothing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel

from assistant import InputError
from assistant.models import Model, make_model
from assistant.models.provider import provided
from assistant.settings import Settings

from .fakes import Scripted


def test_none_is_no_model(tmp_path: Path) -> None:
    assert make_model("none", tmp_path) is None


def test_the_embedded_model_is_made_without_its_weights(tmp_path: Path) -> None:
    model = make_model("embedded", tmp_path / "absent")
    assert model is not None
    assert (model.name, model.capable) == ("embedded", False)
    assert isinstance(model.chat, BaseChatModel)
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("name", ["", "gpt-5", "Embedded", "None", "all of them", "x" * 5000, "a\0b", "~nobody-of-that-name"])
def test_a_name_that_is_no_model_is_told_with_those_that_are(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        make_model(name, tmp_path)
    assert str(told.value).startswith(f"There is no model {name!r}.")
    assert all(known in str(told.value) for known in ("`embedded`", "`none`", "`provider:name`"))


@pytest.mark.parametrize("name", ["nobody:model", "openai:", ":", ":model"])
def test_a_provider_that_does_not_exist_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"The model {name} "):
        make_model(name, tmp_path)


@pytest.mark.parametrize("name", ["groq", "deepseek"])
def test_a_provider_whose_package_is_missing_is_told_with_the_package(name: str) -> None:
    package = f"langchain-{name}"
    if find_spec(package.replace("-", "_")):
        pytest.skip(f"{package} is installed here")
    with pytest.raises(InputError, match=f"The model {name}:some-model needs a package that is not installed: .*{package}"):
        provided(f"{name}:some-model", Settings())


def test_a_message_about_a_provider_is_one_line() -> None:
    with pytest.raises(InputError) as told:
        provided("nobody:model", Settings())
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 400


def test_a_model_of_ones_own_is_capable_unless_it_is_said_not_to_be() -> None:
    chat = Scripted(pieces=())
    assert Model("mine", chat).capable
    assert not Model("mine", chat, capable=False).capable
