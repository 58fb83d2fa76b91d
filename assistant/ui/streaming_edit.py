"""Text that arrives bit by bit at the caret, seen at once, and one undo step in the end.

Owns the one run of writing into an editor, which is locked while it lasts. The new text is tinted
until the next edit. Knows no job and no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QTextCursor

from assistant.text.offsets import Offsets
from assistant.ui.editor import Editor, seal


class StreamingEdit(QObject):
    """Writes into `editor`: `start`, `append` as often as need be, then `finish` or `abandon`.

    `start_over` is a start that puts something else in the place of what stands there.

    Attributes: `changing`, true while it changes the document itself.
    Signals: `active_changed(bool)`.
    """

    active_changed = Signal(bool)

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.changing = False
        self._active = False
        # Selects the new text; in later edits it moves along.
        self._place = QTextCursor(editor.document())
        self._written = ""
        self._begun = False
        # The document as the run has left it; anything done since makes it another one.
        self._edits = -1
        editor.text_set.connect(self._on_text_set)

    @property
    def active(self) -> bool:
        """Whether a run is under way."""
        return self._active

    def text(self) -> str:
        """Return what this run, or the last one, has written."""
        return self._written

    @property
    def begin(self) -> int:
        """Where what this run, or the last one, has written begins, in UTF-16 units."""
        return self._place.selectionStart()

    def start(self) -> None:
        """Lock the editor and write from here: the caret, or the end of what is selected."""
        if self._active:
            return
        QGuiApplication.inputMethod().commit()
        end = self._editor.textCursor().selectionEnd()
        self._start(self._editor.cursor_over(end, end))

    def start_over(self, place: QTextCursor, text: str) -> None:
        """Lock the editor and put `text` where `place` selects, to write on behind it.

        To abandon the run is to have what stood there back.
        """
        if self._active:
            return
        self._start(QTextCursor(place))
        self._write(_lines(text))

    def _start(self, place: QTextCursor) -> None:
        self._place = place
        self._written = _lines(place.selectedText())
        self._begun = False
        caret = self._editor.textCursor()
        caret.setPosition(place.selectionEnd())
        self._editor.reveal(caret)
        self._set_active(active=True)

    def append(self, text: str) -> None:
        """Write on."""
        if self._active and text:
            self._write(self._written + _lines(text), kept=len(self._written))

    def finish(self, final_text: str | None = None) -> None:
        """End the run; `final_text`, where given, is what stands there then.

        With nothing written the document is as if there had been no run.
        """
        if not self._active:
            return
        if final_text is not None:
            self._write(_lines(final_text))
        if not self._written:
            self.abandon()
            return
        with self._edit() as cursor:
            seal(cursor)
        self._settle()
        self._set_active(active=False)

    def abandon(self) -> None:
        """End the run and take back all that it has written."""
        if not self._active:
            return
        document = self._editor.document()
        if self._begun:
            caret = self._editor.textCursor()
            self.changing = True
            document.undo(caret)
            self.changing = False
            self._editor.setTextCursor(caret)
            document.clearUndoRedoStacks(document.Stacks.RedoStack)
            self._editor.marks.set_layer("new", ())
        self._written = ""
        self._set_active(active=False)

    def replace_last(self, text: str) -> bool:
        """Put another version in the place of the last run's text; False where that is gone.

        It becomes part of the run's undo step, unless there were edits since: then it is its own.
        """
        if self._active or self._editor.locked or not self._written:
            return False
        if _lines(self._place.selectedText()) != self._written:
            return False
        self._begun = self._editor.edits == self._edits
        self._write(_lines(text))
        with self._edit() as cursor:
            seal(cursor)
        caret = self._editor.textCursor()
        caret.setPosition(self._place.selectionEnd())
        self._editor.reveal(caret)
        self._settle()
        return True

    def _write(self, text: str, kept: int | None = None) -> None:
        """Make `text` what is written; the first `kept` characters are there already."""
        if text == self._written:
            return
        if kept is None:
            kept = _shared(text, self._written)
        start, end = self._place.selectionStart(), self._place.selectionEnd()
        in_view = self._editor.is_in_view(end)
        with self._edit() as cursor:
            cursor.setPosition(start + Offsets(text[:kept]).utf16_length)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(text[kept:])
            end = cursor.position()
        self._place.setPosition(start)
        self._place.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self._written = text
        self._editor.mark_new(start, end)
        if in_view:
            self._editor.follow(end)

    @contextmanager
    def _edit(self) -> Iterator[QTextCursor]:
        """Give a cursor at the end of the new text, whose edits belong to the run's undo step."""
        cursor = QTextCursor(self._editor.document())
        cursor.setPosition(self._place.selectionEnd())
        if self._begun:
            cursor.joinPreviousEditBlock()
        else:
            cursor.beginEditBlock()
        self._begun = True
        self.changing = True
        try:
            yield cursor
        finally:
            cursor.endEditBlock()
            self.changing = False

    def _settle(self) -> None:
        """Remember the document as the run leaves it."""
        self._editor.mark_new(self._place.selectionStart(), self._place.selectionEnd())
        self._edits = self._editor.edits

    def _set_active(self, *, active: bool) -> None:
        self._active = active
        self._editor.set_locked(active)
        self.active_changed.emit(active)

    @Slot()
    def _on_text_set(self) -> None:
        """Let go of a text that is no longer there."""
        self._written = ""
        self._begun = False
        if self._active:
            self._set_active(active=False)


def _lines(text: str) -> str:
    """Return `text` with every line break as Python has it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n")


def _shared(first: str, second: str) -> int:
    """Return how many characters both texts begin with alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))
