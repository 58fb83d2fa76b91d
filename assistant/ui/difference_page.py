"""A text with proposed changes drawn into it, word by word.

Owns how a piece looks (struck through, underlined, kept) and how one moves among pieces and
switches them with mouse and keyboard. Knows nothing of what becomes of the changes.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextLine,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from assistant.core.tasks import Replacement
from assistant.ui import theme

_LINE_HEIGHT = 145.0
_MARGIN = 12
# Thin spaces make it wide enough to hit.
_CARET = "\u2009‸\u2009"
_PILCROW = "¶"
_SPACES = str.maketrans({"\n": _PILCROW + "\n"})

_NEXT_KEYS = frozenset({Qt.Key.Key_Right, Qt.Key.Key_Down})
_PREVIOUS_KEYS = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Up})
_SWITCH_KEYS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter})


class _Part(Enum):
    """How a stretch of text is drawn."""

    PLAIN = "plain"
    REMOVED = "removed"
    ADDED = "added"
    KEPT = "kept"


@dataclass(slots=True)
class _Piece:
    """One change on the page: where it is drawn, in Qt's positions, and whether it is taken."""

    before: str
    after: str
    start: int = 0
    length: int = 0
    taken: bool = True

    def parts(self) -> list[tuple[str, _Part]]:
        """Return what is drawn for it. Line breaks show, as all else that changes."""
        if self.taken:
            # A removed line break must not break the line.
            removed = self.before.replace("\n", _PILCROW)
            added = self.after.translate(_SPACES)
            return [
                (text, part)
                for text, part in ((removed, _Part.REMOVED), (added, _Part.ADDED))
                if text
            ]
        return [(self.before or _CARET, _Part.KEPT)]


class DifferencePage(QTextEdit):
    """Shows `before` with `replacements` in it, all of them taken at first.

    Signals: `piece_changed(index)` when another piece becomes the current one,
    `piece_switched(index)` when one was taken or left.
    """

    piece_changed = Signal(int)
    piece_switched = Signal(int)

    def __init__(
        self, before: str, replacements: tuple[Replacement, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        theme.set_look(self, "sheet")
        self.setReadOnly(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setUndoRedoEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.document().setDocumentMargin(_MARGIN)
        self.viewport().setMouseTracking(True)
        self._pieces = [
            _Piece(before[change.span.start : change.span.end], change.text)
            for change in replacements
        ]
        self._current = 0 if self._pieces else -1
        self._pressed_on = -1
        self._draw(before, replacements)
        theme.appearance().changed.connect(self._on_theme_changed)

    @property
    def current(self) -> int:
        """The index of the current piece; -1 when there is none."""
        return self._current

    def taken(self) -> tuple[bool, ...]:
        """Return for each piece whether it is taken."""
        return tuple(piece.taken for piece in self._pieces)

    def set_current(self, index: int) -> None:
        """Make the piece `index` the current one and bring it into view."""
        if not 0 <= index < len(self._pieces):
            return
        self._current = index
        self._show_current()
        self.viewport().update()
        self.piece_changed.emit(index)

    def set_taken(self, index: int, *, taken: bool) -> None:
        """Take the piece `index`, or leave the text as it was there."""
        piece = self._pieces[index]
        if piece.taken == taken:
            return
        piece.taken = taken
        self._redraw(index)
        self.viewport().update()
        self.piece_switched.emit(index)

    def set_all_taken(self, *, taken: bool) -> None:
        """Take every piece, or none."""
        for index in range(len(self._pieces)):
            self.set_taken(index, taken=taken)

    def piece_at(self, point: QPointF) -> int:
        """Return the index of the piece drawn at `point` of the viewport, -1 for none."""
        position = self.cursorForPosition(point.toPoint()).position()
        after = bisect_right(self._pieces, position, key=lambda piece: piece.start)
        # The place between two pieces belongs to both; which one is meant, their drawing tells.
        for index in range(max(after - 2, 0), after):
            if any(rectangle.contains(point) for rectangle in self._rectangles(index)):
                return index
        return -1

    # Drawing

    def _draw(self, before: str, replacements: tuple[Replacement, ...]) -> None:
        cursor = QTextCursor(self.document())
        block = QTextBlockFormat()
        block.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(block)
        end = 0
        for piece, change in zip(self._pieces, replacements, strict=True):
            cursor.insertText(before[end : change.span.start], _format(_Part.PLAIN))
            self._insert(cursor, piece)
            end = change.span.end
        cursor.insertText(before[end:], _format(_Part.PLAIN))

    def _insert(self, cursor: QTextCursor, piece: _Piece) -> None:
        piece.start = cursor.position()
        for text, part in piece.parts():
            cursor.insertText(text, _format(part))
        piece.length = cursor.position() - piece.start

    def _redraw(self, index: int) -> None:
        piece = self._pieces[index]
        cursor = QTextCursor(self.document())
        cursor.setPosition(piece.start)
        cursor.setPosition(piece.start + piece.length, QTextCursor.MoveMode.KeepAnchor)
        former = piece.length
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        self._insert(cursor, piece)
        cursor.endEditBlock()
        for later in self._pieces[index + 1 :]:
            later.start += piece.length - former

    def _on_theme_changed(self, _: theme.Theme) -> None:
        plain = QTextCursor(self.document())
        plain.select(QTextCursor.SelectionType.Document)
        plain.setCharFormat(_format(_Part.PLAIN))
        for index in range(len(self._pieces)):
            self._redraw(index)

    def _show_current(self) -> None:
        piece = self._pieces[self._current]
        cursor = QTextCursor(self.document())
        # The end first, so that a piece longer than the page shows its beginning.
        for position in (piece.start + piece.length, piece.start):
            cursor.setPosition(position)
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def _rectangles(self, index: int) -> list[QRectF]:
        """Return where the piece is drawn on the viewport, one rectangle a line."""
        piece = self._pieces[index]
        found = []
        block = self.document().findBlock(piece.start)
        scrolled = QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        layout = self.document().documentLayout()
        while block.isValid() and block.position() < piece.start + piece.length:
            origin = layout.blockBoundingRect(block).topLeft() - scrolled
            start = max(piece.start - block.position(), 0)
            end = min(piece.start + piece.length - block.position(), block.length() - 1)
            for number in range(block.layout().lineCount()):
                line = block.layout().lineAt(number)
                first = max(start, line.textStart())
                last = min(end, line.textStart() + line.textLength())
                if first >= last:
                    continue
                left, right = sorted(_x(line, at) for at in (first, last))
                found.append(QRectF(left, line.y(), right - left, line.height()).translated(origin))
            block = block.next()
        return found

    # What Qt asks for

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, FBT001, N802 - Qt's
        """Go to the next piece by Tab, and on to the next widget after the last one."""
        index = self._current + (1 if next else -1)
        if 0 <= index < len(self._pieces):
            self.set_current(index)
            return True
        return super().focusNextPrevChild(next)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Enter at the first piece by Tab, at the last one by Shift+Tab."""
        super().focusInEvent(event)
        if not self._pieces:
            return
        if event.reason() == Qt.FocusReason.TabFocusReason:
            self.set_current(0)
        elif event.reason() == Qt.FocusReason.BacktabFocusReason:
            self.set_current(len(self._pieces) - 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by the arrows, switch by Space or Enter."""
        if event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)
            return
        key = Qt.Key(event.key())
        if key in _NEXT_KEYS:
            self.set_current(self._current + 1)
        elif key in _PREVIOUS_KEYS:
            self.set_current(self._current - 1)
        elif key == Qt.Key.Key_Home:
            self.set_current(0)
        elif key == Qt.Key.Key_End:
            self.set_current(len(self._pieces) - 1)
        elif key in _SWITCH_KEYS and self._current >= 0:
            self.set_taken(self._current, taken=not self._pieces[self._current].taken)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click began."""
        super().mousePressEvent(event)
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed_on = self.piece_at(event.position()) if left else -1

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Switch the piece that was clicked, unless text was selected."""
        super().mouseReleaseEvent(event)
        index, self._pressed_on = self._pressed_on, -1
        if index < 0 or self.textCursor().hasSelection():
            return
        if self.piece_at(event.position()) == index:
            self.set_current(index)
            self.set_taken(index, taken=not self._pieces[index].taken)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show a hand over what can be clicked."""
        super().mouseMoveEvent(event)
        over = self.piece_at(event.position()) >= 0
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.IBeamCursor
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a ring around the current piece, over the text."""
        super().paintEvent(event)
        if self._current < 0:
            return
        colours = theme.current()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(colours.accent if focused else colours.outline), 1.6))
        for rectangle in self._rectangles(self._current):
            painter.drawRoundedRect(rectangle.adjusted(-2, -1, 2, 1), 4, 4)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the ring anew when the window gains or loses the focus."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self.viewport().update()


def _x(line: QTextLine, position: int) -> float:
    # A pair of the place and the position it belongs to, which the stubs do not know.
    return float(cast("tuple[float, int]", line.cursorToX(position))[0])


def _format(part: _Part) -> QTextCharFormat:
    colours = theme.current()
    result = QTextCharFormat()
    result.setForeground(QColor(colours.ink))
    if part is _Part.REMOVED:
        result.setForeground(QColor(colours.removed_ink))
        result.setBackground(QColor(colours.removed))
        result.setFontStrikeOut(True)
    elif part is _Part.ADDED:
        result.setForeground(QColor(colours.added_ink))
        result.setBackground(QColor(colours.added))
        result.setFontUnderline(True)
    elif part is _Part.KEPT:
        result.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        result.setUnderlineColor(QColor(colours.muted))
    return result
