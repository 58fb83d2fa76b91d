"""How long a text is, as a writer counts.

Words are what stands between white space and dashes; a Chinese or Japanese character is a word
of its own, as word processors count them. Markdown's own marks count for nothing.
"""

from __future__ import annotations

import re

from assistant.text.scripts import CJK_PUNCTUATION, UNSPACED

_WORD = re.compile(
    rf"[{UNSPACED}]|[^\W_](?:(?!--)[^\s\u2013-\u2015\u2026{UNSPACED}{CJK_PUNCTUATION}])*"
)

# Line breaks, what cannot be seen, and what only changes the character in front of it: combining
# marks, variation selectors, skin tones, joined emoji.
_NOT_COUNTED = re.compile(
    "[\n\r\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
    "|\u200d[\u2190-\u2bff\U0001f000-\U0001faff]?"
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


def count_words(text: str) -> int:
    """Return the number of words; each Chinese or Japanese character is one."""
    return sum(1 for _ in _WORD.finditer(text))


def word_starts(text: str) -> list[int]:
    """Return where each word begins, in code points."""
    return [match.start() for match in _WORD.finditer(text)]


def count_characters(text: str) -> int:
    """Return the number of characters with spaces and without line breaks, as they are seen."""
    if text.isascii():
        return len(text) - text.count("\n") - text.count("\r")
    hidden = sum(match.end() - match.start() for match in _NOT_COUNTED.finditer(text))
    return len(text) - hidden - len(_FLAG.findall(text))
