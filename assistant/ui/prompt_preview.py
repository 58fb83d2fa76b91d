"""What a model would read at the caret, kept up to date while somebody looks at it.

Asks quietly, a moment after the text, the caret or what steers has changed; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from assistant.core.errors import InklingError
from assistant.core.jobs import EngineSpec
from assistant.core.tasks import Continue, Outcome, ShowPrompt
from assistant.ui.editor import Editor
from assistant.ui.story_keeper import StoryKeeper
from assistant.worker.queue import JobQueue

_AFTER_MS = 300


class PromptPreview(QObject):
    """Shows the prompt of `editor`'s next continuation, which `ask` returns with its engine.

    Signals: `shown(Outcome)` with `prompt` and `parts`; `failed(sentence)`.
    """

    shown = Signal(object)
    failed = Signal(str)

    def __init__(
        self,
        editor: Editor,
        keeper: StoryKeeper,
        queue: JobQueue,
        ask: Callable[[], tuple[Continue, EngineSpec]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._queue = queue
        self._ask = ask
        self._watching = False
        self._job_id: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(self._on_due)
        editor.edited.connect(self._on_changed)
        editor.cursorPositionChanged.connect(self._on_changed)
        keeper.changed.connect(self._on_changed)
        queue.job_finished.connect(self._on_job_finished)
        queue.job_failed.connect(self._on_job_failed)
        queue.job_cancelled.connect(self._on_job_cancelled)

    def watch(self) -> None:
        """Show the prompt, now and whenever it changes."""
        self._watching = True
        self._on_due()

    def rest(self) -> None:
        """Show nothing more: nobody looks."""
        self._watching = False
        self._timer.stop()
        self._drop()

    def _drop(self) -> None:
        if self._job_id is not None:
            job_id, self._job_id = self._job_id, None
            self._queue.cancel(job_id)

    @Slot()
    def _on_changed(self) -> None:
        if self._watching:
            self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        if self._queue.busy:
            # What is being written changes the text anyway.
            self._timer.start()
            return
        self._drop()
        try:
            task, spec = self._ask()
        except InklingError as error:
            self.failed.emit(str(error))
            return
        self._job_id = self._queue.submit_quietly(ShowPrompt(task), spec).id

    @Slot(int, object)
    def _on_job_finished(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._job_id:
            self._job_id = None
            self.shown.emit(outcome)

    @Slot(int, object)
    def _on_job_failed(self, job_id: int, error: InklingError) -> None:
        if job_id == self._job_id:
            self._job_id = None
            self.failed.emit(str(error))

    @Slot(int, object)
    def _on_job_cancelled(self, job_id: int, _outcome: object) -> None:
        """Ask again later: something that somebody waits for came first."""
        if job_id == self._job_id:
            self._job_id = None
            self._on_changed()
