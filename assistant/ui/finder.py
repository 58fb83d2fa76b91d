"""Finding and replacing in one page: the matches, which one is selected, how they are marked.

Owns the query and its matches, kept up with the text while it is edited. What the writer types
into and clicks is `assistant.ui.find_bar`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from PySide6.QtCore import QObject, QRegularExpression, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor

from assistant.ui import theme
from assistant.ui.editor import Editor
from assistant.ui.page_marks import mark
from assistant.ui.text_search import Query, find_all, replacements

_MARKS = {"light": "#fbe6a2", "dark": "#57471a"}
_MOST_MARKS = 2000
# Above this many characters a search waits until typing pauses.
_LONG = 200_000
_PAUSE_MS = 150


class Finder(QObject):
    """Looks for one query in `editor`.

    Attributes: `problem`, what is wrong with a regular expression, else empty.
    Signals: `changed()` when the matches, the selected one or the problem may be others.
    """

    changed = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.problem = ""
        self._editor = editor
        self._query = Query()
        self._pattern = QRegularExpression()
        self._matches: list[tuple[int, int]] = []
        self._starts: list[int] = []
        self._searched_at = -1
        self._shown = False
        self._anchor = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_search_due)
        self._go_on_to_match = False
        editor.edited.connect(self._on_edited)
        editor.view_moved.connect(self._on_view_moved)
        editor.selectionChanged.connect(self._on_selection_changed)
        theme.appearance().changed.connect(self._on_theme_changed)

    @property
    def count(self) -> int:
        """How many matches there are."""
        return len(self._matches)

    @property
    def current(self) -> int:
        """Which match is selected, from 0; -1 when none is."""
        cursor = self._editor.textCursor()
        place = (cursor.selectionStart(), cursor.selectionEnd())
        index = bisect_left(self._starts, place[0])
        if index < len(self._matches) and self._matches[index] == place:
            return index
        return -1

    @property
    def query(self) -> Query:
        """What is looked for."""
        return self._query

    def begin(self) -> None:
        """Mark matches from now on, and look from here while a query is being typed."""
        self._shown = True
        self._anchor = self._editor.textCursor().selectionStart()
        self._search()

    def end(self) -> None:
        """Take the marks away; the query stays for the next time."""
        self._shown = False
        self._timer.stop()
        self._editor.marks.set_layer("find", ())

    def look_for(self, query: Query) -> None:
        """Make `query` the one to look for and go to its first match from where it began."""
        if query == self._query:
            return
        self._query = query
        self._pattern = query.pattern()
        self._searched_at = -1
        self._go_on_to_match = True
        self._search_soon()

    @Slot()
    def find_next(self) -> None:
        """Select the next match, after the last one the first."""
        self._search()
        cursor = self._editor.textCursor()
        self._go_to(bisect_left(self._starts, cursor.selectionEnd()))

    @Slot()
    def find_previous(self) -> None:
        """Select the match before, before the first one the last."""
        self._search()
        start = self._editor.textCursor().selectionStart()
        self._go_to(bisect_left(self._starts, start) - 1)

    def replace(self, template: str) -> None:
        """Replace the selected match and go on to the next; without one only go on."""
        self._search()
        index = self.current
        if index >= 0 and not self._editor.locked:
            self._put(self._changes(template)[index : index + 1])
        self.find_next()

    def replace_all(self, template: str) -> int:
        """Replace every match as one step to undo; return how many there were."""
        self._search()
        if self._editor.locked or not self._matches:
            return 0
        changes = self._changes(template)
        self._put(changes)
        self._search()
        return len(changes)

    def _changes(self, template: str) -> list[tuple[int, int, str]]:
        """Return what stands where in the place of each match; plain text is put as it is."""
        if not self._query.regular:
            return [(start, end, template) for start, end in self._matches]
        return replacements(self._editor.text(), self._pattern, template)

    def _put(self, changes: list[tuple[int, int, str]]) -> None:
        with self._editor.one_step() as cursor:
            # From the end on, so that the places before stay where they are.
            for start, end, new in reversed(changes):
                cursor.setPosition(start)
                cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                cursor.insertText(new)
        caret = self._editor.textCursor()
        caret.setPosition(caret.selectionEnd())
        self._editor.setTextCursor(caret)

    def _search_soon(self) -> None:
        if self._editor.document().characterCount() > _LONG:
            self._timer.start(_PAUSE_MS)
        else:
            self._on_search_due()

    def _search(self) -> None:
        """Find all matches, unless those at hand are the text's."""
        self._timer.stop()
        if self._searched_at == self._editor.edits:
            self._show()
            return
        self._searched_at = self._editor.edits
        valid = self._pattern.isValid()
        self.problem = "" if valid or not self._query.text else self._pattern.errorString()
        self._matches = (
            find_all(self._editor.text(), self._pattern) if valid and self._query.text else []
        )
        self._starts = [start for start, _ in self._matches]
        self._show()

    def _go_to(self, index: int) -> None:
        """Select match `index`; one before the first is the last, one behind the last the first."""
        if not self._matches:
            return
        start, end = self._matches[index % len(self._matches)]
        self._anchor = start
        self._editor.reveal(self._editor.cursor_over(start, end))

    def _show(self) -> None:
        """Mark the matches in view and say that things may have changed."""
        if self._shown:
            look = QTextCharFormat()
            look.setBackground(QColor(_MARKS[theme.current().name]))
            first, last = self._editor.visible_range()
            begin = max(bisect_right(self._starts, first) - 1, 0)
            end = min(bisect_right(self._starts, last), begin + _MOST_MARKS)
            self._editor.marks.set_layer(
                "find",
                [
                    mark(self._editor.cursor_over(*place), look)
                    for place in self._matches[begin:end]
                ],
            )
        self.changed.emit()

    @Slot()
    def _on_search_due(self) -> None:
        self._search()
        if not self._go_on_to_match:
            return
        self._go_on_to_match = False
        if self._matches:
            self._go_to(bisect_left(self._starts, self._anchor))
        elif self._shown:
            cursor = self._editor.textCursor()
            cursor.setPosition(cursor.selectionStart())
            self._editor.setTextCursor(cursor)
        self.changed.emit()

    @Slot()
    def _on_edited(self) -> None:
        if self._shown:
            self._timer.start(_PAUSE_MS)

    @Slot()
    def _on_view_moved(self) -> None:
        if self._shown and self._searched_at == self._editor.edits:
            self._show()

    @Slot()
    def _on_selection_changed(self) -> None:
        if self._shown:
            self.changed.emit()

    @Slot(object)
    def _on_theme_changed(self, _: theme.Theme) -> None:
        if self._shown:
            self._show()
