"""A page of text: a column of comfortable width, its letters, its caret and the marks over it.

Owns how text looks and moves in view, in Qt's UTF-16 positions. What the text is and how it is
edited is `assistant.ui.editor`.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QInputMethodEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QTextEdit, QWidget

from assistant.config.settings import EditorSettings
from assistant.text.offsets import Offsets
from assistant.ui import theme
from assistant.ui.caret import Caret
from assistant.ui.markdown_highlighter import MarkdownHighlighter
from assistant.ui.page_font import column_width, line_height_percent, page_font
from assistant.ui.page_marks import PageMarks, mark

_SIDE, _TOP, _BOTTOM = 8, 48, 160
_LEAST_MARGIN = 16
_ROOM_BELOW_CARET = 0.15
_ZOOM_STEP, _ZOOM_LEAST, _ZOOM_MOST = 10, 50, 300
_WHEEL_NOTCH = 120
_MOUSE_EVENTS = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseMove,
    }
)


class Page(QTextEdit):
    """Text in a column.

    Attributes: `hint`, a sentence shown while the page is empty; `edits`, how many changes the
    text has seen, which composing a word does not add to; `marks`, what is drawn over the text.
    Signals: `edited()` after each change of the text itself, which Qt's `textChanged` does not
    tell from a change of its drawing; `zoom_changed(int)` in per cent; `view_moved()` when other
    lines may be in view.
    """

    edited = Signal()
    zoom_changed = Signal(int)
    view_moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hint = ""
        self._settings = EditorSettings()
        # Not the widget's font, which the style sheet takes for its own.
        self._font = QFont()
        self._zoom = 100
        self._wheel = 0
        self._composing = False
        self.marks = PageMarks(self)
        self.edits = 0
        self._new_at = -1
        self._new = QTextCursor(self.document())
        self._placed_at = 0
        self._drawing = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setBackgroundRole(self.viewport().backgroundRole())
        self.caret_bar = Caret(self)
        self._highlighter = MarkdownHighlighter(self.document())
        theme.set_look(self, "page")
        theme.appearance().changed.connect(self._on_theme_changed)
        self.document().contentsChange.connect(self._on_contents_change)
        self.cursorPositionChanged.connect(self._on_cursor_moved)
        self.verticalScrollBar().valueChanged.connect(self.view_moved)
        # Later, for Qt changes the range while it lays the text out for the width there is.
        self.verticalScrollBar().rangeChanged.connect(
            self._place_column, Qt.ConnectionType.QueuedConnection
        )
        self._apply_font()
        self._on_theme_changed(theme.current())

    # Letters

    def apply_settings(self, settings: EditorSettings) -> None:
        """Take on the font and the column that `settings` ask for."""
        if _letters(settings) == _letters(self._settings):
            return
        self._settings = settings
        self._apply_font()
        if not self.document().isUndoAvailable() and not self.document().isRedoAvailable():
            # A block format is an undo step; where there are steps, the spacing waits for the
            # next text rather than cost them.
            self.space_lines()

    @property
    def composing(self) -> bool:
        """Whether an input method is putting a word together."""
        return self._composing

    @property
    def zoom(self) -> int:
        """How large the text is shown, in per cent."""
        return self._zoom

    def set_zoom(self, percent: int) -> None:
        """Show the text larger or smaller."""
        percent = min(max(percent, _ZOOM_LEAST), _ZOOM_MOST)
        if percent == self._zoom:
            return
        self._zoom = percent
        self._apply_font()
        self.zoom_changed.emit(percent)

    @Slot()
    def zoom_in(self) -> None:
        """Show the text one step larger."""
        self.set_zoom(self._zoom + _ZOOM_STEP)

    @Slot()
    def zoom_out(self) -> None:
        """Show the text one step smaller."""
        self.set_zoom(self._zoom - _ZOOM_STEP)

    @Slot()
    def reset_zoom(self) -> None:
        """Show the text in the size of the settings."""
        self.set_zoom(100)

    def set_markdown(self, markdown: bool) -> None:  # noqa: FBT001 - a setter
        """Show the text as Markdown, or as it stands."""
        self._highlighter.set_enabled(markdown)

    @property
    def markdown(self) -> bool:
        """Whether the text is shown as Markdown."""
        return self._highlighter.enabled

    def is_code(self, block: QTextBlock) -> bool:
        """Return whether `block` is code in a Markdown text."""
        return self._highlighter.is_code(block)

    def space_lines(self) -> None:
        """Give every line its height, and the text its margins; all undo steps are lost."""
        document = self.document()
        modified = document.isModified()
        document.setUndoRedoEnabled(False)
        frame = document.rootFrame().frameFormat()
        frame.setLeftMargin(_SIDE)
        frame.setRightMargin(_SIDE)
        frame.setTopMargin(_TOP)
        frame.setBottomMargin(_BOTTOM)
        document.rootFrame().setFrameFormat(frame)
        block = QTextBlockFormat()
        block.setLineHeight(
            line_height_percent(self._font),
            QTextBlockFormat.LineHeightTypes.ProportionalHeight.value,
        )
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.setBlockFormat(block)
        document.setUndoRedoEnabled(True)
        document.setModified(modified)

    def _apply_font(self) -> None:
        family, points = self._settings.font_family, self._settings.font_size
        self._font = page_font(family, points * self._zoom / 100)
        self.document().setDefaultFont(self._font)
        self.setTabStopDistance(4 * QFontMetricsF(self._font).averageCharWidth())
        self._dress_markdown()
        self._place_column()

    def _dress_markdown(self) -> None:
        colours = theme.current()
        self._highlighter.dress(self._font, QColor(colours.muted), QColor(colours.accent))

    # Column and view

    def reveal(self, cursor: QTextCursor) -> None:
        """Make `cursor` the page's; where it was out of view, bring it to the upper middle."""
        self.setTextCursor(cursor)
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        top = self.cursorRect(self.cursor_over(start, start)).top()
        bottom = self.cursorRect(self.cursor_over(end, end)).bottom()
        height = self.viewport().height()
        if top < 0 or bottom > height - self._room_below():
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + top - height // 3)

    def is_in_view(self, position: int) -> bool:
        """Return whether the line at `position` can be seen."""
        place = self.cursorRect(self.cursor_over(position, position))
        return self.viewport().rect().intersects(place)

    def follow(self, position: int) -> None:
        """Scroll down as far as it takes to see `position`, with some room below."""
        place = self.cursorRect(self.cursor_over(position, position))
        below = place.bottom() - self.viewport().height() + self._room_below()
        if below > 0:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + below)

    def visible_range(self) -> tuple[int, int]:
        """Return the first and the last position in view."""
        area = self.viewport().rect()
        return self.position_at(area.topLeft()), self.position_at(area.bottomRight())

    def position_at(self, point: QPoint) -> int:
        """Return the position nearest to `point` of the viewport.

        WORKAROUND: Qt counts what is shown in a paragraph and is not text, and may then name a
        position that does not exist.
        """
        place = point + QPoint(0, self.verticalScrollBar().value())
        layout = self.document().documentLayout()
        found = max(layout.hitTest(QPointF(place), Qt.HitTestAccuracy.FuzzyHit), 0)
        block = self.textCursor().block()
        shown = Offsets(block.layout().preeditAreaText()).utf16_length
        start = block.position() + block.layout().preeditAreaPosition()
        area = layout.blockBoundingRect(block)
        if not shown or found <= start or not area.top() <= place.y() <= area.bottom():
            return min(found, self.document().characterCount() - 1)
        return max(start, found - shown)

    def _room_below(self) -> int:
        return int(self.viewport().height() * _ROOM_BELOW_CARET)

    @Slot()
    def _place_column(self) -> None:
        bar = self.verticalScrollBar()
        full = self.contentsRect().width()
        taken = bar.sizeHint().width() if bar.maximum() > bar.minimum() else 0
        column = round(column_width(self._font, self._settings.line_width)) + 2 * _SIDE
        left = max((full - column) // 2, _LEAST_MARGIN)
        # The column stays where it is when the scroll bar comes or goes.
        right = max(full - column - left - taken, _LEAST_MARGIN - min(taken, _LEAST_MARGIN))
        margins = self.viewportMargins()
        if (margins.left(), margins.right()) != (left, right):
            self.setViewportMargins(left, 0, right, 0)
            self.view_moved.emit()

    # Marks

    def mark_new(self, start: int, end: int) -> None:
        """Tint UTF-16 units `start` to `end` as new, until the next edit."""
        self._new_at = self.edits
        self._new = self.cursor_over(start, end)
        self._tint_new()

    def cursor_over(self, start: int, end: int) -> QTextCursor:
        """Return a cursor that selects UTF-16 units `start` to `end`."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _tint_new(self) -> None:
        tint = QTextCharFormat()
        tint.setBackground(QColor(theme.current().tint))
        self.marks.set_layer("new", [mark(self._new, tint)])

    @Slot(theme.Theme)
    def _on_theme_changed(self, colours: theme.Theme) -> None:
        self.caret_bar.colour = QColor(colours.accent)
        self._dress_markdown()
        if self.marks.has("new"):
            self._tint_new()
        self.viewport().update()

    @Slot(int, int, int)
    def _on_contents_change(self, _position: int, removed: int, added: int) -> None:
        if self._drawing and removed == added:
            return
        self.edits += 1
        if self._new_at != self.edits:
            self.marks.set_layer("new", ())
        self.edited.emit()

    @Slot()
    def _on_cursor_moved(self) -> None:
        if self.edits != self._placed_at and not self.isReadOnly():
            # Typing on the last line in view leaves some room below; a click does not scroll.
            self.follow(self.textCursor().position())
        self._placed_at = self.edits
        bar = self.verticalScrollBar()
        if self.cursorRect().top() + bar.value() <= _TOP + 1:
            # On the first line the page shows its upper margin too.
            bar.setValue(0)

    # Events

    def event(self, event: QEvent) -> bool:
        """Treat what happens on the margins as if it happened in the column beside them.

        The column is placed before the viewport is: within the viewport's own resize event, which
        is what `resizeEvent` gets, another change of its size is lost while it is being shown.
        """
        if event.type() == QEvent.Type.Resize:
            self._place_column()
        if event.type() in _MOUSE_EVENTS:
            assert isinstance(event, QMouseEvent)
            inner = QPointF(self.viewport().mapFrom(self, event.position().toPoint()))
            moved = QMouseEvent(
                event.type(),
                inner,
                event.globalPosition(),
                event.button(),
                event.buttons(),
                event.modifiers(),
            )
            return QApplication.sendEvent(self.viewport(), moved)
        if event.type() == QEvent.Type.Wheel:
            assert isinstance(event, QWheelEvent)
            self.wheelEvent(event)
            return event.isAccepted()
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, else scroll."""
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
            return
        self._wheel += event.angleDelta().y()
        notches = int(self._wheel / _WHEEL_NOTCH)
        self._wheel -= notches * _WHEEL_NOTCH
        self.set_zoom(self._zoom + notches * _ZOOM_STEP)
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the page's font when the interface's changes."""
        super().changeEvent(event)
        if self.document().defaultFont() != self._font:
            self.document().setDefaultFont(self._font)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say that other lines are in view."""
        super().resizeEvent(event)
        self.view_moved.emit()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Tell what is being composed from what is text."""
        if self.isReadOnly():
            event.ignore()
            return
        self._composing = bool(event.preeditString())
        self._drawing = not event.commitString() and event.replacementLength() == 0
        super().inputMethodEvent(event)
        self._drawing = False
        self.caret_bar.show_now()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the caret."""
        super().focusInEvent(event)
        self.caret_bar.show_now()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Put the caret to rest."""
        super().focusOutEvent(event)
        self.caret_bar.show_now()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, then the hint of an empty page and the caret."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        if self.hint and self.document().isEmpty() and not self._composing:
            painter.setPen(QColor(theme.current().muted))
            painter.setFont(self._font)
            place = QRectF(self.cursorRect())
            painter.drawText(
                place.adjusted(4, 0, self.viewport().width(), 0),
                Qt.AlignmentFlag.AlignVCenter,
                self.hint,
            )
        if self.hasFocus() or self.isReadOnly():
            self.caret_bar.paint(painter)
        painter.end()


def _letters(settings: EditorSettings) -> tuple[str, int, int]:
    """Return what of `settings` concerns the page."""
    return settings.font_family, settings.font_size, settings.line_width
