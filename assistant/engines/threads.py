"""How many threads torch computes with: as many as there are cores that nobody else wants.

A step of a model meets some two hundred barriers. Where a thread waits there for one that another
program's work keeps from running, two threads are several times slower than one. Torch has one
number of threads for the whole process, so this is the one place that sets it.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from assistant.core.jobs import EngineSpec
from assistant.core.requests import ShouldStop

_LOOK_EVERY = 0.5
_IDLE = ("idle", "iowait")


@dataclass(frozen=True, slots=True)
class _Mark:
    """Seconds: of the clock, of all cores at work, of this process at work."""

    clock: float
    everyone: float
    own: float


class FreeCores:
    """Says how many cores other programs leave, from what was done since the last look."""

    def __init__(self) -> None:
        self._cores = os.cpu_count() or 1
        self._free = float(self._cores)
        self._mark = _now()

    def count(self) -> int:
        """Return the cores that are free for this process, at least one; looks twice a second."""
        if time.monotonic() - self._mark.clock >= _LOOK_EVERY:
            mark, self._mark = self._mark, _now()
            passed = self._mark.clock - mark.clock
            own = self._mark.own - mark.own
            others = max(0.0, self._mark.everyone - mark.everyone - own)
            self._free = self._cores - others / passed
        return max(1, round(self._free))


class Threads:
    """Sets torch's number of threads for one engine.

    A number that the user chose is kept to. So is torch's own where the weights run in the
    precision that they are stored in: such a run is to repeat another to the last bit, and long
    prompts in bfloat16 come out differently with another number.
    """

    def __init__(self, spec: EngineSpec) -> None:
        self._most = most_threads(spec)
        self._free = None if spec.threads or spec.precision == "stored" else FreeCores()
        self._set(self._most)

    def watching(self, should_stop: ShouldStop) -> ShouldStop:
        """Return `should_stop` that also takes up or gives up cores each time it is asked."""
        self.adapt()

        def ask() -> bool:
            self.adapt()
            return should_stop()

        return ask

    def adapt(self) -> None:
        """Use the cores that are free now; cheap enough to be called at every layer."""
        wanted = self._most if self._free is None else min(self._most, self._free.count())
        self._set(wanted)

    def _set(self, wanted: int) -> None:
        import torch

        if wanted != torch.get_num_threads():
            torch.set_num_threads(wanted)


def most_threads(spec: EngineSpec) -> int:
    """Return with how many threads an engine for `spec` begins, which is as many as it ever has."""
    import torch

    # Torch's choice at the start: the physical cores, or what OMP_NUM_THREADS says.
    return spec.threads or _own_choice(torch.get_num_threads())


_chosen: int | None = None


def _own_choice(now: int) -> int:
    """Return the number that torch began with; `now` is that number at the first call."""
    global _chosen  # noqa: PLW0603 - torch has one number of threads per process
    _chosen = _chosen or now
    return _chosen


def _now() -> _Mark:
    import psutil

    times = psutil.cpu_times()._asdict()
    # On Linux the time of guests is part of the user's already.
    guests = times.get("guest", 0.0) + times.get("guest_nice", 0.0)
    everyone = sum(times.values()) - sum(times.get(name, 0.0) for name in _IDLE) - guests
    return _Mark(time.monotonic(), everyone, time.process_time())
