"""What a document needs to know from the writer: where, whether, and what about the changes.

`Questions` is the seam at which tests answer; `DialogQuestions` asks with the system's dialogs.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QWidget

from assistant.core.i18n import tr
from assistant.documents.recovery import Recovered
from assistant.ui import theme

_EXCERPT = 160


class Changes(Enum):
    """What becomes of changes that were not saved."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Draft(Enum):
    """What becomes of a draft that a crash has left."""

    RESTORE = "restore"
    DISCARD = "discard"
    LATER = "later"


class Questions(Protocol):
    """Asks the writer and waits for the answer."""

    def changes(self, name: str) -> Changes:
        """Ask what becomes of the unsaved changes in the document `name`."""

    def save_over(self, name: str) -> bool:
        """Ask whether to save over what another program has made of the document `name`."""

    def draft(self, draft: Recovered) -> Draft:
        """Ask what becomes of a draft."""

    def file_to_open(self, folder: Path) -> Path | None:
        """Ask which file to open."""

    def file_to_save(self, suggestion: Path) -> Path | None:
        """Ask under which name to save; one that is taken has been confirmed."""


class DialogQuestions:
    """Asks with dialogs over `window`."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def changes(self, name: str) -> Changes:
        """Ask what becomes of the unsaved changes in the document `name`."""
        box = self._box(
            tr("Save the changes to “{name}”?", name=name),
            tr("If you don’t save, what you wrote since the last time is lost."),
        )
        save = box.addButton(tr("&Save"), QMessageBox.ButtonRole.AcceptRole)
        discard = box.addButton(tr("&Don’t save"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("&Cancel"), QMessageBox.ButtonRole.RejectRole)
        theme.set_look(save, "primary")
        box.setDefaultButton(save)
        box.exec()
        if box.clickedButton() is save:
            return Changes.SAVE
        return Changes.DISCARD if box.clickedButton() is discard else Changes.CANCEL

    def save_over(self, name: str) -> bool:
        """Ask whether to save over what another program has made of the document `name`."""
        box = self._box(
            tr("“{name}” was changed by another program.", name=name),
            tr("Saving puts your text in its place. To keep both, save under another name."),
        )
        over = box.addButton(tr("&Save over it"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(tr("&Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.exec()
        return box.clickedButton() is over

    def draft(self, draft: Recovered) -> Draft:
        """Ask what becomes of a draft."""
        name = draft.path.name if draft.path else tr("Untitled")
        when = QLocale().toString(
            QDateTime.fromSecsSinceEpoch(int(draft.saved_at.timestamp())),
            QLocale.FormatType.ShortFormat,
        )
        excerpt = " ".join(draft.text[-_EXCERPT:].split())
        if len(draft.text) > _EXCERPT:
            excerpt = f"… {excerpt.partition(' ')[2] or excerpt}"
        box = self._box(
            tr("“{name}” was not saved when the program ended.", name=name),
            tr("A draft was kept, last on {when}. It ends in: “{text}”", when=when, text=excerpt),
        )
        restore = box.addButton(tr("&Restore"), QMessageBox.ButtonRole.AcceptRole)
        discard = box.addButton(tr("&Delete it"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("&Later"), QMessageBox.ButtonRole.RejectRole)
        theme.set_look(restore, "primary")
        box.setDefaultButton(restore)
        box.exec()
        if box.clickedButton() is restore:
            return Draft.RESTORE
        return Draft.DISCARD if box.clickedButton() is discard else Draft.LATER

    def file_to_open(self, folder: Path) -> Path | None:
        """Ask which file to open."""
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open"), str(folder), _filters())
        return Path(name) if name else None

    def file_to_save(self, suggestion: Path) -> Path | None:
        """Ask under which name to save; one that is taken has been confirmed."""
        dialog = QFileDialog(self._window, tr("Save as"), str(suggestion.parent), _filters())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(suggestion.suffix.lstrip(".") or "md")
        dialog.selectFile(suggestion.name)
        if not dialog.exec():
            return None
        chosen = dialog.selectedFiles()
        return Path(chosen[0]) if chosen else None

    def _box(self, question: str, more: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setWindowTitle(tr("Inkling"))
        box.setText(question)
        box.setInformativeText(more)
        for label in box.findChildren(QLabel):
            # A name or a draft may look like HTML.
            label.setTextFormat(Qt.TextFormat.PlainText)
            if label.text() == question:
                theme.set_look(label, "heading")
        return box


def _filters() -> str:
    return ";;".join(
        (
            tr("Texts (*.md *.markdown *.txt)"),
            tr("All files (*)"),
        )
    )
