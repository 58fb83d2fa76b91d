"""How a model is held, told from its files and what was measured, is how it is held when loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assistant.core.errors import ModelError
from assistant.core.jobs import EngineSpec
from assistant.engines.causal import CausalEngine
from assistant.engines.packed.holding import holding_of
from assistant.engines.packed.store import Forms
from assistant.models.description import AdapterRef
from tests.engines import tiny_adapters, tiny_models
from tests.engines.packed.sizes import wide

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.core.holding import Holding
    from assistant.models.description import ModelDescription


def spec(precision: str = "balanced", device: str = "cpu", strength: float = 1.0) -> EngineSpec:
    return EngineSpec("tiny", device, precision, threads=1, strength=strength)


def tiny(folder: Path) -> ModelDescription:
    return tiny_models.describe(tiny_models.llama(folder, **wide("llama")), "llama")


def forms_in_memory(model: ModelDescription, wanted: EngineSpec) -> Forms:
    engine = CausalEngine(model, wanted)
    engine.load(lambda _event: None, lambda: False)
    found = engine._network.forms
    assert isinstance(found, Forms)
    return found


def told(holding: Holding | None) -> tuple[str, str, str]:
    assert holding is not None
    return holding.reading, holding.writing, holding.head


@pytest.mark.parametrize("precision", ["fast", "balanced", "exact"])
def test_it_is_told_as_it_is_held(precision: str, tmp_path: Path) -> None:
    model = tiny(tmp_path)
    forms = forms_in_memory(model, spec(precision))
    holding = holding_of(model, spec(precision))
    assert told(holding) == (forms.reading, forms.writing, forms.head)
    assert holding is not None
    assert all(form.tokens_per_second > 0 for form in holding.measured)
    assert ("int4" in {form.name for form in holding.measured}) is (precision != "exact")


def test_an_adapter_counts_as_it_is_merged(tmp_path: Path) -> None:
    base = tiny(tmp_path / "base")
    sizes = {"model.layers.0.self_attn.q_proj": (64, 64)}
    assert base.path is not None
    adapter = tiny_adapters.adapter(tmp_path / "adapter", str(base.path), sizes)
    model = replace(base, adapter=AdapterRef(adapter, base, "Tiny"))
    forms = forms_in_memory(model, spec())
    assert told(holding_of(model, spec())) == (forms.reading, forms.writing, forms.head)


def test_nothing_is_measured_to_tell_it(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    for _ in range(2):
        holding = holding_of(model, spec())
        assert holding is not None
        assert not holding.measured


@pytest.mark.parametrize("precision", ["stored", "bfloat16", "float32"])
def test_other_precisions_pack_nothing(precision: str, tmp_path: Path) -> None:
    assert holding_of(tiny(tmp_path), spec(precision)) is None


def test_a_graphics_card_and_an_unknown_architecture_pack_nothing(tmp_path: Path) -> None:
    assert holding_of(tiny(tmp_path / "known"), spec(device="cuda:0")) is None
    folder = tiny_models.llama(tmp_path / "unknown", hidden_act="relu")
    assert holding_of(tiny_models.describe(folder, "llama"), spec()) is None


def test_damaged_weights_are_explained(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    forms_in_memory(model, spec())
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError):
        holding_of(model, spec())
