"""Grey text at the caret that is not in the document: a suggestion as it would stand there.

It takes part in the layout, as what an input method composes does (Qt's pre-edit area): it wraps,
takes several lines and pushes down what follows, and touches neither text, undo, selection nor what
is saved. It is gone before a key, an input method or another caret could meet it. Knows no model
and no meaning of a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QInputMethodEvent,
    QKeyEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextLayout,
)

from assistant.text.offsets import Offsets
from assistant.ui import theme
from assistant.ui.editor import Editor
from assistant.ui.ghost_pointer import GhostPointer
from assistant.ui.page_marks import Marked

# Marks the formats that are here only while the text is shown.
_OURS = QTextFormat.Property.UserProperty.value + 6
_MODIFIERS = frozenset(
    {
        Qt.Key.Key_Shift,
        Qt.Key.Key_Control,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Meta,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_NumLock,
        Qt.Key.Key_ScrollLock,
        Qt.Key.Key_Mode_switch,
        Qt.Key.Key_Super_L,
        Qt.Key.Key_Super_R,
    }
)


class GhostText(QObject):
    """Shows a text at the caret of `editor` until something happens there.

    Attribute: `text`, what is shown, empty where nothing is. What is to be told of a key before the
    text is gone has to be asked for by an event filter installed later.
    """

    # WORKAROUND: Qt's last events come when Python has cleared the object: nothing is shown then.
    text = ""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.text = ""
        self._editor = editor
        self._place = QTextCursor(editor.document())
        self._place.setKeepPositionOnInsert(True)
        self._pointer = GhostPointer(editor, self)
        # For an edit that nobody has told of: while it goes on no paragraph can be asked.
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(0)
        self._late.timeout.connect(self.clear)
        editor.edited.connect(self._on_edited)
        editor.installEventFilter(self)
        editor.changing.connect(self.clear)
        editor.lock_changed.connect(self.clear)
        editor.cursorPositionChanged.connect(self._on_caret_changed)
        editor.selectionChanged.connect(self._on_caret_changed)
        editor.marks.changed.connect(self._show_anew)
        theme.appearance().changed.connect(self._show_anew)

    def show(self, text: str) -> None:
        """Show `text` at the caret, in the place of what was shown before."""
        self.clear()
        caret = self._editor.textCursor()
        if not text or caret.hasSelection() or self._editor.composing or self._editor.locked:
            return
        self.text = text
        self._place.setPosition(caret.position())
        layout = caret.block().layout()
        position, shown = caret.positionInBlock(), text.replace("\n", "\u2028")
        width = Offsets(shown).utf16_length
        end = caret.block().position() + caret.block().length() - 1
        marked = self._editor.marks.within(caret.position(), end)
        formats = [
            *_moved(layout.formats(), position, width),
            *_behind(marked, caret.block().position(), width),
            _range(position, width, _ghostly()),
        ]
        self._editor.marks.cover(caret.position(), end)
        layout.setPreeditArea(position, shown)
        layout.setFormats(formats)
        self._lay_out()

    def announce(self) -> None:
        """Tell a screen reader what is shown."""
        if self.text:
            event = QAccessibleAnnouncementEvent(self._editor, self.text)
            QAccessible.updateAccessibility(event)

    @Slot()
    def clear(self) -> None:
        """Take the text away."""
        if not self.text:
            return
        shown, self.text = self.text.replace("\n", "\u2028"), ""
        self._editor.marks.uncover()
        if not self._shows(shown) and not self._find(shown):
            # Its paragraph is gone, and it with it.
            return
        layout = self._place.block().layout()
        position, width = layout.preeditAreaPosition(), Offsets(shown).utf16_length
        formats = list(_moved_back(layout.formats(), position, width))
        layout.setPreeditArea(-1, "")
        layout.setFormats(formats)
        self._lay_out()

    def _shows(self, shown: str) -> bool:
        return self._place.block().layout().preeditAreaText() == shown

    def _find(self, shown: str) -> bool:
        """Go to the paragraph that shows it: an edit may have split the one that did."""
        block = self._editor.document().firstBlock()
        while block.isValid():
            if block.layout().preeditAreaText() == shown:
                self._place.setPosition(block.position())
                return True
            block = block.next()
        return False

    def _lay_out(self) -> None:
        block = self._place.block()
        self._editor.document().markContentsDirty(block.position(), block.length())

    @Slot()
    def _on_edited(self) -> None:
        if self.text:
            self._late.start()

    @Slot()
    def _on_caret_changed(self) -> None:
        caret = self._editor.textCursor()
        if caret.hasSelection() or caret.position() != self._place.position():
            self.clear()

    @Slot()
    def _show_anew(self) -> None:
        self.show(self.text)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take the text away before anything else happens in its place."""
        if not self.text:
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() not in _MODIFIERS:
                self.clear()
        elif isinstance(event, QInputMethodEvent):
            if _says_nothing(event):
                # Qt would take the shown text for something composed, and end that.
                return True
            self.clear()
        elif event.type() == QEvent.Type.FocusOut:
            self.clear()
        return False


def _says_nothing(event: QInputMethodEvent) -> bool:
    return not (event.preeditString() or event.commitString() or event.replacementLength())


def _ghostly() -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(QColor(theme.current().muted))
    return look


def _behind(marked: Iterable[Marked], start: int, width: int) -> Iterator[QTextLayout.FormatRange]:
    """Yield marks behind the shown text, in the paragraph at `start`, where they are seen now."""
    for one in marked:
        yield _range(one.start - start + width, one.end - one.start, one.look)


def _range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    look.setProperty(_OURS, 1)
    return _between(start, start + length, look)


def _between(start: int, end: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length = start, end - start
    made.format = look
    return made


def _moved(
    ranges: Iterable[QTextLayout.FormatRange], position: int, width: int
) -> Iterator[QTextLayout.FormatRange]:
    """Yield `ranges` with room for `width` at `position`; one that spans it has it within."""
    for one in ranges:
        start, end = one.start, one.start + one.length
        if start >= position:
            start, end = start + width, end + width
        elif end > position:
            end += width
        yield _between(start, end, QTextCharFormat(one.format))


def _moved_back(
    ranges: Iterable[QTextLayout.FormatRange], position: int, width: int
) -> Iterator[QTextLayout.FormatRange]:
    """Yield `ranges` without the `width` at `position`, and without what was here only for it."""
    for one in ranges:
        look = QTextCharFormat(one.format)
        if look.hasProperty(_OURS):
            continue
        start, end = one.start, one.start + one.length
        yield _between(_without(start, position, width), _without(end, position, width), look)


def _without(place: int, position: int, width: int) -> int:
    return place if place <= position else max(position, place - width)
