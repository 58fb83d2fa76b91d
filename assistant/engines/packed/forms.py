"""The forms that a matrix can be held in: how it is packed, and how it is applied.

A form is made from a float32 `Matrix`, one at a time, and is a `Linear` of the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from assistant.engines.packed.weights import Matrix


class Plain:
    """The matrix itself, in the number format that it is run in."""

    def __init__(self, matrix: Matrix, dtype: torch.dtype) -> None:
        self._weight = matrix.weight.to(dtype)
        self._bias = None if matrix.bias is None else matrix.bias.to(dtype)

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Return the outputs for `values`, shape (n, inputs)."""
        from torch.nn.functional import linear

        return linear(values, self._weight, self._bias)
