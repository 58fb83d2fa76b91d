"""From a model's folder to a network that runs, layer by layer, its matrices as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.engines.packed.forms import Form, linear, pack
from assistant.engines.packed.network import Block, Head, PackedNetwork
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
    form: Form,
    adapter: Adapter | None = None,
    strength: float = 1.0,
) -> PackedNetwork:
    """Return the network of the model in `folder`, its matrices in one form, if they fit it."""
    with Source(folder, plan, adapter, strength) as source:
        logits = source.head()
        own = form if form.fits(*logits.weight.shape) else Form.BFLOAT16
        head = Head(gain(source.last_norm(), own.dtype), linear(own, pack(logits, own)))
        return PackedNetwork(
            plan,
            [block(layer, plan, form) for layer in source.layers()],
            source.embedding().to(form.dtype),
            source.positions(),
            head,
            form.dtype,
        )


def block(layer: Layer, plan: Plan, form: Form) -> Block:
    """Return a layer with its matrices in `form`."""
    return Block(
        attention=linear(form, pack(layer.attention, form)),
        attention_out=linear(form, pack(layer.attention_out, form)),
        feed_forward=linear(form, pack(layer.feed_forward, form)),
        feed_forward_out=linear(form, pack(layer.feed_forward_out, form)),
        norms=gains(layer.norms, form.dtype),
        norms_after=None if layer.norms_after is None else gains(layer.norms_after, form.dtype),
        head_gains=head_gains(layer, plan),
    )


def gains(pair: tuple[Gain, Gain], dtype: torch.dtype) -> tuple[Gain, Gain]:
    """Return both gains in `dtype`."""
    return gain(pair[0], dtype), gain(pair[1], dtype)


def gain(one: Gain, dtype: torch.dtype) -> Gain:
    """Return a gain in `dtype`."""
    return Gain(one.weight.to(dtype), None if one.bias is None else one.bias.to(dtype))


def head_gains(layer: Layer, plan: Plan) -> torch.Tensor | None:
    """Return the gains of all query and key heads, shape (heads + key heads, width), in float32."""
    import torch

    if layer.head_norms is None:
        return None
    queries, keys = layer.head_norms
    return torch.cat(
        [queries.weight.expand(plan.heads, -1), keys.weight.expand(plan.key_heads, -1)]
    )
