"""How long the text is, kept up with while it is written.

Words never run over the end of a line, so a line is counted once and remembered: a key costs one
line, not the document. A long text that is new is counted bit by bit between events.
"""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from assistant.text.counts import count_characters, count_words
from assistant.ui.editor import Editor

_PAUSE_MS = 200
_SLICE_SECONDS = 0.008
# Lines that are counted before looking at the clock.
_STEP = 20


class WordCount(QObject):
    """Counts what is in `editor` and what is selected there.

    Signals: `counted(words, characters, selected_words)`, 0 selected where nothing is.
    """

    counted = Signal(int, int, int)

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._known: dict[str, tuple[int, int]] = {}
        self._lines: list[str] = []
        self._next = 0
        self._words = 0
        self._characters = 0
        self._new: dict[str, tuple[int, int]] = {}
        self._pause = _timer(self, _PAUSE_MS)
        self._pause.timeout.connect(self._on_pause)
        self._slice = _timer(self, 0)
        self._slice.timeout.connect(self._on_slice)
        self._selection = _timer(self, _PAUSE_MS)
        self._selection.timeout.connect(self._on_selection_due)
        editor.edited.connect(self._on_edited)
        editor.text_set.connect(self._pause.start)
        editor.selectionChanged.connect(self._on_selection_changed)
        self._pause.start()

    @Slot()
    def _on_edited(self) -> None:
        # Not put off by the next key: the count follows while one goes on typing.
        if not self._pause.isActive():
            self._pause.start()

    @Slot()
    def _on_selection_changed(self) -> None:
        if not self._selection.isActive():
            self._selection.start()

    @Slot()
    def _on_pause(self) -> None:
        self._slice.stop()
        self._lines = self._editor.text().split("\n")
        self._next = 0
        self._words = self._characters = 0
        self._new = {}
        self._on_slice()

    @Slot()
    def _on_slice(self) -> None:
        """Count some lines, and the rest when other events have had their turn."""
        began = perf_counter()
        while self._next < len(self._lines):
            for line in self._lines[self._next : self._next + _STEP]:
                words, characters = self._count(line)
                self._words += words
                self._characters += characters
            self._next += _STEP
            if perf_counter() - began > _SLICE_SECONDS:
                self._slice.start()
                return
        # Only what the text still has is remembered.
        self._known = self._new
        self._lines = []
        self._tell()

    @Slot()
    def _on_selection_due(self) -> None:
        if not self._lines and not self._pause.isActive():
            self._tell()

    def _tell(self) -> None:
        selected = 0
        if self._editor.textCursor().hasSelection():
            lines = self._editor.selected_text().split("\n")
            selected = sum(self._count(line)[0] for line in lines)
        self.counted.emit(self._words, self._characters, selected)

    def _count(self, line: str) -> tuple[int, int]:
        counts = self._new.get(line) or self._known.get(line)
        if counts is None:
            counts = count_words(line), count_characters(line)
        self._new[line] = counts
        return counts


def _timer(owner: QObject, milliseconds: int) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    return timer
