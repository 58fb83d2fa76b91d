"""The lore of a story as a table: keywords, text, what an entry costs and whether it is read now.

Used with keys alone: Insert adds an entry, Delete removes the chosen ones, F2 or typing edits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.core.steering import Lore, PromptPart

_KEYWORDS, _TEXT, _TOKENS, _NOW = range(4)
_KEYWORDS_WIDTH = 150
_BETWEEN = re.compile(r"[,;，、；]")
_READ_ONLY = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class LoreTable(QWidget):
    """Shows lore entries in their order. Signals: `changed()` when the writer changed some."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = QTableWidget(0, 4)
        self.table.setAccessibleName(tr("Lore"))
        self.table.setHorizontalHeaderLabels(
            [tr("Keywords"), tr("What to know"), tr("Tokens"), tr("Read now")]
        )
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.SelectedClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        # Tab leaves the table; within an entry that is being edited it goes to the next cell.
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_KEYWORDS, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(_TEXT, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(_KEYWORDS, _KEYWORDS_WIDTH)
        header.setHighlightSections(False)
        self._add = QPushButton(tr("&Add"))
        self._remove = QPushButton(tr("&Remove"))
        for button in (self._add, self._remove):
            button.setAutoDefault(False)
        self._remove.setEnabled(False)
        self._lay_out()
        self._add.clicked.connect(self.add)
        self._remove.clicked.connect(self.remove)
        self.table.itemChanged.connect(self._on_item_changed)
        self.table.itemSelectionChanged.connect(self._on_selection_changed)
        for key, slot in ((Qt.Key.Key_Insert, self.add), (Qt.Key.Key_Delete, self.remove)):
            shortcut = QShortcut(QKeySequence(key), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(slot)

    def lore(self) -> tuple[Lore, ...]:
        """Return the entries."""
        return tuple(
            Lore(_keywords(self._words(row, _KEYWORDS)), self._words(row, _TEXT))
            for row in range(self.table.rowCount())
        )

    def set_lore(self, lore: Iterable[Lore]) -> None:
        """Show these entries, without `changed`."""
        self.table.blockSignals(True)
        self.table.setRowCount(0)
        for entry in lore:
            self._append(entry)
        self.table.blockSignals(False)
        self.table.resizeRowsToContents()
        self._on_selection_changed()

    def show_parts(self, parts: Mapping[int, PromptPart]) -> None:
        """Show by their number what the entries cost, and which of them are read now."""
        self.table.blockSignals(True)
        for row in range(self.table.rowCount()):
            part = parts.get(row)
            self._item(row, _TOKENS).setText(f"{part.tokens:,}" if part else "")
            used = part is not None and part.used
            self._item(row, _NOW).setText(tr("yes") if used else tr("no"))
        self.table.blockSignals(False)
        self.table.viewport().update()
        self.table.resizeRowsToContents()

    @Slot()
    def add(self) -> None:
        """Add an empty entry and begin to write it."""
        self.table.blockSignals(True)
        row = self._append(Lore((), ""))
        self.table.blockSignals(False)
        self.changed.emit()
        self.table.setFocus()
        self.table.setCurrentCell(row, _KEYWORDS)
        self.table.editItem(self._item(row, _KEYWORDS))

    @Slot()
    def remove(self) -> None:
        """Remove the chosen entries."""
        rows = {index.row() for index in self.table.selectionModel().selectedRows()}
        if not rows:
            return
        for row in sorted(rows, reverse=True):
            self.table.removeRow(row)
        row = min(*rows, self.table.rowCount() - 1)
        if row >= 0:
            self.table.setCurrentCell(row, _KEYWORDS)
        self.table.setFocus()
        self.changed.emit()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        self.setFocusProxy(self.table)

    def _append(self, lore: Lore) -> int:
        row = self.table.rowCount()
        self.table.insertRow(row)
        texts = (", ".join(lore.keywords), lore.text, "", "")
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            if column in (_TOKENS, _NOW):
                item.setFlags(_READ_ONLY)
            if column == _TOKENS:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, item)
        return row

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        assert item is not None
        return item

    def _words(self, row: int, column: int) -> str:
        return self._item(row, column).text().strip()

    @Slot(QTableWidgetItem)
    def _on_item_changed(self, item: QTableWidgetItem) -> None:
        self.table.resizeRowToContents(item.row())
        self.changed.emit()

    @Slot()
    def _on_selection_changed(self) -> None:
        self._remove.setEnabled(bool(self.table.selectedItems()))


def _keywords(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in _BETWEEN.split(text) if word.strip())
