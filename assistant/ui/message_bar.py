"""A sentence above the page that stays until it is closed: what went wrong, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from assistant.core.i18n import tr
from assistant.ui import icons, theme


class MessageBar(QFrame):
    """Shows one sentence at a time, with one thing to do about it where there is one.

    Signal: `action_requested(key)`.
    """

    action_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = ""
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._action = QPushButton()
        self._action.clicked.connect(self._on_action_clicked)
        close = QToolButton()
        icons.dress(close, "close")
        close.setToolTip(tr("Close"))
        close.setAccessibleName(tr("Close"))
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 8, 6)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(close)
        self.hide()

    def show_problem(self, sentence: str, *, label: str = "", key: str = "") -> None:
        """Say what went wrong; `label` and `key` are for a button that does something about it."""
        self._show("problem", sentence, label, key)

    def show_news(self, sentence: str, *, label: str = "", key: str = "") -> None:
        """Say something that the writer should know."""
        self._show("notice", sentence, label, key)

    @property
    def sentence(self) -> str:
        """What is being said."""
        return self._text.text()

    def _show(self, look: str, sentence: str, label: str, key: str) -> None:
        theme.set_look(self, look)
        self._text.setText(sentence)
        self._action.setText(label)
        self._action.setVisible(bool(label))
        self._key = key
        self.show()

    @Slot()
    def _on_action_clicked(self) -> None:
        self.hide()
        self.action_requested.emit(self._key)
