"""Running a causal model over tokens: the cache, and the prompt in slices that can be stopped.

A thin layer over the model's forward pass. Both the decoding loop and the scorer stand on it.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assistant.core.requests import ShouldStop

if TYPE_CHECKING:
    import torch

# How many tokens are read before `should_stop` is asked again. The fewer, the larger the model.
_SLICES = ((250_000_000, 256), (1_000_000_000, 128))
_SHORTEST_SLICE = 64


class Reader:
    """Feeds tokens to `model` and keeps what it has read in a cache.

    `length` is how many tokens the cache holds.
    """

    def __init__(self, model: Any, slice_length: int) -> None:
        import torch
        import transformers

        self.cache = transformers.DynamicCache(config=model.config)
        self.length = 0
        self.device = model.device
        self._model = model
        self._slice = slice_length
        accepted = inspect.signature(model.forward).parameters
        # transformers up to 5.23 calls it by its old name.
        self.cache_name = "cache" if "cache" in accepted else "past_key_values"
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in accepted else {}
        self._positions: torch.Tensor | None = None
        if "position_ids" in accepted:
            self._positions = torch.arange(0, device=model.device)[None]

    def branch(self, rows: int) -> Reader:
        """Return a reader that has read the same, `rows` times side by side."""
        other = copy.copy(self)
        other.cache = copy.deepcopy(self.cache)
        if self.length:
            other.cache.batch_repeat_interleave(rows)
        return other

    def read(
        self, ids: torch.Tensor, should_stop: ShouldStop, report: Callable[[int], None]
    ) -> torch.Tensor | None:
        """Read `ids`, shape (1, n), slice by slice; `report` how many are read.

        Returns the logits after the last one, shape (1, v) in float32; None when stopped.
        """
        logits = None
        for piece in ids.split(self._slice, dim=1):
            if should_stop():
                return None
            logits = self.step(piece)
            report(self.length)
        return logits

    def step(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return the last logits, shape (b, v) in float32."""
        return self._forward(ids, self._last_only)[:, -1].float()

    def all_logits(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return all their logits, shape (b, n, v)."""
        return self._forward(ids, {}).float()

    def _forward(self, ids: torch.Tensor, limits: dict[str, int]) -> torch.Tensor:
        end = self.length + ids.shape[1]
        options: dict[str, Any] = dict(limits)
        if self._positions is not None:
            options["position_ids"] = self._positions_up_to(end)
        options[self.cache_name] = self.cache
        output = self._model(input_ids=ids, use_cache=True, return_dict=True, **options)
        self.length = end
        logits: torch.Tensor = output.logits
        return logits

    def _positions_up_to(self, end: int) -> Any:
        """Return the positions of the tokens from `length` to `end`, from a table that grows."""
        import torch

        assert self._positions is not None
        if self._positions.shape[1] < end:
            self._positions = torch.arange(2 * end, device=self._positions.device)[None]
        return self._positions[:, self.length : end]


def slice_length(model: Any) -> int:
    """Return how many tokens of a prompt `model` reads at once; it does not depend on the moment.

    On a graphics card any model is fast enough for the longest slice.
    """
    if model.device.type != "cpu":
        return _SLICES[0][1]
    parameters = model.num_parameters()
    return next((length for most, length in _SLICES if parameters < most), _SHORTEST_SLICE)
