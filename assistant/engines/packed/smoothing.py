"""Moving outliers from the values into the weights, so that few bits a value are enough.

SmoothQuant (Xiao et al. 2023, https://arxiv.org/abs/2211.10438): each input channel of a matrix is
multiplied by a factor and what comes in is divided by it, in the gain of the norm before the matrix
or in the matrix before. Exact but for rounding; what is large is found on a short text. The first
token of a text may hold a channel that is thousands of times larger (Sun et al. 2024,
https://arxiv.org/abs/2402.17762), and all others look at it: it counts where that loses less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.engines.packed.forms import Form, linear, pack
from assistant.engines.packed.network import Block
from assistant.engines.packed.weights import Gain, Layer, Matrix

if TYPE_CHECKING:
    import torch

    from assistant.engines.packed.network import Linear
    from assistant.engines.packed.plan import Plan

_LEAST_WEIGHT = 1e-4
_LEAST_FACTOR = 1e-3
# Of the tokens that are compared every so many are enough.
_EVERY = 4


class Watched:
    """A linear part that remembers what came in: `seen`, shape (n, inputs) for each call."""

    def __init__(self, part: Linear) -> None:
        self._part = part
        self.weight = part.weight
        self.bias = part.bias
        self.seen: list[torch.Tensor] = []

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Return the part's outputs for `values`."""
        self.seen.append(values.float())
        return self._part(values)


@dataclass(frozen=True, slots=True)
class WatchedBlock:
    """A block whose matrices are watched; the norms' are those behind attention and gate."""

    attention: Watched
    feed_forward: Watched
    feed_forward_out: Watched
    block: Block

    @classmethod
    def of(cls, block: Block) -> WatchedBlock:
        """Return `block`, watched."""
        attention, feed_forward = Watched(block.attention), Watched(block.feed_forward)
        out = Watched(block.feed_forward_out)
        watched = replace(
            block, attention=attention, feed_forward=feed_forward, feed_forward_out=out
        )
        return cls(attention, feed_forward, out, watched)


def smoothed(layer: Layer, seen: WatchedBlock, plan: Plan) -> Layer:
    """Return `layer` with the outliers that were `seen` moved into its weights.

    Seen were the first token of a text, then the others.
    """
    attention, before = _smoothed_behind(layer.attention, layer.norms[0], seen.attention)
    inner, between = _smoothed_behind(layer.feed_forward, layer.norms[1], seen.feed_forward)
    out = layer.feed_forward_out
    if plan.gated:
        # Gate times up: dividing the rows of up divides what comes in.
        factor = _better_factor(seen.feed_forward_out, out.weight)
        inner = _divided_rows(inner, factor)
        out = replace(out, weight=out.weight * factor)
    return replace(
        layer,
        attention=attention,
        feed_forward=inner,
        feed_forward_out=out,
        norms=(before, between),
    )


def _smoothed_behind(matrix: Matrix, norm: Gain, part: Watched) -> tuple[Matrix, Gain]:
    """Return a matrix and the gain of the norm before it, outliers moved from one to the other."""
    factor = _better_factor(part, matrix.weight)
    return replace(matrix, weight=matrix.weight * factor), divided(norm, factor)


def _better_factor(part: Watched, weight: torch.Tensor) -> torch.Tensor:
    """Return by what the inputs of a matrix are divided, with or without the first token."""
    import torch

    first, others = part.seen
    compared = torch.cat([first, others[::_EVERY]])
    exact = compared @ weight.T
    # As in the text, where the first token stands once.
    shares = torch.full((len(compared),), float(_EVERY))
    shares[: len(first)] = 1.0

    def loss(factor: torch.Tensor) -> float:
        apply = linear(Form.INT8, pack(Matrix(weight * factor), Form.INT8))
        return float((apply(compared / factor) - exact).square().sum(1) @ shares)

    largest = sizes_of(others)
    with_first = torch.maximum(largest, sizes_of(first))
    own = sizes_of(weight)
    return min((factor_of(largest, own), factor_of(with_first, own)), key=loss)


def factor_of(largest: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """Return by what the inputs of a matrix are divided.

    The `largest` of them that were seen, and the matrix's `own` sizes, are by channel.
    """
    return (largest.sqrt() / own.clamp_min(_LEAST_WEIGHT).sqrt()).clamp_min(_LEAST_FACTOR)


def sizes_of(values: torch.Tensor) -> torch.Tensor:
    """Return the largest size of each channel of `values`, shape (n, channels), in float32."""
    return values.float().abs().amax(0)


def divided(norm: Gain, factor: torch.Tensor) -> Gain:
    """Return the gain of a norm whose outputs are divided by `factor`."""
    return Gain(norm.weight / factor, None if norm.bias is None else norm.bias / factor)


def _divided_rows(matrix: Matrix, factor: torch.Tensor) -> Matrix:
    """Return gate and up with the rows of up, the second half, divided."""
    half = len(factor)

    def lower_half(
        rows: torch.Tensor, apply: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        rows = rows.clone()
        rows[half:] = apply(rows[half:])
        return rows

    weight = lower_half(matrix.weight, lambda rows: rows / factor[:, None])
    bias = None if matrix.bias is None else lower_half(matrix.bias, lambda rows: rows / factor)
    return Matrix(weight, bias)
