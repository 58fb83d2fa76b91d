"""Slips of the fingers: letters left out, doubled, in the wrong order, or next to the right one."""

from __future__ import annotations

from collections.abc import Container
from random import Random

from assistant.training.spoiling.rules import Slip

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TRIES = 4
# In shorter words a slip leaves too little to know them by.
_SHORTEST = 4


def _beside() -> dict[str, str]:
    """Return for each letter those whose keys touch its own."""
    at = {
        letter: (row, column + row * 0.5)
        for row, letters in enumerate(_ROWS)
        for column, letter in enumerate(letters)
    }
    return {
        letter: "".join(
            other
            for other, (row, column) in at.items()
            if other != letter and abs(row - here[0]) <= 1 and abs(column - here[1]) <= 1
        )
        for letter, here in at.items()
    }


_BESIDE = _beside()


def slip(word: str, start: int, known: Container[str], random: Random) -> Slip | None:
    """Return a slip in the word that stands at `start`, which makes no other word of `known`."""
    if len(word) < _SHORTEST or not word.isascii() or not word.isalpha() or not word.islower():
        return None
    for _ in range(_TRIES):
        wrong = _mistyped(word, random)
        if wrong != word and wrong not in known:
            return Slip(start, start + len(word), wrong)
    return None


def _mistyped(word: str, random: Random) -> str:
    # The first letter is seldom wrong, and a word is hard to know without it.
    at = random.randrange(1, len(word))
    kind = random.random()
    if kind < 0.3:
        return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    if kind < 0.55:
        return word[:at] + word[at + 1 :] if len(word) > _SHORTEST else word
    if kind < 0.75:
        return word[:at] + word[at] + word[at:]
    near = random.choice(_BESIDE[word[at]])
    if kind < 0.9:
        return word[:at] + near + word[at + 1 :]
    return word[: at + 1] + near + word[at + 1 :]
