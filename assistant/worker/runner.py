"""The worker object: it lives in the model's thread and carries out one job after the other.

Owns the engine pool, so exactly one thread loads, generates and unloads. Everything it says is a
signal with the job's id; text is joined to about one chunk per 40 ms. Knows no widget.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from assistant.core.devices import LoadedModel
from assistant.core.errors import Cancelled, EngineError, InklingError, ModelError
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec, Job, JobState
from assistant.core.requests import Event, Finish, Loading, Reading, Writing
from assistant.core.tasks import Outcome
from assistant.tasks.run import run

if TYPE_CHECKING:
    from assistant.engines.pool import EnginePool

_log = logging.getLogger(__name__)

CHUNK_SECONDS = 0.04
_LONGEST_IDLE_CHECK = 30.0
_STATES: dict[type, JobState] = {
    Loading: JobState.LOADING,
    Reading: JobState.READING,
    Writing: JobState.WRITING,
}


class _Reporter:
    """Turns events into signals: states as they change, text joined, progress thinned."""

    def __init__(self, job: Job, runner: JobRunner) -> None:
        self._id = job.id
        self._runner = runner
        self._state = JobState.QUEUED
        self._text = ""
        self._version = 0
        self._last = 0.0

    def __call__(self, event: Event) -> None:
        state = _STATES[type(event)]
        changed = state is not self._state
        if changed:
            self.flush()
            self._state = state
            self._runner.state_changed.emit(self._id, state)
        if isinstance(event, Writing):
            if event.version != self._version:
                self.flush()
                self._version = event.version
            self._text += event.text
            event = replace(event, text="")
        now = time.monotonic()
        if changed or now - self._last >= CHUNK_SECONDS:
            self._last = now
            self._runner.progressed.emit(self._id, event)
            self.flush()

    def flush(self) -> None:
        """Send the text that is held back."""
        if self._text:
            self._runner.chunk_ready.emit(self._id, self._version, self._text)
            self._text = ""


class JobRunner(QObject):
    """Runs jobs in its thread, first in, first out.

    Signals: `state_changed(id, JobState)`, `progressed(id, Event)`,
    `chunk_ready(id, version, text)`; then one of `job_finished(id, Outcome)`,
    `job_failed(id, InklingError)`, `job_cancelled(id, Outcome | None)`.
    `models_changed(tuple of LoadedModel)` after models came into memory or left it,
    `devices_listed(devices)`, `holding_found(EngineSpec, Holding | None)`.
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

    def __init__(self, make_pool: Callable[[], EnginePool]) -> None:
        super().__init__()
        self._make_pool = make_pool
        self._pool: EnginePool | None = None
        self._models: tuple[LoadedModel, ...] = ()
        self._idle_seconds = 0.0
        self._idle_timer = QTimer(self)
        self._idle_timer.timeout.connect(self._on_idle_check)

    @Slot(object)
    def run(self, job: Job) -> None:
        """Carry out `job` and say how it ended; drop one that was cancelled while it waited."""
        if job.cancel.is_set():
            return
        reporter = _Reporter(job, self)
        try:
            outcome = run(job.task, job.engine, self._engines(), reporter, job.cancel.is_set)
            reporter.flush()
            if _was_cancelled(job, outcome):
                self.job_cancelled.emit(job.id, outcome)
            else:
                self.job_finished.emit(job.id, outcome)
        except Cancelled:
            reporter.flush()
            self.job_cancelled.emit(job.id, None)
        except InklingError as error:
            reporter.flush()
            _log.warning("job %d: %s", job.id, type(error).__name__)
            self.job_failed.emit(job.id, error)
        except Exception:  # noqa: BLE001 - the one broad except: a slot's exception would only print
            reporter.flush()
            _log.exception("job %d failed", job.id)
            sentence = tr("Something went wrong in the program itself. The log file has details.")
            self.job_failed.emit(job.id, EngineError(sentence))
        if self._pool is not None:
            # Idleness begins when a job ends, not when it asked for its model.
            self._pool.keep_fresh()
        self._report_models()

    @Slot()
    def list_devices(self) -> None:
        """Look for devices; this imports torch, so it is done in this thread."""
        from assistant.engines.devices import list_devices

        self.devices_listed.emit(list_devices())

    @Slot(object)
    def find_holding(self, spec: EngineSpec) -> None:
        """Look how a model is held; nothing is found of one that cannot be had."""
        from assistant.engines.packed.holding import holding_of

        holding = None
        with suppress(ModelError):
            holding = holding_of(self._engines().describe(spec), spec)
        self.holding_found.emit(spec, holding)

    @Slot(float)
    def set_idle_seconds(self, seconds: float) -> None:
        """Unload models that have not been used for `seconds`; 0 keeps them."""
        self._idle_seconds = seconds
        if seconds:
            self._idle_timer.start(round(1000 * min(seconds / 2, _LONGEST_IDLE_CHECK)))
        else:
            self._idle_timer.stop()

    @Slot()
    def close(self) -> None:
        """Give all memory back and end this thread."""
        self._idle_timer.stop()
        if self._pool is not None:
            self._pool.unload_all()
            self._pool = None
        # Here and not in the main thread: a quit from there could overtake this slot.
        self.thread().quit()

    @Slot()
    def _on_idle_check(self) -> None:
        if self._pool is not None:
            self._pool.unload_idle(self._idle_seconds)
            self._report_models()

    def _engines(self) -> EnginePool:
        if self._pool is None:
            self._pool = self._make_pool()
        return self._pool

    def _report_models(self) -> None:
        engines = self._pool.loaded() if self._pool else ()
        models = tuple(
            LoadedModel(engine.model.reference, engine.model.title, engine.device)
            for engine in engines
        )
        if models != self._models:
            self._models = models
            self.models_changed.emit(models)


def _was_cancelled(job: Job, outcome: Outcome) -> bool:
    if not job.cancel.is_set():
        return False
    return not outcome.completions or outcome.completions[-1].finish is Finish.CANCELLED
