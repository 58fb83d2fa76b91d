"""A cache for keys and values that does not copy all of them at every token, and can be cropped.

transformers' `DynamicCache` joins the old and the new into a new tensor at each step: with a
thousand tokens before it, that is a tenth of a step. Its sliding windows forget what has left them;
ours keep it, for what has been forgotten cannot be gone back to.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def cache_for(model: Any, room: int) -> Any:
    """Return an empty `DynamicCache` for `model` with `room` tokens' space."""
    import transformers
    from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

    found = transformers.DynamicCache(config=model.config)
    roomy, roomy_window = _roomy_layer(), _roomy_window()

    def ours(layer: Any) -> Any:
        if type(layer) is DynamicLayer:
            return roomy(room)
        if type(layer) is DynamicSlidingWindowLayer:
            return roomy_window(room, layer.sliding_window)
        # Layers of other types (states) have their own way, and keep it.
        return layer

    found.layers = [ours(layer) for layer in found.layers]
    return found


def can_crop(kept: Any) -> bool:
    """Return whether a cache of `cache_for` can be cropped: no layer holds anything but ours."""
    # The name, because transformers has had the class only for a while: layers without any cache.
    return all(_ours(layer) or type(layer).__name__ == "DummyLayer" for layer in kept.layers)


def crop(kept: Any, length: int) -> None:
    """Make every layer of a cache forget all but the first `length` tokens.

    Some layers may have read more than others: a pass that was stopped half-way is undone.
    """
    for layer in kept.layers:
        if not _ours(layer) or not layer.is_initialized:
            continue
        own = layer.keys is layer.shown
        layer.keys, layer.values = layer.keys[..., :length, :], layer.values[..., :length, :]
        layer.shown = layer.keys if own else None


def copy_beginning(kept: Any, other: Any, length: int) -> None:
    """Put the first `length` tokens of a cache that can be cropped into an empty one."""
    for layer, new in zip(kept.layers, other.layers, strict=True):
        if _ours(layer) and layer.is_initialized:
            new.update(layer.keys[..., :length, :], layer.values[..., :length, :])


def bytes_of(kept: Any) -> int:
    """Return how much memory a cache's tensors take, the room that is not yet filled included."""
    sizes: dict[int, int] = {}
    for layer in kept.layers:
        for tensor in _tensors_of(layer):
            # Keys are a part of a larger tensor, and stand under several names.
            storage = tensor.untyped_storage()
            sizes[storage.data_ptr()] = storage.nbytes()
    return sum(sizes.values())


def _ours(layer: Any) -> bool:
    return isinstance(layer, _roomy_layer())


def _tensors_of(layer: Any) -> Iterator[torch.Tensor]:
    import torch

    for value in vars(layer).values():
        # States stand in dictionaries by their number.
        for part in value.values() if isinstance(value, dict) else (value,):
            if isinstance(part, torch.Tensor):
                yield part


@cache
def _roomy_layer() -> type:
    """Return the class, made here because its base may only be imported when it is needed."""
    from transformers.cache_utils import DynamicLayer

    class RoomyLayer(DynamicLayer):
        """A `DynamicLayer` whose `keys` and `values` look at the front of a larger tensor."""

        def __init__(self, room: int) -> None:
            super().__init__()
            self._room = room
            self.all_keys: torch.Tensor | None = None
            self._all_values: torch.Tensor | None = None
            # What was handed out last. Other methods put something else there: beams are reordered.
            self.shown: torch.Tensor | None = None

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Write the new ones behind the old; return all."""
            old = self.get_seq_length() if self.is_initialized else 0
            end = old + key_states.shape[-2]
            if self.all_keys is None or self.keys is not self.shown or end > self._room:
                self._make_room(key_states, value_states, old, end)
            assert self.all_keys is not None
            assert self._all_values is not None
            self.all_keys[..., old:end, :] = key_states
            self._all_values[..., old:end, :] = value_states
            self.keys = self.shown = self.all_keys[..., :end, :]
            self.values = self._all_values[..., :end, :]
            return self.keys, self.values

        def _make_room(self, keys: torch.Tensor, values: torch.Tensor, old: int, end: int) -> None:
            if end > self._room:
                self._room = 2 * end
            all_keys = keys.new_empty((*keys.shape[:-2], self._room, keys.shape[-1]))
            all_values = values.new_empty((*values.shape[:-2], self._room, values.shape[-1]))
            if old and self.keys is not None and self.values is not None:
                all_keys[..., :old, :] = self.keys
                all_values[..., :old, :] = self.values
            self.all_keys, self._all_values = all_keys, all_values
            self.dtype, self.device = keys.dtype, keys.device
            self.is_initialized = True

    return RoomyLayer


@cache
def _roomy_window() -> type:
    roomy: Any = _roomy_layer()

    class RoomyWindow(roomy):  # type: ignore[misc]  # made at run time
        """A `DynamicSlidingWindowLayer` that keeps what has left its window.

        Only `update` and the sizes of the mask are those of a window of `window` tokens.
        """

        is_sliding = True

        def __init__(self, room: int, window: int) -> None:
            super().__init__(room)
            self.sliding_window = window

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Write the new ones behind the old; return what the new ones can see."""
            old = self.get_seq_length() if self.is_initialized else 0
            keys, values = super().update(key_states, value_states)
            first = max(old - self.sliding_window + 1, 0)
            return keys[..., first:, :], values[..., first:, :]

        def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
            """Return how many tokens `update` will return, and which is the first of them."""
            first = max(self.get_seq_length() - self.sliding_window + 1, 0)
            return self.get_seq_length() + query_length - first, first

    return RoomyWindow
