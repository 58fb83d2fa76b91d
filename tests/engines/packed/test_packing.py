"""Packing: what is kept on disk, how near it is to the model, and what is not taken for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from assistant.core.errors import Cancelled
from assistant.engines.packed import weights
from assistant.engines.packed.building import block, build
from assistant.engines.packed.cache import Cache
from assistant.engines.packed.choosing import loss_in_four_bits
from assistant.engines.packed.forms import Form, linear, pack
from assistant.engines.packed.packing import load_packed, pack_model
from assistant.engines.packed.plan import plan_of
from assistant.engines.packed.smoothing import WatchedBlock, smoothed
from assistant.engines.packed.store import Forms, Store, known_loss
from assistant.engines.packed.weights import Matrix, Source
from tests.engines import tiny_models
from tests.engines.packed.sizes import NAMES, wide

if TYPE_CHECKING:
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
        return load_packed(source, plan, forms, store, meanwhile=lambda: None)


def resident(file: Path) -> int:
    """Return how many bytes of a mapped file are in memory here."""
    smaps = Path("/proc/self/smaps")
    if not smaps.exists():
        pytest.skip("only Linux tells what of a file is in memory")
    of_file, kilobytes = False, 0
    for line in smaps.read_text().splitlines():
        if line.startswith("Rss:"):
            kilobytes += int(line.split()[1]) if of_file else 0
        elif "-" in line.split()[0]:
            of_file = line.endswith(str(file))
    return 1024 * kilobytes


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


@torch.inference_mode()
def test_a_first_token_like_no_other_survives_eight_bits(tmp_path: Path) -> None:
    """One channel of it is thousands of times larger, and all later tokens look at it."""
    folder = tiny_models.llama(tmp_path / "model", **wide("llama"))
    plan = plan_in(folder)
    with Source(folder, plan) as source:
        layer = source.first_layer()
    seen = WatchedBlock.of(block(layer, plan, Form.FLOAT32))
    torch.manual_seed(1)
    hidden, inner = layer.feed_forward.weight.shape[1], layer.feed_forward_out.weight.shape[1]
    for watched in (seen.attention, seen.feed_forward):
        watched(torch.randn(1, hidden))
        watched(torch.randn(64, hidden))
    first, others = torch.randn(1, inner), torch.randn(64, inner)
    first[0, 3] = 20_000
    seen.feed_forward_out(first)
    seen.feed_forward_out(others)
    exact = layer.feed_forward_out.weight
    packed_layer = smoothed(layer, seen, plan)
    # What the first token's channels are divided by, the weights are multiplied by.
    divided = packed_layer.feed_forward_out.weight / exact
    apply = linear(Form.INT8, pack(packed_layer.feed_forward_out, Form.INT8))

    def error(values: torch.Tensor) -> torch.Tensor:
        return (apply(values / divided[0]) - values @ exact.T).norm(dim=1)

    typical = (others @ exact.T).norm(dim=1).median()
    assert error(first) < 2 * typical
    # It costs the others some; they would be off by over 1 if they were given up for it.
    assert error(others).median() < 0.3 * typical


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


def test_what_is_laid_out_anew_does_not_stay_mapped(tmp_path: Path) -> None:
    """Memory: of 8 bits only what torch makes of them is kept, of 4 the file itself."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux tells what a process has mapped")
    folder = tiny_models.qwen2(tmp_path / "model", **wide("qwen2"))
    found = packed(folder, tmp_path / "packed", Forms(Form.INT8, Form.INT4, Form.INT8))
    assert found.reading is not found.writing
    told = [line for line in maps.read_text().splitlines() if str(tmp_path) in line]
    names = {Path(line.split(maxsplit=5)[-1]).name for line in told}
    # The model's own file holds the table of tokens.
    assert names == {"writing-0.safetensors", "writing-1.safetensors", "model.safetensors"}


def test_the_packs_used_last_are_kept_and_those_of_other_versions_are_not(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "model")
    place = tmp_path / "packs"
    for number in range(8):
        packed(folder, place / str(number), EXACT)
        os.utime(place / str(number) / "packed.json", (number + 1, number + 1))
    store_of(folder, place / "2").touch()
    old = place / "5" / "packed.json"
    old.write_text(json.dumps(json.loads(old.read_text("utf-8")) | {"version": 0}), "utf-8")
    left = place / ".packing-left"
    left.mkdir()
    os.utime(left, (1, 1))
    (place / "tokens.json").write_text("{}", "utf-8")
    packed(folder, place / "new", EXACT)
    assert {path.name for path in place.iterdir()} == {
        "2",
        "3",
        "4",
        "6",
        "7",
        "new",
        "tokens.json",
    }


def test_what_is_lost_in_four_bits_is_told_by_any_pack_of_the_same_weights(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "model")
    files = sorted(folder.glob("*.safetensors"))
    plan, place = plan_in(folder), tmp_path / "packs"
    assert known_loss(place, files, 1.0) is None
    with Source(folder, plan) as source:
        lost = loss_in_four_bits(source.first_layer())
        store = store_of(folder, place / "one")
        silent, never = (lambda _done: None), (lambda: False)
        pack_model(source, plan, EXACT, store, SAMPLE, silent, never, lost)
    assert known_loss(place, files, 1.0) == lost
    assert known_loss(place, files, 0.5) is None


def test_a_head_is_packed_by_rows_as_it_would_be_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_models.llama(tmp_path / "model", **wide("llama"))
    forms = Forms(Form.INT8, Form.INT8, Form.INT8)
    packed(folder, tmp_path / "whole", forms)
    monkeypatch.setattr(weights, "_ROWS", 7)
    packed(folder, tmp_path / "rows", forms)
    whole, rows = (store_of(folder, tmp_path / name, forms).rest() for name in ("whole", "rows"))
    assert whole.keys() == rows.keys()
    assert all(torch.equal(whole[name], rows[name]) for name in whole)


def test_of_a_large_head_only_some_rows_are_in_memory_at_once(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "model", vocab_size=50_000, **wide("llama"))
    file = folder / "model.safetensors"
    parts, most = [], 0
    with Source(folder, plan_in(folder)) as source:
        for rows in source.head_rows():
            parts.append(rows.clone())
            most = max(most, resident(file))
        whole = source.head().weight
        assert torch.equal(torch.cat(parts), whole)
        assert most < whole.nbytes / 2


def test_what_is_to_be_done_while_a_model_is_loaded_is_done_once_and_its_error_heard(
    tmp_path: Path,
) -> None:
    folder = tiny_models.llama(tmp_path / "model")
    packed(folder, tmp_path / "packed", EXACT)
    plan, store, done = plan_in(folder), store_of(folder, tmp_path / "packed"), []
    with Source(folder, plan) as source:
        load_packed(source, plan, EXACT, store, lambda: done.append("once"))
        with pytest.raises(ZeroDivisionError):
            load_packed(source, plan, EXACT, store, lambda: 1 / 0)
    assert done == ["once"]
