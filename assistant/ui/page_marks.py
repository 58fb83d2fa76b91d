"""The marks over a page's text, in layers: what is new, how likely, what was found, what is wrong.

Qt draws them by their places in the text. Where a paragraph shows something that is no text, what
stands behind it is drawn elsewhere: those places are covered, and whoever shows it draws the marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

# From the lowest to the topmost.
LAYERS = ("new", "tokens", "find", "grammar")


@dataclass(frozen=True, slots=True)
class Marked:
    """Positions `start` to `end`, and how they look."""

    start: int
    end: int
    look: QTextCharFormat


def mark(cursor: QTextCursor, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
    """Return a mark over what `cursor` selects, to be drawn as `look`.

    WORKAROUND: a mark is made anew to change it. PySide hands out its `cursor` and `format` as
    parts of it, and freeing them later ends the process.
    """
    selection = QTextEdit.ExtraSelection()
    selection.cursor = cursor
    selection.format = look
    return selection


class PageMarks(QObject):
    """Draws the marks of one view. Signals: `changed()` after others are to be seen."""

    changed = Signal()

    def __init__(self, view: QTextEdit) -> None:
        super().__init__(view)
        self._view = view
        self._layers: dict[str, list[QTextEdit.ExtraSelection]] = {}
        self._covered: tuple[int, int] | None = None

    def has(self, layer: str) -> bool:
        """Return whether `layer` has any marks."""
        return bool(self._layers.get(layer))

    def set_layer(self, layer: str, selections: Sequence[QTextEdit.ExtraSelection]) -> None:
        """Draw `selections` as the marks of `layer`, one of `LAYERS`, instead of its former."""
        if not selections and not self.has(layer):
            return
        self._layers[layer] = list(selections)
        self._draw()
        self.changed.emit()

    def clear(self) -> None:
        """Take all marks away."""
        self._layers.clear()
        self._draw()
        self.changed.emit()

    def within(self, start: int, end: int) -> list[Marked]:
        """Return what is marked between two positions, from the lowest layer up."""
        found = []
        for one in self._all():
            first = max(one.cursor.selectionStart(), start)
            last = min(one.cursor.selectionEnd(), end)
            if first < last:
                found.append(Marked(first, last, QTextCharFormat(one.format)))
        return found

    def cover(self, start: int, end: int) -> None:
        """Draw no marks between two positions."""
        if self.within(start, end):
            self._covered = (start, end)
            self._draw()

    def uncover(self) -> None:
        """Draw all marks again."""
        if self._covered is not None:
            self._covered = None
            self._draw()

    def _all(self) -> Iterator[QTextEdit.ExtraSelection]:
        for layer in LAYERS:
            yield from self._layers.get(layer, ())

    def _draw(self) -> None:
        if self._covered is None:
            self._view.setExtraSelections(list(self._all()))
            return
        shown = []
        for one in self._all():
            for start, end in _outside(one.cursor, self._covered):
                cursor = QTextCursor(one.cursor)
                cursor.setPosition(start)
                cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                shown.append(mark(cursor, QTextCharFormat(one.format)))
        self._view.setExtraSelections(shown)


def _outside(cursor: QTextCursor, covered: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Yield what of the cursor's selection lies before and behind the covered places."""
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    for first, last in ((start, min(end, covered[0])), (max(start, covered[1]), end)):
        if first < last:
            yield first, last
