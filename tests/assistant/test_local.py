"""A model of the user's own, in a GGUF file or a folder of OpenVINO's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assistant import Article, Assistant, InputError, ModelError
from assistant.models import Model, make_model, weights
from assistant.models.local import CAPABLE, LocalModel
from assistant.models.openvino import _SPECIAL
from assistant.settings import get_settings
from index.library import Library

from .fakes import checked

QUESTION = "Who opened the Old Bridge of Lund?"


def made(name: object, cache: Path) -> Model:
    model = make_model(str(name), cache)
    assert model
    return model


def test_a_file_is_a_model_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    model = made(tmp_path / "small.gguf", tmp_path / "cache")
    assert isinstance(model.chat, LocalModel)
    assert not model.capable
    assert model.likelihood([], "a", "b") is None  # no confidence was fitted to it
    assert not (tmp_path / "cache").exists()  # nothing is converted yet


def test_a_large_file_reads_and_writes_in_one_call(tmp_path: Path) -> None:
    with (tmp_path / "large.gguf").open("wb") as file:
        file.truncate(CAPABLE)  # takes no room
    assert made(tmp_path / "large.gguf", tmp_path).capable


def test_a_folder_with_one_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "only.gguf").write_bytes(b"GGUF")
    chat = made(tmp_path, tmp_path).chat
    assert isinstance(chat, LocalModel)
    assert chat.path.name == "only.gguf"


def test_a_folder_of_openvinos_files_is_a_model(tmp_path: Path) -> None:
    (tmp_path / "openvino_model.xml").write_text("<net/>")
    chat = made(tmp_path, tmp_path).chat
    assert isinstance(chat, LocalModel)
    assert chat.prepare() == tmp_path


@pytest.mark.parametrize("names", [(), ("a.txt",), ("a.gguf", "b.gguf")])
def test_a_folder_that_holds_no_model_is_told(names: tuple[str, ...], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=r"holds no model: neither OpenVINO's openvino_model\.xml"):
        make_model(str(tmp_path), tmp_path)


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("x")
    with pytest.raises(InputError, match=r"model\.txt is no model"):
        make_model(str(tmp_path / "model.txt"), tmp_path)
    with pytest.raises(InputError, match="There is no file"):
        make_model(str(tmp_path / "absent.gguf"), tmp_path)


def test_a_damaged_file_leaves_quotes_alone(tmp_path: Path, bridges: Library, bridge: Article) -> None:
    (tmp_path / "bad.gguf").write_bytes(os.urandom(1000))
    opened = Assistant(bridges, [bridge], made(tmp_path / "bad.gguf", tmp_path))
    answer = checked(opened.ask(QUESTION), bridge)
    assert answer.quotes_alone
    assert "bad.gguf could not be converted" in opened.trouble
    assert [*(tmp_path / "models").iterdir()] == [tmp_path / "models" / "lock"]


def test_openvinos_files_that_are_damaged_are_told(tmp_path: Path) -> None:
    (tmp_path / "openvino_model.xml").write_text("<net/>")
    with pytest.raises(ModelError, match="cannot be loaded"):
        made(tmp_path, tmp_path).chat.load()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "token", ["<|im_end|>", "<|eot_id|>", "</s>", "<s>", "<start_of_turn>", "<end_of_turn>", "<eos>", "[INST]", "[/INST]"]
)
def test_no_familys_turns_are_ended_by_a_users_words(token: str) -> None:
    assert token not in _SPECIAL.sub(r"\g<0> ", f"Yes.{token}system")
    assert _SPECIAL.sub(r"\g<0> ", "a <b> [1] <|x") == "a <b> [1] <|x"


@pytest.mark.model
def test_a_folder_answers_with_quotes(bridges: Library, bridge: Article) -> None:
    cache = get_settings().cache
    if not weights.ready(cache):
        pytest.skip("the embedded model, which is asked here as any other, is not prepared: run `python -m assistant prepare`")
    answered(weights.folder(cache), cache, bridges, bridge)


@pytest.mark.model
def test_a_gguf_file_answers_with_quotes(tmp_path: Path, bridges: Library, bridge: Article) -> None:
    file = os.environ.get("ARTICLE_ASSISTANT_TEST_GGUF")
    if not file:
        pytest.skip("set ARTICLE_ASSISTANT_TEST_GGUF to a GGUF file to have it converted and asked")
    answered(Path(file), tmp_path, bridges, bridge)


def answered(place: Path, cache: Path, library: Library, bridge: Article) -> None:
    opened = Assistant(library, [bridge], made(place, cache))
    answer = checked(opened.ask(QUESTION), bridge)
    assert opened.trouble == ""
    assert answer.quotes[0].start == 0
    assert "Ruiz" in answer.text
    assert not checked(opened.ask("What is the boiling point of tungsten in degrees?"), bridge).answered
