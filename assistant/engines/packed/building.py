"""From a model's folder to a network that runs, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.engines.packed.forms import Plain
from assistant.engines.packed.network import Block, PackedNetwork
from assistant.engines.packed.weights import Gain, Source

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from assistant.engines.packed.plan import Plan
    from assistant.engines.packed.weights import Layer
    from assistant.models.adapters import Adapter


def build(
    folder: Path,
    plan: Plan,
    dtype: torch.dtype,
    adapter: Adapter | None = None,
    strength: float = 1.0,
) -> PackedNetwork:
    """Return the network of the model in `folder`, its matrices as they are, in `dtype`."""
    with Source(folder, plan, adapter, strength) as source:
        positions = source.positions()
        return PackedNetwork(
            plan,
            [_block(layer, plan, dtype) for layer in source.layers()],
            source.embedding().to(dtype),
            None if positions is None else positions.to(dtype),
            _in(source.last_norm(), dtype),
            Plain(source.head(), dtype),
            dtype,
        )


def _block(layer: Layer, plan: Plan, dtype: torch.dtype) -> Block:
    return Block(
        attention=Plain(layer.attention, dtype),
        attention_out=Plain(layer.attention_out, dtype),
        feed_forward=Plain(layer.feed_forward, dtype),
        feed_forward_out=Plain(layer.feed_forward_out, dtype),
        norms=_both(layer.norms, dtype),
        norms_after=None if layer.norms_after is None else _both(layer.norms_after, dtype),
        head_gains=_head_gains(layer, plan),
    )


def _both(gains: tuple[Gain, Gain], dtype: torch.dtype) -> tuple[Gain, Gain]:
    return _in(gains[0], dtype), _in(gains[1], dtype)


def _in(gain: Gain, dtype: torch.dtype) -> Gain:
    return Gain(gain.weight.to(dtype), None if gain.bias is None else gain.bias.to(dtype))


def _head_gains(layer: Layer, plan: Plan) -> torch.Tensor | None:
    """Return the gains of all query and key heads, shape (heads + key heads, width), in float32."""
    import torch

    if layer.head_norms is None:
        return None
    queries, keys = layer.head_norms
    return torch.cat(
        [queries.weight.expand(plan.heads, -1), keys.weight.expand(plan.key_heads, -1)]
    )
