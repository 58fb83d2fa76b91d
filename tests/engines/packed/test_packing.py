"""Packing: what is kept on disk, how near it is to the model, and what is not taken for it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
import torch

from assistant.core.errors import Cancelled
from assistant.engines.packed.building import build
from assistant.engines.packed.cache import Cache
from assistant.engines.packed.forms import Form, linear, pack
from assistant.engines.packed.packing import load_packed, pack_model
from assistant.engines.packed.plan import plan_of
from assistant.engines.packed.store import Forms, Store
from assistant.engines.packed.weights import Matrix, Source
from tests.engines import tiny_models
from tests.engines.packed.sizes import NAMES, wide

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.engines.packed.network import PackedNetwork
    from assistant.engines.packed.packing import Networks
    from assistant.engines.packed.plan import Plan

EXACT = Forms(Form.FLOAT32, Form.FLOAT32, Form.FLOAT32)
SAMPLE = torch.arange(4, 60)[None]


def plan_in(folder: Path) -> Plan:
    plan = plan_of(json.loads((folder / "config.json").read_text("utf-8")))
    assert plan is not None
    return plan


def store_of(folder: Path, place: Path, forms: Forms = EXACT, strength: float = 1.0) -> Store:
    return Store(place, forms, sorted(folder.glob("*.safetensors")), strength)


def packed(folder: Path, place: Path, forms: Forms) -> Networks:
    plan = plan_in(folder)
    store = store_of(folder, place, forms)
    with Source(folder, plan) as source:
        pack_model(source, plan, forms, store, SAMPLE, lambda _done: None, lambda: False)
        assert store.complete
        return load_packed(source, plan, forms, store)


@torch.inference_mode()
def logits(network: PackedNetwork, ids: torch.Tensor) -> torch.Tensor:
    return network.logits(network.hidden(ids, Cache(network.plan, 64, network.dtype)))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_loaded_from_disk_is_what_the_model_is(name: str, tmp_path: Path) -> None:
    folder = tiny_models.CAUSAL[name](tmp_path / "model")
    found = packed(folder, tmp_path / "packed", EXACT)
    plain = build(folder, plan_in(folder), Form.FLOAT32)
    assert torch.equal(logits(found.reading, SAMPLE), logits(plain, SAMPLE))
    assert found.writing is found.reading


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "forms",
    [
        Forms(Form.INT8, Form.INT8, Form.INT8),
        Forms(Form.INT8, Form.INT4, Form.INT8),
        Forms(Form.PREPACKED, Form.INT4, Form.INT8),
        Forms(Form.BFLOAT16, Form.BFLOAT16, Form.BFLOAT16),
    ],
    ids=lambda forms: forms.name,
)
def test_fewer_bits_stay_near(name: str, forms: Forms, tmp_path: Path) -> None:
    folder = tiny_models.CAUSAL[name](tmp_path / "model", **wide(name))
    found = packed(folder, tmp_path / "packed", forms)
    exact = logits(build(folder, plan_in(folder), Form.FLOAT32), SAMPLE)
    for network, form in ((found.reading, forms.reading), (found.writing, forms.writing)):
        near = logits(network, SAMPLE)
        error = (near - exact).norm() / exact.norm()
        # Random weights lose more than trained ones; wrongly laid out they would be off by over 1.
        assert error < (0.5 if form is Form.INT4 else 0.1)


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("biased", [False, True])
def test_a_form_gives_what_the_matrix_gives(form: Form, biased: bool) -> None:
    torch.manual_seed(1)
    matrix = Matrix(torch.randn(64, 96), torch.randn(64) if biased else None)
    apply = linear(form, pack(matrix, form))
    for count in (1, 5):
        values = torch.randn(count, 96)
        exact = torch.nn.functional.linear(values, matrix.weight, matrix.bias)
        error = (apply(values.to(form.dtype)).float() - exact).norm() / exact.norm()
        assert error < {Form.FLOAT32: 1e-6, Form.INT4: 0.12}.get(form, 0.02)


def test_four_bits_lose_nothing_of_weights_on_their_own_grid() -> None:
    torch.manual_seed(1)
    scale = (torch.rand(32, 3, 1) + 0.5).bfloat16().float()
    levels = torch.randint(0, 16, (32, 3, 32)).float()
    levels[..., 0], levels[..., 1] = 0, 15
    weight = ((levels - 8) * scale).reshape(32, 96)
    apply = linear(Form.INT4, pack(Matrix(weight), Form.INT4))
    values = torch.randn(1, 96).bfloat16()
    exact = values.float() @ weight.T
    assert (apply(values).float() - exact).norm() / exact.norm() < 5e-3


def test_a_stopped_packing_leaves_nothing(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "model")
    plan = plan_in(folder)
    store = store_of(folder, tmp_path / "packs" / "one")
    done: list[float] = []
    with Source(folder, plan) as source, pytest.raises(Cancelled):
        pack_model(source, plan, EXACT, store, SAMPLE, done.append, lambda: bool(done))
    assert not store.complete
    assert list((tmp_path / "packs").iterdir()) == []


def test_another_recipe_source_or_a_damaged_note_counts_as_not_there(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "model")
    packed(folder, tmp_path / "packed", EXACT)
    place = tmp_path / "packed"
    assert store_of(folder, place).complete
    assert not store_of(folder, place, strength=0.5).complete
    assert not store_of(folder, place, Forms(Form.INT8, Form.INT8, Form.INT8)).complete
    other = tiny_models.llama(tmp_path / "other", seed=2)
    assert not store_of(other, place).complete
    (place / "packed.json").write_text("{", "utf-8")
    assert not store_of(folder, place).complete


def test_a_copied_model_is_known_by_its_contents(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "model")
    packed(folder, tmp_path / "packed", EXACT)
    weights = folder / "model.safetensors"
    os.utime(weights, (1, 1))
    assert store_of(folder, tmp_path / "packed").complete
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert not store_of(folder, tmp_path / "packed").complete
