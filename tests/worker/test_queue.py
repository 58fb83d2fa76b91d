"""The worker: jobs go through in order, stop when asked, and end exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal, Slot

from assistant.core.errors import InklingError, ModelNotFound
from assistant.core.jobs import EngineSpec, Job, JobState
from assistant.core.requests import Finish, Loading, Reading, Writing
from assistant.core.tasks import Continue, LoadModel, Outcome, Summarize
from assistant.engines.pool import EnginePool
from assistant.worker.queue import JobQueue
from tests.engines import tiny_models

SCRIPTED = EngineSpec("scripted")
SLOW = EngineSpec("scripted:slow")
STORY = "Once upon a time there was a lighthouse keeper."


class Ends:
    """Notes every signal of a queue in the order in which it comes."""

    def __init__(self, queue: JobQueue) -> None:
        self.ended: list[tuple[str, int, Any]] = []
        self.states: list[tuple[int, JobState]] = []
        self.events: list[tuple[int, object]] = []
        self.text: dict[int, str] = {}
        queue.job_finished.connect(lambda job, value: self.ended.append(("finished", job, value)))
        queue.job_failed.connect(lambda job, value: self.ended.append(("failed", job, value)))
        queue.job_cancelled.connect(lambda job, value: self.ended.append(("cancelled", job, value)))
        queue.state_changed.connect(lambda job, state: self.states.append((job, state)))
        queue.progressed.connect(lambda job, event: self.events.append((job, event)))
        queue.chunk_ready.connect(self._on_chunk)

    def _on_chunk(self, job_id: int, _version: int, text: str) -> None:
        self.text[job_id] = self.text.get(job_id, "") + text

    def of(self, job: Job) -> list[tuple[str, Any]]:
        """Return how a job ended: exactly one entry once it has."""
        return [(how, value) for how, job_id, value in self.ended if job_id == job.id]


@pytest.fixture
def queue(qtbot: Any) -> Iterator[JobQueue]:
    made = JobQueue(EnginePool)
    yield made
    assert made.shutdown()


def test_text_streams_and_the_job_ends_once(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    job = queue.submit(Continue(STORY, max_tokens=20), SCRIPTED)
    qtbot.waitUntil(lambda: bool(ends.of(job)))
    ((how, outcome),) = ends.of(job)
    assert how == "finished"
    assert isinstance(outcome, Outcome)
    assert outcome.text
    assert ends.text[job.id] == outcome.text
    assert queue.state(job.id) is None
    assert not queue.busy


def test_states_follow_the_transition_table(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    job = queue.submit(Continue(STORY, max_tokens=20), SCRIPTED)
    qtbot.waitUntil(lambda: bool(ends.of(job)))
    state = JobState.QUEUED
    for _, following in ends.states:
        assert state.may_become(following)
        state = following
    assert state is JobState.DONE


def test_jobs_run_first_in_first_out(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    jobs = [queue.submit(Continue(STORY, max_tokens=5), SCRIPTED) for _ in range(5)]
    qtbot.waitUntil(lambda: len(ends.ended) == 5)
    assert [job_id for _, job_id, _ in ends.ended] == [job.id for job in jobs]


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    running = queue.submit(Continue(STORY, max_tokens=10_000), SLOW)
    waiting = queue.submit(Continue(STORY, max_tokens=5), SCRIPTED)
    queue.cancel(waiting.id)
    assert ends.of(waiting) == [("cancelled", None)]
    queue.cancel(running.id)
    qtbot.waitUntil(lambda: bool(ends.of(running)))
    last = queue.submit(Continue(STORY, max_tokens=5), SCRIPTED)
    qtbot.waitUntil(lambda: bool(ends.of(last)))
    assert len(ends.of(waiting)) == 1
    assert waiting.id not in ends.text


def test_stopping_while_it_writes_keeps_what_was_written(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    job = queue.submit(Continue(STORY, max_tokens=10_000), SLOW)
    qtbot.waitUntil(lambda: len(ends.text.get(job.id, "")) > 10)
    queue.cancel(job.id)
    qtbot.waitUntil(lambda: bool(ends.of(job)))
    ((how, outcome),) = ends.of(job)
    assert how == "cancelled"
    assert outcome.completions[-1].finish is Finish.CANCELLED
    assert ends.text[job.id]


def test_cancelling_twice_or_after_the_end_changes_nothing(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    job = queue.submit(Continue(STORY, max_tokens=5), SCRIPTED)
    qtbot.waitUntil(lambda: bool(ends.of(job)))
    queue.cancel(job.id)
    queue.cancel(job.id + 1000)
    assert len(ends.of(job)) == 1


def test_a_model_that_is_not_there_fails_with_its_sentence(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    job = queue.submit(LoadModel(), EngineSpec("no-such-model-anywhere"))
    qtbot.waitUntil(lambda: bool(ends.of(job)))
    ((how, error),) = ends.of(job)
    assert how == "failed"
    assert isinstance(error, ModelNotFound)
    assert "no-such-model-anywhere" in str(error)


def test_the_queue_goes_on_after_a_failure(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    queue.submit(LoadModel(), EngineSpec("no-such-model-anywhere"))
    job = queue.submit(Continue(STORY, max_tokens=5), SCRIPTED)
    qtbot.waitUntil(lambda: bool(ends.of(job)))
    assert ends.of(job)[0][0] == "finished"


def test_a_fault_of_the_program_is_told_and_does_not_end_the_thread(
    qtbot: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(EnginePool):
        def engine_for(self, *_: object) -> Any:
            raise ZeroDivisionError

    queue = JobQueue(Broken)
    ends = Ends(queue)
    job = queue.submit(LoadModel(), SCRIPTED)
    qtbot.waitUntil(lambda: bool(ends.of(job)))
    ((how, error),) = ends.of(job)
    assert how == "failed"
    assert isinstance(error, InklingError)
    assert "ZeroDivisionError" in caplog.text
    again = queue.submit(
        Summarize("A first sentence of nine words stands here now. " * 3), SCRIPTED
    )
    qtbot.waitUntil(lambda: bool(ends.of(again)))
    assert queue.shutdown()


def test_changing_the_model_is_a_job_between_others(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    writing = queue.submit(Continue(STORY, max_tokens=20), SCRIPTED)
    change = queue.submit(LoadModel(), SLOW)
    qtbot.waitUntil(lambda: bool(ends.of(change)))
    assert ends.of(writing)[0][0] == "finished"
    assert ends.of(change)[0][0] == "finished"


def test_closing_while_it_writes_ends_the_thread(qtbot: Any) -> None:
    queue = JobQueue(EnginePool)
    ends = Ends(queue)
    job = queue.submit(Continue(STORY, max_tokens=10_000), SLOW)
    qtbot.waitUntil(lambda: job.id in ends.text)
    assert queue.shutdown()


def test_progress_is_reported(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    job = queue.submit(Continue(STORY, max_tokens=20), SCRIPTED)
    qtbot.waitUntil(lambda: bool(ends.of(job)))
    kinds = {type(event) for _, event in ends.events}
    assert {Loading, Reading, Writing} <= kinds


def test_a_model_that_is_not_used_leaves_the_memory(qtbot: Any, queue: JobQueue) -> None:
    with qtbot.waitSignal(queue.models_changed) as loaded:
        queue.submit(LoadModel(), SCRIPTED)
    ((model,),) = loaded.args
    assert (model.reference, model.device) == ("scripted", "cpu")
    with qtbot.waitSignal(queue.models_changed) as unloaded:
        queue.set_idle_seconds(0.02)
    assert unloaded.args == [()]


def test_a_quiet_job_is_not_seen_until_it_ends(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    with qtbot.assertNotEmitted(queue.busy_changed):
        job = queue.submit_quietly(Continue(STORY, max_tokens=20), SCRIPTED)
        assert not queue.busy
        qtbot.waitUntil(lambda: bool(ends.of(job)))
    ((how, outcome),) = ends.of(job)
    assert how == "finished"
    assert outcome.text
    assert (ends.states, ends.events, ends.text) == ([], [], {})


def test_quiet_jobs_make_way_for_every_other(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    running, waiting = (
        queue.submit_quietly(Continue(STORY, max_tokens=10_000), SLOW) for _ in range(2)
    )
    qtbot.waitUntil(lambda: queue.state(running.id) is JobState.WRITING)
    job = queue.submit(Continue(STORY, max_tokens=5), SCRIPTED)
    assert ends.of(waiting) == [("cancelled", None)]
    qtbot.waitUntil(lambda: bool(ends.of(job)))
    assert [how for how, _ in ends.of(running)] == ["cancelled"]
    assert ends.of(job)[0][0] == "finished"


def test_a_quiet_job_waits_for_the_others(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    job = queue.submit(Continue(STORY, max_tokens=20), SCRIPTED)
    quiet = queue.submit_quietly(Continue(STORY, max_tokens=5), SCRIPTED)
    qtbot.waitUntil(lambda: bool(ends.of(quiet)))
    assert [job_id for _, job_id, _ in ends.ended] == [job.id, quiet.id]


def test_stopping_all_stops_the_quiet_ones_too(qtbot: Any, queue: JobQueue) -> None:
    ends = Ends(queue)
    job = queue.submit(Continue(STORY, max_tokens=10_000), SLOW)
    quiet = queue.submit_quietly(Continue(STORY, max_tokens=10_000), SLOW)
    queue.cancel_all()
    qtbot.waitUntil(lambda: bool(ends.of(job)) and bool(ends.of(quiet)))
    assert {how for how, _, _ in ends.ended} == {"cancelled"}


class _Emitter(QObject):
    """Emits and counts in one thread."""

    fired = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.fired.connect(self._on_fired)

    @Slot(bool)
    def _on_fired(self, _value: bool) -> None:
        self.count += 1


def test_signals_can_be_emitted_thousands_of_times(qtbot: Any) -> None:
    """PySide6 6.12.0 on Python 3.11 aborts after about 550 of them."""
    emitter = _Emitter()
    for _ in range(2000):
        emitter.fired.emit(True)
    assert emitter.count == 2000


@pytest.mark.parametrize(("precision", "held"), [("exact", "float32"), ("stored", "")])
def test_how_a_model_is_held_is_found(
    precision: str, held: str, qtbot: Any, queue: JobQueue, tmp_path: Path
) -> None:
    spec = EngineSpec(str(tiny_models.llama(tmp_path)), "cpu", precision)
    with qtbot.waitSignal(queue.holding_found) as found:
        queue.find_holding(spec)
    about, holding = found.args
    assert about == spec
    assert (holding.writing if holding else "") == held


def test_of_a_model_that_is_not_there_nothing_is_found(qtbot: Any, queue: JobQueue) -> None:
    spec = EngineSpec("no-such-model")
    with qtbot.waitSignal(queue.holding_found) as found:
        queue.find_holding(spec)
    assert found.args == [spec, None]
