"""Attention block by block: what torch's own gives, for every window, start, size and group."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch

from assistant.engines.packed import attending
from assistant.engines.packed.attending import Step, at_once, attend, in_blocks
from assistant.engines.packed.cache import Cache
from assistant.engines.packed.plan import plan_of

if TYPE_CHECKING:
    from assistant.engines.packed.plan import Plan

_WIDTH = 8


def _plan(heads: int, key_heads: int) -> Plan:
    plan = plan_of(
        {
            "model_type": "llama",
            "hidden_size": heads * _WIDTH,
            "num_hidden_layers": 1,
            "num_attention_heads": heads,
            "num_key_value_heads": key_heads,
            "intermediate_size": 8,
            "vocab_size": 10,
            "max_position_embeddings": 4096,
            "rms_norm_eps": 1e-5,
            "hidden_act": "silu",
            "tie_word_embeddings": True,
        }
    )
    assert plan is not None
    return plan


def _read(
    plan: Plan, rows: int, start: int, count: int, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor, Step]:
    """Return queries, a cache's keys and values, and the step that reads `count` tokens."""
    torch.manual_seed(3)
    kept = Cache(plan, start + count + 5, dtype, rows)
    kept.length = start
    step = Step(kept, rows, count)
    stored = kept.layers[0].normal_()
    return torch.randn(rows, count, plan.heads, plan.head_width, dtype=dtype), stored, step


@pytest.mark.parametrize(("heads", "key_heads"), [(9, 3), (4, 1), (2, 2)])
@pytest.mark.parametrize("window", [0, 1, 7, 100, 700])
@pytest.mark.parametrize(("start", "count"), [(0, 17), (0, 256), (5, 200), (300, 130), (690, 20)])
def test_blocks_are_torchs_attention(
    heads: int, key_heads: int, window: int, start: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the window reaches over none of the blocks, some, or all."""
    monkeypatch.setattr(attending, "_BLOCK", 96)
    plan = _plan(heads, key_heads)
    queries, stored, step = _read(plan, 2, start, count, torch.float32)
    grouped = queries.view(2, count, key_heads, -1, _WIDTH)
    expected = at_once(grouped, stored, step, window, 0.3)
    found = in_blocks(grouped * 0.3, stored, step, window)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("native", [True, False])
def test_what_is_seen_in_bfloat16_is_off_by_its_rounding_alone(
    native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a processor with products in bfloat16 and on one without, and none of it is NaN."""
    monkeypatch.setattr(attending, "_multiplies_bfloat16", lambda: native)
    queries, stored, step = _read(_plan(9, 3), 1, 40, 120, torch.float32)
    grouped = queries.view(1, 120, 3, 3, _WIDTH)
    exact = at_once(grouped, stored, step, 0, 0.35)
    rounded = stored.bfloat16()
    rounded[:, :, :, step.end :] = math.nan
    _, _, rounded_step = _read(_plan(9, 3), 1, 40, 120, torch.bfloat16)
    found = attend(queries, rounded, rounded_step, 0, 0.35)
    assert float((found.float() - exact).norm() / exact.norm()) < 0.01
