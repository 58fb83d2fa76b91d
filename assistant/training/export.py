"""From a run to an adapter's folder, in the form that peft has."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config.atomic import replace_file, write_text
from assistant.models.adapters import CONFIG, WEIGHTS, AdapterConfig

if TYPE_CHECKING:
    import torch

    from assistant.training.recipe import Recipe


def write_adapter(
    folder: Path, recipe: Recipe, tensors: Iterable[tuple[str, torch.Tensor]]
) -> None:
    """Write the adapter that a run has made so far, in bfloat16; each file whole or not at all."""
    import torch
    from safetensors.torch import save as serialize

    found = {name: tensor.to("cpu", torch.bfloat16).contiguous() for name, tensor in tensors}
    layers = {name.rsplit(".", 3)[1] for name in found}
    config = AdapterConfig(
        base=recipe.base,
        rank=recipe.adapter.rank,
        alpha=recipe.adapter.alpha,
        targets=tuple(sorted(layers)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / CONFIG, config.to_json())
    replace_file(folder / WEIGHTS, serialize(found, {"format": "pt"}))


def read_adapter(folder: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of an adapter by their names in the file, in float32."""
    from safetensors.torch import load_file

    return {name: tensor.float() for name, tensor in load_file(folder / WEIGHTS).items()}
