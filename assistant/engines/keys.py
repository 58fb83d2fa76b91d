"""A cache for keys and values that does not copy all of them at every token.

transformers' `DynamicCache` joins the old and the new into a new tensor at each step: with a
thousand tokens before it, that is a tenth of a step.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def cache_for(model: Any, room: int) -> Any:
    """Return an empty `DynamicCache` for `model`, its plain layers with `room` tokens' space."""
    import transformers
    from transformers.cache_utils import DynamicLayer

    found = transformers.DynamicCache(config=model.config)
    roomy = _roomy_layer()
    # Layers of other types (sliding windows, states) have their own way, and keep it.
    found.layers = [roomy(room) if type(layer) is DynamicLayer else layer for layer in found.layers]
    return found


@cache
def _roomy_layer() -> type:
    """Return the class, made here because its base may only be imported when it is needed."""
    from transformers.cache_utils import DynamicLayer

    class RoomyLayer(DynamicLayer):
        """A `DynamicLayer` whose `keys` and `values` look at the front of a larger tensor."""

        def __init__(self, room: int) -> None:
            super().__init__()
            self._room = room
            self._all_keys: torch.Tensor | None = None
            self._all_values: torch.Tensor | None = None
            # What was handed out last. Other methods put something else there: beams are reordered.
            self._shown: torch.Tensor | None = None

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Write the new ones behind the old; return all."""
            old = self.get_seq_length() if self.is_initialized else 0
            end = old + key_states.shape[-2]
            if self._all_keys is None or self.keys is not self._shown or end > self._room:
                self._make_room(key_states, value_states, old, end)
            assert self._all_keys is not None
            assert self._all_values is not None
            self._all_keys[..., old:end, :] = key_states
            self._all_values[..., old:end, :] = value_states
            self.keys = self._shown = self._all_keys[..., :end, :]
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
            self._all_keys, self._all_values = all_keys, all_values
            self.dtype, self.device = keys.dtype, keys.device
            self.is_initialized = True

    return RoomyLayer
