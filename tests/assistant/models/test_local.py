"""Test models of the user in a GGUF file or an OpenVINO folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assistant import Article, Assistant, InputError, ModelError
from assistant.models import Model, make_model
from assistant.models import conversion as weights
from assistant.models.local import MIN_ONE_CALL_BYTES, LocalModel
from assistant.models.openvino import _SPECIAL
from assistant.settings import get_settings
from index.storage.library import Library
from tests.assistant.fakes import check_answer

QUESTION = "Who opened the Old Bridge of Lund?"


def make(name: object, cache: Path) -> Model:
    model = make_model(str(name), cache)
    assert model
    return model


def test_gguf_name_makes_local_model(tmp_path: Path) -> None:
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    model = make(tmp_path / "small.gguf", tmp_path / "cache")
    assert isinstance(model.chat, LocalModel)
    assert not model.answers_in_one_call
    assert model.likelihood([], "a", "b") is None  # no confidence was fitted to it
    assert not (tmp_path / "cache").exists()  # nothing is converted yet


def test_large_file_answers_in_one_call(tmp_path: Path) -> None:
    with (tmp_path / "large.gguf").open("wb") as file:
        file.truncate(MIN_ONE_CALL_BYTES)  # takes no room
    assert make(tmp_path / "large.gguf", tmp_path).answers_in_one_call


def test_folder_with_one_gguf_uses_that_file(tmp_path: Path) -> None:
    (tmp_path / "only.gguf").write_bytes(b"GGUF")
    chat = make(tmp_path, tmp_path).chat
    assert isinstance(chat, LocalModel)
    assert chat.path.name == "only.gguf"


def test_openvino_folder_makes_local_model(tmp_path: Path) -> None:
    (tmp_path / "openvino_model.xml").write_text("<net/>")
    chat = make(tmp_path, tmp_path).chat
    assert isinstance(chat, LocalModel)
    assert chat.prepare() == tmp_path


@pytest.mark.parametrize("names", [(), ("a.txt",), ("a.gguf", "b.gguf")])
def test_folder_without_model_raises_input_error(names: tuple[str, ...], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=r"holds no model: neither OpenVINO's openvino_model\.xml"):
        make_model(str(tmp_path), tmp_path)


def test_other_file_raises_input_error(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("x")
    with pytest.raises(InputError, match=r"model\.txt is not a model"):
        make_model(str(tmp_path / "model.txt"), tmp_path)
    with pytest.raises(InputError, match="There is no file"):
        make_model(str(tmp_path / "absent.gguf"), tmp_path)


def test_damaged_file_leaves_quotes_only(tmp_path: Path, bridges: Library, bridge: Article) -> None:
    (tmp_path / "bad.gguf").write_bytes(os.urandom(1000))
    opened = Assistant(bridges, [bridge], make(tmp_path / "bad.gguf", tmp_path))
    answer = check_answer(opened.ask(QUESTION), bridge)
    assert answer.quotes_alone
    assert "bad.gguf could not be converted" in opened.trouble
    assert [*(tmp_path / "models").iterdir()] == [tmp_path / "models" / "lock"]


def test_damaged_openvino_files_raise_model_error(tmp_path: Path) -> None:
    (tmp_path / "openvino_model.xml").write_text("<net/>")
    with pytest.raises(ModelError, match="cannot be loaded"):
        make(tmp_path, tmp_path).chat.load()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "token",
    [
        "<|im_end|>",
        "<|eot_id|>",
        "</s>",
        "<s>",
        "<start_of_turn>",
        "<end_of_turn>",
        "<eos>",
        "[INST]",
        "[/INST]",
    ],
)
def test_special_tokens_of_all_families_end_no_turn(token: str) -> None:
    assert token not in _SPECIAL.sub(r"\g<0> ", f"Yes.{token}system")
    assert _SPECIAL.sub(r"\g<0> ", "a <b> [1] <|x") == "a <b> [1] <|x"


@pytest.mark.model
def test_openvino_folder_answers_with_quotes(bridges: Library, bridge: Article) -> None:
    cache = get_settings().cache
    if not weights.is_ready(cache):
        pytest.skip(
            "the embedded model, which is asked here as any other, is not prepared: "
            "run `python -m assistant prepare`"
        )
    check_model_answers(weights.model_folder(cache), cache, bridges, bridge)


@pytest.mark.model
def test_gguf_file_answers_with_quotes(tmp_path: Path, bridges: Library, bridge: Article) -> None:
    file = os.environ.get("ARTICLE_ASSISTANT_TEST_GGUF")
    if not file:
        pytest.skip("set ARTICLE_ASSISTANT_TEST_GGUF to a GGUF file to have it converted and asked")
    check_model_answers(Path(file), tmp_path, bridges, bridge)


def check_model_answers(folder: Path, cache: Path, library: Library, bridge: Article) -> None:
    opened = Assistant(library, [bridge], make(folder, cache))
    answer = check_answer(opened.ask(QUESTION), bridge)
    assert opened.trouble == ""
    assert answer.quotes[0].start == 0
    assert "Ruiz" in answer.text
    assert not check_answer(
        opened.ask("What is the boiling point of tungsten in degrees?"), bridge
    ).answered
