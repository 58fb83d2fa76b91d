"""Loading a model: what is reported, how it stops, and what is said when it cannot be done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from assistant.core.errors import (
    Cancelled,
    DeviceNotFound,
    ModelError,
    NotAModel,
    NotEnoughMemory,
    UnsupportedModel,
    WeightsDamaged,
)
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Event, Loading, PlainPrompt, Request
from assistant.engines.causal import CausalEngine
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tiny_folder: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a Llama's folder that a test may spoil."""
    return shutil.copytree(tiny_folder("llama"), tmp_path / "model")


def _load(folder: Path, device: str = "cpu", **overrides: Any) -> CausalEngine:
    spec = EngineSpec("llama", device=device, precision="float32", threads=1)
    engine = CausalEngine(tiny_models.describe(folder, "llama", **overrides), spec)
    engine.load(lambda _: None, lambda: False)
    return engine


def test_loading_says_what_is_loaded_and_how_far_it_is(folder: Path) -> None:
    events: list[Event] = []
    spec = EngineSpec("llama", precision="float32")
    engine = CausalEngine(tiny_models.describe(folder, "llama"), spec)
    engine.load(events.append, lambda: False)
    fractions = [event.fraction for event in events if isinstance(event, Loading)]
    assert len(fractions) == len(events)
    assert {event.model for event in events if isinstance(event, Loading)} == {"Tiny llama"}
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    events.clear()
    engine.load(events.append, lambda: False)
    assert events == []


def test_loading_stops_between_any_two_stages(folder: Path) -> None:
    reported: list[Event] = []
    spec = EngineSpec("llama", precision="float32")
    CausalEngine(tiny_models.describe(folder, "llama"), spec).load(reported.append, lambda: False)
    for stage in range(len(reported)):
        engine = CausalEngine(tiny_models.describe(folder, "llama"), spec)
        seen: list[Event] = []
        with pytest.raises(Cancelled):
            engine.load(seen.append, lambda seen=seen, stage=stage: len(seen) >= stage)
        assert len(seen) == stage
        with pytest.raises(ModelError):
            engine.count_tokens(PlainPrompt("a"))


def test_the_precision_is_the_one_asked_for(folder: Path) -> None:
    for name in ("float32", "bfloat16", "float16"):
        spec = EngineSpec("llama", device="cpu", precision=name, threads=1)
        engine = CausalEngine(tiny_models.describe(folder, "llama"), spec)
        engine.load(lambda _: None, lambda: False)
        assert engine._ready().model.dtype is getattr(torch, name)
        request = Request(PlainPrompt("Once"), 3)
        assert len(engine.generate(request, lambda _: None, lambda: False).ids) == 3


def test_a_folder_that_is_gone_is_no_model(folder: Path) -> None:
    description = tiny_models.describe(folder, "llama")
    shutil.rmtree(folder)
    with pytest.raises(NotAModel):
        CausalEngine(description, EngineSpec("llama")).load(lambda _: None, lambda: False)


def test_truncated_weights_are_damaged(folder: Path) -> None:
    weights = folder / "model.safetensors"
    os.truncate(weights, weights.stat().st_size // 2)
    with pytest.raises(WeightsDamaged):
        _load(folder)


def test_noise_instead_of_weights_is_damaged(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(os.urandom(4096))
    with pytest.raises(WeightsDamaged):
        _load(folder)


def test_weights_with_a_hole_are_damaged(folder: Path) -> None:
    """transformers would fill it with random numbers."""
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WeightsDamaged):
        _load(folder)


def test_weights_of_another_shape_are_damaged(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["intermediate_size"] = 48
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(WeightsDamaged):
        _load(folder)


def test_no_weights_at_all(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError):
        _load(folder)


def test_an_architecture_that_cannot_write_is_unsupported(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    for kind in ("vit", "never-heard-of"):
        (folder / "config.json").write_text(json.dumps(config | {"model_type": kind}), "utf-8")
        with pytest.raises((UnsupportedModel, NotAModel)):
            _load(folder, architecture="Unheard")


def test_a_tokenizer_that_is_missing_or_broken_is_told(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{", "utf-8")
    with pytest.raises(NotAModel):
        _load(folder)


def test_a_pickle_is_never_opened(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    with pytest.raises(ModelError):
        _load(folder)


def test_code_that_comes_with_a_model_is_never_run(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {"model_type": "own", "auto_map": {"AutoModelForCausalLM": "own.Own"}}
    config["auto_map"]["AutoConfig"] = "own.OwnConfig"
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "own.py").write_text("raise SystemExit('the code ran')", "utf-8")
    with pytest.raises(ModelError):
        _load(folder)


def test_a_model_larger_than_the_free_memory_is_refused_before_it_is_read(folder: Path) -> None:
    with pytest.raises(NotEnoughMemory, match="4000"):
        _load(folder, parameters=10**12)


def test_an_allocation_that_fails_is_not_enough_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    def failing(*_: Any, **__: Any) -> None:
        torch.empty(2**60)

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", failing)
    with pytest.raises(NotEnoughMemory):
        _load(folder)


def test_a_device_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(DeviceNotFound):
        _load(folder, device="cuda:9")


def test_the_context_is_never_longer_than_the_positions(folder: Path) -> None:
    assert _load(folder, context_length=9999).context_length == 1024
    assert _load(folder, context_length=100).context_length == 100
    assert _load(folder, context_length=0).context_length == 1024


def test_in_a_fresh_process_the_imports_can_be_stopped_and_go_on_later() -> None:
    """And the garbage collector runs again afterwards."""
    script = """
import gc, sys
from assistant.core.errors import Cancelled
from assistant.engines.libraries import import_torch, import_transformers
for library, load in (("tokenizers", import_torch), ("transformers", import_transformers)):
    seen = []
    try:
        load(seen.append, lambda: len(seen) >= 1)
        raise SystemExit("it did not stop")
    except Cancelled:
        pass
    assert gc.isenabled() and "transformers.modeling_utils" not in sys.modules
    fractions = []
    load(fractions.append)
    assert gc.isenabled() and library in sys.modules
    assert fractions == sorted(fractions) and 0.99 < fractions[-1] <= 1, fractions
    load(fractions.append)
    assert "transformers" in sys.modules or library == "tokenizers"
import torch
assert torch.ones(2).sum() == 2
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_library_that_does_not_load_is_told_plainly() -> None:
    """Not as something wrong with the model."""
    script = """
import sys
sys.modules["transformers"] = None
from assistant.core.errors import EngineError
from assistant.engines.libraries import import_transformers
try:
    import_transformers()
except EngineError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=True
    )
    assert "transformers" in done.stdout
