"""Running a causal model over tokens: the cache, and reading a prompt so that it can be stopped.

A thin layer over the model's forward pass. The decoding loop, beam search and the scorer stand on
it.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from assistant.core.requests import ShouldStop
from assistant.engines import keys

if TYPE_CHECKING:
    import torch

# How many tokens go through a model at once, by its parameters. One layer of such a slice takes
# well under half a second on a slow laptop, and no mask of it is larger than a few megabytes.
_SLICES = ((250_000_000, 2048), (1_000_000_000, 1024))
_SHORTEST_SLICE = 512
# A model whose layers are not found can only be stopped between slices.
_UNWATCHED_SLICE = 128
# Found by running transformers 5.24: behind what they have read these take only one token at a time
# into account; of several at once they forget what was before.
_FORGETFUL = frozenset({"jamba", "recurrent_gemma"})
# How many tokens' worth of work lies between two reports.
_REPORT_EVERY = 64


class Reader(Protocol):
    """Feeds tokens to a network and keeps what it has read in a cache."""

    @property
    def length(self) -> int:
        """How many tokens the cache holds."""

    @property
    def whole(self) -> bool:
        """Whether no pass was stopped half-way since it was cropped."""

    @property
    def network(self) -> Network:
        """What it feeds."""

    @property
    def bytes(self) -> int:
        """How much memory the cache takes."""

    @property
    def can_crop(self) -> bool:
        """Whether what was read last can be forgotten."""

    def crop(self, length: int) -> None:
        """Forget all but the first `length` tokens, and what a stopped `read` left half done."""

    def branch(self, rows: int) -> Reader:
        """Return a reader that has read the same, `rows` times side by side."""

    def beginning(self, length: int, room: int) -> Reader:
        """Return another reader that has read the first `length` tokens, of one that can crop."""

    def read(
        self,
        ids: torch.Tensor,
        should_stop: ShouldStop,
        report: Callable[[int], None],
        at_once: int | None = None,
    ) -> torch.Tensor | None:
        """Read `ids`, shape (1, n), asking `should_stop` before every layer of every slice.

        `at_once` is for at most how many tokens, where less is to be lost when it is stopped.
        `report` hears how many tokens are read. Returns the logits after the last token, shape
        (1, v) in float32; None when stopped: the cache is useless then until it is cropped to
        `length`, the slices that are whole.
        """

    def step(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return the last logits, shape (b, v) in float32."""

    def all_logits(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return all their logits, shape (b, n, v)."""


class Network(Protocol):
    """A causal model that can be read with: how many tokens it knows, where it runs."""

    @property
    def vocabulary(self) -> int:
        """How many logits there are for a token."""

    @property
    def device(self) -> torch.device:
        """Where it runs."""

    def reader(self, room: int) -> Reader:
        """Return a reader that has read nothing, with room for about so many tokens."""


class Stopped(Exception):
    """Leaves a forward pass whose result nobody wants any more."""


@contextmanager
def before_each(layers: Sequence[Any], action: Callable[[int], None]) -> Iterator[None]:
    """Call `action` with its number before each of `layers` runs; it may raise `Stopped`."""
    hooks = [
        layer.register_forward_pre_hook(lambda *_, number=number: action(number))
        for number, layer in enumerate(layers)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def layers_of(module: Any, count: int) -> tuple[Any, ...]:
    """Return the list of `count` layers in `module`, none where there is no such list."""
    from torch.nn import ModuleList

    lists = (part for part in module.modules() if isinstance(part, ModuleList))
    return next((tuple(layers) for layers in lists if len(layers) == count), ())


class Stoppable(Protocol):
    """What `read_piece` can read with."""

    length: int
    whole: bool

    def step(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return the last logits, shape (b, v) in float32."""


def read_piece(
    reader: Stoppable,
    ids: torch.Tensor,
    layers: Sequence[Any],
    should_stop: ShouldStop,
    report: Callable[[int], None],
) -> torch.Tensor | None:
    """Read `ids`, shape (1, n), at once, asking before it and before each of `layers`.

    Returns the last logits; None when stopped, and the reader is not `whole` where that was
    half-way. Work half done is reported as counted by the layers.
    """
    if should_stop():
        return None
    try:
        with _watched(layers, reader.length, ids.shape[1], should_stop, report):
            logits = reader.step(ids)
    except Stopped:
        reader.whole = False
        return None
    report(reader.length)
    return logits


@contextmanager
def _watched(
    layers: Sequence[Any],
    start: int,
    tokens: int,
    should_stop: ShouldStop,
    report: Callable[[int], None],
) -> Iterator[None]:
    """Ask and report before each layer while `tokens` behind `start` go through."""
    reported = start

    def ask(number: int) -> None:
        nonlocal reported
        if should_stop():
            raise Stopped
        done = start + tokens * number // len(layers)
        if done - reported >= _REPORT_EVERY:
            reported = done
            report(done)

    with before_each(layers, ask):
        yield


@dataclass(frozen=True, slots=True)
class CausalNetwork:
    """A causal model of transformers and what has to be known to run it.

    `layers` are its decoder's. `slice_length` is how many tokens it reads at once; `forgetful` says
    that behind others it can read only one.
    """

    model: Any
    layers: tuple[Any, ...]
    slice_length: int
    forgetful: bool
    cache_name: str
    takes_positions: bool
    last_only: dict[str, int]

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        found: torch.device = self.model.device
        return found

    @property
    def vocabulary(self) -> int:
        """How many logits there are for a token."""
        return int(self.model.config.get_text_config(decoder=True).vocab_size)

    def reader(self, room: int) -> CausalReader:
        """Return a reader that has read nothing, with room for about so many tokens."""
        return CausalReader(self, room)

    def forward(
        self, ids: torch.Tensor, cache: Any, positions: torch.Tensor, limits: dict[str, int]
    ) -> torch.Tensor:
        """Read `ids`, shape (b, n), into a cache of transformers; return logits as `limits` say."""
        options: dict[str, Any] = {self.cache_name: cache, **limits}
        if self.takes_positions:
            options["position_ids"] = positions
        output = self.model(input_ids=ids, use_cache=True, return_dict=True, **options)
        logits: torch.Tensor = output.logits
        return logits


def network_of(model: Any) -> CausalNetwork:
    """Look at a loaded model once."""
    accepted = inspect.signature(model.forward).parameters
    layers = layers_of(model, model.config.get_text_config(decoder=True).num_hidden_layers)
    parameters = model.num_parameters()
    length = next((length for most, length in _SLICES if parameters < most), _SHORTEST_SLICE)
    return CausalNetwork(
        model=model,
        layers=layers,
        slice_length=length if layers else _UNWATCHED_SLICE,
        forgetful=model.config.model_type in _FORGETFUL,
        # transformers up to 5.23 calls it by its old name.
        cache_name="cache" if "cache" in accepted else "past_key_values",
        takes_positions="position_ids" in accepted,
        last_only={"logits_to_keep": 1} if "logits_to_keep" in accepted else {},
    )


class CausalReader:
    """Feeds tokens to a network of transformers; see `Reader`. `cache` is transformers' own."""

    def __init__(self, network: CausalNetwork, room: int) -> None:
        import torch

        self.network = network
        self.cache = keys.cache_for(network.model, room)
        self.length = 0
        self.whole = True
        self._positions = torch.arange(room, device=network.device)[None]

    def branch(self, rows: int) -> CausalReader:
        """Return a reader that has read the same, `rows` times side by side."""
        other = copy.copy(self)
        other.cache = copy.deepcopy(self.cache)
        if self.length and rows > 1:
            other.cache.batch_repeat_interleave(rows)
        return other

    def beginning(self, length: int, room: int) -> CausalReader:
        """Return another reader that has read the first `length` tokens, of one that can crop."""
        other = CausalReader(self.network, room)
        keys.copy_beginning(self.cache, other.cache, length)
        other.length = length
        return other

    @property
    def can_crop(self) -> bool:
        """Whether what was read last can be forgotten."""
        return keys.can_crop(self.cache)

    @property
    def bytes(self) -> int:
        """How much memory the cache takes."""
        return keys.bytes_of(self.cache)

    def crop(self, length: int) -> None:
        """Forget all but the first `length` tokens, and what a stopped `read` left half done."""
        self.length = min(length, self.length)
        keys.crop(self.cache, self.length)
        self.whole = True

    def read(
        self,
        ids: torch.Tensor,
        should_stop: ShouldStop,
        report: Callable[[int], None],
        at_once: int | None = None,
    ) -> torch.Tensor | None:
        """Read `ids`, shape (1, n), asking `should_stop` before every layer of every slice.

        See `Reader`. Reading all at once is faster than in small slices, and its numbers are those
        of `model.generate` to the last bit.
        """
        logits = None
        most = self.network.slice_length
        for piece in ids.split(min(at_once or most, most), dim=1):
            logits = read_piece(self, piece, self.network.layers, should_stop, report)
            if logits is None:
                return None
        return logits

    def step(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return the last logits, shape (b, v) in float32."""
        return self._forward(ids, self.network.last_only)[:, -1].float()

    def all_logits(self, ids: torch.Tensor) -> torch.Tensor:
        """Read `ids`, shape (b, n), at once; return all their logits, shape (b, n, v)."""
        return self._forward(ids, {}).float()

    def _forward(self, ids: torch.Tensor, limits: dict[str, int]) -> torch.Tensor:
        if self.length and ids.shape[1] > 1 and self.network.forgetful:
            return self._one_by_one(ids, limits)
        end = self.length + ids.shape[1]
        logits = self.network.forward(ids, self.cache, self._positions_up_to(end), limits)
        self.length = end
        return logits

    def _one_by_one(self, ids: torch.Tensor, limits: dict[str, int]) -> torch.Tensor:
        import torch

        return torch.cat([self._forward(one, limits) for one in ids.split(1, dim=1)], dim=1)

    def _positions_up_to(self, end: int) -> torch.Tensor:
        """Return the positions of the tokens from `length` to `end`, from a table that grows."""
        import torch

        if self._positions.shape[1] < end:
            self._positions = torch.arange(2 * end, device=self.network.device)[None]
        return self._positions[:, self.length : end]
