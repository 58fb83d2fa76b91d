"""The caret of the page: a bar in the accent colour that fades instead of flickering.

Draws into the paint event of one text view and repaints nothing but itself. It keeps to the
system's blinking, none included.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractAnimation,
    QObject,
    QPointF,
    QRectF,
    QTimer,
    QVariantAnimation,
    Slot,
)
from PySide6.QtGui import QColor, QGuiApplication, QPainter
from PySide6.QtWidgets import QTextEdit

_WIDTH = 2.0
_FADE_MS = 120


class Caret(QObject):
    """Shows where `view` will write.

    Attributes: `colour`, to be set by the owner of the view.
    """

    def __init__(self, view: QTextEdit) -> None:
        super().__init__(view)
        self.colour = QColor("black")
        self._view = view
        self._opacity = 1.0
        self._painted = QRectF()
        # Qt would invert what is below its own caret, so that one is given no width.
        view.setCursorWidth(0)
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(_FADE_MS)
        self._fade.valueChanged.connect(self._on_fade_changed)
        self._blink = QTimer(self)
        self._blink.timeout.connect(self._on_blink_due)
        view.cursorPositionChanged.connect(self.show_now)

    @Slot()
    def show_now(self) -> None:
        """Show the caret and let it rest before it blinks again."""
        self._fade.stop()
        self._opacity = 1.0
        period = QGuiApplication.styleHints().cursorFlashTime() // 2
        if self._view.hasFocus() and period > 0:
            self._blink.start(period)
        else:
            self._blink.stop()
        self._repaint()

    @Slot()
    def hide_now(self) -> None:
        """Take the caret away until `show_now`."""
        self._fade.stop()
        self._blink.stop()
        self._repaint()

    def paint(self, painter: QPainter) -> None:
        """Draw the caret as it stands now, in the coordinates of the view's viewport."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self._opacity)
        painter.setBrush(self.colour)
        painter.setPen(QColor(0, 0, 0, 0))
        self._painted = self.rectangle()
        painter.drawRoundedRect(self._painted, _WIDTH / 2, _WIDTH / 2)

    def rectangle(self) -> QRectF:
        """Return where the caret stands, in pixels of the viewport."""
        place = QRectF(self._view.cursorRect())
        return QRectF(QPointF(place.left() - _WIDTH / 2, place.top()), place.bottomLeft()).adjusted(
            0, 0, _WIDTH, 0
        )

    def _repaint(self) -> None:
        for area in (self._painted, self.rectangle()):
            self._view.viewport().update(area.toAlignedRect().adjusted(-2, -2, 2, 2))

    @Slot()
    def _on_blink_due(self) -> None:
        if self._fade.state() == QAbstractAnimation.State.Running:
            self._fade.stop()
        self._fade.setStartValue(self._opacity)
        self._fade.setEndValue(0.0 if self._opacity > 0.5 else 1.0)
        self._fade.start()

    @Slot(object)
    def _on_fade_changed(self, opacity: float) -> None:
        self._opacity = float(opacity)
        self._repaint()
