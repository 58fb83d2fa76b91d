"""Where suggestions come from: quiet jobs, and what the last ones found.

Owns the jobs that are under way. Knows no widget: what is asked, when, and what becomes of an
answer is `assistant.ui.autocomplete`'s.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QObject, Signal, Slot

from assistant.core.errors import InklingError
from assistant.core.jobs import EngineSpec, JobState
from assistant.core.steering import Steering
from assistant.core.suggestions import Silence, Suggestions
from assistant.core.tasks import Complete, Outcome
from assistant.ui.suggestion_offer import Spot
from assistant.worker.queue import JobQueue

ALTERNATIVES = 3
_KEPT = 64
# So much of the text before a caret tells it from any other.
_TOLD_APART = 2000

_Key = tuple[str, str, bool, Steering, EngineSpec]


class Purpose(Enum):
    """What an answer is for: to be shown, to choose from, or to have when it is wanted.

    To `READ` has no answer: the next one comes sooner for it.
    """

    NOW = "now"
    MORE = "more"
    AHEAD = "ahead"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for a spot; `asked` is the clock's time in seconds."""

    spot: Spot
    task: Complete
    spec: EngineSpec
    asked: float
    purpose: Purpose = Purpose.NOW

    @property
    def key(self) -> _Key:
        """What has the same answer: how many alternatives are wanted makes no difference."""
        task = self.task
        return task.before[-_TOLD_APART:], task.after, task.by_hand, task.steering, self.spec


class SuggestionSource(QObject):
    """Asks for suggestions.

    Signals: `answered(Question, Suggestions)`, `failed(Question, InklingError)`.
    """

    answered = Signal(object, object)
    failed = Signal(object, object)

    def __init__(self, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._asked: dict[int, Question] = {}
        self._known: OrderedDict[_Key, Suggestions] = OrderedDict()
        queue.job_finished.connect(self._on_job_finished)
        queue.job_failed.connect(self._on_job_failed)
        queue.job_cancelled.connect(self._on_job_cancelled)

    def known(self, question: Question) -> Suggestions | None:
        """Return what was found for the same place before, None where nobody knows."""
        found = self._known.get(question.key)
        if found is not None:
            self._known.move_to_end(question.key)
        return found

    def ask(self, question: Question) -> None:
        """Have `question` answered; one whose answer is to be shown ends all that were before.

        Where the same is being found ahead already, that goes on.
        """
        if question.purpose is Purpose.NOW and self._goes_on_with(question):
            return
        job = self._queue.submit_quietly(question.task, question.spec)
        self._asked[job.id] = question

    def look_ahead(self, question: Question, text: str) -> None:
        """Find what goes on from `question`'s place once `text` is written there."""
        task = replace(question.task, before=question.task.before + text, by_hand=False)
        further = replace(question, task=task, purpose=Purpose.AHEAD)
        if further.key not in self._known:
            self.ask(further)

    def ask_for_more(self, question: Question) -> None:
        """Find alternatives for the place of `question`."""
        task = replace(question.task, alternatives=ALTERNATIVES)
        self.ask(replace(question, task=task, purpose=Purpose.MORE))

    def read_ahead(self, question: Question) -> None:
        """Have the place of `question` read by its model, which suggests nothing yet."""
        task = replace(question.task, seconds=0.0)
        self.ask(replace(question, task=task, purpose=Purpose.READ))

    def asking(self, purpose: Purpose) -> bool:
        """Return whether an answer is awaited for `purpose`."""
        return any(question.purpose is purpose for question in self._asked.values())

    def cancel(self, *purposes: Purpose) -> None:
        """Take back what was asked for `purposes`, for any where none is given."""
        for job_id, question in reversed(list(self._asked.items())):
            if not purposes or question.purpose in purposes:
                self._drop(job_id)

    def forget(self) -> None:
        """Forget what was found: another model or other settings would find something else."""
        self.cancel()
        self._known.clear()

    def _goes_on_with(self, question: Question) -> bool:
        """Let nothing go on but what answers `question` already; False where nothing does.

        What is being read that has to be read for it goes on too.
        """
        found = None
        for job_id, asked in reversed(list(self._asked.items())):
            if asked.purpose is Purpose.READ:
                if question.spot.typed_since(asked.spot) is None:
                    self._drop(job_id)
            elif asked.key == question.key and asked.purpose is not Purpose.MORE:
                found = job_id
            else:
                self._drop(job_id)
        if found is not None:
            self._asked[found] = question
        return found is not None

    def _drop(self, job_id: int) -> None:
        del self._asked[job_id]
        # A model that is being loaded is let in: else who goes on writing would never have it.
        if self._queue.state(job_id) is not JobState.LOADING:
            self._queue.cancel(job_id)

    def _keep(self, question: Question, found: Suggestions) -> None:
        if found.silence is Silence.TOO_SLOW:
            return
        self._known[question.key] = found
        self._known.move_to_end(question.key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    @Slot(int, object)
    def _on_job_finished(self, job_id: int, outcome: Outcome) -> None:
        question = self._asked.pop(job_id, None)
        if question is None:
            return
        found = outcome.suggestions or Suggestions(silence=Silence.NO_MODEL)
        self._keep(question, found)
        self.answered.emit(question, found)

    @Slot(int, object)
    def _on_job_failed(self, job_id: int, error: InklingError) -> None:
        question = self._asked.pop(job_id, None)
        if question is not None:
            self.failed.emit(question, error)

    @Slot(int, object)
    def _on_job_cancelled(self, job_id: int, _outcome: Outcome | None) -> None:
        self._asked.pop(job_id, None)
