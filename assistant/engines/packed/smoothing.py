"""Moving outliers from the values into the weights, so that few bits a value are enough.

SmoothQuant (Xiao et al. 2023, https://arxiv.org/abs/2211.10438): each input channel of a matrix is
multiplied by a factor and what comes in is divided by it, in the gain of the norm before the matrix
or in the matrix before. Exact but for rounding; what is large is found on a short text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.engines.packed.network import Block
from assistant.engines.packed.weights import Gain, Layer, Matrix

if TYPE_CHECKING:
    import torch

    from assistant.engines.packed.network import Linear
    from assistant.engines.packed.plan import Plan

_LEAST_WEIGHT = 1e-4
_LEAST_FACTOR = 1e-3


class Watched:
    """A linear part that remembers the largest size of each of its input channels: `largest`."""

    def __init__(self, part: Linear) -> None:
        self._part = part
        self.weight = part.weight
        self.bias = part.bias
        self.largest: torch.Tensor | None = None

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Return the part's outputs for `values`."""
        self.largest = values.abs().amax(0).float()
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
    """Return `layer` with the outliers that were `seen` moved into its weights."""
    attention, before = smoothed_behind(layer.attention, layer.norms[0], seen.attention.largest)
    inner, between = smoothed_behind(layer.feed_forward, layer.norms[1], seen.feed_forward.largest)
    out = layer.feed_forward_out
    if plan.gated:
        # Gate times up: dividing the rows of up divides what comes in.
        factor = factor_of(seen.feed_forward_out.largest, out.weight)
        inner = _divided_rows(inner, factor)
        out = replace(out, weight=out.weight * factor)
    return replace(
        layer,
        attention=attention,
        feed_forward=inner,
        feed_forward_out=out,
        norms=(before, between),
    )


def smoothed_behind(
    matrix: Matrix, norm: Gain, largest: torch.Tensor | None
) -> tuple[Matrix, Gain]:
    """Return a matrix and the gain of the norm before it, outliers moved from one to the other."""
    factor = factor_of(largest, matrix.weight)
    return replace(matrix, weight=matrix.weight * factor), divided(norm, factor)


def factor_of(largest: torch.Tensor | None, weight: torch.Tensor) -> torch.Tensor:
    """Return by what the inputs of a matrix are divided, the `largest` of which were seen."""
    import torch

    assert largest is not None
    # Not by sizes of all: of a table of tokens they would take half a gigabyte.
    own = torch.maximum(weight.amax(0), -weight.amin(0)).float().clamp_min(_LEAST_WEIGHT)
    return (largest.sqrt() / own.sqrt()).clamp_min(_LEAST_FACTOR)


def divided(norm: Gain, factor: torch.Tensor) -> Gain:
    """Return the gain of a norm whose outputs are divided by `factor`."""
    return Gain(norm.weight / factor, None if norm.bias is None else norm.bias / factor)


def _divided_rows(matrix: Matrix, factor: torch.Tensor) -> Matrix:
    """Return gate and up with the rows of up, the second half, divided."""
    half = len(factor)

    def divided(rows: torch.Tensor, apply: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        rows = rows.clone()
        rows[half:] = apply(rows[half:])
        return rows

    weight = divided(matrix.weight, lambda rows: rows / factor[:, None])
    bias = None if matrix.bias is None else divided(matrix.bias, lambda rows: rows / factor)
    return Matrix(weight, bias)
