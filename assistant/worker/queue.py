"""The main thread's side of the worker: submit jobs, cancel them, hear how they go.

Owns the model's thread and every job that has not ended. Each job ends in exactly one of
`job_finished`, `job_failed`, `job_cancelled`; what the worker says of an ended job is dropped.
A quiet job is one that nobody waits for: it makes way for every other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal, Slot

from assistant.core.errors import InklingError
from assistant.core.jobs import EngineSpec, Job, JobState
from assistant.core.requests import Event
from assistant.core.tasks import Outcome, Task
from assistant.worker.runner import JobRunner

if TYPE_CHECKING:
    from assistant.engines.pool import EnginePool

_log = logging.getLogger(__name__)

_SHUTDOWN_MS = 15_000


@dataclass(slots=True)
class _Entry:
    job: Job
    quiet: bool
    state: JobState = JobState.QUEUED


class JobQueue(QObject):
    """Sends jobs to the model's thread.

    Signals: `state_changed(id, JobState)`, `progressed(id, Event)`,
    `chunk_ready(id, version, text)`, `job_finished(id, Outcome)`, `job_failed(id, InklingError)`,
    `job_cancelled(id, Outcome | None)`, `models_changed(tuple of LoadedModel)`,
    `devices_listed(tuple of Device)`, `holding_found(EngineSpec, Holding | None)`,
    `busy_changed(bool)`. Of a quiet job only its end is told.
    """

    state_changed = Signal(int, object)
    progressed = Signal(int, object)
    chunk_ready = Signal(int, int, str)
    job_finished = Signal(int, object)
    job_failed = Signal(int, object)
    job_cancelled = Signal(int, object)
    models_changed = Signal(object)
    devices_listed = Signal(object)
    holding_found = Signal(object, object)
    busy_changed = Signal(bool)

    _run_requested = Signal(object)
    _devices_requested = Signal()
    _holding_requested = Signal(object)
    _idle_seconds_requested = Signal(float)
    _close_requested = Signal()

    def __init__(self, make_pool: Callable[[], EnginePool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: dict[int, _Entry] = {}
        self._thread = QThread(self)
        self._thread.setObjectName("model")
        self._runner = JobRunner(make_pool)
        self._runner.moveToThread(self._thread)
        self._connect_runner()
        self._thread.start()

    def submit(self, task: Task, spec: EngineSpec) -> Job:
        """Queue `task` to run on the engine that `spec` describes; quiet jobs end for it."""
        self._cancel_all(quiet=True)
        was_busy = self.busy
        job = self._enqueue(task, spec, quiet=False)
        if not was_busy:
            self.busy_changed.emit(True)
        return job

    def submit_quietly(self, task: Task, spec: EngineSpec) -> Job:
        """Queue `task` as one that nobody waits for, such as a suggestion."""
        return self._enqueue(task, spec, quiet=True)

    def cancel(self, job_id: int) -> None:
        """Stop a job: one that waits is gone at once, one that runs ends at its next token."""
        entry = self._entries.get(job_id)
        if entry is None:
            return
        entry.job.cancel.set()
        if entry.state is JobState.QUEUED:
            self._end(job_id, JobState.CANCELLED)
            self.job_cancelled.emit(job_id, None)

    def cancel_all(self) -> None:
        """Stop every job, the last one first so that none starts in between."""
        self._cancel_all(quiet=False)
        self._cancel_all(quiet=True)

    def state(self, job_id: int) -> JobState | None:
        """Return where a job stands, None for one that has ended or never was."""
        entry = self._entries.get(job_id)
        return entry.state if entry else None

    @property
    def busy(self) -> bool:
        """Whether a job waits or runs that somebody waits for."""
        return any(not entry.quiet for entry in self._entries.values())

    def list_devices(self) -> None:
        """Ask for `devices_listed`."""
        self._devices_requested.emit()

    def find_holding(self, spec: EngineSpec) -> None:
        """Ask for `holding_found`: how the model of `spec` is held on this processor."""
        self._holding_requested.emit(spec)

    def set_idle_seconds(self, seconds: float) -> None:
        """Unload models that have not been used for `seconds`; 0 keeps them."""
        self._idle_seconds_requested.emit(seconds)

    def shutdown(self) -> bool:
        """Cancel everything and end the thread; say whether it ended in time."""
        self.cancel_all()
        self._close_requested.emit()
        if not self._thread.wait(_SHUTDOWN_MS):
            _log.error("the model's thread did not end within %d ms", _SHUTDOWN_MS)
            return False
        return True

    def _connect_runner(self) -> None:
        runner = self._runner
        self._run_requested.connect(runner.run)
        self._devices_requested.connect(runner.list_devices)
        self._holding_requested.connect(runner.find_holding)
        self._idle_seconds_requested.connect(runner.set_idle_seconds)
        self._close_requested.connect(runner.close)
        runner.state_changed.connect(self._on_state_changed)
        runner.progressed.connect(self._on_progressed)
        runner.chunk_ready.connect(self._on_chunk_ready)
        runner.job_finished.connect(self._on_job_finished)
        runner.job_failed.connect(self._on_job_failed)
        runner.job_cancelled.connect(self._on_job_cancelled)
        runner.models_changed.connect(self.models_changed)
        runner.devices_listed.connect(self.devices_listed)
        runner.holding_found.connect(self.holding_found)

    def _enqueue(self, task: Task, spec: EngineSpec, *, quiet: bool) -> Job:
        job = Job(task, spec)
        self._entries[job.id] = _Entry(job, quiet)
        self._run_requested.emit(job)
        return job

    def _cancel_all(self, *, quiet: bool) -> None:
        chosen = [job_id for job_id, entry in self._entries.items() if entry.quiet is quiet]
        for job_id in sorted(chosen, reverse=True):
            self.cancel(job_id)

    def _end(self, job_id: int, state: JobState) -> bool:
        """Move a job to its terminal state and forget it; False for one that had ended before."""
        entry = self._entries.pop(job_id, None)
        if entry is None:
            return False
        assert entry.state.may_become(state)
        if not entry.quiet:
            self.state_changed.emit(job_id, state)
            if not self.busy:
                self.busy_changed.emit(False)
        return True

    def _is_seen(self, job_id: int) -> bool:
        entry = self._entries.get(job_id)
        return entry is not None and not entry.quiet

    @Slot(int, object)
    def _on_state_changed(self, job_id: int, state: JobState) -> None:
        entry = self._entries.get(job_id)
        if entry is not None and entry.state.may_become(state):
            entry.state = state
            if not entry.quiet:
                self.state_changed.emit(job_id, state)

    @Slot(int, object)
    def _on_progressed(self, job_id: int, event: Event) -> None:
        if self._is_seen(job_id):
            self.progressed.emit(job_id, event)

    @Slot(int, int, str)
    def _on_chunk_ready(self, job_id: int, version: int, text: str) -> None:
        if self._is_seen(job_id):
            self.chunk_ready.emit(job_id, version, text)

    @Slot(int, object)
    def _on_job_finished(self, job_id: int, outcome: Outcome) -> None:
        if self._end(job_id, JobState.DONE):
            self.job_finished.emit(job_id, outcome)

    @Slot(int, object)
    def _on_job_failed(self, job_id: int, error: InklingError) -> None:
        if self._end(job_id, JobState.FAILED):
            self.job_failed.emit(job_id, error)

    @Slot(int, object)
    def _on_job_cancelled(self, job_id: int, outcome: Outcome | None) -> None:
        if self._end(job_id, JobState.CANCELLED):
            self.job_cancelled.emit(job_id, outcome)
