"""How far a model's installation is, with a way to stop it. Shows; the installer does the work."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from assistant.core.i18n import tr
from assistant.models.progress import Progress
from assistant.ui import theme
from assistant.ui.model_texts import progress_text

_STEPS = 1000


class InstallProgress(QWidget):
    """A bar, a line of text and a Cancel button.

    Signals: `cancel_requested()`.
    """

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Progress of the installation"))
        self._text = QLabel()
        theme.set_look(self._text, "muted")
        self._cancel = QPushButton(tr("Cancel"))
        self._cancel.setAutoDefault(False)
        theme.set_look(self._cancel, "quiet")
        self._cancel.clicked.connect(self._on_cancel_clicked)
        self.setFocusProxy(self._cancel)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._text, 1)
        line.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._bar)
        layout.addLayout(line)

    def begin(self) -> None:
        """Show that something has begun and that nothing is known of it yet."""
        self._show_fraction(0, 0)
        self._text.setText(tr("Starting"))
        self._cancel.setEnabled(True)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        self._show_fraction(progress.done, progress.total)
        self._text.setText(progress_text(progress))

    def _show_fraction(self, done: float, total: float) -> None:
        # A bar without a range moves to and fro: at work, for how long nobody knows.
        self._bar.setRange(0, _STEPS if total > 0 else 0)
        if total > 0:
            self._bar.setValue(round(min(done / total, 1.0) * _STEPS))

    def _on_cancel_clicked(self) -> None:
        self._cancel.setEnabled(False)
        self._text.setText(tr("Stopping"))
        self.cancel_requested.emit()
