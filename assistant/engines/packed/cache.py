"""Keys and values of what has been read, for every layer, in one place each.

Layers with a sliding window keep all of it too: it costs memory and lets every cache be cropped.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from assistant.engines.packed.condensed import Condensed, can_condense, condensed

if TYPE_CHECKING:
    import torch

    from assistant.engines.packed.plan import Plan


class Cache:
    """The keys and values of `rows` texts that are read side by side.

    `layers` holds for each layer a tensor of shape (2, rows, key heads, room, head width), keys
    before values; of its room `length` tokens are filled. `condensed` holds the older ones of a
    single text once more, in 8 bits, from when it is first asked to.
    """

    def __init__(self, plan: Plan, room: int, dtype: torch.dtype, rows: int = 1) -> None:
        import torch

        shape = (2, rows, plan.key_heads, room, plan.head_width)
        self.layers = [torch.empty(shape, dtype=dtype) for _ in range(plan.layers)]
        self.length = 0
        self.condensed: Condensed | None = None
        self._plan = plan
        self._condenses = rows == 1 and dtype is torch.bfloat16 and can_condense(plan)

    @property
    def rows(self) -> int:
        """How many texts are read side by side."""
        return self.layers[0].shape[1]

    @property
    def room(self) -> int:
        """How many tokens there is room for."""
        return self.layers[0].shape[3]

    @property
    def dtype(self) -> torch.dtype:
        """The number format that keys and values are kept in."""
        return self.layers[0].dtype

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        further = self.condensed.bytes if self.condensed else 0
        return sum(layer.nbytes for layer in self.layers) + further

    def make_room(self, tokens: int) -> None:
        """Have room for `tokens` in all; at least double it, so that growing stays rare."""
        if tokens > self.room:
            self._move_to(max(tokens, 2 * self.room), self.rows)

    def crop(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        self.length = min(self.length, length)
        if self.condensed is not None:
            self.condensed = self.condensed.beginning(self.length)

    def condense(self) -> Condensed | None:
        """Return what there is of the older tokens in 8 bits, made as far as it is not there."""
        if self._condenses:
            self.condensed = condensed(self.condensed, self._plan, self.layers, self.length)
        return self.condensed

    def branch(self, rows: int, more: int) -> Cache:
        """Return a copy of a single row's cache for `rows` rows, with room for `more` tokens."""
        other = copy.copy(self)
        other._move_to(self.length + more, rows)  # noqa: SLF001 - of the same class
        if rows > 1:
            other.condensed, other._condenses = None, False  # noqa: SLF001
        return other

    def _move_to(self, room: int, rows: int) -> None:
        moved = []
        for layer in self.layers:
            two, _, heads, _, width = layer.shape
            new = layer.new_empty((two, rows, heads, room, width))
            new[:, :, :, : self.length] = layer[:, :, :, : self.length]
            moved.append(new)
        self.layers = moved
