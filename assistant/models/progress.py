"""How far the fetching of a model is, as values, and how long it will still take.

Knows nothing of where models come from.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

_WINDOW_SECONDS = 10.0
_FIRST_GUESS_AFTER = 1.0


class Stage(StrEnum):
    """What is being done; the values go over the wire to the window."""

    DOWNLOADING = "downloading"
    CHECKING = "checking"
    CONVERTING = "converting"
    FINISHING = "finishing"


@dataclass(frozen=True, slots=True)
class Progress:
    """One stage's progress.

    `done` and `total` are bytes while downloading and checking, and hundredths otherwise; `total`
    is 0 and `seconds_left` None while unknown.
    """

    stage: Stage
    done: int
    total: int
    seconds_left: float | None = None


Report: TypeAlias = Callable[[Progress], None]


class Pace:
    """Foretells when `total` will be reached, from the speed of the last seconds.

    `clock` returns seconds.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque()

    def seconds_left(self, done: int) -> float | None:
        """Note that `done` is reached and return the seconds that the rest will take, if known."""
        now = self._clock()
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW_SECONDS:
            self._marks.popleft()
        self._marks.append((now, done))
        began, at_first = self._marks[0]
        elapsed, moved = now - began, done - at_first
        if self._total <= 0 or moved <= 0 or elapsed < _FIRST_GUESS_AFTER:
            return None
        return max(0, self._total - done) * elapsed / moved
