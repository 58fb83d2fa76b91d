"""Keys and values in tensors that are made once, of a size that seldom changes.

What lies behind `start` is never looked at: transformers' masks see to that. So forgetting is to
set a number, and layers with a sliding window keep all that they have read, for the mask alone
makes their window.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

# Few sizes, so that few steps have to be recorded.
_SMALLEST = 512


def size_for(room: int) -> int:
    """Return the size of a cache for `room` tokens: the next power of two."""
    return max(_SMALLEST, 1 << (room - 1).bit_length())


def sliding_layers(model: Any) -> tuple[bool, ...] | None:
    """Return for each layer of `model` whether it has a window.

    None where one holds anything but keys and values of its own.
    """
    import transformers
    from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

    layers = transformers.DynamicCache(config=model.config).layers
    if not layers or {type(layer) for layer in layers} - {DynamicLayer, DynamicSlidingWindowLayer}:
        return None
    return tuple(type(layer) is DynamicSlidingWindowLayer for layer in layers)


class StaticCache:
    """Room for `size` tokens in every layer; nothing is read yet.

    `sliding` says which layers have a window. `start`, shape (), is where the next tokens are
    written; `kept` is what transformers' forward takes.
    """

    def __init__(self, sliding: Sequence[bool], size: int, device: torch.device) -> None:
        import torch
        import transformers

        self.sliding = tuple(sliding)
        self.size = size
        self.start = torch.zeros((), dtype=torch.long, device=device)
        layer: Any = _static_layer()
        self._layers = [layer(size, self.start, has) for has in sliding]
        self.kept = transformers.Cache(layers=list(self._layers))

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        return sum(
            tensor.nbytes
            for layer in self._layers
            if layer.is_initialized
            for tensor in (layer.keys, layer.values)
        )

    def copied(self, length: int, size: int, rows: int = 1) -> StaticCache:
        """Return a cache of `size` with the first `length` tokens, each text `rows` times."""
        other = StaticCache(self.sliding, size, self.start.device)
        for layer, new in zip(self._layers, other._layers, strict=True):
            if layer.is_initialized:
                keys, values = layer.keys[..., :length, :], layer.values[..., :length, :]
                new.make(keys, values, rows)
                new.write(keys.repeat_interleave(rows, 0), values.repeat_interleave(rows, 0))
        return other

    def take(self, other: StaticCache, length: int) -> None:
        """Put the first `length` tokens of another cache, of as many texts, into this one."""
        for layer, theirs in zip(self._layers, other._layers, strict=True):
            layer.write(theirs.keys[..., :length, :], theirs.values[..., :length, :])

    def clear(self) -> None:
        """Write zeros everywhere."""
        for layer in self._layers:
            layer.keys.zero_()
            layer.values.zero_()


@cache
def _static_layer() -> type:
    """Return the class, made here because its base may only be imported when it is needed."""
    from transformers.cache_utils import StaticLayer

    class SharedStartLayer(StaticLayer):
        """A `StaticLayer` that writes where `start` says, a tensor that all layers share.

        That it is a tensor lets a recorded step be played back at another place.
        """

        def __init__(self, size: int, start: torch.Tensor, is_sliding: Any) -> None:
            super().__init__(max_cache_len=size)
            self.is_sliding = is_sliding
            self.keys: Any = None
            self.values: Any = None
            self._start = start

        def make(self, keys: torch.Tensor, values: torch.Tensor, rows: int) -> None:
            """Make the tensors for `rows` times as many texts as those of `keys` and `values`."""

            # Zeros: what is masked counts nothing, but nothing times NaN is NaN.
            def room(like: torch.Tensor) -> torch.Tensor:
                shape = (rows * like.shape[0], like.shape[1], self.max_cache_len, like.shape[-1])
                return like.new_zeros(shape)

            self.keys, self.values = room(keys), room(values)
            self.dtype, self.device = keys.dtype, keys.device
            self.is_initialized = True

        def write(self, keys: torch.Tensor, values: torch.Tensor) -> None:
            """Put what another layer has read at the beginning."""
            self.keys[..., : keys.shape[-2], :] = keys
            self.values[..., : values.shape[-2], :] = values

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Write the new ones where the cache starts; return the whole room."""
            import torch

            if not self.is_initialized:
                self.make(key_states, value_states, 1)
            places = self._start + torch.arange(key_states.shape[-2], device=self.device)
            self.keys.index_copy_(2, places, key_states)
            self.values.index_copy_(2, places, value_states)
            return self.keys, self.values

        def get_seq_length(self) -> Any:
            """Return where the new tokens start, a tensor as transformers' static layers have."""
            return self._start

    return SharedStartLayer
