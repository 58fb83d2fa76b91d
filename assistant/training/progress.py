"""What a run says of itself while it goes on, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands after a step.

    `tokens` of `total` are read. `loss` is the step's, `held_out` what the held-out text costs if
    it was looked at now, both in nats a learned token; `rate` is the learning rate.
    """

    tokens: int
    total: int
    loss: float
    held_out: float | None
    rate: float
    tokens_per_second: float
    seconds_left: float


class Ended(Enum):
    """Why a run ended: all was read, the held-out loss rose, or it was stopped."""

    DONE = "done"
    ROSE = "rose"
    STOPPED = "stopped"


Report: TypeAlias = Callable[[Progress], None]
