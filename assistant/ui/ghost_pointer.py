"""Clicks beside a suggestion hit what they are aimed at.

A suggestion in the caret's line has moved what stands behind it, and goes when the mouse is
pressed: what is there then is not what was clicked on, and Qt itself takes places within such a
text for places of the document. Until the mouse leaves the spot it points to what stood there.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from assistant.ui.editor import Editor

_BUTTONS = Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton


class _Ghost(Protocol):
    text: str

    def clear(self) -> None:
        """Take the text away."""


class GhostPointer(QObject):
    """Watches the mouse over `editor` for `ghost`."""

    # WORKAROUND: Qt's last events come when Python has cleared the object: nothing is done then.
    _sending = True

    def __init__(self, editor: Editor, ghost: _Ghost) -> None:
        super().__init__(editor)
        self._editor = editor
        self._ghost = ghost
        self._pressed = QPointF()
        # The position that was aimed at, None where the mouse points to what is seen.
        self._aimed: int | None = None
        self._sending = False
        editor.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Send the mouse to where its target is now."""
        if self._sending or not isinstance(event, QMouseEvent):
            return False
        if event.type() == QEvent.Type.MouseButtonPress:
            self._aimed = None
            if self._ghost.text and event.button() & _BUTTONS:
                self._pressed = event.position()
                self._aimed = self._editor.position_at(event.position().toPoint())
                self._ghost.clear()
        if self._aimed is None:
            return False
        way = (event.position() - self._pressed).manhattanLength()
        if way >= QApplication.startDragDistance():
            self._aimed = None
            return False
        self._send(event, self._aimed)
        return True

    def _send(self, event: QMouseEvent, position: int) -> None:
        place = self._editor.cursorRect(self._editor.cursor_over(position, position))
        moved = QMouseEvent(
            event.type(),
            QPointF(place.center()),
            event.globalPosition(),
            event.button(),
            event.buttons(),
            event.modifiers(),
        )
        self._sending = True
        QApplication.sendEvent(self._editor.viewport(), moved)
        self._sending = False
