"""The beginning of a suggestion that is taken at once: its next word, its first sentence."""

from __future__ import annotations

from PySide6.QtCore import QTextBoundaryFinder

from assistant.text import sentences
from assistant.text.offsets import from_utf16


def next_word(text: str) -> str:
    """Return `text` up to the end of its first word, by Unicode's word boundaries.

    What stands before the word belongs to it. A Chinese character is a word where Qt knows none.
    """
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Word, text)
    start = 0
    while (found := finder.toNextBoundary()) != -1:
        end = from_utf16(text, found)
        if any(character.isalnum() for character in text[start:end]):
            return text[:end]
        start = end
    return text


def next_sentence(text: str) -> str:
    """Return `text` up to the end of its first sentence."""
    found = sentences.split(text, "en")
    return text[: found[0].end] if len(found) > 1 else text
