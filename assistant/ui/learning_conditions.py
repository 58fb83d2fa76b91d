"""When learning waits: while the model writes, while the writer does, while on battery.

Says why; who holds the learning up is `assistant.ui.voice_flow`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from assistant.config.settings import LearningSettings
from assistant.core.i18n import tr

_LOOK_MILLISECONDS = 2000
# Nobody who has touched neither key nor mouse for so long minds a warm machine.
_IDLE_SECONDS = 30.0
_INPUT = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel})


def on_mains() -> bool:
    """Return whether the machine is on mains power; one without a battery always is."""
    battery = psutil.sensors_battery()
    return battery is None or bool(battery.power_plugged)


class LearningConditions(QObject):
    """Looks every two seconds, and at once when a task begins or ends.

    `on_mains` and `clock` are asked for the power and the seconds.
    Signals: `changed(reason)`; an empty reason means go on.
    """

    changed = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        on_mains: Callable[[], bool] = on_mains,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._on_mains = on_mains
        self._clock = clock
        self._options = LearningSettings()
        self._busy = False
        self._last_input = clock() - _IDLE_SECONDS
        self._reason = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look)

    @property
    def reason(self) -> str:
        """Why learning waits, empty where it goes on."""
        return self._reason

    def apply(self, options: LearningSettings) -> None:
        """Wait for what `options` say from now on."""
        self._options = options
        if self._timer.isActive():
            self.look()

    def watch(self) -> None:
        """Begin to look."""
        self._reason = ""
        application = QApplication.instance()
        if application is not None and not self._timer.isActive():
            application.installEventFilter(self)
        self._timer.start()
        self.look()

    def rest(self) -> None:
        """Stop looking: nothing is being learned."""
        self._timer.stop()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self._reason = ""

    @Slot(bool)
    def set_busy(self, busy: bool) -> None:  # noqa: FBT001 - a slot of the queue's signal
        """Take note that a task runs, or that none does any more."""
        self._busy = busy
        if self._timer.isActive():
            self.look()

    @Slot()
    def look(self) -> None:
        """Say so where the reason to wait is another one now."""
        reason = self._now()
        if reason != self._reason:
            self._reason = reason
            self.changed.emit(reason)

    def _now(self) -> str:
        if self._options.wait_for_tasks and self._busy:
            return tr("Waiting until the model has written")
        if self._options.only_on_mains and not self._on_mains():
            return tr("Waiting for mains power")
        if self._options.only_when_idle and self._clock() - self._last_input < _IDLE_SECONDS:
            return tr("Waiting until you rest from writing")
        return ""

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take note of keys and clicks in the window; nothing is kept from it."""
        if event.type() in _INPUT:
            self._last_input = self._clock()
        return False
