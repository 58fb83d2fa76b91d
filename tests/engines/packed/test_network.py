"""The packed forward against transformers' own, in float32, for every architecture."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers as hf

from assistant.engines.packed.building import build
from assistant.engines.packed.cache import Cache
from assistant.engines.packed.forms import Form
from assistant.engines.packed.plan import plan_of
from tests.engines import tiny_models
from tests.engines.packed.sizes import NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.engines.packed.network import PackedNetwork


@pytest.fixture(scope="module", params=NAMES)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[PackedNetwork, Any]:
    """Return the packed network and transformers' model of one folder."""
    folder = tiny_models.CAUSAL[request.param](tmp_path_factory.mktemp(request.param))
    return packed(folder), hf.AutoModelForCausalLM.from_pretrained(folder).eval()


def packed(folder: Path) -> PackedNetwork:
    plan = plan_of(json.loads((folder / "config.json").read_text("utf-8")))
    assert plan is not None
    return build(folder, plan, Form.FLOAT32)


def ids_of(length: int, seed: int, rows: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(4, 260, (rows, length), generator=generator)


def read(network: PackedNetwork, ids: torch.Tensor, slices: list[int]) -> torch.Tensor:
    """Return all logits of `ids`, read in pieces of the given lengths."""
    cache = Cache(network.plan, 8, torch.float32, rows=len(ids))
    found = []
    for piece in ids.split(slices, dim=1):
        hidden = network.hidden(piece, cache)
        found.append(network.logits(hidden).view(len(ids), piece.shape[1], -1))
    return torch.cat(found, dim=1)


@torch.inference_mode()
@pytest.mark.parametrize("length", [1, 2, 15, 16, 17, 60])
def test_the_logits_are_those_of_transformers(pair: tuple[PackedNetwork, Any], length: int) -> None:
    network, model = pair
    ids = ids_of(length, seed=length)
    torch.testing.assert_close(
        read(network, ids, [length]), model(ids).logits, atol=2e-4, rtol=2e-4
    )


@torch.inference_mode()
def test_slices_of_every_size_and_rows_side_by_side_change_nothing(
    pair: tuple[PackedNetwork, Any],
) -> None:
    network, model = pair
    ids = ids_of(50, seed=3, rows=3)
    whole = model(ids).logits
    for size in (1, 2, 3, 7, 16, 17, 31, 49):
        slices = [size] * (50 // size) + ([50 % size] if 50 % size else [])
        torch.testing.assert_close(read(network, ids, slices), whole, atol=2e-4, rtol=2e-4)


@torch.inference_mode()
def test_two_hundred_prompts_are_gone_on_with_alike(pair: tuple[PackedNetwork, Any]) -> None:
    network, model = pair
    random = Random(7)
    for seed in range(200):
        ids = ids_of(random.randrange(1, 40), seed)
        expected = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=6, do_sample=False
        )[0].tolist()
        cache = Cache(network.plan, 64, torch.float32)
        found = ids[0].tolist()
        following = ids
        for _ in range(6):
            following = network.logits(network.hidden(following, cache)[-1:]).argmax(-1)[None]
            found.append(int(following))
            if found[-1] == tiny_models.EOS_ID:
                break
        assert found == expected


@torch.inference_mode()
def test_a_rewound_or_branched_cache_goes_on_as_a_fresh_one(
    pair: tuple[PackedNetwork, Any],
) -> None:
    network, model = pair
    ids = ids_of(40, seed=11)
    cache = Cache(network.plan, 4, torch.float32)
    network.hidden(ids, cache)
    cache.crop(25)
    branched = cache.branch(2, more=5)
    other = ids_of(5, seed=12, rows=2)
    found = network.logits(network.hidden(other, branched)).view(2, 5, -1)
    expected = model(torch.cat([ids[:, :25].expand(2, -1), other], dim=1)).logits[:, 25:]
    torch.testing.assert_close(found, expected, atol=2e-4, rtol=2e-4)
    again = network.logits(network.hidden(ids[:, 25:], cache))
    torch.testing.assert_close(again, model(ids).logits[0, 25:], atol=2e-4, rtol=2e-4)


def test_what_the_table_does_not_know_has_no_plan() -> None:
    known = {
        "model_type": "llama",
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "vocab_size": 260,
        "max_position_embeddings": 64,
        "rms_norm_eps": 1e-5,
        "hidden_act": "silu",
    }
    assert plan_of(known) is not None
    assert plan_of({**known, "model_type": "mamba"}) is None
    assert plan_of({**known, "hidden_act": "relu"}) is None
    assert plan_of({**known, "rope_scaling": {"rope_type": "yarn", "factor": 4.0}}) is None
    assert plan_of({**known, "partial_rotary_factor": 0.5}) is None
    assert plan_of({"model_type": "llama"}) is None


@torch.inference_mode()
def test_stretched_rotary_positions_are_those_of_transformers(tmp_path: Path) -> None:
    for number, rope in enumerate(
        (
            {"rope_type": "linear", "rope_theta": 10_000.0, "factor": 4.0},
            {
                "rope_type": "llama3",
                "rope_theta": 10_000.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 32,
            },
        )
    ):
        folder = tiny_models.llama(tmp_path / str(number), rope_parameters=rope, head_dim=16)
        model = hf.AutoModelForCausalLM.from_pretrained(folder).eval()
        ids = ids_of(60, seed=number)
        torch.testing.assert_close(
            read(packed(folder), ids, [60]), model(ids).logits, atol=2e-4, rtol=2e-4
        )
