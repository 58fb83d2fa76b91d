"""GGUF files are read, converted once, and known again."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from assistant.config.paths import models_folder
from assistant.core import errors
from assistant.models import convert as conversion
from assistant.models import library, manifest
from assistant.models.catalogue import Tokens
from assistant.models.convert import convert
from assistant.models.description import Kind
from assistant.models.gguf_header import read_header
from assistant.models.install import Progress, install
from tests.models.tiny_gguf import END, NOTE, START, TURN_END, tiny_gguf

if TYPE_CHECKING:
    from pathlib import Path


def _never() -> bool:
    return False


def _ignore(_progress: Progress) -> None:
    pass


def test_the_header_says_what_the_file_holds(tiny_file: Path) -> None:
    """Names, tokens and the number of parameters, as the gguf package reads them."""
    import gguf

    header = read_header(tiny_file)
    reader = gguf.GGUFReader(tiny_file)
    assert header.parameters == sum(int(tensor.n_elements) for tensor in reader.tensors)
    assert (header.architecture, header.name, header.licence) == ("llama", "Tiny Llama", "mit")
    assert header.tokens == reader.fields["tokenizer.ggml.tokens"].contents()
    assert header.control_tokens == [END, START, TURN_END, NOTE]


@pytest.mark.parametrize("share", [0.0001, 0.01, 0.1, 0.5, 0.999])
def test_a_file_that_was_cut_off_is_noticed(tiny_file: Path, tmp_path: Path, share: float) -> None:
    """In the header or in the tensors: it is not converted."""
    content = tiny_file.read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(content[: max(4, int(len(content) * share))])
    with pytest.raises(errors.WeightsDamaged, match="cut off"):
        read_header(cut)


def test_other_files_are_not_taken_for_gguf(tmp_path: Path) -> None:
    """By content, not by name; an absurd length is damage, not a search for memory."""
    other = tmp_path / "x.gguf"
    for content in (b"", b"PK\x03\x04 zip"):
        other.write_bytes(content)
        with pytest.raises(errors.NotAModel, match="not a GGUF file"):
            read_header(other)
    other.write_bytes(b"GGUF" + b"\x03\x00\x00\x00" + b"\xff" * 64)
    with pytest.raises(errors.WeightsDamaged):
        install(str(other), _ignore, _never)
    assert list(models_folder().iterdir()) == []


def test_a_file_is_converted_once_and_known_again(
    tiny_base_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name, by path, by content when it was moved; a changed file is another model."""
    file = tmp_path / "my model.gguf"
    shutil.copy(tiny_base_file, file)
    with pytest.raises(errors.ModelNotFound, match="inkling models get"):
        library.resolve(str(file))
    model = install(str(file), _ignore, _never)
    assert (model.reference, model.title, model.licence) == ("my model", "Tiny Llama", "mit")
    assert model.kind is Kind.BASE
    assert model.path == models_folder() / "my--model"
    generation = json.loads((model.path / "generation_config.json").read_text())
    assert generation["eos_token_id"] == [TURN_END, END]
    assert generation["suppress_tokens"] == [START, NOTE]

    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model.path)
    assert tokenizer("a").input_ids[0] == START
    assert tokenizer.decode(tokenizer("the tháng 中").input_ids[1:]) == "the tháng 中"

    def refuse(*_arguments: object, **_more: object) -> None:
        pytest.fail("converted again")

    monkeypatch.setattr("assistant.models.sources.gguf_file.convert", refuse)
    assert library.resolve(str(file)).path == model.path
    assert install(str(file), _ignore, _never).path == model.path
    moved = tmp_path / "elsewhere.gguf"
    file.rename(moved)
    assert install(str(moved), _ignore, _never).path == model.path
    assert library.resolve(str(moved)).path == model.path

    os.utime(moved, ns=(1, 1))
    with pytest.raises(errors.ModelNotFound):
        library.resolve(str(moved))
    assert install(str(moved), _ignore, _never).path == model.path

    library.remove("my model")
    assert moved.exists()
    assert list(models_folder().iterdir()) == []


def test_a_chat_model_that_nothing_is_known_of_keeps_its_signs(tiny_file: Path) -> None:
    """Its template may need them; ends are found by their names."""
    header = read_header(tiny_file)
    end = conversion._end_tokens(header, Tokens())
    assert end == [TURN_END, END]
    assert conversion._banned_tokens(header, Tokens(), end) == []


def test_an_architecture_that_cannot_be_converted_is_named(tmp_path: Path) -> None:
    """The sentence quotes the library's reason and leaves nothing in the library."""
    file = tiny_gguf(tmp_path / "odd.gguf", architecture="oddity")
    with pytest.raises(errors.UnsupportedModel, match="oddity") as caught:
        install(str(file), _ignore, _never)
    assert "Traceback" not in str(caught.value)
    assert list(models_folder().iterdir()) == []


def test_a_model_too_large_for_the_memory_is_refused_before_the_work(
    tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says how much it takes and how much is free."""
    import psutil

    memory = psutil.virtual_memory()._replace(available=1_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    with pytest.raises(errors.NotEnoughMemory, match="1 MB are free"):
        convert(tiny_file, tmp_path, Tokens(), _ignore, _never)


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ('print(\'{"failed": "memory"}\')', errors.NotEnoughMemory),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", errors.NotEnoughMemory),
        ('print(\'{"failed": "disk"}\')', errors.DiskFull),
        ("raise SystemExit(3)", errors.UnsupportedModel),
        ("print('[1]')", errors.UnsupportedModel),
    ],
)
def test_a_conversion_that_dies_is_explained(
    tiny_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    error: type[errors.ModelError],
) -> None:
    """However the child ends, the user reads a sentence."""
    import sys

    monkeypatch.setattr(
        "assistant.models.child.module_command", lambda *_: [sys.executable, "-c", program]
    )
    with pytest.raises(error):
        convert(tiny_file, tmp_path, Tokens(), _ignore, _never)


def test_a_manifest_from_elsewhere_is_not_trusted(tmp_path: Path) -> None:
    """Damaged, of another version or of other content: there is no model then."""
    for content in ("{", "[]", '{"version": 99, "name": "a"}', '{"version": 1, "name": "a"}'):
        (tmp_path / manifest.MANIFEST).write_text(content)
        assert manifest.read(tmp_path) is None
