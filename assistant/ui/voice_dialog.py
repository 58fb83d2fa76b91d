"""The dialog in which a voice is learned and the voices are looked after.

Puts its parts together; what they ask for is done by `assistant.ui.voice_flow`.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.ui import theme
from assistant.ui.settings_page import muted_label
from assistant.ui.voice_list import VoiceList
from assistant.ui.voice_progress import VoiceProgress
from assistant.ui.voice_setup import VoiceSetup

_SIZE = QSize(640, 660)
_SMALLEST = QSize(480, 480)


class VoiceDialog(QDialog):
    """Attributes: `setup`, `progress`, `voices`, the parts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Learn my voice"))
        self.resize(_SIZE)
        self.setMinimumSize(_SMALLEST)
        heading = QLabel(tr("Learn my voice"))
        theme.set_look(heading, "title")
        self.setup = VoiceSetup()
        self.progress = VoiceProgress()
        self.voices = VoiceList()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.setup)
        self._pages.addWidget(self.progress)
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.hide()
        line = QFrame()
        theme.set_look(line, "line")
        buttons = QDialogButtonBox()
        close = buttons.addButton(tr("&Close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(10)
        layout.addWidget(heading)
        layout.addWidget(
            muted_label(
                tr(
                    "From your own texts Inkling learns how you write, and Continue then goes on "
                    "in that manner. Nothing leaves this computer."
                )
            )
        )
        layout.addWidget(self._said)
        layout.addWidget(self._pages, 1)
        layout.addWidget(line)
        layout.addWidget(self.voices)
        layout.addWidget(buttons)

    def show_setup(self) -> None:
        """Show what can be learned from."""
        self._pages.setCurrentWidget(self.setup)

    def show_progress(self) -> None:
        """Show how far it is."""
        self._pages.setCurrentWidget(self.progress)

    def say(self, sentence: str, *, problem: bool = False) -> None:
        """Say what happened; an empty sentence hides it."""
        theme.set_look(self._said, "error" if problem else "success")
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))
