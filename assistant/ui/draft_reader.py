"""The draft's own words, kept up with while one writes.

The counting is done in a thread of its own. Only the paragraphs that an edit has changed cross over
to it; they are told apart by what they say, for where one stands makes no difference to the counts.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

from PySide6.QtCore import QCoreApplication, QObject, QThread, QTimer, Signal, Slot
from PySide6.QtGui import QTextBlock

from assistant.config.settings import SuggestionSettings
from assistant.text.draft_words import DraftCounter, DraftWords
from assistant.ui.editor import Editor

# Counting waits for a pause in typing: beside it each key would take longer.
_PAUSE_MS = 300
# While one thread counts, Python lets no other run: after so many paragraphs it makes way.
_STEP = 4
_BREATH_SECONDS = 0.001


class DraftWorker(QObject):
    """Counts words; lives in a thread of its own.

    Attributes: `latest`, the number of the text that is wanted, set by the asking thread; what
    belongs to another one is dropped.
    Signals: `counted(number, DraftWords)`.
    """

    counted = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self.latest = 0
        self._counter = DraftCounter()

    @Slot(int, object)
    def count(self, number: int, paragraphs: Sequence[str]) -> None:
        """Count a text from its beginning."""
        self._counter.set_text("")
        self.replace(number, (), paragraphs)

    @Slot(int, object, object)
    def replace(self, number: int, gone: Sequence[str], come: Sequence[str]) -> None:
        """Count some paragraphs in the place of others."""
        for done, (old, new) in enumerate(zip_longest(gone, come, fillvalue="")):
            if number != self.latest:
                return
            self._counter.replace(old, new)
            if done % _STEP == _STEP - 1:
                time.sleep(_BREATH_SECONDS)
        if number == self.latest:
            self.counted.emit(number, self._counter.snapshot())


class DraftReader(QObject):
    """Knows the words of `editor`'s text.

    Signals: `changed()` when `words` returns others.
    """

    changed = Signal()
    _text_set = Signal(int, object)
    _replaced = Signal(int, object, object)

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._enabled = False
        self._words = DraftCounter().snapshot()
        # What the text is, and how often more or less than the worker knows it to have each.
        self._paragraphs: list[str] = []
        self._changes: Counter[str] = Counter()
        self._number = 0
        self._counting = False
        self._thread: QThread | None = None
        self._worker: DraftWorker | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._on_pause)
        editor.document().contentsChange.connect(self._on_contents_change)
        editor.text_set.connect(self._on_text_set)

    def words(self) -> DraftWords:
        """Return the words as they were a moment ago; none while they are not wanted."""
        return self._words

    def apply_settings(self, settings: SuggestionSettings) -> None:
        """Keep up with the text only where `settings` want its own words."""
        if settings.own_words == self._enabled:
            return
        self._enabled = settings.own_words
        if self._enabled:
            self._on_text_set()
        else:
            self._forget()

    @Slot()
    def shutdown(self) -> None:
        """End the thread, after the paragraph that it is at."""
        self._enabled = False
        self._forget()
        if self._thread is None:
            return
        self._thread.quit()
        self._thread.wait()
        self._thread = None
        self._worker = None

    def _forget(self) -> None:
        """Let the words of the text go, and what is still being counted of it."""
        self._pause.stop()
        self._number += 1
        if self._worker is not None:
            self._worker.latest = self._number
        self._counting = False
        self._paragraphs = []
        self._changes.clear()
        self._put(DraftCounter().snapshot())

    def _put(self, words: DraftWords) -> None:
        self._words = words
        self.changed.emit()

    @Slot()
    def _on_text_set(self) -> None:
        if not self._enabled:
            return
        self._forget()
        document = self._editor.document()
        self._paragraphs = _texts(document.firstBlock(), document.lastBlock())
        worker = self._running_worker()
        worker.latest = self._number
        self._counting = True
        self._text_set.emit(self._number, tuple(self._paragraphs))

    @Slot(int, int, int)
    def _on_contents_change(self, position: int, _removed: int, added: int) -> None:
        """Note which paragraphs are gone and which have come."""
        if not self._enabled:
            return
        document = self._editor.document()
        first, last = document.findBlock(position), document.findBlock(position + added)
        # Qt counts in what ends the last paragraph, behind which there is nothing.
        come = _texts(first, last if last.isValid() else document.lastBlock())
        start = first.blockNumber()
        end = start + len(come) + len(self._paragraphs) - document.blockCount()
        gone = self._paragraphs[start:end]
        if gone == come:
            return
        self._paragraphs[start:end] = come
        self._changes.update(come)
        self._changes.subtract(gone)
        if not self._counting:
            self._pause.start()

    @Slot()
    def _on_pause(self) -> None:
        changes, self._changes = self._changes, Counter()
        come = tuple((+changes).elements())
        gone = tuple((-changes).elements())
        if come or gone:
            self._counting = True
            self._replaced.emit(self._number, gone, come)

    @Slot(int, object)
    def _on_counted(self, number: int, words: DraftWords) -> None:
        if number != self._number:
            return
        self._counting = False
        if self._changes:
            self._pause.start()
        self._put(words)

    def _running_worker(self) -> DraftWorker:
        if self._worker is None:
            self._worker = DraftWorker()
            self._thread = QThread(self)
            self._thread.setObjectName("draft words")
            self._worker.moveToThread(self._thread)
            self._text_set.connect(self._worker.count)
            self._replaced.connect(self._worker.replace)
            self._worker.counted.connect(self._on_counted)
            application = QCoreApplication.instance()
            assert application is not None
            application.aboutToQuit.connect(self.shutdown)
            self._thread.start(QThread.Priority.LowPriority)
        return self._worker


def _texts(first: QTextBlock, last: QTextBlock) -> list[str]:
    """Return what stands in the paragraphs from `first` to `last`."""
    found, block, end = [], first, last.blockNumber()
    while block.isValid() and block.blockNumber() <= end:
        found.append(block.text())
        block = block.next()
    return found
