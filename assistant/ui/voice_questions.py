"""What learning a voice needs to know from the writer: what becomes of it, names, folders.

`VoiceQuestions` is the seam at which tests answer; `VoiceDialogs` asks with the system's dialogs.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel, QMessageBox, QWidget

from assistant.core.i18n import tr
from assistant.ui import theme


class Stop(Enum):
    """What becomes of a voice that is learned no further."""

    KEEP = "keep"
    DISCARD = "discard"
    CANCEL = "cancel"


class VoiceQuestions(Protocol):
    """Asks the writer and waits for the answer."""

    def stop(self, name: str) -> Stop:
        """Ask what becomes of a voice that has not learned all."""

    def new_name(self, name: str) -> str | None:
        """Ask what a voice is to be called."""

    def export_folder(self, name: str) -> Path | None:
        """Ask where a copy of a voice goes."""

    def remove(self, name: str) -> bool:
        """Ask whether a voice is to be deleted."""


class VoiceDialogs:
    """Asks with dialogs over `window`."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def stop(self, name: str) -> Stop:
        """Ask what becomes of a voice that has not learned all."""
        box = self._box(
            tr("Stop learning “{name}”?", name=name),
            tr("What it has learned so far can be kept as a voice. To go on later, use Pause."),
        )
        keep = box.addButton(tr("&Keep the voice as it is"), QMessageBox.ButtonRole.AcceptRole)
        discard = box.addButton(tr("&Throw it away"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("&Cancel"), QMessageBox.ButtonRole.RejectRole)
        theme.set_look(keep, "primary")
        box.setDefaultButton(keep)
        box.exec()
        if box.clickedButton() is keep:
            return Stop.KEEP
        return Stop.DISCARD if box.clickedButton() is discard else Stop.CANCEL

    def new_name(self, name: str) -> str | None:
        """Ask what a voice is to be called."""
        new, accepted = QInputDialog.getText(
            self._window, tr("Rename the voice"), tr("Name of the voice"), text=name
        )
        return new.strip() or None if accepted else None

    def export_folder(self, name: str) -> Path | None:
        """Ask where a copy of a voice goes: into a new folder of its name in the one chosen."""
        folder = QFileDialog.getExistingDirectory(
            self._window, tr("Where to put a copy of “{name}”", name=name)
        )
        return Path(folder) / name if folder else None

    def remove(self, name: str) -> bool:
        """Ask whether a voice is to be deleted."""
        box = self._box(
            tr("Delete the voice “{name}”?", name=name),
            tr("Your documents stay. The voice would have to be learned again."),
        )
        delete = box.addButton(tr("&Delete it"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(tr("&Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.exec()
        return box.clickedButton() is delete

    def _box(self, question: str, more: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setWindowTitle(tr("Inkling"))
        box.setText(question)
        box.setInformativeText(more)
        for label in box.findChildren(QLabel):
            # A name may look like HTML.
            label.setTextFormat(Qt.TextFormat.PlainText)
        return box
