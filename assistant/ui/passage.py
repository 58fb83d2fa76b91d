"""Part of the page that a task is about: its text as it was, and where it is now."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor

from assistant.core.tasks import Span, TaskName
from assistant.text.offsets import to_utf16
from assistant.ui.editor import Editor

_PARAGRAPH = "\u2029"


class Passage:
    """A snapshot of a passage with a cursor that follows the writer's edits."""

    def __init__(self, editor: Editor, cursor: QTextCursor) -> None:
        self._editor = editor
        self._cursor = QTextCursor(cursor)
        _select(self._cursor, cursor.selectionStart(), cursor.selectionEnd())
        # What is typed or inserted right behind the passage is not part of it.
        self._cursor.setKeepPositionOnInsert(True)
        self.source = _text(cursor)

    @classmethod
    def taken_from(cls, editor: Editor, task: TaskName) -> Passage | None:
        """Return the selection; without one the paragraph to rewrite, the document for the rest.

        None where there is nothing but white space.
        """
        cursor = editor.textCursor()
        if not cursor.hasSelection():
            if task is TaskName.REWRITE:
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                if cursor.selectedText().startswith(_PARAGRAPH):
                    _select(cursor, cursor.selectionStart() + 1, cursor.selectionEnd())
            else:
                cursor.select(QTextCursor.SelectionType.Document)
        passage = cls(editor, cursor)
        return passage if passage.source.strip() else None

    @property
    def stands(self) -> bool:
        """Whether the page still has the passage as it was taken."""
        return _text(self._cursor) == self.source

    def replace(self, text: str) -> bool:
        """Put `text` in the passage's place as one step to undo; False if it stands no more."""
        if not self.stands or self._editor.locked:
            return False
        start, end = self._cursor.selectionStart(), self._cursor.selectionEnd()
        with self._editor.one_step() as cursor:
            _select(cursor, start, end)
            cursor.insertText(text)
            end = cursor.position()
        _select(self._cursor, start, end)
        self.source = _text(self._cursor)
        self._editor.mark_new(start, end)
        self._editor.setTextCursor(self._cursor)
        return True

    def insert_below(self, text: str) -> bool:
        """Put `text` into a paragraph of its own below, as one step; False while locked."""
        return self._editor.insert_below(text, self._cursor)

    def select(self, span: Span) -> bool:
        """Select part of the passage on the page; False if the passage stands no more."""
        if not self.stands:
            return False
        start = self._cursor.selectionStart()
        cursor = self._editor.textCursor()
        _select(
            cursor,
            start + to_utf16(self.source, span.start),
            start + to_utf16(self.source, span.end),
        )
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()
        return True


def _text(cursor: QTextCursor) -> str:
    return cursor.selectedText().replace(_PARAGRAPH, "\n").replace("\u2028", "\n")


def _select(cursor: QTextCursor, start: int, end: int) -> None:
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
