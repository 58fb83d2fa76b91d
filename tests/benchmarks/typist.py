"""A writer who types a given text and takes what is suggested whenever it is right.

Trnka & McCoy 2008. The writer looks at every suggestion, takes as much of it as stands in the text
where that saves a key, and types on otherwise. Pure: what is suggested comes from a function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self, TypeAlias

Ask: TypeAlias = Callable[[str], Sequence[str]]
"""Returns what is suggested behind the text so far, the best first; nothing where it is silent."""
When: TypeAlias = Callable[[str], bool]
"""Says whether there is asked at all behind the text so far."""

# What one press of “accept the next word” takes.
_PIECE = re.compile(r"\s*(?:\w+(?:['’-]\w+)*|[^\w\s]+)")
_LETTER_AT_END = re.compile(r"\w['’-]?$")
_GOES_ON = re.compile(r"['’-]?\w")


@dataclass(slots=True)
class Tally:
    """What came of typing: characters and keys.

    `given` characters came from suggestions, by `accepts` presses; `turns` are presses that go to
    the next alternative. Of `shown` suggestions `accepted` were taken at least in part.
    """

    characters: int = 0
    given: int = 0
    accepts: int = 0
    turns: int = 0
    asked: int = 0
    shown: int = 0
    accepted: int = 0

    def __iadd__(self, other: Tally) -> Self:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def saved(self) -> float:
        """The share of characters that were not typed, the accepting key left out of account."""
        return (self.given - self.turns) / max(self.characters, 1)

    @property
    def saved_with_keys(self) -> float:
        """The share of keys saved, every press counted."""
        return (self.given - self.turns - self.accepts) / max(self.characters, 1)

    @property
    def acceptance(self) -> float:
        """The share of shown suggestions that were taken at least in part."""
        return self.accepted / max(self.shown, 1)


class Taken(NamedTuple):
    """What the writer takes: how much of which alternative, with how many accepting presses."""

    row: int
    text: str
    presses: int

    @property
    def gain(self) -> int:
        """The keys that it saves."""
        return len(self.text) - self.row - self.presses


def between_words(written: str) -> bool:
    """Say whether a new word begins behind `written`."""
    return not _LETTER_AT_END.search(written)


def everywhere(_written: str) -> bool:
    """Say yes: inside words too."""
    return True


def type_text(text: str, ask: Ask, when: When) -> Tally:
    """Type `text`; `when` decides where a suggestion is asked for, besides after accepting one.

    A suggestion stays in view, and nothing is asked, while what is typed agrees with it.
    """
    tally = Tally(characters=len(text))
    at, view = 0, ()
    just_accepted = taken_before = False
    while at < len(text):
        if not view and (just_accepted or when(text[:at])):
            view = tuple(ask(text[:at]))
            taken_before = False
            tally.asked += 1
            tally.shown += bool(view)
        taken = best(view, text[at:])
        if taken is None:
            view = _typed_on(view, text[at])
            at += 1
            just_accepted = False
            continue
        tally.given += len(taken.text)
        tally.accepts += taken.presses
        tally.turns += taken.row
        tally.accepted += not taken_before
        at += len(taken.text)
        left = view[taken.row][len(taken.text) :]
        view = (left,) if left else ()
        just_accepted = taken_before = True
    return tally


def best(view: Sequence[str], text: str) -> Taken | None:
    """Return what to take of the suggestions in `view` where `text` is meant, if that saves a key.

    Whole words only, letter by letter as they are meant.
    """
    found = [_right_part(row, suggestion, text) for row, suggestion in enumerate(view)]
    return max((taken for taken in found if taken.gain > 0), key=lambda t: t.gain, default=None)


def _right_part(row: int, suggestion: str, text: str) -> Taken:
    end = presses = 0
    right = Taken(row, "", 0)
    while match := _PIECE.match(suggestion, end):
        end = match.end()
        presses += 1
        part = suggestion[:end]
        if not text.startswith(part):
            break
        if not (_LETTER_AT_END.search(part) and _GOES_ON.match(text[end:])):
            right = Taken(row, part, presses)
    return right._replace(presses=1) if right.text == suggestion else right


def _typed_on(view: Sequence[str], character: str) -> tuple[str, ...]:
    """Return what is left in view when a character is typed: nothing if the first disagrees."""
    if not view or not view[0].startswith(character):
        return ()
    left = (row[1:] for row in view if row.startswith(character))
    return tuple(row for row in left if row)
