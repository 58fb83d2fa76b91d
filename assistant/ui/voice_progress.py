"""How far learning a voice is: a bar, both losses as a plot, and Pause, Resume and Stop.

Shows what it is told and says what was clicked.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from assistant.core.i18n import tr
from assistant.training.voice_messages import Checking, Learning, Planned
from assistant.ui import theme
from assistant.ui.loss_plot import LossPlot
from assistant.ui.voice_texts import progress_line

_STEPS = 1000


class VoiceProgress(QWidget):
    """Shows one voice. Signals: `pause_requested()`, `resume_requested()`, `stop_requested()`."""

    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        theme.set_look(self._title, "heading")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Progress of learning"))
        self._line = QLabel()
        self._waiting = QLabel()
        self._waiting.setWordWrap(True)
        for label in (self._line, self._waiting):
            theme.set_look(label, "muted")
        self._plot = LossPlot()
        self._pause = QPushButton(tr("&Pause"))
        self._resume = QPushButton(tr("&Go on"))
        self._stop = QPushButton(tr("S&top…"))
        theme.set_look(self._resume, "primary")
        self._pause.clicked.connect(self._on_pause)
        self._resume.clicked.connect(self.resume_requested)
        self._stop.clicked.connect(self.stop_requested)
        self._lay_out()

    def show_curve(self, points: Iterable[tuple[float, float, float | None]]) -> None:
        """Show what was measured in former sittings: share of the run, loss, held-out loss."""
        self._plot.clear()
        for point in points:
            self._plot.add(*point)

    def begin(self, name: str) -> None:
        """Show that learning has begun, or goes on."""
        self._title.setText(tr("Learning “{name}”", name=name))
        self._line.setText(tr("Starting"))
        self._show_running(running=True)
        # A bar without a range moves to and fro: at work, for how long nobody knows.
        self._bar.setRange(0, 0)

    def show_paused(self, name: str, fraction: float) -> None:
        """Show that it can be gone on with."""
        self._title.setText(tr("Learning “{name}”", name=name))
        self._bar.setRange(0, _STEPS)
        self._bar.setValue(round(fraction * _STEPS))
        self._line.setText(tr("Paused at {percent} %", percent=f"{100 * fraction:.0f}"))
        self.show_waiting("")
        self._show_running(running=False)

    def show_message(self, message: object) -> None:
        """Show what the run says of itself."""
        if isinstance(message, Planned | Learning | Checking):
            self._line.setText(progress_line(message))
        if isinstance(message, Learning | Checking):
            share = message.done / max(1, message.total)
            self._bar.setRange(0, _STEPS)
            self._bar.setValue(round(share * _STEPS))
        if isinstance(message, Learning):
            self._plot.add(share, message.loss, message.held_out)

    def show_waiting(self, sentence: str) -> None:
        """Say what learning waits for; an empty sentence hides it."""
        self._waiting.setText(sentence)
        self._waiting.setVisible(bool(sentence))

    def _show_running(self, *, running: bool) -> None:
        focused = self._pause.hasFocus() or self._resume.hasFocus()
        self._pause.setVisible(running)
        self._pause.setEnabled(True)
        self._resume.setVisible(not running)
        if focused:
            (self._pause if running else self._resume).setFocus()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self._line, 1)
        buttons.addWidget(self._pause)
        buttons.addWidget(self._resume)
        buttons.addWidget(self._stop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self._title)
        layout.addWidget(self._plot, 1)
        layout.addWidget(self._bar)
        layout.addLayout(buttons)
        layout.addWidget(self._waiting)
        self.show_waiting("")

    @Slot()
    def _on_pause(self) -> None:
        self._pause.setEnabled(False)
        self._line.setText(tr("Pausing: what has been learned is being kept"))
        self.pause_requested.emit()
