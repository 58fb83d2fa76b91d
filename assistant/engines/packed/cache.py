"""Keys and values of what has been read, for every layer, in one place each.

Layers with a sliding window keep all of it too: it costs memory and lets every cache be cropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from assistant.engines.packed.plan import Plan


class Cache:
    """The keys and values of `rows` texts that are read side by side.

    `layers` holds for each layer a tensor of shape (2, rows, key heads, room, head width), keys
    before values; of its room `length` tokens are filled.
    """

    def __init__(self, plan: Plan, room: int, dtype: torch.dtype, rows: int = 1) -> None:
        import torch

        shape = (2, rows, plan.key_heads, room, plan.head_width)
        self.layers = [torch.empty(shape, dtype=dtype) for _ in range(plan.layers)]
        self.length = 0

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
        return sum(layer.nbytes for layer in self.layers)

    def make_room(self, tokens: int) -> None:
        """Have room for `tokens` in all; at least double it, so that growing stays rare."""
        if tokens > self.room:
            self._move_to(max(tokens, 2 * self.room), self.rows)

    def crop(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        self.length = min(self.length, length)

    def branch(self, rows: int, more: int) -> Cache:
        """Return a copy of a single row's cache for `rows` rows, with room for `more` tokens."""
        import copy

        other = copy.copy(self)
        other._move_to(self.length + more, rows)  # noqa: SLF001 - of the same class
        return other

    def _move_to(self, room: int, rows: int) -> None:
        moved = []
        for layer in self.layers:
            two, _, heads, _, width = layer.shape
            new = layer.new_empty((two, rows, heads, room, width))
            new[:, :, :, : self.length] = layer[:, :, :, : self.length]
            moved.append(new)
        self.layers = moved
