"""When suggestions hold back: a pause in typing, and after too many rejections a rest.

Plain rules over what the writer has done, without a widget; time is asked of a clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.core.suggestions import Silence

# How long a pause in typing is waited for, by the pace of the settings.
PAUSES_MS = {"quick": 350, "normal": 700, "calm": 1400}
# So many rejections in a row make the pause twice as long; so many more end it until woken.
PATIENCE, REST = 5, 10
# What was in view for less was not read, so it was not rejected either.
READ_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Scene:
    """What goes on in the page."""

    locked: bool = False
    composing: bool = False
    selecting: bool = False


class Manners:
    """Knows whether now is a time to suggest something."""

    def __init__(self) -> None:
        self.pace = "normal"
        self._rejections = 0
        self._last: Silence | None = None

    @property
    def pause_ms(self) -> int:
        """How long the writer has to pause."""
        return PAUSES_MS[self.pace] * (2 if self._rejections >= PATIENCE else 1)

    @property
    def resting(self) -> bool:
        """Whether only `wake` or what is accepted brings the next suggestion."""
        return self._rejections >= REST

    def typed(self) -> None:
        """Take note that something was written."""
        self._last = None

    def deleted(self) -> None:
        """Take note that something was taken away: what would come now is what was there."""
        self._last = Silence.DELETED

    def undone(self) -> None:
        """Take note that a step was taken back or made again."""
        self._last = Silence.UNDONE

    def accepted(self) -> None:
        """Take note that a suggestion was of use."""
        self._rejections = 0

    def dismissed(self) -> None:
        """Take note that a suggestion was put away."""
        self._rejections += 1

    def passed(self, seconds: float) -> None:
        """Take note that something else was written than had been in view for `seconds`."""
        if seconds >= READ_SECONDS:
            self._rejections += 1

    def wake(self) -> None:
        """Forget the rejections, and what was done last."""
        self._rejections = 0
        self._last = None

    def silence(self, scene: Scene) -> Silence | None:
        """Return why nothing is suggested now, None where something may be."""
        if scene.locked:
            return Silence.LOCKED
        if scene.composing:
            return Silence.COMPOSING
        if scene.selecting:
            return Silence.SELECTION
        if self._last is not None:
            return self._last
        return Silence.RESTING if self.resting else None
