"""Asking for a model from the hub, a folder or a GGUF file."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from assistant.core.i18n import tr
from assistant.ui.entry_line import EntryLine
from assistant.ui.install_progress import InstallProgress


class OtherModels(QWidget):
    """Asks for models that the catalogue does not have.

    `progress` shows how far one is that is being got. Signal: `wanted(name)`, a name in the hub or
    a path.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._may_get = True
        self._hub = EntryLine()
        self._hub.setPlaceholderText("openai-community/gpt2")
        self._hub.setAccessibleName(tr("Name of a model in the hub"))
        self._get_hub = QPushButton(tr("&Get"))
        self._folder = QPushButton(tr("Use a &folder…"))
        self._file = QPushButton(tr("Use a GG&UF file…"))
        for button in (self._get_hub, self._folder, self._file):
            button.setAutoDefault(False)
        self.progress = InstallProgress()
        self.progress.hide()
        self._lay_out()
        self._hub.textChanged.connect(self._show_what_may_be_got)
        self._hub.entered.connect(self._get_hub.click)
        self._get_hub.clicked.connect(self._on_get_hub_clicked)
        self._folder.clicked.connect(self._on_folder_clicked)
        self._file.clicked.connect(self._on_file_clicked)

    def set_may_get(self, *, may: bool) -> None:
        """Offer to get a model, or not while another one is being got."""
        self._may_get = may
        self._show_what_may_be_got()

    def clear(self) -> None:
        """Forget the name that was entered."""
        self._hub.clear()

    def _lay_out(self) -> None:
        name = QLabel(tr("From the &hub"))
        name.setBuddy(self._hub)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(name)
        line.addWidget(self._hub, 1)
        line.addWidget(self._get_hub)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._folder)
        buttons.addWidget(self._file)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(line)
        layout.addLayout(buttons)
        layout.addWidget(self.progress)

    @Slot()
    def _show_what_may_be_got(self) -> None:
        self._get_hub.setEnabled(self._may_get and bool(self._hub.text().strip()))
        self._folder.setEnabled(self._may_get)
        self._file.setEnabled(self._may_get)

    @Slot()
    def _on_get_hub_clicked(self) -> None:
        self.wanted.emit(self._hub.text().strip())

    @Slot()
    def _on_folder_clicked(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("A model’s folder"))
        if folder:
            self.wanted.emit(folder)

    @Slot()
    def _on_file_clicked(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, tr("A GGUF file"), "", tr("GGUF files (*.gguf)")
        )
        if path:
            self.wanted.emit(path)
