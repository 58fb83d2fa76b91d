"""A field for one key, as it is pressed, with a button that brings the usual one back.

Tab leaves the field, for whoever has no mouse; Backspace empties it.
"""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit, QToolButton, QWidget

from assistant.core.i18n import tr
from assistant.ui import icons

_WIDTH = 190
_PORTABLE = QKeySequence.SequenceFormat.PortableText
_NATIVE = QKeySequence.SequenceFormat.NativeText


class KeyEdit(QKeySequenceEdit):
    """Shows a key and takes another; `usual` is the one to come back to, `reset` its button.

    Keys are in Qt's portable text, an empty one is none. Signals: `key_changed()`.
    """

    key_changed = Signal()

    def __init__(self, usual: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usual = usual
        # What the settings say, for as long as nothing else is pressed.
        self._text = ""
        self._shown = QKeySequence()
        self.setMaximumSequenceLength(1)
        self.setFixedWidth(_WIDTH)
        self.reset = QToolButton()
        self.reset.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        icons.dress(self.reset, "undo")
        name = QKeySequence(usual, _PORTABLE).toString(_NATIVE)
        self.reset.setToolTip(tr("Back to {key}", key=name))
        self.reset.clicked.connect(self._on_reset_clicked)
        self.keySequenceChanged.connect(self._on_changed)

    def show_key(self, text: str) -> None:
        """Show the key `text`, without `key_changed`."""
        with QSignalBlocker(self):
            self.setKeySequence(QKeySequence(text, _PORTABLE))
        self._text, self._shown = text, self.keySequence()
        self._show_state()

    def key(self) -> str:
        """Return the key that is shown."""
        shown = self.keySequence()
        return self._text if shown == self._shown else shown.toString(_PORTABLE)

    def _show_state(self) -> None:
        self.reset.setEnabled(self.key() != self._usual)

    @Slot()
    def _on_changed(self) -> None:
        self._show_state()
        self.key_changed.emit()

    @Slot()
    def _on_reset_clicked(self) -> None:
        self.setKeySequence(QKeySequence(self._usual, _PORTABLE))
        # The button is of no more use here and would take the focus with it.
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the key; Backspace alone takes away what is there."""
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.clear()
            return
        super().keyPressEvent(event)
