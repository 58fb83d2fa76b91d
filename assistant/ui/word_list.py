"""A list of words that can be added to and taken from."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.ui.entry_line import EntryLine

_HEIGHT = 132


class WordList(QWidget):
    """Shows words in order. Signals: `changed()` when the user added or removed some."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setAccessibleName(tr("Words to ignore"))
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setFixedHeight(_HEIGHT)
        self._list.setSortingEnabled(True)
        self._entry = EntryLine()
        self._entry.setPlaceholderText(tr("Another word"))
        self._entry.setAccessibleName(tr("Another word to ignore"))
        self._add = QPushButton(tr("&Add"))
        self._remove = QPushButton(tr("&Remove"))
        for button in (self._add, self._remove):
            button.setAutoDefault(False)
            button.setEnabled(False)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._entry, 1)
        line.addWidget(self._add)
        line.addWidget(self._remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._list)
        layout.addLayout(line)
        self._entry.textChanged.connect(self._on_text_changed)
        self._entry.entered.connect(self._on_add)
        self._add.clicked.connect(self._on_add)
        self._remove.clicked.connect(self._on_remove)
        self._list.itemSelectionChanged.connect(self._on_selection_changed)

    def words(self) -> tuple[str, ...]:
        """Return the words in the list."""
        return tuple(self._list.item(row).text() for row in range(self._list.count()))

    def set_words(self, words: tuple[str, ...]) -> None:
        """Show these words, without `changed`."""
        self._list.clear()
        self._list.addItems(sorted(set(words)))

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        word = text.strip()
        self._add.setEnabled(bool(word) and word not in self.words())

    @Slot()
    def _on_add(self) -> None:
        if not self._add.isEnabled():
            return
        self._list.addItem(self._entry.text().strip())
        self._entry.clear()
        self.changed.emit()

    @Slot()
    def _on_remove(self) -> None:
        for item in self._list.selectedItems():
            self._list.takeItem(self._list.row(item))
        self._entry.setFocus()
        self.changed.emit()

    @Slot()
    def _on_selection_changed(self) -> None:
        self._remove.setEnabled(bool(self._list.selectedItems()))
