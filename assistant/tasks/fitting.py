"""Whether a suggestion fits between the texts around it, and how it joins them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.core.suggestions import Silence, Suggestion, Suggestions
from assistant.tasks import joining
from assistant.tasks.guarding import Guard
from assistant.tasks.silences import repeats_before


@dataclass(frozen=True, slots=True)
class Fit:
    """The place between `before` and `after`, and the guard over the pages of a voice."""

    before: str
    after: str
    guard: Guard

    def of(self, found: Suggestions) -> Suggestions:
        """Return what of `found` fits, each text once; with nothing left, why it does not."""
        kept, silences = self.sorted_out(found.texts)
        if kept or not silences:
            return replace(found, texts=kept)
        return replace(found, texts=(), silence=silences[0])

    def sorted_out(
        self, suggestions: Iterable[Suggestion]
    ) -> tuple[tuple[Suggestion, ...], list[Silence]]:
        """Return those that fit, as they join the text, and why the others do not."""
        kept: dict[str, Suggestion] = {}
        silences = []
        for suggestion in suggestions:
            fitted = self._fitted(suggestion)
            if isinstance(fitted, Silence):
                silences.append(fitted)
            else:
                kept.setdefault(fitted.text, fitted)
        return tuple(kept.values()), silences

    def _fitted(self, suggestion: Suggestion) -> Suggestion | Silence:
        text = self.guard.original_behind(self.before, suggestion.text)
        if not text.strip():
            return Silence.COPIES
        if repeats_before(self.before, text):
            return Silence.REPEATS_BEFORE
        text = joining.before(text, self.after)
        if not text.strip():
            return Silence.REPEATS_AFTER
        return replace(suggestion, text=text)
