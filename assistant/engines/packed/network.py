"""The forward pass of a decoder-only model as its plan says, over linear parts in any form.

One description, three uses: many tokens of one text (reading a prompt), one token, and one or a few
tokens of several texts side by side. In float32 it chooses the tokens that transformers' own
forward chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from assistant.engines.packed.attending import Step, attend
from assistant.engines.packed.plan import Activation, Norm, Plan

if TYPE_CHECKING:
    import torch

    from assistant.engines.packed.cache import Cache
    from assistant.engines.packed.plan import Rotary
    from assistant.engines.packed.weights import Gain


class Linear(Protocol):
    """A matrix in some form. `weight` is what that form's product takes, `bias` is added to it."""

    weight: Any
    bias: torch.Tensor | None

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Return the outputs for `values`, shape (n, inputs), as shape (n, outputs)."""


@dataclass(frozen=True, slots=True)
class Head:
    """What makes logits of the last layer: a norm, then a matrix."""

    norm: Gain
    matrix: Linear


@dataclass(frozen=True, slots=True)
class Block:
    """One layer, its matrices in the forms that they are run in.

    `head_gains` are those of the norms of all query and key heads, (heads + key heads, width).
    """

    attention: Linear
    attention_out: Linear
    feed_forward: Linear
    feed_forward_out: Linear
    norms: tuple[Gain, Gain]
    norms_after: tuple[Gain, Gain] | None
    head_gains: torch.Tensor | None

    @property
    def matrices(self) -> tuple[Linear, Linear, Linear, Linear]:
        """The four matrices, in the order in which they are run."""
        return self.attention, self.attention_out, self.feed_forward, self.feed_forward_out

    @property
    def all_norms(self) -> tuple[Gain, ...]:
        """The norms before the parts, then those after them."""
        return self.norms + (self.norms_after or ())


class Turns:
    """The rotary angles of all positions, as complex numbers of length 1, in a table that grows."""

    def __init__(self, rotary: Rotary, plan: Plan) -> None:
        self._frequencies = rotary.frequencies(plan.head_width)
        self._table = self._up_to(min(plan.context, 1024))

    def at(self, start: int, end: int) -> torch.Tensor:
        """Return the angles of the positions from `start` to `end`, shape (n, 1, width / 2)."""
        if end > len(self._table):
            self._table = self._up_to(2 * end)
        return self._table[start:end]

    def _up_to(self, length: int) -> torch.Tensor:
        import torch

        angles = torch.outer(
            torch.arange(length, dtype=torch.float32), torch.tensor(self._frequencies)
        )
        return torch.polar(torch.ones_like(angles), angles)[:, None]


class PackedNetwork:
    """Runs `blocks` as `plan` says.

    `embedding` is the table of tokens, `positions` that of learned positions, where there is one.
    `dtype` is what the values between the parts are kept in. A network without a `head` gives no
    logits.
    Attributes: `turns`, the rotary angles of each kind that the plan has.
    """

    def __init__(
        self,
        plan: Plan,
        blocks: Sequence[Block],
        embedding: torch.Tensor,
        positions: torch.Tensor | None,
        head: Head | None,
        dtype: torch.dtype,
    ) -> None:
        self.plan = plan
        self.blocks = tuple(blocks)
        self.dtype = dtype
        self.embedding = embedding
        self.positions = positions
        self._head = head
        self.turns = {rotary: Turns(rotary, plan) for rotary in set(plan.rotary) if rotary}

    def hidden(self, ids: torch.Tensor, cache: Cache) -> torch.Tensor:
        """Read `ids`, (rows, n), into `cache`; return what comes out, (rows · n, hidden)."""
        step = Step(cache, *ids.shape)
        values = self.embedded(ids, step.start)
        for number, block in enumerate(self.blocks):
            values = self.run(block, number, values, step)
        cache.length = step.end
        return values

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the logits of `hidden`, shape (n, hidden), as float32 of shape (n, vocabulary)."""
        assert self._head is not None
        norm = self._head.norm
        return self._head.matrix(self.normed(hidden.to(norm.weight.dtype), norm)).float()

    def embedded(self, ids: torch.Tensor, start: int) -> torch.Tensor:
        """Return what enters the first layer for `ids`, (rows, n), as (rows · n, hidden)."""
        from torch.nn.functional import embedding

        values = embedding(ids.reshape(-1), self.embedding).to(self.dtype)
        if self.plan.embedding_scale != 1:
            values = values * self.plan.embedding_scale
        if self.positions is not None:
            own = self.positions[start : start + ids.shape[1]]
            values = values + own.to(self.dtype).repeat(len(ids), 1)
        return values

    def run(self, block: Block, number: int, values: torch.Tensor, step: Step) -> torch.Tensor:
        """Return what comes out of `block`, layer `number`, for the `values` that enter it."""
        seen = self._attended(block, number, self.normed(values, block.norms[0]), step)
        seen = block.attention_out(seen)
        if block.norms_after is not None:
            seen = self.normed(seen, block.norms_after[0])
        values = values + seen
        inner = self._activated(block.feed_forward(self.normed(values, block.norms[1])))
        told = block.feed_forward_out(inner)
        if block.norms_after is not None:
            told = self.normed(told, block.norms_after[1])
        return values + told

    def _attended(
        self, block: Block, number: int, normed: torch.Tensor, step: Step
    ) -> torch.Tensor:
        """Return what each token sees of itself and those before it, (rows · n, query width)."""
        plan = self.plan
        fused = block.attention(normed).view(step.rows, step.count, -1, plan.head_width)
        heads = self._turned(block, number, fused, step)
        queries, keys_values = heads[:, :, : plan.heads], heads[:, :, plan.heads :]
        stored = step.cache.layers[number]
        new = keys_values.unflatten(2, (2, -1)).permute(2, 0, 3, 1, 4)
        stored[:, :, :, step.start : step.end] = new
        seen = attend(queries, stored, step, plan.windows[number], plan.scale)
        return seen.reshape(len(normed), plan.query_width).to(normed.dtype)

    def _turned(self, block: Block, number: int, heads: torch.Tensor, step: Step) -> torch.Tensor:
        """Return queries, keys and values, shape (rows, n, heads, width), the first two turned."""
        import torch
        from torch.nn.functional import rms_norm

        plan = self.plan
        rotary = plan.rotary[number]
        if rotary is None:
            return heads
        turned = plan.heads + plan.key_heads
        front = heads[:, :, :turned].float()
        if block.head_gains is not None:
            front = rms_norm(front, (plan.head_width,), None, plan.eps) * block.head_gains
        angles = self.turns[rotary].at(step.start, step.end)
        pairs = torch.view_as_complex(front.unflatten(-1, (-1, 2)).contiguous())
        front = torch.view_as_real(pairs * angles).flatten(-2)
        return torch.cat([front.to(heads.dtype), heads[:, :, turned:]], dim=2)

    def _activated(self, inner: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import gelu, silu

        gate, up = inner.chunk(2, dim=-1) if self.plan.gated else (inner, None)
        active = (
            silu(gate)
            if self.plan.activation is Activation.SILU
            else gelu(gate, approximate="tanh")
        )
        return active if up is None else active * up

    def normed(self, values: torch.Tensor, gain: Gain) -> torch.Tensor:
        """Return `values`, shape (n, hidden), brought to one size and multiplied by `gain`."""
        from torch.nn.functional import layer_norm, rms_norm

        shape = (self.plan.hidden,)
        if self.plan.norm is Norm.LAYER:
            return layer_norm(values, shape, gain.weight, gain.bias, self.plan.eps)
        return rms_norm(values, shape, gain.weight, self.plan.eps)
