"""Positions in a text, counted in code points (Python) and in UTF-16 units (Qt).

Both count from 0 up to and including the text's length. A UTF-16 position between the two halves
of one character stands for that character's beginning.
"""

from __future__ import annotations

import re
from bisect import bisect_left

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class Offsets:
    """Conversions over one text: made in one pass, each then in logarithmic time.

    Attributes: length and utf16_length, of the whole text.
    """

    __slots__ = ("_astral", "_astral_utf16", "length", "utf16_length")

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self._astral: list[int] = []
        if not text.isascii():
            self._astral = [match.start() for match in _ASTRAL.finditer(text)]
        self._astral_utf16 = [position + index for index, position in enumerate(self._astral)]
        self.utf16_length = self.length + len(self._astral)

    def to_utf16(self, code_points: int) -> int:
        """Return the UTF-16 position of a code point; IndexError when it is outside the text."""
        if not 0 <= code_points <= self.length:
            raise IndexError(code_points)
        return code_points + bisect_left(self._astral, code_points)

    def from_utf16(self, utf16: int) -> int:
        """Return the code point of a UTF-16 position; IndexError when it is outside the text."""
        if not 0 <= utf16 <= self.utf16_length:
            raise IndexError(utf16)
        return utf16 - bisect_left(self._astral_utf16, utf16)


def to_utf16(text: str, code_point_offset: int) -> int:
    """Return where a code point of `text` stands in UTF-16 units."""
    return Offsets(text).to_utf16(code_point_offset)


def from_utf16(text: str, utf16_offset: int) -> int:
    """Return which code point of `text` stands at a position in UTF-16 units."""
    return Offsets(text).from_utf16(utf16_offset)
