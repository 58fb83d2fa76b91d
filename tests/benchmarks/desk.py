"""How the desk feels, measured: smoothness, start-up, cancelling. Prints; asserts nothing.

    python tests/benchmarks/desk.py [--rounds 3]

- gaps of a 5 ms timer on the GUI thread while torch is imported, the default model loads and
  writes, and while it does nothing but write (milliseconds: median, 99th percentile, longest);
  while it writes the 99th percentile is to be under 15;
- from process start to an editable window, and from `inkling continue` in a fresh process to its
  first word (seconds, median of the rounds);
- from Cancel to an idle worker, during the prefill of 1,500 tokens and while writing (seconds).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from assistant.core.jobs import EngineSpec, JobState
from assistant.core.requests import Reading, Sampling, Writing
from assistant.core.tasks import Continue
from assistant.engines.pool import EnginePool
from assistant.worker.queue import JobQueue

MODEL = "smollm2"
TICK_MS = 5
# While a model writes, so long may all but one gap in a hundred be.
SMOOTH_MS = 15
TOKENS = 200
NEVER_ENDING = Sampling(min_new_tokens=TOKENS)
PROMPT = "The old lighthouse keeper climbed the stairs. "
STORY = (
    "The ferry was late again, and the baker's daughter had counted the gulls on the pier twice "
    "before she saw its lamp. Her brother came down the plank with a wicker basket in which "
    "something small and grey turned round and round and would not be still. "
)
_WINDOW = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from assistant import app
def report(window):
    print(time.time(), "torch" in sys.modules, flush=True)
    window.close()
    QApplication.quit()
sys.exit(app.main([], on_shown=report))
"""


class Gaps:
    """A 5 ms timer that notes how long it really was between two ticks."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.milliseconds: list[float] = []
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self.milliseconds.append(1000 * (now - self._last))
        self._last = now

    def stop(self) -> list[float]:
        """Stop and return what was noted."""
        self._timer.stop()
        return self.milliseconds


def line(gaps: list[float]) -> str:
    """Return the figures of what timers noted."""
    figures = f"median {statistics.median(gaps):.1f}  p99 {p99(gaps):.1f}  longest {max(gaps):.1f}"
    return f"{figures}  ({len(gaps)} ticks)"


def p99(gaps: list[float]) -> float:
    """Return what all but one in a hundred are at most."""
    return sorted(gaps)[int(0.99 * len(gaps))]


def until_ended(queue: JobQueue, job_id: int) -> None:
    """Run the event loop until a job has ended."""
    loop = QEventLoop()

    def on_state(changed: int, state: JobState) -> None:
        if changed == job_id and state.terminal:
            loop.quit()

    queue.state_changed.connect(on_state)
    loop.exec()
    queue.state_changed.disconnect(on_state)


def smoothness(queue: JobQueue, rounds: int) -> None:
    """Print the gaps while the libraries are imported, the model loads, reads and writes."""
    gaps = Gaps()
    job = queue.submit(Continue(PROMPT * 40, max_tokens=200), EngineSpec(MODEL))
    until_ended(queue, job.id)
    print(f"import, load, read, write   {line(gaps.stop())}")
    gaps = Gaps()
    job = queue.submit(Continue(PROMPT * 40, max_tokens=200), EngineSpec(MODEL))
    until_ended(queue, job.id)
    print(f"read and write alone        {line(gaps.stop())}")
    writing: list[float] = []
    for _ in range(rounds):
        writing += while_writing(queue, Continue(STORY, max_tokens=TOKENS, sampling=NEVER_ENDING))
    verdict = "met" if p99(writing) < SMOOTH_MS else "MISSED"
    print(f"write alone                 {line(writing)}  p99 under {SMOOTH_MS}: {verdict}")


def while_writing(queue: JobQueue, task: Continue) -> list[float]:
    """Return the gaps from the first token that a job writes to its end."""
    job = queue.submit(task, EngineSpec(MODEL))
    started: list[Gaps] = []

    def on_state(changed: int, state: JobState) -> None:
        if changed == job.id and state is JobState.WRITING and not started:
            started.append(Gaps())

    queue.state_changed.connect(on_state)
    until_ended(queue, job.id)
    queue.state_changed.disconnect(on_state)
    return [gap for gaps in started for gap in gaps.stop()]


def well_into_reading(event: object) -> bool:
    """Say whether a good part of the prompt has been read."""
    return isinstance(event, Reading) and event.done > event.total / 4


def well_into_writing(event: object) -> bool:
    """Say whether some words have been written."""
    return isinstance(event, Writing) and event.tokens >= 5


def cancelling(queue: JobQueue, when: Callable[[object], bool], prompt: str, rounds: int) -> None:
    """Print how long it takes from Cancel to an idle worker."""
    seconds = []
    for _ in range(rounds):
        job = queue.submit(Continue(prompt, max_tokens=400), EngineSpec(MODEL))
        cancelled_at = 0.0

        def on_progress(job_id: int, event: object, job_id_wanted: int = job.id) -> None:
            nonlocal cancelled_at
            if job_id == job_id_wanted and when(event) and not cancelled_at:
                cancelled_at = time.perf_counter()
                queue.cancel(job_id)

        queue.progressed.connect(on_progress)
        until_ended(queue, job.id)
        queue.progressed.disconnect(on_progress)
        if cancelled_at:
            seconds.append(time.perf_counter() - cancelled_at)
    figures = ", ".join(f"{value:.3f}" for value in seconds)
    print(f"cancel {when.__name__.replace('_', ' ')}: idle after {figures} s")


def start_up(rounds: int) -> None:
    """Print the time to an editable window and to the command line's first word."""
    window, first = [], []
    for _ in range(rounds):
        start = time.time()
        run = subprocess.run(
            [sys.executable, "-c", _WINDOW], capture_output=True, text=True, check=True
        )
        shown, torch_imported = run.stdout.split()
        window.append(float(shown) - start)
        print(f"editable window after {window[-1]:.2f} s, torch imported: {torch_imported}")
        start = time.time()
        command = [sys.executable, "-m", "assistant", "continue", PROMPT, "--max-tokens", "8"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            process.stdout.read(1)
            first.append(time.time() - start)
            process.communicate()
    print(f"editable window  {statistics.median(window):.2f} s")
    print(f"first word       {statistics.median(first):.2f} s")


def main() -> None:
    """Measure everything once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    application = QCoreApplication([])
    queue = JobQueue(EnginePool)
    smoothness(queue, rounds)
    cancelling(queue, well_into_reading, PROMPT * 190, rounds)
    cancelling(queue, well_into_writing, PROMPT * 20, rounds)
    queue.shutdown()
    del application
    start_up(rounds)


if __name__ == "__main__":
    main()
