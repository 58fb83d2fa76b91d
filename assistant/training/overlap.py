"""Telling whether a text shares a stretch of words with texts that are kept to judge by.

The same tale stands in many books, under other titles and in other spellings of its marks: a book
is not only what its title says. Knows nothing of files and examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

# Shorter stretches are turns of phrase that two authors may have by chance; GPT-3's authors took 13
# (Brown et al. 2020, appendix C).
STRETCH = 12

_WORD = re.compile(r"[^\W_]+")


class Stretches:
    """Every run of `STRETCH` words of the texts that were added, whatever their case and marks."""

    def __init__(self) -> None:
        self._hashes: set[int] = set()

    def add(self, text: str) -> None:
        """Remember every run of words of `text`."""
        self._hashes.update(_runs(text))

    def meets(self, text: str) -> bool:
        """Return whether a run of words of `text` stands in one of the texts."""
        return any(run in self._hashes for run in _runs(text))


def _runs(text: str) -> Iterator[int]:
    words = _WORD.findall(text.casefold())
    shifted = [islice(words, start, None) for start in range(STRETCH)]
    return (hash(run) for run in zip(*shifted, strict=False))
