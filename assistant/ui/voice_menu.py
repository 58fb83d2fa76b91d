"""The menu in which a voice is chosen for Continue, or none, with one click."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from assistant.core.i18n import tr
from assistant.ui.voice_flow import VoiceFlow
from assistant.ui.voice_list import voice_title


class VoiceMenu(QMenu):
    """Lists the voices each time it opens, and ends with `learn`, the action for another one."""

    def __init__(self, voices: VoiceFlow, learn: QAction, parent: QWidget | None = None) -> None:
        super().__init__(tr("Vo&ice"), parent)
        self._voices = voices
        self._learn = learn
        self._group: QActionGroup | None = None
        self.aboutToShow.connect(self._on_about_to_show)
        self.addAction(learn)

    @Slot()
    def _on_about_to_show(self) -> None:
        """Fill the menu with the voices that there are now."""
        self.clear()
        if self._group is not None:
            self._group.deleteLater()
        self._group = QActionGroup(self)
        using = self._voices.in_use()
        known = self._voices.known()
        if known:
            self._add(tr("&No voice"), "", chosen=using is None)
            for voice in known:
                chosen = using is not None and voice.reference == using.reference
                self._add(voice_title(voice).replace("&", "&&"), voice.reference, chosen=chosen)
            self.addSeparator()
        self.addAction(self._learn)
        self._group.triggered.connect(self._on_chosen)

    def _add(self, title: str, reference: str, *, chosen: bool) -> None:
        action = QAction(title, self._group)
        action.setData(reference)
        action.setCheckable(True)
        action.setChecked(chosen)
        self.addAction(action)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self._voices.use_voice(str(action.data()))
