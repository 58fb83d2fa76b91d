"""Continue in the page: text streams in at the caret, further versions are made in the background.

Owns the versions of the last continuation. The first one streams; the others are written one after
the other while the writer reads, and are dropped as soon as the writer goes on by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from assistant.config.settings import Settings
from assistant.core.errors import InklingError
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Sampling
from assistant.core.tasks import Continue, Outcome
from assistant.ui.editor import Editor
from assistant.ui.streaming_edit import StreamingEdit
from assistant.ui.version_bar import VersionBar
from assistant.worker.queue import JobQueue

_MOST_VERSIONS = 12


class ContinueFlow(QObject):
    """Runs Continue for one page.

    `choose` returns the engine and the sampling to use, or raises the error that the reader sees.
    Signals: `failed(sentence)`, `said(sentence)`.
    """

    failed = Signal(str)
    said = Signal(str)

    def __init__(
        self,
        editor: Editor,
        bar: VersionBar,
        queue: JobQueue,
        choose: Callable[[], tuple[EngineSpec, Sampling]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._bar = bar
        self._queue = queue
        self._choose = choose
        self._stream = StreamingEdit(editor)
        self._settings = Settings()
        self._job_id: int | None = None
        self._prompt = ""
        self._after = ""
        self._versions: list[str] = []
        self._shown = 0
        self._wanted = 0
        self._streaming = False
        bar.step_requested.connect(self._on_step_requested)
        bar.another_requested.connect(self.another)
        bar.dismissed.connect(self.settle)
        queue.chunk_ready.connect(self._on_chunk_ready)
        queue.job_finished.connect(self._on_job_finished)
        queue.job_failed.connect(self._on_job_failed)
        queue.job_cancelled.connect(self._on_job_cancelled)
        editor.edited.connect(self._on_edited)
        editor.text_set.connect(self._on_text_set)

    def apply_settings(self, settings: Settings) -> None:
        """Use these from the next Continue on."""
        self._settings = settings

    def start(self) -> None:
        """Go on with the text before the caret, towards what follows in its paragraph."""
        if self._streaming:
            return
        self.settle()
        prompt = self._editor.text_before_caret()
        if not prompt.strip():
            self.said.emit(tr("Write a first line, then let it continue."))
            return
        self._prompt = prompt
        self._after = self._editor.rest_of_paragraph()
        self._versions = []
        self._shown = 0
        self._wanted = self._settings.generation.versions
        self._streaming = True
        if self._submit():
            self._stream.start()

    @Slot()
    def another(self) -> None:
        """Write one more version of the last continuation."""
        if self._versions and self._job_id is None and len(self._versions) < _MOST_VERSIONS:
            self._wanted = len(self._versions) + 1
            self._submit()
            self._show_bar()

    @Slot()
    def settle(self) -> None:
        """Keep the version in the text and stop making others."""
        if self._streaming:
            return
        if self._job_id is not None:
            job_id, self._job_id = self._job_id, None
            self._queue.cancel(job_id)
        self._versions = []
        self._bar.hide()

    def _submit(self) -> bool:
        try:
            spec, sampling = self._choose()
        except InklingError as error:
            self._streaming = False
            self.failed.emit(str(error))
            return False
        if sampling.seed is not None:
            sampling = replace(sampling, seed=sampling.seed + len(self._versions))
        task = Continue(
            self._prompt,
            words=self._settings.generation.words,
            sampling=sampling,
            after=self._after,
        )
        self._job_id = self._queue.submit(task, spec).id
        return True

    def _show_bar(self) -> None:
        self._bar.show_version(self._shown, len(self._versions), writing=self._job_id is not None)

    def _end_streaming(self, text: str) -> None:
        """Leave `text` in the page as the continuation, as one step to undo."""
        self._streaming = False
        if text:
            self._stream.finish(text)
        else:
            self._stream.abandon()

    def _next_version(self) -> None:
        """Make the next version in the background, or rest when there are enough."""
        self._job_id = None
        if len(self._versions) < self._wanted:
            self._submit()
        self._show_bar()

    @Slot(int, int, str)
    def _on_chunk_ready(self, job_id: int, _version: int, text: str) -> None:
        if job_id == self._job_id and self._streaming:
            self._stream.append(text)

    @Slot(int, object)
    def _on_job_finished(self, job_id: int, outcome: Outcome) -> None:
        if job_id != self._job_id:
            return
        if outcome.note:
            self.said.emit(outcome.note)
        if self._streaming:
            self._end_streaming(outcome.text)
            if not outcome.text:
                self._job_id = None
                return
            self._versions = [outcome.text]
        elif outcome.text and outcome.text not in self._versions:
            self._versions.append(outcome.text)
        else:
            # The same again: the model sees one way to go on, asking more would not end.
            self._wanted = len(self._versions)
        self._next_version()

    @Slot(int, object)
    def _on_job_failed(self, job_id: int, error: InklingError) -> None:
        if job_id != self._job_id:
            return
        self._job_id = None
        if self._streaming:
            self._end_streaming(self._stream.text())
        if self._versions:
            self._show_bar()
        self.failed.emit(str(error))

    @Slot(int, object)
    def _on_job_cancelled(self, job_id: int, _outcome: Outcome | None) -> None:
        if job_id != self._job_id:
            return
        self._job_id = None
        if self._streaming:
            # What has been seen stays: stopping says "enough", not "take it away".
            self._end_streaming(self._stream.text())
        elif self._versions:
            self._show_bar()

    @Slot(int)
    def _on_step_requested(self, step: int) -> None:
        shown = self._shown + step
        if 0 <= shown < len(self._versions):
            self._shown = shown
            self._stream.replace_last(self._versions[shown])
            self._show_bar()

    @Slot()
    def _on_edited(self) -> None:
        if not self._streaming and not self._stream.changing and self._versions:
            self.settle()

    @Slot()
    def _on_text_set(self) -> None:
        """Stop writing for a document that is no longer there."""
        self._streaming = False
        self.settle()
