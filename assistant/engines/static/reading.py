"""Reading with transformers' forward over a static cache, single tokens by a recorded step.

For graphics cards: there a step of one token waits for Python, not for the card. Whether a model
can be read this way is tried when it is loaded; what cannot keeps its dynamic cache.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from assistant.engines.reading import CausalNetwork, Network, Reader, read_piece
from assistant.engines.static.cache import StaticCache, size_for, sliding_layers
from assistant.engines.static.graphs import CudaRecorder, Graphs, Recorder, agree, tried_tokens

if TYPE_CHECKING:
    import torch

    from assistant.core.requests import ShouldStop

_log = logging.getLogger(__name__)

# How many tokens are tried: some at once, some more behind them, then one.
_TRIED = (5, 3, 1)


def network_for(plain: CausalNetwork) -> Network:
    """Return the network that reads a model fastest where it runs."""
    if plain.device.type != "cuda":
        return plain
    return static_network(plain, CudaRecorder(plain.device)) or plain


def static_network(plain: CausalNetwork, recorder: Recorder) -> StaticNetwork | None:
    """Return a network with static caches for a model, None where it cannot have them."""
    import torch

    # transformers says so of models whose step asks for no numbers on its way.
    steady = plain.model._can_compile_fullgraph  # noqa: SLF001 - there is no public way to ask
    sliding = sliding_layers(plain.model)
    if sliding is None or not steady or not plain.takes_positions or plain.forgetful:
        return None
    graphs = Graphs(partial(_step, plain), recorder, plain.vocabulary)
    network = StaticNetwork(plain, sliding, graphs)
    try:
        with torch.inference_mode():
            agrees = _agrees(network)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the dynamic cache is there
        _log.warning("a model cannot be read with a static cache: %s", type(error).__name__)
        return None
    if not agrees:
        _log.warning("a model gives other logits with a static cache")
        return None
    return network


@dataclass(frozen=True, slots=True)
class StaticNetwork:
    """A causal model of transformers that is read with static caches; see `Network`.

    `sliding` says which of its layers have a window.
    """

    plain: CausalNetwork
    sliding: tuple[bool, ...]
    graphs: Graphs

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return self.plain.device

    @property
    def vocabulary(self) -> int:
        """How many logits there are for a token."""
        return self.plain.vocabulary

    def reader(self, room: int) -> StaticReader:
        """Return a reader that has read nothing, with room for at least so many tokens."""
        return StaticReader(self, StaticCache(self.sliding, size_for(room), self.device))


class StaticReader:
    """Feeds tokens to a network with a static cache; see `Reader`."""

    can_crop = True

    def __init__(self, network: StaticNetwork, cache: StaticCache, length: int = 0) -> None:
        self.network = network
        self.cache = cache
        self.length = length
        self.whole = True

    @property
    def bytes(self) -> int:
        """How much memory the cache takes."""
        return self.cache.bytes

    def crop(self, length: int) -> None:
        """Forget all but the first `length` tokens, and what a stopped `read` left half done."""
        self.length = min(length, self.length)
        self.whole = True

    def branch(self, rows: int) -> Reader:
        """Return a reader that has read the same, `rows` times side by side."""
        cache = self.cache.copied(self.length, self.cache.size, rows)
        return StaticReader(self.network, cache, self.length)

    def beginning(self, length: int, room: int) -> Reader:
        """Return another reader that has read the first `length` tokens."""
        return StaticReader(self.network, self.cache.copied(length, size_for(room)), length)

    def read(
        self,
        ids: torch.Tensor,
        should_stop: ShouldStop,
        report: Callable[[int], None],
        at_once: int | None = None,
    ) -> torch.Tensor | None:
        """Read `ids`, shape (1, n), asking `should_stop` before every layer of every slice.

        See `Reader`. A single token is not stopped half-way.
        """
        logits = None
        plain = self.network.plain
        most = plain.slice_length
        for piece in ids.split(min(at_once or most, most), dim=1):
            # One token is a step, which cannot be recorded while it is watched.
            layers = plain.layers if piece.shape[1] > 1 else ()
            logits = read_piece(self, piece, layers, should_stop, report)
            if logits is None:
                return None
        return logits

    def step(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return the last logits, shape (b, v) in float32."""
        self._make_room(ids.shape[1])
        if self.length and ids.shape == (1, 1):
            logits = self.network.graphs.step(self, ids)
            if logits is not None:
                self.length += 1
                return logits
        return self._forward(ids, self.network.plain.last_only)[:, -1].float()

    def all_logits(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return all their logits, shape (b, n, v)."""
        self._make_room(ids.shape[1])
        return self._forward(ids, {}).float()

    def _make_room(self, tokens: int) -> None:
        end = self.length + tokens
        if end > self.cache.size:
            self.cache = self.cache.copied(self.length, size_for(end))

    def _forward(self, ids: torch.Tensor, limits: dict[str, int]) -> torch.Tensor:
        self.cache.start.fill_(self.length)
        logits = _forward(self.network.plain, ids, self.cache, limits)
        self.length += ids.shape[1]
        return logits


def _forward(
    plain: CausalNetwork, ids: torch.Tensor, cache: StaticCache, limits: dict[str, int]
) -> torch.Tensor:
    """Read `ids`, shape (b, n), where `cache` starts; return logits as `limits` say."""
    import torch

    positions = cache.start + torch.arange(ids.shape[1], device=ids.device)
    return plain.forward(ids, cache.kept, positions[None], limits)


def _step(plain: CausalNetwork, ids: torch.Tensor, cache: StaticCache) -> torch.Tensor:
    """Read `ids`, shape (b, 1), where `cache` starts; return the logits, shape (b, v)."""
    return _forward(plain, ids, cache, plain.last_only)[:, -1].float()


def _agrees(network: StaticNetwork) -> bool:
    """Return whether a few tokens have the same logits with a static cache as without."""
    ids = tried_tokens(range(sum(_TRIED)), network.vocabulary, network.device)
    static, plain = network.reader(ids.shape[1]), network.plain.reader(ids.shape[1])
    pieces = ids.split(_TRIED, dim=1)
    return all(agree(static.all_logits(piece), plain.all_logits(piece)) for piece in pieces)
