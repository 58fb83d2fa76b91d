"""What one version of a text is written with, and how its tries differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.core.steering import NO_STEERING, Steering

if TYPE_CHECKING:
    from assistant.core.requests import Sampling
    from assistant.engines.base import Engine
    from assistant.tasks.desk import Desk
    from assistant.tasks.guarding import Guard

# How far apart the seeds of the tries at one version are: further than those of the versions.
_TRIES_APART = 1000


@dataclass(frozen=True, slots=True)
class Run:
    """What the version `number` is written with; of each token `look` likeliest are told.

    `steering` joins the prompt.
    """

    engine: Engine
    desk: Desk
    sampling: Sampling
    number: int
    guard: Guard
    look: int = 0
    steering: Steering = NO_STEERING

    def tries(self, most: int) -> Iterator[Run]:
        """Yield this run with `most` samplings, the first its own; a greedy one has no other."""
        yield self
        for number in range(1, 1 if self.sampling.greedy else most):
            yield replace(self, sampling=reseeded(self.sampling, number * _TRIES_APART))


def samplings(sampling: Sampling, versions: int) -> Iterator[Sampling]:
    """Yield one sampling a version; a greedy one has only one version to give."""
    yield sampling
    for number in range(1, 1 if sampling.greedy else versions):
        yield reseeded(sampling, number)


def reseeded(sampling: Sampling, further: int) -> Sampling:
    """Return `sampling` with a seed `further` on; without a seed every run differs as it is."""
    if sampling.seed is None:
        return sampling
    return replace(sampling, seed=sampling.seed + further)
