"""The voices on this machine: which one Continue writes in, and what can be done with each.

Shows what it is told and says what was clicked.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.models.description import ModelDescription
from assistant.text.copying import COPY_INDEX
from assistant.ui import theme

_REFERENCE = Qt.ItemDataRole.UserRole
_HEIGHT = 104


def voices(models: Sequence[ModelDescription]) -> tuple[ModelDescription, ...]:
    """Return those of `models` that are a voice: the adapters that are kept from copying."""
    return tuple(
        model
        for model in models
        if model.adapter is not None and (model.adapter.path / COPY_INDEX).exists()
    )


def voice_title(model: ModelDescription) -> str:
    """Return what a voice is called, without its base."""
    return model.title if model.adapter is None else model.adapter.title


class VoiceList(QWidget):
    """A list with a row for writing without a voice.

    Signals: `chosen(reference)`, empty for no voice; `rename_requested(reference)`,
    `export_requested(reference)`, `remove_requested(reference)`.
    """

    chosen = Signal(str)
    rename_requested = Signal(str)
    export_requested = Signal(str)
    remove_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel(tr("Continue writes in"))
        theme.set_look(heading, "heading")
        self._list = QListWidget()
        self._list.setAccessibleName(tr("The voice that Continue writes in"))
        self._list.setFixedHeight(_HEIGHT)
        self._rename = QPushButton(tr("Rena&me…"))
        self._export = QPushButton(tr("&Export…"))
        self._delete = QPushButton(tr("&Delete…"))
        buttons = QVBoxLayout()
        for button, slot in (
            (self._rename, self._on_rename),
            (self._export, self._on_export),
            (self._delete, self._on_delete),
        ):
            button.clicked.connect(slot)
            buttons.addWidget(button)
        buttons.addStretch()
        row = QHBoxLayout()
        row.addWidget(self._list, 1)
        row.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(heading)
        layout.addLayout(row)
        self._list.currentItemChanged.connect(self._on_current_changed)

    def show_voices(self, models: Sequence[ModelDescription], chosen: str) -> None:
        """Show the voices and which of them is in use; nothing is emitted."""
        self._list.blockSignals(True)
        self._list.clear()
        self._row(tr("No voice: the model as it is"), "", chosen)
        for model in models:
            self._row(voice_title(model), model.reference, chosen)
        if self._list.currentRow() < 0:
            self._list.setCurrentRow(0)
        self._list.blockSignals(False)
        self._show_buttons()

    def _row(self, title: str, reference: str, chosen: str) -> None:
        item = QListWidgetItem(title)
        item.setData(_REFERENCE, reference)
        self._list.addItem(item)
        if reference == chosen:
            self._list.setCurrentItem(item)

    def _reference(self) -> str:
        row = self._list.currentRow()
        return str(self._list.item(row).data(_REFERENCE)) if row >= 0 else ""

    def _show_buttons(self) -> None:
        for button in (self._rename, self._export, self._delete):
            button.setEnabled(bool(self._reference()))

    @Slot()
    def _on_current_changed(self) -> None:
        self._show_buttons()
        self.chosen.emit(self._reference())

    @Slot()
    def _on_rename(self) -> None:
        self.rename_requested.emit(self._reference())

    @Slot()
    def _on_export(self) -> None:
        self.export_requested.emit(self._reference())

    @Slot()
    def _on_delete(self) -> None:
        self.remove_requested.emit(self._reference())
