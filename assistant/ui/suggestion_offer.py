"""What is offered at one place of the text, and how it fares while the writer goes on.

Values without a widget. A place is told by its paragraph: letters typed there lead to another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.core.suggestions import Suggestion


@dataclass(frozen=True, slots=True)
class Spot:
    """A caret: where its paragraph starts (UTF-16), and what is before and behind it in there."""

    start: int
    head: str
    rest: str

    def typed_since(self, former: Spot) -> str | None:
        """Return what was written from `former` to here, None where this is another place."""
        if (self.start, self.rest) != (former.start, former.rest):
            return None
        return self.head[len(former.head) :] if self.head.startswith(former.head) else None


@dataclass(frozen=True, slots=True)
class Offer:
    """Suggestions for `spot`, never none, of which `chosen` is in view.

    `along` is what the writer has taken of it or written just as suggested.
    """

    spot: Spot
    suggestions: tuple[Suggestion, ...]
    chosen: int = 0
    along: str = ""

    @property
    def current(self) -> Suggestion:
        """The one that is in view."""
        return self.suggestions[self.chosen]

    def at(self, spot: Spot) -> Offer | None:
        """Return what is left of it at `spot`, None where it has come to its end or was left.

        The one in view has to go on there; of the others those stay that do.
        """
        typed = spot.typed_since(self.spot)
        if typed is None:
            return None
        left = behind(typed, self.suggestions)
        current = behind(typed, (self.current,))
        if not current:
            return None
        return Offer(spot, left, left.index(current[0]), self.along + typed)

    def used_up_at(self, spot: Spot) -> bool:
        """Return whether all of the one in view is written there."""
        return spot.typed_since(self.spot) == self.current.text

    def gives_way_to(self, suggestion: Suggestion) -> bool:
        """Return whether `suggestion` may take the place of the one in view."""
        longer = suggestion.text.startswith(self.current.text)
        return longer or suggestion.log_probability > self.current.log_probability

    def has_offered(self, suggestion: Suggestion, spot: Spot) -> bool:
        """Return whether `suggestion`, at `spot`, is the same that was offered here."""
        typed = spot.typed_since(self.spot)
        return typed is not None and any(
            one.text.startswith(typed + suggestion.text) for one in self.suggestions
        )

    def with_more(self, suggestions: Iterable[Suggestion]) -> Offer:
        """Return it with other suggestions for the same spot behind its own."""
        known = {one.text for one in self.suggestions}
        more = tuple(one for one in suggestions if one.text not in known)
        return replace(self, suggestions=self.suggestions + more)

    def stepped(self, step: int) -> Offer:
        """Return it with the one in view that is `step` further, round and round."""
        return replace(self, chosen=(self.chosen + step) % len(self.suggestions))


def behind(typed: str, suggestions: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    """Return those that begin with what was `typed`, without it."""
    return tuple(
        replace(one, text=one.text[len(typed) :])
        for one in suggestions
        if one.text.startswith(typed) and len(one.text) > len(typed)
    )
