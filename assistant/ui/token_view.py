"""The token view: over what a model has written last, what it might have written instead.

The pointer that rests on a token, or a key at the caret, opens its likeliest alternatives; one that
is chosen takes its place and Continue goes on from there. A colouring by probability can be
switched on. Text that no model has written is never touched or coloured.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QTextCharFormat
from PySide6.QtWidgets import QTextEdit

from assistant.config.settings import EditorSettings
from assistant.core.i18n import tr
from assistant.core.requests import TokenChoice, TokenOption
from assistant.ui import theme
from assistant.ui.continue_flow import ContinueFlow
from assistant.ui.editor import Editor
from assistant.ui.page_marks import mark
from assistant.ui.token_popup import TokenPopup
from assistant.ui.token_texts import band_of
from assistant.ui.written_tokens import PlacedToken, WrittenTokens

# How long the pointer rests before it asks, and how long it may take to reach the popup.
REST_MS, LEAVE_MS = 350, 300
# A blank at the end of a line, or a line break, is this wide for the pointer.
_END_OF_LINE = 12


class TokenView(QObject):
    """Shows the tokens of `flow`'s continuations in `editor`. Signals: `said(sentence)`."""

    said = Signal(str)

    def __init__(self, editor: Editor, flow: ContinueFlow, parent: QObject | None = None) -> None:
        super().__init__(parent or editor)
        self._editor = editor
        self._flow = flow
        self._written = WrittenTokens(editor)
        self._popup = TokenPopup(editor)
        self._popup.show_legend(False)
        self._coloured = False
        self._open: PlacedToken | None = None
        self._pointed: PlacedToken | None = None
        self._rest = _timer(self, REST_MS)
        self._leave = _timer(self, LEAVE_MS)
        self._rest.timeout.connect(self._on_rested)
        self._leave.timeout.connect(self.close)
        flow.shown.connect(self._written.add)
        self._written.changed.connect(self._on_changed)
        self._popup.chosen.connect(self._on_chosen)
        self._popup.stepped.connect(self._on_stepped)
        self._popup.entered.connect(self._leave.stop)
        self._popup.left.connect(self._on_popup_left)
        self._popup.closed.connect(self._on_closed)
        editor.view_moved.connect(self.close)
        editor.lock_changed.connect(self.close)
        editor.edited.connect(self.close)
        editor.installEventFilter(self)
        editor.viewport().setMouseTracking(True)
        editor.viewport().installEventFilter(self)
        theme.appearance().changed.connect(self._draw)

    def apply_settings(self, settings: EditorSettings) -> None:
        """Colour by probability, or not, as `settings` say."""
        self._coloured = settings.show_probabilities
        self._popup.show_legend(self._coloured)
        self._draw()

    @Slot()
    def open_at_caret(self) -> None:
        """Show, to be used with keys, what might stand at the caret, or just before it."""
        caret = self._editor.textCursor().position()
        token = self._written.at(caret) or (self._written.at(caret - 1) if caret else None)
        if self._editor.locked:
            return
        if token is None:
            self.said.emit(tr("No model has written the text at the caret."))
            return
        self._show_for_keys(token)

    @Slot()
    def close(self) -> None:
        """Take the popup away."""
        self._rest.stop()
        self._leave.stop()
        self._popup.close_now()

    # The popup

    def _show(self, token: PlacedToken) -> None:
        self._leave.stop()
        self._open = token
        self._popup.open(token.choice, self._before(token), self._place_of(token))
        self._draw()

    def _show_for_keys(self, token: PlacedToken) -> None:
        self._open = token
        self._popup.open_for_keys(token.choice, self._before(token), self._place_of(token))
        self._draw()

    def _before(self, token: PlacedToken) -> str:
        """Return the character before `token`; half of one will do."""
        return self._editor.cursor_over(max(0, token.start - 1), token.start).selectedText()

    def _place_of(self, token: PlacedToken) -> QRect:
        """Return where the last line of `token` is, in pixels of the editor."""
        area = list(self._areas(token))[-1]
        viewport = self._editor.viewport()
        return QRect(viewport.mapTo(self._editor, area.topLeft()), area.size())

    @Slot(object)
    def _on_chosen(self, option: TokenOption) -> None:
        token, self._open = self._open, None
        if token is not None:
            choice = TokenChoice(option.text, option.log_probability, token.choice.options)
            self._flow.go_on_instead(self._written.rest(token), choice)

    @Slot(int)
    def _on_stepped(self, step: int) -> None:
        tokens = self._written.all()
        places = [one.start for one in tokens]
        if self._open is None or self._open.start not in places:
            return
        number = places.index(self._open.start) + step
        if 0 <= number < len(tokens):
            self._editor.reveal(self._editor.cursor_over(places[number], places[number]))
            self._show_for_keys(tokens[number])

    @Slot()
    def _on_closed(self) -> None:
        self._draw()

    @Slot()
    def _on_popup_left(self) -> None:
        if not self._popup.by_keys:
            self._leave.start()

    # The pointer

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See where the pointer is; a key or a click on the page takes the popup away."""
        kind = event.type()
        if watched is self._editor:
            if kind == QEvent.Type.KeyPress:
                self.close()
        elif kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._point_at(event)
        elif kind in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel):
            self.close()
        elif kind == QEvent.Type.Leave:
            self._rest.stop()
            if not self._popup.by_keys:
                self._leave.start()
        return False

    def _point_at(self, event: QMouseEvent) -> None:
        if self._popup.by_keys or event.buttons() or self._editor.locked:
            return
        token = self._token_at(event.position().toPoint())
        if token is not None and self._popup.isVisible() and token == self._open:
            self._rest.stop()
            self._leave.stop()
            return
        if self._popup.isVisible() and not self._leave.isActive():
            self._leave.start()
        self._pointed = token
        if token is None:
            self._rest.stop()
        else:
            self._rest.start()

    @Slot()
    def _on_rested(self) -> None:
        if self._pointed in self._written.all() and not self._editor.locked:
            assert self._pointed is not None
            self._show(self._pointed)

    def _token_at(self, point: QPoint) -> PlacedToken | None:
        position = self._editor.position_at(point)
        for place in (position, position - 1):
            token = self._written.at(place)
            if token is not None and any(area.contains(point) for area in self._areas(token)):
                return token
        return None

    def _areas(self, token: PlacedToken) -> Iterator[QRect]:
        """Yield where `token` stands in the viewport, line by line, in pixels."""
        editor = self._editor
        first = editor.cursorRect(editor.cursor_over(token.start, token.start))
        last = editor.cursorRect(editor.cursor_over(token.end, token.end))
        if first.top() == last.top():
            yield QRect(first.topLeft(), last.bottomRight())
            return
        yield QRect(first.left(), first.top(), _END_OF_LINE, first.height())
        if last.left() > editor.cursorRect(editor.cursor_over(0, 0)).left():
            start = QPoint(0, last.top())
            yield QRect(start, last.bottomRight())

    # Colours

    @Slot()
    def _on_changed(self) -> None:
        self.close()
        self._draw()

    @Slot()
    def _draw(self) -> None:
        """Mark the tokens by their probabilities, and the one that is asked about."""
        marks = list(self._coloured_marks()) if self._coloured else []
        if self._open is not None and self._popup.isVisible():
            look = QTextCharFormat()
            look.setBackground(QColor(theme.current().selection))
            place = self._editor.cursor_over(self._open.start, self._open.end)
            marks.append(mark(place, look))
        self._editor.marks.set_layer("tokens", marks)

    def _coloured_marks(self) -> Iterator[QTextEdit.ExtraSelection]:
        """Yield one mark for tokens side by side that are alike likely."""
        start = end = 0
        colour: QColor | None = None
        for token in self._written.all():
            own = band_of(token.choice.log_probability).colour
            if own != colour or token.start != end:
                if colour is not None:
                    yield self._coloured_mark(start, end, colour)
                start, colour = token.start, own
            end = token.end
        if colour is not None:
            yield self._coloured_mark(start, end, colour)

    def _coloured_mark(self, start: int, end: int, colour: QColor) -> QTextEdit.ExtraSelection:
        look = QTextCharFormat()
        look.setBackground(colour)
        place = self._editor.cursor_over(start, end)
        # What is typed right behind it is the writer's.
        place.setKeepPositionOnInsert(True)
        return mark(place, look)


def _timer(owner: QObject, milliseconds: int) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    return timer
