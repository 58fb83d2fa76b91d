"""Ending a text at a stop string, while it is being written.

Text that may turn out to be the beginning of a stop string is held back until that is known.
"""

from __future__ import annotations


class StopStrings:
    """Looks for the first of `stops` that stands after something other than white space."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._longest = max((len(stop) for stop in self._stops), default=0)
        # Nothing counts before the first visible character has been let through.
        self._begun = False
        self._held = ""
        self.found = False

    def feed(self, text: str) -> str:
        """Take new text; return what may be shown, and set `found` at a stop string."""
        if self.found:
            return ""
        if not self._stops:
            return text
        if not self._begun:
            visible = len(text) - len(text.lstrip())
            if visible == len(text):
                return text
            self._begun = True
            return text[: visible + 1] + self.feed(text[visible + 1 :])
        self._held += text
        places = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if places:
            self.found = True
            shown, self._held = self._held[: min(places)], ""
            return shown
        return self._let_through()

    def finish(self) -> str:
        """Return what was held back: no stop string came of it."""
        shown, self._held = self._held, ""
        return shown

    def _let_through(self) -> str:
        """Return the held text but for the longest end that could begin a stop string."""
        for length in range(min(len(self._held), self._longest - 1), 0, -1):
            end = self._held[-length:]
            if any(stop.startswith(end) for stop in self._stops):
                shown, self._held = self._held[:-length], end
                return shown
        return self.finish()
