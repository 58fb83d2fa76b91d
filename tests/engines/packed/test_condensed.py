"""Looking back at older tokens in 8 bits: nearly the same, and never at a text that is gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch

from assistant.engines.packed import condensed
from assistant.engines.packed.building import build
from assistant.engines.packed.cache import Cache
from assistant.engines.packed.condensed import BLOCK
from assistant.engines.packed.forms import Form
from assistant.engines.packed.plan import plan_of
from assistant.engines.packed.script import ScriptedStep
from tests.engines import tiny_models

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.engines.packed.network import PackedNetwork

pytestmark = pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"),
    reason="the processor has no quick products with 8 bits",
)
_OLD = 3 * BLOCK


@pytest.fixture(autouse=True)
def _few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condensed, "_LEAST", BLOCK)


def _network(name: str, folder: Path) -> PackedNetwork:
    sizes = {"hidden_size": 64, "intermediate_size": 128, "head_dim": 32}
    tiny_models.CAUSAL[name](folder, **sizes, max_position_embeddings=1024)
    plan = plan_of(json.loads((folder / "config.json").read_text("utf-8")))
    assert plan is not None
    return build(folder, plan, Form.BFLOAT16)


def _ids(seed: int, count: int) -> torch.Tensor:
    return torch.randint(4, 260, (1, count), generator=torch.Generator().manual_seed(seed))


def _cache(network: PackedNetwork) -> Cache:
    return Cache(network.plan, 600, torch.bfloat16)


@torch.inference_mode()
@pytest.mark.parametrize("name", ["llama", "qwen2", "qwen3", "gemma3"])
def test_a_token_sees_older_ones_nearly_as_they_are(name: str, tmp_path: Path) -> None:
    """Token after token, while more of them grow old."""
    network = _network(name, tmp_path)
    step = ScriptedStep(network, Form.BFLOAT16)
    caches = [_cache(network) for _ in range(2)]
    for cache in caches:
        network.hidden(_ids(1, _OLD), cache)
    for token in torch.split(_ids(2, BLOCK), 1, dim=1):
        exact, found = network.hidden(token, caches[0]), step.hidden(token, caches[1])
        assert float((found - exact).norm() / exact.norm()) < 0.1
    assert caches[0].condensed is None
    assert caches[1].condensed is not None
    assert caches[1].condensed.length == _OLD
    assert caches[1].bytes > caches[0].bytes


@torch.inference_mode()
def test_of_a_text_that_was_taken_back_nothing_is_seen(tmp_path: Path) -> None:
    network = _network("llama", tmp_path)
    step = ScriptedStep(network, Form.BFLOAT16)
    used, fresh = _cache(network), _cache(network)
    network.hidden(_ids(1, _OLD + 100), used)
    step.hidden(_ids(2, 1), used)
    used.crop(BLOCK + 50)
    assert used.condensed is not None
    assert used.condensed.length == BLOCK
    network.hidden(_ids(1, _OLD + 100)[:, : BLOCK + 50], fresh)
    for cache in (used, fresh):
        network.hidden(_ids(3, _OLD), cache)
    token = _ids(4, 1)
    assert torch.equal(step.hidden(token, used), step.hidden(token, fresh))
    used.crop(5)
    assert used.condensed is None


@torch.inference_mode()
def test_copies_of_a_text_go_their_own_ways(tmp_path: Path) -> None:
    """One that is cut leaves the other whole, and several side by side have nothing in 8 bits."""
    network = _network("llama", tmp_path)
    step = ScriptedStep(network, Form.BFLOAT16)
    cache = _cache(network)
    network.hidden(_ids(1, _OLD + 100), cache)
    step.hidden(_ids(2, 1), cache)
    known = cache.condensed
    assert known is not None
    other = cache.branch(1, 300)
    other.crop(BLOCK)
    assert cache.condensed is known
    assert known.length == _OLD
    several = cache.branch(3, 10)
    step.hidden(_ids(3, 3).view(3, 1), several)
    assert several.condensed is None


@torch.inference_mode()
def test_exact_numbers_stay_exact(tmp_path: Path) -> None:
    network = _network("llama", tmp_path)
    cache = Cache(network.plan, 600, torch.float32)
    network.hidden(_ids(1, _OLD + 100), cache)
    assert cache.condense() is None


def test_a_short_text_is_not_condensed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    network = _network("llama", tmp_path)
    cache = _cache(network)
    cache.length = 500
    assert cache.condense() is None
