"""Keys and values of what was read a while ago, in 8 bits, beside those of the cache itself.

Where a single token looks back at many, torch's attention takes as long for a thousand of them as
for all the matrices of a small model's layer. Products with matrices in 8 bits take a quarter of
that; each token's keys have a scale, and its values, as in SageAttention (Zhang et al. 2025,
https://arxiv.org/abs/2410.02367). What is near stays exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from assistant.engines.packed.plan import Plan

# It grows by so many tokens. torch's product reads on behind what 32 does not divide.
BLOCK = 128
_WIDTH = 32
# With fewer tokens torch's attention is quicker; the nearest stay as they are, so that taking some
# back, as every suggestion does, leaves the blocks whole.
_LEAST, _NEAREST = 768, 64
# Each key head takes products of its own; with more of them it is no quicker.
_MOST_HEADS = 4
# Rounded to bfloat16 a scale may be too small by a 256th: then the largest number would not fit.
_ROOM = 1.004


@dataclass(frozen=True, slots=True)
class Condensed:
    """The first `length` tokens of one text; of layers with a window nothing is kept.

    Each list has its layers in order and, but for `value_scales`, a tensor for each key head:
    `keys`, (length, width), with `key_scales`, (length), and `values`, (width, length), with
    `value_scales`, (key heads, 1, length) for a whole layer. Key scales are bfloat16 and have the
    scale of scores in them.
    """

    length: int
    keys: list[torch.Tensor]
    key_scales: list[torch.Tensor]
    values: list[torch.Tensor]
    value_scales: list[torch.Tensor]

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        lists = (self.keys, self.key_scales, self.values, self.value_scales)
        return sum(tensor.nbytes for tensors in lists for tensor in tensors)

    def beginning(self, length: int) -> Condensed | None:
        """Return the whole blocks of the first `length` tokens, None where there is none."""
        if length >= self.length:
            return self
        length = length // BLOCK * BLOCK
        if not length:
            return None
        return Condensed(
            length,
            [keys[:length].clone() for keys in self.keys],
            [scales[:length].clone() for scales in self.key_scales],
            [values[:, :length].contiguous() for values in self.values],
            [scales[..., :length].contiguous() for scales in self.value_scales],
        )


def can_condense(plan: Plan) -> bool:
    """Whether attention over 8 bits is quicker for models of `plan` on this processor."""
    import torch

    return (
        plan.key_heads <= _MOST_HEADS
        and plan.head_width % _WIDTH == 0
        and not all(plan.windows)
        and torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
    )


def condensed(
    known: Condensed | None, plan: Plan, layers: Sequence[torch.Tensor], length: int
) -> Condensed | None:
    """Return what there is to condense of `length` tokens in a cache's `layers`.

    `known` is what was condensed of them before.
    """
    wanted = (length - _NEAREST) // BLOCK * BLOCK
    if wanted < _LEAST or (known is not None and known.length >= wanted):
        return known
    done = known.length if known is not None else 0
    found = Condensed(wanted, [], [], [], [])
    for layer, window in zip(layers, plan.windows, strict=True):
        if window:
            continue
        (keys, values), (key_scales, value_scales) = _in_8_bits(layer[:, 0, :, done:wanted])
        found.keys.extend(keys)
        found.key_scales.extend(key_scales[..., 0] * plan.scale)
        found.values.extend(values.transpose(1, 2).contiguous())
        found.value_scales.append(value_scales.transpose(1, 2).float())
    return found if known is None else _joined(known, found)


def _in_8_bits(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `values`, (2, key heads, n, width), as whole numbers, and scales (…, 1) for them."""
    import torch

    values = values.float()
    largest = values.abs().amax(-1, keepdim=True).clamp_min_(1e-6)
    scales = (largest * (_ROOM / 127)).bfloat16()
    return (values / scales).round_().to(torch.int8), scales


def _joined(known: Condensed, found: Condensed) -> Condensed:
    """Return both, one behind the other."""
    import torch

    def join(first: list[torch.Tensor], second: list[torch.Tensor], dim: int) -> list[torch.Tensor]:
        return [torch.cat(pair, dim) for pair in zip(first, second, strict=True)]

    return Condensed(
        found.length,
        join(known.keys, found.keys, 0),
        join(known.key_scales, found.key_scales, 0),
        join(known.values, found.values, 1),
        join(known.value_scales, found.value_scales, 2),
    )
