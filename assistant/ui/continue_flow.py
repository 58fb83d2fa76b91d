"""Continue in the page: text streams in at the caret, further versions are made in the background.

Owns the versions of the last continuation; they may begin with what the writer has chosen. The
first one streams; the others are written one after the other while the writer reads, and are
dropped as soon as the writer goes on by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QTextCursor

from assistant.config.settings import Settings
from assistant.core.errors import InklingError
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Sampling, TokenChoice
from assistant.core.steering import Steering
from assistant.core.tasks import Continue, Outcome
from assistant.core.token_spans import TokenSpan
from assistant.ui.editor import Editor
from assistant.ui.streaming_edit import StreamingEdit
from assistant.ui.suggestion_context import not_steered
from assistant.ui.version_bar import VersionBar
from assistant.worker.queue import JobQueue

_MOST_VERSIONS = 12
# How many of the likeliest tokens are told in each place.
_LOOK = 10


class ContinueFlow(QObject):
    """Runs Continue for one page.

    `choose` returns the engine and the sampling to use, or raises the error that the reader sees;
    `steering` what steers the document.
    Signals: `failed(sentence)`, `said(sentence)`; `shown(int, str, tuple of TokenSpan)` after a
    version has been put in the page: where (UTF-16), what, and which tokens it is made of.
    """

    failed = Signal(str)
    said = Signal(str)
    shown = Signal(int, str, object)

    def __init__(
        self,
        editor: Editor,
        bar: VersionBar,
        queue: JobQueue,
        choose: Callable[[], tuple[EngineSpec, Sampling]],
        parent: QObject | None = None,
        *,
        steering: Callable[[], Steering] = not_steered,
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._bar = bar
        self._queue = queue
        self._choose = choose
        self._steering = steering
        self._stream = StreamingEdit(editor)
        self._settings = Settings()
        self._job_id: int | None = None
        self._prompt = ""
        self._after = ""
        # What every version begins with: the writer has chosen it.
        self._lead: TokenChoice | None = None
        self._versions: list[str] = []
        self._tokens: list[tuple[TokenSpan, ...]] = []
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

    def task_at_caret(self) -> tuple[Continue, EngineSpec]:
        """Return what would be asked at the caret now, and of which engine.

        Raises the error that the reader sees.
        """
        spec, sampling = self._choose()
        return self._task(
            self._editor.text_before_caret(), self._editor.rest_of_paragraph(), sampling
        ), spec

    def start(self) -> None:
        """Go on with the text before the caret, towards what follows in its paragraph."""
        if self._streaming:
            return
        self.settle()
        prompt = self._editor.text_before_caret()
        if not prompt.strip():
            self.said.emit(tr("Write a first line, then let it continue."))
            return
        if self._begin(prompt, lead=None):
            self._stream.start()

    def go_on_instead(self, place: QTextCursor, choice: TokenChoice) -> None:
        """Put `choice` where `place` selects and go on from there; without a text, end there."""
        if self._streaming or self._editor.locked:
            return
        self.settle()
        if not choice.text:
            with self._editor.one_step() as cursor:
                cursor.setPosition(place.selectionStart())
                cursor.setPosition(place.selectionEnd(), QTextCursor.MoveMode.KeepAnchor)
                cursor.removeSelectedText()
            return
        caret = QTextCursor(place)
        caret.setPosition(place.selectionEnd())
        self._editor.setTextCursor(caret)
        whole = self._editor.text_before_caret()
        kept = whole[: len(whole) - len(place.selectedText())]
        if self._begin(kept + choice.text, lead=choice):
            self._stream.start_over(place, choice.text)

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

    def _begin(self, prompt: str, *, lead: TokenChoice | None) -> bool:
        """Ask for a first version of what follows `prompt`, which ends with `lead`."""
        self._prompt = prompt
        self._after = self._editor.rest_of_paragraph()
        self._lead = lead
        self._versions = []
        self._tokens = []
        self._shown = 0
        self._wanted = self._settings.generation.versions
        self._streaming = True
        return self._submit()

    def _submit(self) -> bool:
        try:
            spec, sampling = self._choose()
        except InklingError as error:
            self._streaming = False
            self.failed.emit(str(error))
            return False
        if sampling.seed is not None:
            sampling = replace(sampling, seed=sampling.seed + len(self._versions))
        task = self._task(self._prompt, self._after, sampling)
        self._job_id = self._queue.submit(task, spec).id
        return True

    def _task(self, text: str, after: str, sampling: Sampling) -> Continue:
        return Continue(
            text,
            words=self._settings.generation.words,
            sampling=sampling,
            after=after,
            steering=self._steering(),
            look=_LOOK,
        )

    def _show_bar(self) -> None:
        self._bar.show_version(self._shown, len(self._versions), writing=self._job_id is not None)

    def _whole(self, text: str) -> str:
        """Return a version with what was chosen for its beginning."""
        return self._lead.text + text if self._lead else text

    def _made_of(self, outcome: Outcome) -> tuple[TokenSpan, ...]:
        """Return what the whole of a version is made of."""
        tokens = outcome.tokens[0] if outcome.tokens else ()
        if self._lead is None:
            return tokens
        width = len(self._lead.text)
        moved = (replace(one, start=one.start + width, end=one.end + width) for one in tokens)
        return (TokenSpan(0, width, self._lead), *moved)

    def _tell(self, text: str, tokens: tuple[TokenSpan, ...]) -> None:
        self.shown.emit(self._stream.begin, text, tokens)

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
        text, tokens = self._whole(outcome.text), self._made_of(outcome)
        if self._streaming:
            self._end_streaming(text)
            if not text:
                self._job_id = None
                return
            self._versions, self._tokens = [text], [tokens]
            self._tell(text, tokens)
        elif outcome.text and text not in self._versions:
            self._versions.append(text)
            self._tokens.append(tokens)
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
            # Where nothing has come, what stood there before is given back.
            written = self._stream.text()
            self._end_streaming("" if written == self._whole("") else written)
        if self._versions:
            self._show_bar()
        self.failed.emit(str(error))

    @Slot(int, object)
    def _on_job_cancelled(self, job_id: int, outcome: Outcome | None) -> None:
        if job_id != self._job_id:
            return
        self._job_id = None
        if self._streaming:
            # What has been seen stays: stopping says "enough", not "take it away".
            self._end_streaming(self._stream.text())
            if outcome is not None:
                self._tell(self._whole(outcome.text), self._made_of(outcome))
        elif self._versions:
            self._show_bar()

    @Slot(int)
    def _on_step_requested(self, step: int) -> None:
        shown = self._shown + step
        if 0 <= shown < len(self._versions):
            self._shown = shown
            if self._stream.replace_last(self._versions[shown]):
                self._tell(self._versions[shown], self._tokens[shown])
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
