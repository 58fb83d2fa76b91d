"""The status bar: words at the left; state, progress, speed, device and model at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from assistant.core.i18n import tr, trn
from assistant.core.requests import Event, Loading, Reading, Writing

_MESSAGE_MS = 8_000


class StatusLine(QStatusBar):
    """Shows what the desk is doing. Signal: `model_clicked()`."""

    model_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(12, 0, 8, 0)
        self._counts = QLabel()
        self._hint = QLabel()
        self._state = QLabel()
        self._progress = QProgressBar()
        self._progress.setFixedWidth(120)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(tr("Progress"))
        self._device = QLabel()
        self._model = QToolButton()
        self._model.setAutoRaise(True)
        self._model.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._model.setToolTip(tr("Choose another model"))
        self._model.clicked.connect(self.model_clicked)
        self.addWidget(self._counts)
        self.addWidget(self._hint)
        for widget in (self._state, self._progress, self._device, self._model):
            self.addPermanentWidget(widget)
        self.show_idle()

    def show_counts(self, words: int, characters: int, selected_words: int) -> None:
        """Show how long the text and the selection are."""
        text = trn("{n} word", "{n} words", words)
        if selected_words:
            text = tr("{selected} of {all}", selected=selected_words, all=text)
        self._counts.setText(f"{text}   {trn('{n} character', '{n} characters', characters)}")

    def show_hint(self, sentence: str) -> None:
        """Show a sentence beside the counts until another one comes; an empty one is none."""
        self._hint.setText(sentence)

    def show_model(self, title: str, device: str) -> None:
        """Show which model is in use and where it runs."""
        self._model.setText(title or tr("No model"))
        self._device.setText(device.upper())

    def show_event(self, event: Event) -> None:
        """Show an engine's progress."""
        match event:
            case Loading(model=model, fraction=fraction):
                self._state.setText(tr("Loading {model}", model=model))
                self._show_progress(fraction)
            case Reading(done=done, total=total):
                self._state.setText(tr("Reading {done} of {total} tokens", done=done, total=total))
                self._show_progress(done / total if total else None)
            case Writing(tokens_per_second=speed):
                self._state.setText(tr("Writing, {speed} tokens a second", speed=f"{speed:.0f}"))
                self._show_progress(None)

    def show_waiting(self) -> None:
        """Show that work is queued."""
        self._state.setText(tr("Waiting"))
        self._show_progress(None)

    def show_idle(self) -> None:
        """Show that nothing runs."""
        self._state.setText("")
        self._progress.hide()

    def say(self, sentence: str) -> None:
        """Show a passing message at the left."""
        self.showMessage(sentence, _MESSAGE_MS)

    def _show_progress(self, fraction: float | None) -> None:
        if fraction is None:
            self._progress.setRange(0, 0)
        else:
            self._progress.setRange(0, 100)
            self._progress.setValue(round(100 * fraction))
        self._progress.show()
