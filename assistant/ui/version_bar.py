"""The slim bar under the page after Continue: which version is in the text, and the others."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from assistant.core.i18n import tr
from assistant.ui import icons


class VersionBar(QWidget):
    """Shows “2 of 3” with a step back and on, and asks for another.

    Signals: `step_requested(-1 | 1)`, `another_requested()`, `dismissed()`.
    """

    step_requested = Signal(int)
    another_requested = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QLabel()
        self._previous = self._button(tr("Version before"), "previous")
        self._next = self._button(tr("Next version"), "next")
        self._another = self._button(tr("Write another version"), "retry")
        self._another.setText(tr("Again"))
        self._another.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._close = self._button(tr("Keep this one and close"), "close")
        self._previous.clicked.connect(self._on_previous_clicked)
        self._next.clicked.connect(self._on_next_clicked)
        self._another.clicked.connect(self.another_requested)
        self._close.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.addStretch()
        for widget in (self._previous, self._label, self._next, self._another, self._close):
            row.addWidget(widget)
        row.addStretch()
        self.hide()

    def show_version(self, index: int, count: int, *, writing: bool) -> None:
        """Show that version `index` (from 0) of `count` is in the text, and whether more come."""
        text = tr("{index} of {count}", index=index + 1, count=count)
        self._label.setText(f"{text} …" if writing else text)
        self._previous.setEnabled(index > 0)
        self._next.setEnabled(index + 1 < count)
        self._another.setEnabled(not writing)
        self.show()

    def _button(self, name: str, icon: str) -> QToolButton:
        button = QToolButton(self)
        icons.dress(button, icon)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setAutoRaise(True)
        return button

    @Slot()
    def _on_previous_clicked(self) -> None:
        self.step_requested.emit(-1)

    @Slot()
    def _on_next_clicked(self) -> None:
        self.step_requested.emit(1)
