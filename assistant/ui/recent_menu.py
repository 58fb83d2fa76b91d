"""The menu of the documents that were open last."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from assistant.core.i18n import tr


class RecentMenu(QMenu):
    """Lists documents. Signal: `chosen(path)`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Open &recent"), parent)
        self.triggered.connect(self._on_triggered)

    def show_paths(self, paths: Sequence[str]) -> None:
        """Show these documents, the last one first; without any the menu cannot be opened."""
        self.clear()
        for path in paths:
            self.addAction(path).setData(path)
        self.setEnabled(bool(paths))

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.chosen.emit(action.data())
