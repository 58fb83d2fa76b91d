"""One token's step recorded once and played back as a whole, without Python in between.

Owns when a step is recorded, the check that the recording gives what the step gives, and whose
text lies in the recorded tensors. Where recording fails or differs the plain step stays in use.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import torch

    from assistant.engines.static.cache import StaticCache

_log = logging.getLogger(__name__)

# Reads `ids`, shape (1, 1), into a cache; returns the logits, shape (1, v) in float32. It may be
# told nothing else than by these tensors and the cache's `start`.
Step: TypeAlias = "Callable[[torch.Tensor, StaticCache], torch.Tensor]"
Play: TypeAlias = "Callable[[], torch.Tensor]"

# Each size keeps a cache of its own.
_MOST_SIZES = 3
# A step runs so often before it is recorded: libraries choose their ways in the first ones.
_WARM_UP = 3
# The tokens at the beginning of a text, and as many at its end, that are tried on a recording.
_TRIED = 4
# By how much of the largest logit two ways to compute it may differ: in bfloat16 they do by 2 %,
# where something is wrong by all of it.
_TOLERANCE = 0.05


class Recorder(Protocol):
    """Records what a step does with its tensors."""

    def record(self, step: Play) -> Play:
        """Run `step` a few times and return what repeats it on the same tensors, by itself.

        What that returns is overwritten when it is called again. Raises where it cannot be done.
        """


class CudaRecorder:
    """Records with CUDA graphs."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def record(self, step: Play) -> Play:
        """Record as PyTorch's documentation says, warmed up beside the stream in use."""
        import torch

        with torch.cuda.device(self._device):
            current = torch.cuda.current_stream()
            # Named, because a capture that fails leaves its own stream in use.
            with torch.cuda.stream(current):
                beside = torch.cuda.Stream()
                beside.wait_stream(current)
                with torch.cuda.stream(beside):
                    for _ in range(_WARM_UP):
                        step()
                current.wait_stream(beside)
                graph = torch.cuda.CUDAGraph()
                # By its default mode another thread's call, of the window's say, would spoil it.
                with torch.cuda.graph(graph, stream=beside, capture_error_mode="thread_local"):
                    found = step()

        def play() -> torch.Tensor:
            with torch.cuda.device(self._device):
                graph.replay()
            return found

        return play


class Holder(Protocol):
    """Who has read `length` tokens into `cache`, and may be given another cache."""

    cache: StaticCache
    length: int


@dataclass(slots=True)
class _Recording:
    """A step recorded over a cache of one size, which at most one holder uses."""

    cache: StaticCache
    ids: torch.Tensor
    play: Play
    holder: weakref.ref[Any] | None = None

    def admit(self, holder: Holder) -> None:
        """Let `holder` use the cache; who used it before gets a copy of what is theirs."""
        if holder.cache is self.cache:
            return
        before: Holder | None = self.holder() if self.holder else None
        if before is not None and before.cache is self.cache:
            before.cache = self.cache.copied(before.length, self.cache.size)
        self.cache.take(holder.cache, holder.length)
        holder.cache = self.cache
        self.holder = weakref.ref(holder)


class Graphs:
    """Steps with recordings of `step`, one for each size of cache; for one thread.

    `vocabulary` is how many tokens may be tried.
    """

    def __init__(self, step: Step, recorder: Recorder, vocabulary: int) -> None:
        self._step = step
        self._recorder = recorder
        self._vocabulary = vocabulary
        # In the order of use, the one used last at the end.
        self._recordings: dict[int, _Recording] = {}
        self._usable = True

    def step(self, holder: Holder, ids: torch.Tensor) -> torch.Tensor | None:
        """Read `ids`, shape (1, 1), behind what `holder`, of one text, has read.

        There has to be room for it, and a token before it. Returns the logits, shape (1, v) in
        float32; None where no recording can be used, and nothing was read. The cache of `holder`
        may be another afterwards.
        """
        recording = self._recording_for(holder)
        if recording is None:
            return None
        recording.admit(holder)
        return self._played(recording, ids, holder.length, recording.play).clone()

    def _recording_for(self, holder: Holder) -> _Recording | None:
        size = holder.cache.size
        recording = self._recordings.pop(size, None)
        if recording is None and self._usable:
            recording = self._recorded(holder)
        if recording is None:
            return None
        self._recordings[size] = recording
        while len(self._recordings) > _MOST_SIZES:
            del self._recordings[next(iter(self._recordings))]
        return recording

    def _recorded(self, holder: Holder) -> _Recording | None:
        """Return a recording for the size of `holder`'s cache, which is left alone."""
        try:
            recording = self._record(holder.cache, holder.length)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the plain step is there
            self._give_up(f"{type(error).__name__}: {error}".partition("\n")[0])
            return None
        if recording is None:
            self._give_up("it gives other logits than the step itself")
        return recording

    def _give_up(self, why: str) -> None:
        """Say why no step is recorded any more."""
        self._usable = False
        _log.warning("the step of one token could not be recorded: %s", why)

    def _record(self, like: StaticCache, length: int) -> _Recording | None:
        """Return a recording over a cache like `like`; None where it differs from the step.

        `length` tokens are known to be possible. It is tried on tokens of its own.
        """
        import torch

        cache = like.copied(0, like.size)
        ids = torch.zeros((1, 1), dtype=torch.long, device=cache.start.device)

        def step() -> torch.Tensor:
            return self._step(ids, cache)

        recording = _Recording(cache, ids, self._recorder.record(step))
        places = sorted({*range(min(_TRIED, length)), *range(max(length - _TRIED, 0), length)})
        cache.clear()
        plain = self._tried(recording, places, step)
        # Else the recording would find the plain step's keys and values.
        cache.clear()
        played = self._tried(recording, places, recording.play)
        cache.clear()
        if not agree(played, plain):
            return None
        _log.info("recorded the step of one token for %d tokens", cache.size)
        return recording

    def _tried(self, recording: _Recording, places: Sequence[int], step: Play) -> torch.Tensor:
        """Return the logits of a token at each of `places`, shape (n, v)."""
        import torch

        tokens = tried_tokens(places, self._vocabulary, recording.ids.device).split(1, dim=1)
        tries = zip(tokens, places, strict=True)
        return torch.cat([self._played(recording, *one, step).clone() for one in tries])

    @staticmethod
    def _played(recording: _Recording, ids: torch.Tensor, place: int, step: Play) -> torch.Tensor:
        """Return what `step` finds for `ids` at `place`."""
        recording.ids.copy_(ids)
        recording.cache.start.fill_(place)
        return step()


def agree(logits: torch.Tensor, expected: torch.Tensor) -> bool:
    """Return whether the same was computed, up to the last bits; never where there is a NaN."""
    return bool((logits - expected).abs().max() <= _TOLERANCE * expected.abs().max())


def tried_tokens(places: Sequence[int], vocabulary: int, device: torch.device) -> torch.Tensor:
    """Return some token for each of `places`, shape (1, n)."""
    import torch

    return torch.tensor([[(7 * place + 3) % vocabulary for place in places]], device=device)
