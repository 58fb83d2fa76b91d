"""The editor: plain text, every change of it one undo step.

Owns the text, what is selected and how it may be changed. Positions at its border are code
points; Qt's own are UTF-16 units. Knows no file, no model and no job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QTextCursor,
)
from PySide6.QtGui import QTextDocumentFragment as Fragment
from PySide6.QtWidgets import QMenu, QWidget

from assistant.core.i18n import tr
from assistant.core.tasks import Replacement, Span
from assistant.text.offsets import Offsets
from assistant.ui.page import Page


class Act(Enum):
    """What the writer did: wrote something, took something away, undid or redid, only moved."""

    TYPED = "typed"
    DELETED = "deleted"
    UNDONE = "undone"
    MOVED = "moved"


class Editor(Page):
    """Where the writer writes.

    Signals: `changing()` before anything but a key or an input method changes the text;
    `text_set()` after another text has taken the place of the whole;
    `lock_changed(bool)`; `acted(Act)` after the writer did something to the text or the caret with
    keys, an input method, undo or redo, and it is all done; `menu_opened(QMenu, int)`, a context
    menu about to be shown, and for which position in UTF-16 units. Qt's own `copyAvailable(bool)`
    says whether anything is selected. Attribute: `acting`, from the beginning of such an act until
    its `acted`.
    """

    changing = Signal()
    text_set = Signal()
    acted = Signal(object)
    lock_changed = Signal(bool)
    menu_opened = Signal(QMenu, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._locked = False
        self.acting = False
        self.setAcceptRichText(False)
        self.setAccessibleName(tr("Text"))
        self.space_lines()

    # Text

    def text(self) -> str:
        """Return the whole text, its white space as it was typed."""
        # toPlainText would turn no-break spaces into plain ones.
        return _plain(self.document().toRawText())

    def set_text(self, text: str) -> None:
        """Put another text in the place of the whole; nothing of the former can be undone."""
        self.changing.emit()
        document = self.document()
        document.clear()
        self.space_lines()
        # Lines that are inserted take the spacing of the one line there; laid out only once.
        document.setUndoRedoEnabled(False)
        QTextCursor(document).insertText(text)
        document.setUndoRedoEnabled(True)
        document.setModified(False)
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.verticalScrollBar().setValue(0)
        self.marks.clear()
        self.set_locked(False)
        self.text_set.emit()

    def selected_text(self) -> str:
        """Return what is selected."""
        return _plain(self.textCursor().selectedText())

    def text_before_caret(self) -> str:
        """Return the text up to the caret, or up to the end of what is selected."""
        return self._head(self.textCursor().selectionEnd())

    def rest_of_paragraph(self) -> str:
        """Return the text from where `text_before_caret` ends to the end of its paragraph."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(self.textCursor().selectionEnd())
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        return _plain(cursor.selectedText())

    def near_caret(self, most: int) -> tuple[str, int]:
        """Return the text before the caret from the start of a paragraph on, and how much is left.

        It is at most `most` UTF-16 units long, but has all of the caret's own paragraph. What is
        left out before it is counted in code points.
        """
        caret = self.textCursor().position()
        start = self.document().findBlock(max(0, caret - most))
        if start.position() < caret - most:
            start = start.next()
        first = min(start.position(), self.textCursor().block().position())
        near = _plain(self.cursor_over(first, caret).selectedText())
        return near, len(self._head(first))

    def start_of_paragraph(self) -> str:
        """Return the text from the start of the caret's paragraph to the caret."""
        caret = self.textCursor()
        return _plain(self.cursor_over(caret.block().position(), caret.position()).selectedText())

    def caret(self) -> int:
        """Return where the caret stands, in code points."""
        return len(self._head(self.textCursor().position()))

    def selection_span(self) -> Span | None:
        """Return what is selected, in code points."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            return None
        return Span(
            len(self._head(cursor.selectionStart())), len(self._head(cursor.selectionEnd()))
        )

    def select_span(self, span: Span) -> None:
        """Select `span` and bring it into view; an empty one only moves the caret."""
        start, end = self._places([span])[0]
        cursor = self.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.reveal(cursor)

    def _places(self, spans: Iterable[Span]) -> list[tuple[int, int]]:
        """Return where `spans` start and end in UTF-16 units, kept within the text."""
        offsets = Offsets(self.text())
        return [
            (
                offsets.to_utf16(min(max(span.start, 0), offsets.length)),
                offsets.to_utf16(min(max(span.end, 0), offsets.length)),
            )
            for span in spans
        ]

    def _head(self, position: int) -> str:
        cursor = QTextCursor(self.document())
        cursor.setPosition(position, QTextCursor.MoveMode.KeepAnchor)
        return _plain(cursor.selectedText())

    # Edits

    @contextmanager
    def one_step(self) -> Iterator[QTextCursor]:
        """Make everything that is done with the cursor in the `with` block one undo step."""
        self.changing.emit()
        cursor = self.textCursor()
        cursor.beginEditBlock()
        try:
            yield cursor
            seal(cursor)
        finally:
            cursor.endEditBlock()

    def write(self, text: str) -> bool:
        """Put `text` at the caret as the writer's own act and step; False while locked."""
        if self._locked:
            return False
        with self._act(), self.one_step() as cursor:
            cursor.insertText(text)
        self.ensureCursorVisible()
        return True

    def replace_span(self, span: Span, text: str) -> bool:
        """Put `text` in the place of `span` and mark it as new; False while the page is locked."""
        return self.apply_replacements((Replacement(span, text),))

    def apply_replacements(self, replacements: Iterable[Replacement], offset: int = 0) -> bool:
        """Make changes that do not overlap, each `offset` code points further on, as one step.

        The caret ends after the last of them. False while the page is locked.
        """
        changes = sorted(replacements, key=lambda change: (change.span.start, change.span.end))
        if self._locked or not changes:
            return False
        places = self._places(
            Span(change.span.start + offset, change.span.end + offset) for change in changes
        )
        length = self.document().characterCount()
        with self.one_step() as cursor:
            for (start, end), change in zip(reversed(places), reversed(changes), strict=True):
                cursor.setPosition(start)
                cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                cursor.insertText(change.text)
        end = places[-1][1] + self.document().characterCount() - length
        self._show_new(places[0][0], end)
        return True

    def insert_below(self, text: str, below: QTextCursor | None = None) -> bool:
        """Put `text` as paragraphs of its own below those of `below`, or of what is selected.

        False while the page is locked.
        """
        if self._locked:
            return False
        place = QTextCursor(below) if below is not None else self.textCursor()
        place.setPosition(place.selectionEnd())
        place.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        whole = self.text()
        before = self._head(place.position())
        after = whole[len(before) :]
        # Paragraphs are parted as this text parts them; blank lines where it shows neither way.
        gap = 1 if "\n" in whole.strip("\n") and "\n\n" not in whole else 2
        lead = "\n" * _missing(gap, before, len(before) - len(before.rstrip("\n")))
        trail = "\n" * _missing(gap, after, len(after) - len(after.lstrip("\n")))
        start = place.position()
        length = self.document().characterCount()
        with self.one_step() as cursor:
            cursor.setPosition(start)
            cursor.insertText(lead + text + trail)
        end = start + self.document().characterCount() - length
        self._show_new(start + len(lead), end - len(trail))
        return True

    def _show_new(self, start: int, end: int) -> None:
        cursor = self.textCursor()
        cursor.setPosition(end)
        self.reveal(cursor)
        self.mark_new(start, end)

    @property
    def locked(self) -> bool:
        """Whether nothing can be edited, since something is being written into the page."""
        return self._locked

    def set_locked(self, locked: bool) -> None:  # noqa: FBT001 - a setter
        """Keep the writer's hands off the text, undo and redo included, or give it back."""
        if locked == self._locked:
            return
        self._locked = locked
        self.setReadOnly(locked)
        self.caret_bar.show_now()
        self.lock_changed.emit(locked)

    @Slot()
    def undo(self) -> None:
        """Take the last step back, unless the page is locked."""
        if not self._locked:
            self.changing.emit()
            with self._act(Act.UNDONE):
                super().undo()

    @Slot()
    def redo(self) -> None:
        """Make the step again that was taken back last, unless the page is locked."""
        if not self._locked:
            self.changing.emit()
            with self._act(Act.UNDONE):
                super().redo()

    @contextmanager
    def _act(self, changing: Act | None = None) -> Iterator[None]:
        """Say that the writer did something; `changing` is what it was if the text is another."""
        caret, edits = self.textCursor().selectionStart(), self.edits
        self.acting = True
        try:
            yield
        finally:
            self.acting = False
        if self.edits == edits:
            act = Act.MOVED
        elif changing is not None:
            act = changing
        else:
            act = Act.TYPED if self.textCursor().position() > caret else Act.DELETED
        self.acted.emit(act)

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Make every Return a line break of the text."""
        keys = QKeySequence.StandardKey
        undoing = event.matches(keys.Undo) or event.matches(keys.Redo)
        with self._act(Act.UNDONE if undoing else None):
            if event.matches(keys.InsertLineSeparator) and not self._locked:
                # Qt would put in U+2028, which no other program takes for a line break.
                self.textCursor().insertBlock()
                self.ensureCursorVisible()
                return
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Take what an input method composes and writes as the writer's act."""
        with self._act():
            super().inputMethodEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take text; files that are dropped are the window's."""
        return not _is_files(source) and (source.hasText() or source.hasHtml())

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Put in the text alone."""
        text = source.text() if source.hasText() else Fragment.fromHtml(source.html()).toPlainText()
        with self.one_step() as cursor:
            cursor.insertText(text.replace("\r\n", "\n").replace("\r", "\n"))
        self.ensureCursorVisible()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Give the text alone, its no-break spaces kept."""
        source = QMimeData()
        source.setText(self.selected_text())
        return source

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show what can be done here; whoever knows more adds to it."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            position = self.position_at(event.pos())
        else:
            position = self.textCursor().position()
        menu = self.context_menu(position)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._menu_place(event))

    def context_menu(self, position: int) -> QMenu:
        """Return the menu for `position` (UTF-16), filled by all who know of `menu_opened`."""
        menu = QMenu(self)
        document, selected = self.document(), self.textCursor().hasSelection()
        keys = QKeySequence.StandardKey

        def add(
            title: str, key: QKeySequence.StandardKey, slot: Callable[[], None], *, possible: bool
        ) -> None:
            # As text: a second action with the window's own shortcut would make it ambiguous.
            keys_text = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
            action = menu.addAction(f"{title}\t{keys_text}", slot)
            action.setEnabled(possible)

        free = not self._locked
        add(tr("&Undo"), keys.Undo, self.undo, possible=free and document.isUndoAvailable())
        add(tr("&Redo"), keys.Redo, self.redo, possible=free and document.isRedoAvailable())
        menu.addSeparator()
        add(tr("Cu&t"), keys.Cut, self.cut, possible=free and selected)
        add(tr("&Copy"), keys.Copy, self.copy, possible=selected)
        add(tr("&Paste"), keys.Paste, self.paste, possible=free and self.canPaste())
        menu.addSeparator()
        add(tr("Select &all"), keys.SelectAll, self.selectAll, possible=not document.isEmpty())
        self.menu_opened.emit(menu, position)
        return menu

    def _menu_place(self, event: QContextMenuEvent) -> QPoint:
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            return event.globalPos()
        return self.viewport().mapToGlobal(self.cursorRect().bottomLeft())


def seal(cursor: QTextCursor) -> None:
    """End an edit block so that what is typed next becomes a step of its own.

    Qt joins typing to an insertion that it touches; it joins nothing to a removal.
    """
    end = QTextCursor(cursor)
    end.setPosition(cursor.position())
    end.insertText("\u00b7")
    end.deletePreviousChar()


def _plain(raw: str) -> str:
    """Return Qt's raw text with its paragraph separators as line breaks."""
    return raw.replace("\u2029", "\n")


def _missing(gap: int, text: str, there: int) -> int:
    """Return how many line breaks part a new paragraph from `text`, which brings `there`."""
    return max(gap - there, 0) if text.strip() else 0


def _is_files(source: QMimeData) -> bool:
    return any(url.isLocalFile() for url in source.urls())
