"""What an adapter's folder holds, what is refused, and how adapters stand among the models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from assistant.config.paths import models_folder
from assistant.core import errors
from assistant.models import adapters, library, manifest
from assistant.models.abilities import ability_for, who_can
from assistant.models.adapters import CONFIG, PURPOSE, WEIGHTS, AdapterConfig, read, shipped
from assistant.models.description import Kind, Verdict
from assistant.models.install import Progress, install
from assistant.models.sources.adapter_folder import keep_adapter
from tests.models.test_inspection import LLAMA, model, safetensors

if TYPE_CHECKING:
    from pathlib import Path

READER = """
name = "reader"
title = "Reader"
summary = "Answers from a text."
base = "smollm2"
default_for = ["ask", "summarize"]
[abilities.ask]
verdict = "good"
prompt = "reader"
note = "Right about half of the time."
[abilities.summarize]
verdict = "rough"
[abilities."rewrite.shorter"]
verdict = "no"
"""
MODULE = "model.layers.0.self_attn.q_proj"
_KEY = f"base_model.model.{MODULE}.lora_"


def adapter(folder: Path, base: str = "smollm2", purpose: str = "", **settings: Any) -> Path:
    """Write a folder that looks like an adapter of one module."""
    folder.mkdir(parents=True, exist_ok=True)
    document = json.loads(AdapterConfig(base, 2, 4, ("q_proj",)).to_json())
    (folder / CONFIG).write_text(json.dumps({**document, **settings}), "utf-8")
    shapes = {f"{_KEY}A.weight": ("BF16", [2, 4]), f"{_KEY}B.weight": ("BF16", [4, 2])}
    safetensors(folder / WEIGHTS, shapes)
    if purpose:
        (folder / PURPOSE).write_text(purpose, "utf-8")
    return folder


def _smollm2() -> Path:
    folder = model(models_folder() / "smollm2", LLAMA, chat_template="{{ eos_token }}")
    known = manifest.Manifest(name="smollm2", source="package", reference="smollm2")
    manifest.write(folder, known)
    return folder


def _never() -> bool:
    return False


def _ignore(_progress: Progress) -> None:
    pass


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the adapters that come with the program, with a reader in it."""
    resources = tmp_path / "resources"
    adapter(resources / "adapters" / "reader", purpose=READER)
    monkeypatch.setattr(adapters, "resource", resources.joinpath)
    return resources / "adapters"


def _installed() -> list[str]:
    """Return the models in the library but for the skills that ship."""
    skills = {adapter.name for adapter in shipped()}
    return [d.reference for d in library.installed() if d.reference not in skills]


def test_a_folder_is_read(tmp_path: Path) -> None:
    """The configuration, the matrices two by two, and what the adapter is for."""
    found = read(adapter(tmp_path / "a", purpose=READER))
    assert (found.name, found.title, found.base) == ("reader", "Reader", "smollm2")
    assert found.default_for == ("ask", "summarize")
    assert found.abilities["ask"].prompt == "reader"
    (pair,) = found.pairs
    assert (pair.module, pair.inputs, pair.outputs) == (MODULE, 4, 4)
    assert found.config.scale == 2.0
    assert found.sentences() == ("Reader", "Answers from a text.", "Right about half of the time.")


def test_a_folder_without_a_purpose_goes_by_pefts_own_words(tmp_path: Path) -> None:
    """Its name is the folder's, its base what peft wrote down."""
    found = read(adapter(tmp_path / "mine", base="org/model", lora_alpha=3, use_rslora=True))
    assert (found.name, found.title, found.base) == ("mine", "mine", "org/model")
    assert found.config.scale == pytest.approx(3 / 2**0.5)
    assert found.abilities == {}


@pytest.mark.parametrize(
    "settings",
    [
        {"peft_type": "IA3"},
        {"use_dora": True},
        {"bias": "all"},
        {"modules_to_save": ["lm_head"]},
        {"target_parameters": ["experts.down_proj"]},
    ],
)
def test_other_adapters_than_lora_are_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    """With what it is, and what to do."""
    with pytest.raises(errors.UnsupportedModel, match="whole model"):
        read(adapter(tmp_path / "a", **settings))


@pytest.mark.parametrize(
    "settings",
    [
        {"r": 0},
        {"r": "x"},
        {"r": None},
        {"lora_alpha": float("nan")},
        {"lora_alpha": float("inf")},
        {"rank_pattern": {"q_proj": -1}},
        {"rank_pattern": {"(": 2}},
        {"alpha_pattern": 3},
        {"target_modules": 3},
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    """With the file to look at."""
    with pytest.raises(errors.NotAModel, match=CONFIG):
        read(adapter(tmp_path / "a", **settings))


@pytest.mark.parametrize("text", ["", "[]", "3", "{", '{"r": 2}', "\0"])
def test_a_configuration_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """Cut off, or something else altogether."""
    folder = adapter(tmp_path / "a")
    (folder / CONFIG).write_text(text)
    with pytest.raises(errors.NotAModel, match=CONFIG):
        read(folder)


@pytest.mark.parametrize(
    ("tensors", "error"),
    [
        ({}, errors.WeightsMissing),
        ({f"{_KEY}A.weight": ("BF16", [2, 4])}, errors.WeightsDamaged),
        (
            {f"{_KEY}A.weight": ("BF16", [2, 4]), f"{_KEY}B.weight": ("BF16", [4, 3])},
            errors.WeightsDamaged,
        ),
        # Another rank than the configuration's would get another scale than it was trained with.
        (
            {f"{_KEY}A.weight": ("BF16", [3, 4]), f"{_KEY}B.weight": ("BF16", [4, 3])},
            errors.WeightsDamaged,
        ),
        ({f"{_KEY}A.weight": ("U8", [2, 4])}, errors.UnsupportedModel),
        ({f"{_KEY}A.weight": ("BF16", [2, 4, 1, 1])}, errors.UnsupportedModel),
        ({"base_model.model.x.lora_magnitude_vector": ("BF16", [4])}, errors.UnsupportedModel),
        ({"model.embed_tokens.weight": ("BF16", [10, 4])}, errors.UnsupportedModel),
    ],
)
def test_foreign_weights_are_refused(
    tmp_path: Path, tensors: dict[str, tuple[str, list[int]]], error: type[errors.ModelError]
) -> None:
    """What is not two matrices a module that belong together is not guessed at."""
    folder = adapter(tmp_path / "a")
    safetensors(folder / WEIGHTS, tensors)
    with pytest.raises(error, match=WEIGHTS):
        read(folder)


def test_weights_that_were_cut_off_are_refused(tmp_path: Path) -> None:
    """A byte less than the header says."""
    folder = adapter(tmp_path / "a")
    whole = (folder / WEIGHTS).read_bytes()
    for content in (whole[:-1], whole[:20], b"", b"x" * 100):
        (folder / WEIGHTS).write_bytes(content)
        with pytest.raises(errors.WeightsDamaged):
            read(folder)


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    """It could run code; nothing at all is missing weights."""
    folder = adapter(tmp_path / "a")
    (folder / WEIGHTS).unlink()
    with pytest.raises(errors.WeightsMissing):
        read(folder)
    (folder / "adapter_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(errors.UnsafeWeights, match="safetensors"):
        read(folder)


@pytest.mark.parametrize(
    "purpose",
    [
        "title = 3",
        "x",
        "abilities = 3",
        "[abilities.ask]\nverdict = 'splendid'",
        "[abilities.ask]",
        "[abilities.ask]\nverdict = 'good'\nsampling = {heat = 3}",
        "default_for = 3",
    ],
)
def test_a_purpose_that_makes_no_sense_is_refused(tmp_path: Path, purpose: str) -> None:
    """It was written by hand, perhaps: the sentence says why and that it may be deleted."""
    with pytest.raises(errors.NotAModel, match=r"adapter\.toml.*delete"):
        read(adapter(tmp_path / "a", purpose=purpose))


@pytest.mark.usefixtures("shelf")
def test_one_that_ships_stands_below_its_base() -> None:
    """Its name resolves to the base's folder and kind, with abilities of its own."""
    base = _smollm2()
    assert [d.reference for d in library.installed()] == ["smollm2", "reader"]
    found = library.resolve("reader")
    assert (found.path, found.kind) == (base, Kind.CHAT)
    assert found.title == "Reader (smollm2)"
    assert found.adapter is not None
    assert (found.adapter.base.reference, found.adapter.ships) == ("smollm2", True)
    assert found.catalogue_name is None
    assert found.measured
    assert library.resolve("reader", "base").kind is Kind.BASE


@pytest.mark.usefixtures("shelf")
def test_without_its_base_it_waits_and_names_the_command() -> None:
    """It is in no list to choose from."""
    assert library.installed() == ()
    (waiting,) = library.adapters_without_base()
    assert (waiting.reference, waiting.base) == ("reader", "smollm2")
    with pytest.raises(errors.ModelNotFound, match="inkling models get smollm2"):
        library.resolve("reader")
    with pytest.raises(errors.ModelNotFound, match="inkling models get smollm2"):
        install("reader", _ignore, _never)
    _smollm2()
    assert install("reader", _ignore, _never).adapter is not None


@pytest.mark.usefixtures("shelf")
def test_it_is_asked_for_what_it_was_made_for() -> None:
    """Its own verdicts hold; of anything else, its base's at most as rough, and it is no help."""
    _smollm2()
    base, reader = library.installed()
    assert ability_for(reader, "ask").verdict is Verdict.GOOD
    assert ability_for(reader, "rewrite.shorter").verdict is Verdict.NO
    proofread = ability_for(reader, "rewrite.proofread")
    assert (proofread.verdict, proofread.prompt) == (Verdict.ROUGH, "vote")
    assert "not made for" in proofread.note
    assert ability_for(reader, "translate.en-fr").verdict is Verdict.NO
    assert ability_for(base, "ask").verdict is Verdict.NO
    assert who_can("ask", (base, reader)) == (reader,)
    assert who_can("continue", (reader, base)) == (base,)


@pytest.mark.usefixtures("shelf")
def test_one_that_ships_stays() -> None:
    """It can be exported, not removed nor renamed."""
    _smollm2()
    for change in (library.remove, lambda name: library.rename(name, "mine")):
        with pytest.raises(errors.ModelError, match="comes with Inkling"):
            change("reader")


@pytest.mark.usefixtures("shelf")
def test_a_damaged_one_that_ships_hides_no_other(shelf: Path) -> None:
    """It is left out and says what is wrong when it is asked for."""
    _smollm2()
    (shelf / "reader" / WEIGHTS).write_bytes(b"short")
    assert _installed() == ["smollm2"]
    assert adapters.shipped() == ()
    with pytest.raises(errors.WeightsDamaged):
        library.resolve("reader")


def test_a_folder_of_ones_own_is_copied(tmp_path: Path) -> None:
    """It can be used where it lies; got, it is a copy that getting it again replaces."""
    _smollm2()
    folder = adapter(tmp_path / "mine")
    (folder / "card.md").write_text("mine")
    (folder / "optimizer.pt").write_text("not for keeping")
    assert library.resolve(str(folder)).title == "mine (smollm2)"
    found = install(str(folder), _ignore, _never)
    assert (found.reference, found.title) == ("mine", "mine (smollm2)")
    assert found.adapter is not None
    assert found.adapter.path.parent == models_folder()
    assert {path.name for path in found.adapter.path.iterdir()} == {
        CONFIG, WEIGHTS, "card.md", manifest.MANIFEST,
    }  # fmt: skip
    (folder / "card.md").write_text("better")
    assert install(str(folder), _ignore, _never).reference == "mine"
    assert (found.adapter.path / "card.md").read_text() == "better"
    assert _installed() == ["smollm2", "mine"]
    library.remove("mine")
    assert (folder / WEIGHTS).exists()
    assert _installed() == ["smollm2"]


def test_one_without_its_base_is_not_taken(tmp_path: Path) -> None:
    """Nothing is put into the library, and the sentence names the command."""
    with pytest.raises(errors.ModelNotFound, match="inkling models get smollm2"):
        install(str(adapter(tmp_path / "mine")), _ignore, _never)
    with pytest.raises(errors.NotAModel, match=PURPOSE):
        install(str(adapter(tmp_path / "nobodys", base="")), _ignore, _never)
    assert list(models_folder().iterdir()) == []


def test_a_base_by_its_name_in_the_hub_is_the_catalogues_model(tmp_path: Path) -> None:
    """Adapters made elsewhere call it by that name."""
    _smollm2()
    found = library.resolve(
        str(adapter(tmp_path / "a", base="HuggingFaceTB/SmolLM2-135M-Instruct"))
    )
    assert found.adapter is not None
    assert found.adapter.base.reference == "smollm2"


def test_an_adapter_is_no_base(tmp_path: Path) -> None:
    """Not even its own."""
    _smollm2()
    keep_adapter(adapter(tmp_path / "one"), "one")
    (models_folder() / "one" / PURPOSE).write_text('base = "one"')
    with pytest.raises(errors.NotAModel, match="Choose its base"):
        library.resolve("one")
    assert _installed() == ["smollm2"]


def test_renaming(tmp_path: Path) -> None:
    """The new name is the title too; names that are taken or could be paths are refused."""
    _smollm2()
    keep_adapter(adapter(tmp_path / "one"), "one")
    library.rename("one", " My voice ")
    assert library.resolve("My voice").title == "My voice (smollm2)"
    library.rename("My voice", "my voice")
    library.rename("my voice", "my voice")
    assert _installed() == ["smollm2", "my voice"]
    for name in ("smollm2", "gemma3"):
        with pytest.raises(errors.ModelError, match="already"):
            library.rename("my voice", name)
    for name in ("", " ", "../x", "a/b", ".hidden", "scripted", "x" * 80, "a\nb", "dot."):
        with pytest.raises(errors.ModelError, match="cannot be a name"):
            library.rename("my voice", name)
    with pytest.raises(errors.ModelError, match="whole model"):
        library.rename("smollm2", "x")
    with pytest.raises(errors.ModelNotFound):
        library.rename("one", "x")


def test_exporting(tmp_path: Path) -> None:
    """What is exported can be got again; nothing is written over."""
    _smollm2()
    keep_adapter(adapter(tmp_path / "one", purpose=READER), "one", "One")
    target = library.export("one", tmp_path / "out" / "one")
    assert sorted(path.name for path in target.iterdir()) == [PURPOSE, CONFIG, WEIGHTS]
    assert read(target).default_for == ("ask", "summarize")
    with pytest.raises(errors.ModelError, match="not empty"):
        library.export("one", target)
    with pytest.raises(errors.ModelError, match="could not be written"):
        library.export("one", target / CONFIG)
    with pytest.raises(errors.ModelError, match="whole model"):
        library.export("smollm2", tmp_path / "x")


@pytest.mark.usefixtures("shelf")
def test_names_of_those_that_ship_are_taken(tmp_path: Path) -> None:
    """A folder of that name gets another."""
    _smollm2()
    assert install(str(adapter(tmp_path / "Reader")), _ignore, _never).reference == "Reader-2"


def test_a_whole_model_beside_its_adapter_is_a_model(tmp_path: Path) -> None:
    """Some programs save both into one folder."""
    folder = adapter(tmp_path / "both")
    model(folder, LLAMA)
    assert library.resolve(str(folder)).adapter is None
