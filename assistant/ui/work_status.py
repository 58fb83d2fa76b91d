"""What the status bar says of the work: which model writes and where, and how far a job is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction

from assistant.config.settings import Settings
from assistant.core.devices import LoadedModel
from assistant.core.errors import ModelError
from assistant.core.jobs import JobState
from assistant.core.requests import Event
from assistant.core.tasks import TaskName
from assistant.ui.model_choice import ModelChoice
from assistant.ui.status_line import StatusLine
from assistant.worker.queue import JobQueue


class WorkStatus(QObject):
    """Keeps `line` as `queue` and the settings are, and `stop` enabled while there is work.

    `loaded` are the models in memory.
    """

    def __init__(
        self,
        line: StatusLine,
        queue: JobQueue,
        choice: ModelChoice,
        stop: QAction,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.loaded: tuple[LoadedModel, ...] = ()
        self._line = line
        self._queue = queue
        self._choice = choice
        self._stop = stop
        self._device = "auto"
        queue.progressed.connect(self._on_progressed)
        queue.state_changed.connect(self._on_state_changed)
        queue.busy_changed.connect(self._on_busy_changed)
        queue.models_changed.connect(self._on_models_changed)
        self._on_busy_changed(False)

    def apply_settings(self, settings: Settings) -> None:
        """Show the model that `settings` choose; the model choice knows them already."""
        self._device = settings.model.device
        self._show_model()

    def _show_model(self) -> None:
        """Show which model writes, and where it runs or would run."""
        try:
            model = self._choice.describe(TaskName.CONTINUE)
        except ModelError:
            self._line.show_model("", "")
            return
        running = {loaded.reference: loaded.device for loaded in self.loaded}
        wanted = "" if self._device == "auto" else self._device
        self._line.show_model(model.title, running.get(model.reference, wanted))

    @Slot(object)
    def _on_models_changed(self, models: tuple[LoadedModel, ...]) -> None:
        self.loaded = models
        self._show_model()

    @Slot(int, object)
    def _on_progressed(self, _job_id: int, event: Event) -> None:
        self._line.show_event(event)

    @Slot(int, object)
    def _on_state_changed(self, _job_id: int, state: JobState) -> None:
        if state.terminal and self._queue.busy:
            self._line.show_waiting()

    @Slot(bool)
    def _on_busy_changed(self, busy: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._stop.setEnabled(busy)
        if busy:
            self._line.show_waiting()
        else:
            self._line.show_idle()
