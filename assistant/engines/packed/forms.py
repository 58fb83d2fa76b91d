"""The forms that a matrix can be held in: how it is packed, kept and applied.

`pack` turns a `Matrix` into tensors that can be written to a file; `linear` makes of them
what the network runs. Which form serves where is chosen elsewhere, by measuring.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import torch

    from assistant.engines.packed.network import Linear
    from assistant.engines.packed.weights import Matrix

Tensors: TypeAlias = "Mapping[str, torch.Tensor]"

# The groups in which GGUF's 4-bit files quantize: on the same ones, packing loses next to nothing.
GROUP = 32
_INT4_OUTPUTS = 16

_filtering = Lock()


class Form(StrEnum):
    """How a matrix is held.

    `PREPACKED` is bfloat16 laid out by oneDNN. `INT8` has a scale per output, and one per token for
    the values, which are quantized as they come. `INT4` has a scale and an offset per 32 inputs of
    an output.
    """

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    PREPACKED = "prepacked"
    INT8 = "int8"
    INT4 = "int4"

    @property
    def dtype(self) -> torch.dtype:
        """The number format of the values that it is applied to."""
        import torch

        return torch.float32 if self in (Form.FLOAT32, Form.INT8) else torch.bfloat16

    def fits(self, outputs: int, inputs: int) -> bool:
        """Return whether a matrix of that shape can be held so."""
        return self is not Form.INT4 or (outputs % _INT4_OUTPUTS == 0 and inputs % GROUP == 0)


def pack(matrix: Matrix, form: Form) -> Tensors:
    """Return what is kept of `matrix`."""
    weight = matrix.weight.float()
    match form:
        case Form.FLOAT32 | Form.BFLOAT16 | Form.PREPACKED:
            tensors = {"weight": weight.to(form.dtype)}
        case Form.INT8:
            tensors = _pack_int8(weight)
        case Form.INT4:
            tensors = _pack_int4(weight)
    if matrix.bias is not None:
        tensors["bias"] = matrix.bias.to(form.dtype)
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def linear(form: Form, tensors: Tensors) -> Linear:
    """Return what `pack` has kept, ready to be run."""
    match form:
        case Form.FLOAT32 | Form.BFLOAT16:
            return Plain(tensors)
        case Form.PREPACKED:
            return Prepacked(tensors)
        case Form.INT8:
            return Int8(tensors)
        case Form.INT4:
            return Int4(tensors)


class Plain:
    """The matrix as it is."""

    def __init__(self, tensors: Tensors) -> None:
        self.weight = tensors["weight"]
        self.bias = tensors.get("bias")

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Return the outputs for `values`, shape (n, inputs)."""
        from torch.nn.functional import linear as apply

        return apply(values.to(self.weight.dtype), self.weight, self.bias)


class Prepacked:
    """The matrix in bfloat16, laid out by oneDNN for this processor when it is loaded."""

    def __init__(self, tensors: Tensors) -> None:
        import torch

        self.weight = torch.ops.mkldnn._reorder_linear_weight(tensors["weight"], 1)  # noqa: SLF001
        self.bias = _apart(tensors.get("bias"))
        self._apply = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Return the outputs for `values`, shape (n, inputs)."""
        values = values.bfloat16()
        found: torch.Tensor = self._apply(values, self.weight, self.bias, "none", [], "")
        return found


class Int8:
    """Whole numbers of 8 bits with a scale per output, by FBGEMM's dynamic product.

    That product has one scale for all values. A token with outliers would spoil the others, so each
    is brought to the same size first.
    """

    def __init__(self, tensors: Tensors) -> None:
        import torch

        quantized = _quantized(tensors["weight"], tensors["scale"])
        self.weight: Any = torch.ops.quantized.linear_prepack(quantized, None)
        self.bias = _apart(tensors.get("bias"))
        self._apply = torch.ops.quantized.linear_dynamic

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Return the outputs for `values`, shape (n, inputs), in float32."""
        values = values.float()
        found: torch.Tensor
        if len(values) == 1:
            found = self._apply(values, self.weight, False)
        else:
            largest = values.abs().amax(1, keepdim=True).clamp_min_(1e-8)
            found = self._apply(values / largest, self.weight, False).mul_(largest)
        return found if self.bias is None else found.add_(self.bias)


class Int4:
    """Whole numbers of 4 bits with a scale and an offset per group of inputs."""

    def __init__(self, tensors: Tensors) -> None:
        import torch

        self.weight = tensors["packed"], tensors["scales"]
        self.bias = tensors.get("bias")
        self._apply = torch.ops.aten._weight_int4pack_mm_for_cpu  # noqa: SLF001

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Return the outputs for `values`, shape (n, inputs), in bfloat16."""
        packed, scales = self.weight
        found: torch.Tensor = self._apply(values.bfloat16(), packed, GROUP, scales)
        return found if self.bias is None else found + self.bias


def _quantized(weight: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Return the numbers of `weight`, where they are, as a tensor that knows their scales."""
    import torch

    empty = _quantizing()(scale.double(), torch.zeros(len(scale), dtype=torch.long))
    # Making it of the weights would copy them: a fifth of the time that loading takes.
    return empty.set_(
        weight.untyped_storage(), weight.storage_offset(), weight.shape, weight.stride()
    )


@cache
def _quantizing() -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Return what makes an empty quantized matrix of its rows' scales and zero points.

    One has been made by then where nobody hears the warning.
    """
    import torch

    def make(scales: torch.Tensor, zeros: torch.Tensor) -> torch.Tensor:
        return torch._empty_per_channel_affine_quantized(  # noqa: SLF001
            (0, 0), scales=scales, zero_points=zeros, axis=0, dtype=torch.qint8
        )

    # Filters of warnings belong to all threads: no two may set and restore them at once.
    with _filtering, warnings.catch_warnings():
        # Quantized tensors are to leave torch, which says so once; its product takes one.
        warnings.simplefilter("ignore", UserWarning)
        make(torch.ones(1, dtype=torch.double), torch.zeros(1, dtype=torch.long))
    return make


def _apart(bias: torch.Tensor | None) -> torch.Tensor | None:
    """Return a copy of a bias: the file that it is mapped from is no longer needed."""
    return None if bias is None else bias.clone()


def _pack_int8(weight: torch.Tensor) -> dict[str, torch.Tensor]:
    import torch

    scale = weight.abs().amax(1).clamp_min(1e-8) / 127
    rounded = (weight / scale[:, None]).round_().clamp_(-127, 127)
    return {"weight": rounded.to(torch.int8), "scale": scale}


def _pack_int4(weight: torch.Tensor) -> dict[str, torch.Tensor]:
    """Pack with w = (q - 8) · scale + zero, q from 0 to 15, as torch's product has it."""
    import torch

    outputs, inputs = weight.shape
    grouped = weight.reshape(outputs, inputs // GROUP, GROUP)
    low, high = grouped.amin(-1), grouped.amax(-1)
    scale = ((high - low) / 15).clamp_min(1e-6).bfloat16().float()
    rounded = ((grouped - low[..., None]) / scale[..., None]).round_().clamp_(0, 15)
    whole = rounded.reshape(outputs, inputs).to(torch.int32).contiguous()
    zero = low + 8 * scale
    return {
        "packed": torch.ops.aten._convert_weight_to_int4pack_for_cpu(whole, 1),  # noqa: SLF001
        "scales": torch.stack([scale, zero], -1).transpose(0, 1).contiguous().bfloat16(),
    }
