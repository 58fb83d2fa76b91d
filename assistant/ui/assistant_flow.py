"""What happens in the panel: a passage is taken from the page, a task runs on it, a result comes.

Owns the results and their order. A passage is a snapshot with a cursor that follows the writer's
edits, so that a result is put back only where its passage still stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from assistant.core.errors import InklingError
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.tasks import Form, Outcome, Rewrite, RewriteStyle, Task, TaskName
from assistant.models.description import Verdict
from assistant.tasks.assess import Assessment
from assistant.tasks.choices import key_of
from assistant.ui.assistant_panel import AssistantPanel, Choice
from assistant.ui.editor import Editor
from assistant.ui.passage import Passage
from assistant.ui.rewrite_view import RewriteView
from assistant.worker.queue import JobQueue

_HISTORY = 50


class Chooser(Protocol):
    """Says which model a task runs on and what that model makes of it; the window is one."""

    def engine_for(self, key: str) -> EngineSpec:
        """Return the engine that the settings choose for a task: its name, or `rewrite.shorter`."""

    def title_for(self, task: Task) -> str:
        """Return what that engine's model is called; nothing when it is not there."""

    def assess(self, task: Task) -> Assessment:
        """Return what that engine's model makes of it; raises an `InklingError` without one."""

    def use_model(self, task: TaskName, reference: str) -> None:
        """Use another model for a task from now on, fetching it first where it is not there."""


@dataclass(slots=True)
class Result:
    """One run: the task, the passage it is about, and what came of it so far.

    `model` is what the model is called that it was given to.
    """

    name: TaskName
    task: Task
    passage: Passage
    model: str = ""
    text: str = ""
    outcome: Outcome | None = None
    problem: str = ""


class AssistantFlow(QObject):
    """Runs the panel's tasks for one page.

    Signals: `shown()` when the panel is to be seen, `closed()` when it is not, `said(sentence)`.
    """

    shown = Signal()
    closed = Signal()
    said = Signal(str)

    def __init__(
        self,
        editor: Editor,
        panel: AssistantPanel,
        queue: JobQueue,
        chooser: Chooser,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._panel = panel
        self._queue = queue
        self._chooser = chooser
        self._name = TaskName.SUMMARIZE
        self._passage: Passage | None = None
        self._results: list[Result] = []
        self._index = -1
        self._running: Result | None = None
        self._job_id: int | None = None
        self._connect()

    # What the window asks for

    def open(self, name: TaskName, style: RewriteStyle | None = None) -> None:
        """Take the selection, or what stands for it, and show the panel for a task on it."""
        passage = Passage.taken_from(self._editor, name)
        if passage is None:
            self.said.emit(tr("There is no text yet to work on."))
            return
        self._passage = passage
        self._name = name
        if style is not None:
            self._panel.options.set_style(style)
        self._panel.show_task(name, passage.source)
        self._panel.set_result("")
        self._panel.show_note("")
        self._panel.show_actions(text=False, replace=False, spans=False)
        self.shown.emit()
        self._panel.options.focus_first()
        if self._look_ahead() and not self._panel.options.missing(name):
            self.run()

    @Slot()
    def run(self) -> None:
        """Run the task at hand with the panel's choices."""
        if self._passage is None or self._panel.options.missing(self._name):
            return
        task = self._panel.options.build(self._name, self._passage.source)
        self._start(Result(self._name, task, self._passage))

    @Slot()
    def retry(self) -> None:
        """Run the task of the result in view once more."""
        if 0 <= self._index < len(self._results):
            shown = self._results[self._index]
            self._start(Result(shown.name, shown.task, shown.passage))

    @Slot()
    def stop(self) -> None:
        """Stop what runs; what has been written stays in the panel."""
        if self._job_id is not None:
            self._queue.cancel(self._job_id)

    # Running

    def _start(self, result: Result) -> None:
        self.stop()
        try:
            spec = self._chooser.engine_for(key_of(result.task))
        except InklingError as error:
            self._panel.show_note(str(error), problem=True)
            return
        result.model = self._chooser.title_for(result.task)
        self._results = [*self._results[-_HISTORY + 1 :], result]
        self._index = len(self._results) - 1
        self._running = result
        self._show_result(result)
        self._panel.show_running(running=True)
        self._job_id = self._queue.submit(result.task, spec).id

    def _end(self) -> Result | None:
        """Note that nothing runs any more and return what ran."""
        result, self._running, self._job_id = self._running, None, None
        self._panel.show_running(running=False)
        return result

    def _look_ahead(self) -> bool:
        """Say in the panel what the model makes of the task at hand; True when it can be run."""
        if self._passage is None:
            return False
        task = self._panel.options.build(self._name, self._passage.source)
        try:
            assessment = self._chooser.assess(task)
        except InklingError as error:
            self._panel.show_notice(str(error))
            self._panel.show_model("")
            self._panel.show_runnable(runnable=False)
            return False
        choices = tuple(Choice(way.key, way.label) for way in assessment.alternatives)
        self._panel.show_notice(assessment.note, choices)
        possible = assessment.verdict is not Verdict.NO
        self._panel.show_model(self._who(task, assessment) if possible else "")
        ready = possible and not self._panel.options.missing(self._name)
        self._panel.show_runnable(runnable=ready)
        return possible

    def _who(self, task: Task, assessment: Assessment) -> str:
        """Return the sentence on what will do a task."""
        if not assessment.needs_model:
            return tr("This needs no model.")
        title = self._chooser.title_for(task)
        return tr("With {model}", model=title) if title else ""

    # Showing

    def _show_result(self, result: Result) -> None:
        self._panel.show_task(result.name, result.passage.source)
        outcome = result.outcome
        if outcome is not None and isinstance(result.task, Rewrite):
            self._panel.show_rewrite(RewriteView(result.task.text, outcome.replacements))
        else:
            self._panel.set_result(result.text)
        self._panel.show_note(_note(result), problem=bool(result.problem))
        self._panel.show_model(_who_did(result))
        self._panel.show_history(self._index, len(self._results))
        self._show_actions(result)

    def _show_actions(self, result: Result) -> None:
        outcome = result.outcome
        plain = bool(result.text.strip()) and not isinstance(result.task, Rewrite)
        self._panel.show_actions(
            text=plain,
            # An answer is about the passage; it never stands in its place.
            replace=plain and result.name is not TaskName.ASK and result.passage.stands,
            spans=outcome is not None and bool(outcome.spans),
        )

    def _shown(self) -> Result | None:
        return self._results[self._index] if 0 <= self._index < len(self._results) else None

    def _connect(self) -> None:
        panel, queue = self._panel, self._queue
        panel.run_requested.connect(self.run)
        panel.retry_requested.connect(self.retry)
        panel.stop_requested.connect(self.stop)
        panel.options_changed.connect(self._on_options_changed)
        panel.insert_requested.connect(self._on_insert_requested)
        panel.replace_requested.connect(self._on_replace_requested)
        panel.copy_requested.connect(self._on_copy_requested)
        panel.locate_requested.connect(self._on_locate_requested)
        panel.history_step_requested.connect(self._on_history_step_requested)
        panel.choice_made.connect(self._on_choice_made)
        panel.close_requested.connect(self.closed)
        panel.rewrite_accepted.connect(self._on_rewrite_accepted)
        panel.rewrite_dismissed.connect(self.closed)
        queue.chunk_ready.connect(self._on_chunk_ready)
        queue.job_finished.connect(self._on_job_finished)
        queue.job_failed.connect(self._on_job_failed)
        queue.job_cancelled.connect(self._on_job_cancelled)

    # Slots

    @Slot(int, int, str)
    def _on_chunk_ready(self, job_id: int, _version: int, text: str) -> None:
        if job_id != self._job_id or self._running is None:
            return
        self._running.text += text
        if self._shown() is self._running:
            self._panel.append_result(text)

    @Slot(int, object)
    def _on_job_finished(self, job_id: int, outcome: Outcome) -> None:
        if job_id != self._job_id:
            return
        result = self._end()
        if result is not None:
            result.outcome = outcome
            result.text = outcome.text
            if self._shown() is result:
                self._show_result(result)

    @Slot(int, object)
    def _on_job_failed(self, job_id: int, error: InklingError) -> None:
        if job_id != self._job_id:
            return
        result = self._end()
        if result is not None:
            result.problem = str(error)
            if self._shown() is result:
                self._show_result(result)

    @Slot(int, object)
    def _on_job_cancelled(self, job_id: int, _outcome: Outcome | None) -> None:
        if job_id != self._job_id:
            return
        result = self._end()
        if result is not None and self._shown() is result:
            self._show_actions(result)

    @Slot()
    def _on_options_changed(self) -> None:
        self._look_ahead()

    @Slot()
    def _on_insert_requested(self) -> None:
        result = self._shown()
        if result is not None and result.passage.insert_below(result.text):
            self.said.emit(tr("Inserted below the passage."))

    @Slot()
    def _on_replace_requested(self) -> None:
        result = self._shown()
        if result is not None:
            self._replace(result, result.text)

    def _replace(self, result: Result, text: str) -> None:
        if result.passage.replace(text):
            self.said.emit(tr("Replaced; Undo brings the former text back."))
        else:
            sentence = tr("The passage has changed since; nothing was replaced.")
            self._panel.show_note(sentence, problem=True)
        self._show_actions(result)

    @Slot(str)
    def _on_rewrite_accepted(self, text: str) -> None:
        result = self._shown()
        if result is not None:
            self._replace(result, text)

    @Slot()
    def _on_copy_requested(self) -> None:
        QGuiApplication.clipboard().setText(self._panel.result_text())
        self.said.emit(tr("Copied."))

    @Slot()
    def _on_locate_requested(self) -> None:
        result = self._shown()
        if result is None or result.outcome is None or not result.outcome.spans:
            return
        if not result.passage.select(result.outcome.spans[0]):
            self._panel.show_note(tr("The passage has changed since."), problem=True)

    @Slot(int)
    def _on_history_step_requested(self, step: int) -> None:
        index = self._index + step
        if 0 <= index < len(self._results):
            self._index = index
            result = self._results[index]
            self._name = result.name
            self._passage = result.passage
            self._panel.show_notice("")
            self._show_result(result)

    @Slot(str)
    def _on_choice_made(self, key: str) -> None:
        kind, _, value = key.partition(":")
        if kind == "form":
            self._panel.options.set_form(Form(value))
            self.run()
        else:
            self._chooser.use_model(self._name, value)
            if self._look_ahead():
                self.run()


def _who_did(result: Result) -> str:
    """Return the sentence on what did a task, or is at it."""
    if result.outcome is not None and result.outcome.form is Form.EXTRACT:
        return tr("From the text itself, without a model")
    return tr("With {model}", model=result.model) if result.model else ""


def _note(result: Result) -> str:
    """Return what has to be said beside a result."""
    if result.problem:
        return result.problem
    outcome = result.outcome
    if outcome is None:
        return ""
    lines = [outcome.note] if outcome.note else []
    if outcome.guess:
        lines.append(tr("The model's guess: {guess}", guess=outcome.guess))
    if outcome.evidence:
        lines.append(tr("In the text: {sentence}", sentence=outcome.evidence))
    if outcome.draft:
        lines.append(tr("A rough draft: check it before you use it."))
    return "\n".join(lines)
