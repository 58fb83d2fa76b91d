"""Adapters of random numbers for tiny models, in peft's form, built where a test wants them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

from assistant.models.adapters import CONFIG, PURPOSE, WEIGHTS, AdapterConfig

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LLAMA_MODULES = {
    f"model.layers.{layer}.{name}": shape
    for layer in range(2)
    for name, shape in {
        "self_attn.q_proj": (32, 32),
        "self_attn.k_proj": (16, 32),
        "self_attn.v_proj": (16, 32),
        "self_attn.o_proj": (32, 32),
        "mlp.gate_proj": (64, 32),
        "mlp.up_proj": (64, 32),
        "mlp.down_proj": (32, 64),
    }.items()
}


def adapter(
    folder: Path,
    base: str,
    modules: Mapping[str, tuple[int, int]] | None = None,
    *,
    rank: int = 2,
    purpose: str = "",
    **settings: Any,
) -> Path:
    """Save an adapter for modules of the shapes (outputs, inputs), a tiny Llama's by default.

    `settings` go into the configuration as they are, `purpose` becomes `adapter.toml`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = torch.Generator().manual_seed(len(folder.name))
    tensors = {}
    for name, (outputs, inputs) in (modules or LLAMA_MODULES).items():
        sides = {"A": (rank, inputs), "B": (outputs, rank)}
        for side, shape in sides.items():
            key = f"base_model.model.{name}.lora_{side}.weight"
            tensors[key] = torch.randn(shape, generator=chance) / 4
    save_file(tensors, folder / WEIGHTS)
    targets = tuple(dict.fromkeys(name.rpartition(".")[2] for name in modules or LLAMA_MODULES))
    document = json.loads(AdapterConfig(base, rank, 2 * rank, targets).to_json())
    (folder / CONFIG).write_text(json.dumps({**document, **settings}), "utf-8")
    if purpose:
        (folder / PURPOSE).write_text(purpose, "utf-8")
    return folder
