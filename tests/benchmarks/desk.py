"""How the desk feels, measured: smoothness, start-up, cancelling. Prints; asserts nothing.

    python tests/benchmarks/desk.py [--rounds 3]

- gaps of a 5 ms timer on the GUI thread while torch is imported, the default model loads and
  writes (milliseconds: median, 99th percentile, longest);
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
from assistant.core.requests import Reading, Writing
from assistant.core.tasks import Continue
from assistant.engines.pool import EnginePool
from assistant.worker.queue import JobQueue

MODEL = "smollm2"
TICK_MS = 5
PROMPT = "The old lighthouse keeper climbed the stairs. "
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

    def line(self) -> str:
        """Stop and return the figures."""
        self._timer.stop()
        gaps = sorted(self.milliseconds)
        p99 = gaps[int(0.99 * len(gaps))]
        return f"median {statistics.median(gaps):.1f}  p99 {p99:.1f}  longest {gaps[-1]:.1f}"


def until_ended(queue: JobQueue, job_id: int) -> None:
    """Run the event loop until a job has ended."""
    loop = QEventLoop()

    def on_state(changed: int, state: JobState) -> None:
        if changed == job_id and state.terminal:
            loop.quit()

    queue.state_changed.connect(on_state)
    loop.exec()
    queue.state_changed.disconnect(on_state)


def smoothness(queue: JobQueue) -> None:
    """Print the gaps while the libraries are imported, the model loads and writes."""
    gaps = Gaps()
    job = queue.submit(Continue(PROMPT * 40, max_tokens=200), EngineSpec(MODEL))
    until_ended(queue, job.id)
    print(f"import, load, read, write   {gaps.line()}")
    gaps = Gaps()
    job = queue.submit(Continue(PROMPT * 40, max_tokens=200), EngineSpec(MODEL))
    until_ended(queue, job.id)
    print(f"read and write alone        {gaps.line()}")


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
    smoothness(queue)
    cancelling(queue, well_into_reading, PROMPT * 190, rounds)
    cancelling(queue, well_into_writing, PROMPT * 20, rounds)
    queue.shutdown()
    del application
    start_up(rounds)


if __name__ == "__main__":
    main()
