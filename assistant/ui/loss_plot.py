"""A plot of two losses while something is learned: on what is read, and on what is held out.

Draws what it is told, in the theme's colours. A hundred lines of `QPainter` instead of a plotting
library: there are two curves, and nothing to zoom or pick.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from assistant.core.i18n import tr
from assistant.ui import theme

# How much of the former average stays when a step's loss is added: single steps are noisy.
_STAYS = 0.9
_MOST_POINTS = 600
_MARGIN = 8
_ROWS = 3
_MARK = 3.0

Point = tuple[float, float]


class LossPlot(QWidget):
    """Shows losses over the share of the run, 0 to 1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._training: list[Point] = []
        self._held_out: list[Point] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Plot of the losses"))
        theme.appearance().changed.connect(self._on_theme_changed)

    def clear(self) -> None:
        """Begin a new plot."""
        self._training.clear()
        self._held_out.clear()
        self._show()

    def add(self, done: float, loss: float, held_out: float | None) -> None:
        """Add what was measured at the share `done` of the run."""
        former = self._training[-1][1] if self._training else loss
        self._training.append((done, _STAYS * former + (1 - _STAYS) * loss))
        if len(self._training) > _MOST_POINTS:
            del self._training[1::2]
        if held_out is not None:
            self._held_out.append((done, held_out))
        self._show()

    @property
    def held_out(self) -> tuple[float, ...]:
        """The losses on what is held out, in their order."""
        return tuple(loss for _, loss in self._held_out)

    def _show(self) -> None:
        if self._held_out:
            first, best = self.held_out[0], min(self.held_out)
            self.setAccessibleDescription(
                tr(
                    "Loss on the pages held out: {first} at first, {best} at best.",
                    first=f"{first:.3f}",
                    best=f"{best:.3f}",
                )
            )
        self.update()

    @Slot(object)
    def _on_theme_changed(self, _: theme.Theme) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which two curves can be told apart."""
        return QSize(480, 180)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size in which the numbers can still be read."""
        return QSize(240, 110)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame, the numbers and both curves."""
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border)))
        painter.setBrush(QColor(colours.page))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        low, high = self._range()
        area = self._area(painter)
        self._draw_rows(painter, area, low, high)
        self._draw_legend(painter, area)
        for points, colour, width in (
            (self._training, colours.outline, 1.5),
            (self._held_out, colours.accent, 2.0),
        ):
            line = _placed(points, area, low, high)
            painter.setPen(QPen(QColor(colour), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(line)
            if points is self._held_out:
                painter.setBrush(QColor(colour))
                for index in range(line.size()):
                    painter.drawEllipse(line.at(index), _MARK, _MARK)
        painter.end()

    def _range(self) -> tuple[float, float]:
        losses = [loss for _, loss in (*self._training, *self._held_out)]
        if not losses:
            return 0.0, 1.0
        low, high = min(losses), max(losses)
        room = max(0.05, (high - low) * 0.1)
        return low - room, high + room

    def _area(self, painter: QPainter) -> QRectF:
        """Return where the curves go: beside the numbers, below the legend."""
        metrics = painter.fontMetrics()
        left = metrics.horizontalAdvance("0.00") + 2 * _MARGIN
        top = metrics.height() + 2 * _MARGIN
        return QRectF(self.rect()).adjusted(left, top, -2 * _MARGIN, -2 * _MARGIN)

    def _draw_rows(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        colours = theme.current()
        for row in range(_ROWS):
            share = row / (_ROWS - 1)
            y = area.bottom() - share * area.height()
            painter.setPen(QPen(QColor(colours.border)))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            if not self._training and not self._held_out:
                continue
            painter.setPen(QColor(colours.muted))
            number = QRectF(0, y - 10, area.left() - _MARGIN, 20)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(number, right, f"{low + share * (high - low):.2f}")

    def _draw_legend(self, painter: QPainter, area: QRectF) -> None:
        colours = theme.current()
        metrics = painter.fontMetrics()
        x, y = area.left(), float(_MARGIN)
        for words, colour in (
            (tr("what is learned"), colours.outline),
            (tr("pages held out"), colours.accent),
        ):
            middle = y + metrics.height() / 2
            painter.setPen(QPen(QColor(colour), 2.0))
            painter.drawLine(QPointF(x, middle), QPointF(x + 16, middle))
            painter.setPen(QColor(colours.muted))
            width = metrics.horizontalAdvance(words)
            painter.drawText(QPointF(x + 22, y + metrics.ascent()), words)
            x += 22 + width + 3 * _MARGIN


def _placed(points: Sequence[Point], area: QRectF, low: float, high: float) -> QPolygonF:
    """Return the points of a curve where they are drawn."""
    return QPolygonF(
        [
            QPointF(
                area.left() + done * area.width(),
                area.bottom() - (loss - low) / (high - low) * area.height(),
            )
            for done, loss in points
        ]
    )
