"""One token attends as torch's own attention does, only faster; more than one is left to torch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from assistant.core.jobs import EngineSpec
from assistant.core.requests import PlainPrompt, Request
from assistant.engines.attention import attend
from assistant.engines.causal import CausalEngine
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORY = "Once upon a time there was a keeper who lit the lamps along the river. "


@pytest.mark.parametrize("heads", [2, 6])
@pytest.mark.parametrize("scaling", [None, 0.5])
@pytest.mark.parametrize("tokens", [1, 3])
def test_it_finds_what_torch_finds(heads: int, scaling: float | None, tokens: int) -> None:
    torch.manual_seed(heads)
    module = SimpleNamespace(num_key_value_groups=heads // 2, is_causal=True)
    # As a cache shows them: the front of a larger room.
    key, value = torch.randn(2, 2, 2, 60, 8)[..., :50, :]
    query = torch.randn(2, tokens, heads, 8).transpose(1, 2)
    mask = torch.ones(2, 1, tokens, 50, dtype=torch.bool).tril(50 - tokens) if tokens > 1 else None
    expected, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=scaling)
    found, _ = attend(module, query, key, value, mask, scaling=scaling)
    torch.testing.assert_close(found, expected)


def test_what_a_token_may_not_see_it_does_not_see() -> None:
    module = SimpleNamespace(num_key_value_groups=1, is_causal=True)
    query, key, value = torch.randn(3, 2, 2, 9, 8)
    query = query[:, :, :1]
    mask = torch.arange(9).expand(2, 1, 1, 9) < 5
    found, _ = attend(module, query, key, value, mask)
    expected, _ = attend(module, query, key[:, :, :5], value[:, :, :5], None)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
def test_in_bfloat16_a_model_expects_what_it_expects_without_it(
    name: str, tiny_folder: Callable[[str], Path]
) -> None:
    engine = _loaded(tiny_folder(name), name, "bfloat16")
    network = engine._network
    assert network is not None
    model = network.model
    assert model.config._attn_implementation != "sdpa"
    ids = torch.tensor([engine._ready().tokenizer(STORY).input_ids])
    cache_name = network.cache_name
    found = []
    for way in (model.config._attn_implementation, "sdpa"):
        model.set_attn_implementation(way)
        with torch.inference_mode():
            read = model(input_ids=ids[:, :-1], use_cache=True)
            cache = {cache_name: read[cache_name if cache_name in read else "past_key_values"]}
            found.append(model(input_ids=ids[:, -1:], **cache).logits.float().softmax(-1))
    torch.testing.assert_close(found[0], found[1], atol=0.05, rtol=0.1)


def test_elsewhere_the_model_is_left_as_it_is(tiny_folder: Callable[[str], Path]) -> None:
    folder = tiny_folder("llama")
    for precision in ("float32", "stored"):
        network = _loaded(folder, "llama", precision)._network
        assert network is not None
        assert network.model.config._attn_implementation == "sdpa"


def _loaded(folder: Path, name: str, precision: str) -> CausalEngine:
    spec = EngineSpec(name, device="cpu", precision=precision, threads=1)
    engine = CausalEngine(tiny_models.describe(folder, name), spec)
    engine.load(lambda _event: None, lambda: False)
    done = engine.generate(Request(PlainPrompt(STORY), 3), lambda _event: None, lambda: False)
    assert len(done.ids) <= 3
    return engine
