"""Reading with a packed model: many tokens by one network, single ones by another, in one cache.

A few tokens of one text go through the network for many, by its script. Measured on SmolLM2, where
single tokens are written from 4 bits: for 4 tokens those take 1.4 times as long as 8 bits, for 8
tokens 1.8 times.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assistant.engines.packed.attending import FEW, Step
from assistant.engines.packed.cache import Cache
from assistant.engines.packed.script import ScriptedStep, scripted

if TYPE_CHECKING:
    import torch

    from assistant.core.requests import ShouldStop
    from assistant.engines.packed.network import PackedNetwork
    from assistant.engines.packed.packing import Networks
    from assistant.engines.packed.store import Forms

# How many tokens are read at once: attention's masks stay small, and stopping loses little.
_SLICE = 256
# So few texts, a token of each, go through the network that writes.
_FEW_ROWS = 8


class PackedModel:
    """A packed model that runs on the processor; see `assistant.engines.reading.Network`.

    `config` and `generation_config` are transformers', `forms` how it is held.
    """

    def __init__(
        self, networks: Networks, forms: Forms, config: Any, generation_config: Any
    ) -> None:
        import torch

        self.config = config
        self.generation_config = generation_config
        self.forms = forms
        self.device = torch.device("cpu")
        self.reading: PackedNetwork = networks.reading
        self.writing: PackedNetwork | ScriptedStep = (
            scripted(networks.writing, forms.writing) or networks.writing
        )
        self.few: PackedNetwork | ScriptedStep = (
            self.writing
            if networks.writing is networks.reading
            else scripted(networks.reading, forms.reading) or networks.reading
        )
        self.cache_dtype = torch.float32 if forms.exact else torch.bfloat16

    @property
    def vocabulary(self) -> int:
        """How many logits there are for a token."""
        return self.reading.plan.vocabulary

    def reader(self, room: int) -> PackedReader:
        """Return a reader that has read nothing, with room for about so many tokens."""
        return PackedReader(self, Cache(self.reading.plan, room, self.cache_dtype))

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the logits of what comes out of either network."""
        return self.reading.logits(hidden)


class PackedReader:
    """Feeds tokens to a packed model; see `assistant.engines.reading.Reader`."""

    can_crop = True

    def __init__(self, network: PackedModel, cache: Cache) -> None:
        self.network = network
        self.cache = cache
        self.whole = True

    @property
    def length(self) -> int:
        """How many tokens the cache holds."""
        return self.cache.length

    @property
    def bytes(self) -> int:
        """How much memory the cache takes."""
        return self.cache.bytes

    def crop(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        self.cache.crop(length)

    def branch(self, rows: int) -> PackedReader:
        """Return a reader that has read the same, `rows` times side by side."""
        room = self.cache.room - self.cache.length
        return PackedReader(self.network, self.cache.branch(rows, room))

    def beginning(self, length: int, room: int) -> PackedReader:
        """Return another reader that has read the first `length` tokens."""
        shorter = copy.copy(self.cache)
        shorter.crop(length)
        return PackedReader(self.network, shorter.branch(1, max(room - length, 0)))

    def read(
        self,
        ids: torch.Tensor,
        should_stop: ShouldStop,
        report: Callable[[int], None],
        at_once: int | None = None,
    ) -> torch.Tensor | None:
        """Read `ids`, shape (1, n), asking `should_stop` before every layer of every slice.

        What was read before a stop stays, as far as slices are whole: the cache is never spoilt.
        """
        hidden = None
        for piece in ids.split(min(at_once or _SLICE, _SLICE), dim=1):
            hidden = self._watched(piece, should_stop)
            if hidden is None:
                return None
            report(self.length)
        return None if hidden is None else self.network.logits(hidden[-1:])

    def step(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return the last logits, shape (b, v) in float32."""
        rows, count = ids.shape
        hidden = self._hidden(ids)
        return self.network.logits(hidden.view(rows, count, -1)[:, -1])

    def all_logits(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return all their logits, shape (b, n, v)."""
        return self.network.logits(self._hidden(ids)).view(*ids.shape, -1)

    def _hidden(self, ids: torch.Tensor) -> torch.Tensor:
        rows, count = ids.shape
        network = self.network
        if count == 1 and rows <= _FEW_ROWS:
            return network.writing.hidden(ids, self.cache)
        if rows == 1 and count <= FEW:
            return network.few.hidden(ids, self.cache)
        return network.reading.hidden(ids, self.cache)

    def _watched(self, ids: torch.Tensor, should_stop: ShouldStop) -> torch.Tensor | None:
        """Read a slice; None where it was stopped."""
        if ids.shape[1] <= FEW:
            return None if should_stop() else self._hidden(ids)
        network = self.network.reading
        step = Step(self.cache, *ids.shape)
        values = network.embedded(ids, step.start)
        for number, block in enumerate(network.blocks):
            if should_stop():
                return None
            values = network.run(block, number, values, step)
        self.cache.length = step.end
        return values
