"""A child process is heard, stopped with all that it started, and ends with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from assistant.core.errors import Cancelled
from assistant.models import child
from assistant.models.progress import Pace

if TYPE_CHECKING:
    from pathlib import Path


def _run(program: str, folder: Path, **options: object) -> child.Ended:
    settings: dict[str, object] = {"should_stop": lambda: False, **options}
    return child.run(
        [sys.executable, "-c", program],
        folder=folder,
        environment=child.module_environment(),
        **settings,  # type: ignore[arg-type]
    )


def test_lines_of_both_streams_are_heard_and_the_last_are_kept(tmp_path: Path) -> None:
    """Empty lines are no news; bytes that are no text do no harm."""
    heard: list[str] = []
    program = (
        "import sys, os; print('one', flush=True); print(); print('two', file=sys.stderr);"
        "sys.stderr.flush(); os.write(1, b'\\xff\\n'); sys.exit(3)"
    )
    ended = _run(program, tmp_path, on_line=heard.append)
    assert heard == ["one", "two", "\N{REPLACEMENT CHARACTER}"]
    assert (ended.code, ended.lines) == (3, tuple(heard))
    many = _run("for i in range(1000): print(i)", tmp_path)
    assert (len(many.lines), many.lines[-1]) == (200, "999")


@pytest.mark.skipif(sys.platform == "win32", reason="needs process groups")
def test_stopping_ends_what_the_child_started_too(tmp_path: Path) -> None:
    """A grandchild that ignores the pipe and the polite signal is gone as well."""
    grandchild = "import time, signal; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    program = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {grandchild!r}])\n"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    heard: list[str] = []
    with pytest.raises(Cancelled):
        _run(program, tmp_path, on_line=heard.append, should_stop=lambda: bool(heard))
    process = int(heard[0])
    if psutil.pid_exists(process):
        # Ended with its group; only its entry may be waiting to be collected.
        gone, alive = psutil.wait_procs([psutil.Process(process)], timeout=10)
        assert gone or alive[0].status() == psutil.STATUS_ZOMBIE


def test_a_silent_child_is_given_up(tmp_path: Path) -> None:
    """Neither a line nor any other sign of life for the time that is allowed."""
    with pytest.raises(child.Stalled):
        _run("import time; time.sleep(60)", tmp_path, stall_seconds=0.3)
    signs = iter(range(4))
    with pytest.raises(child.Stalled):
        _run(
            "import time; time.sleep(60)",
            tmp_path,
            stall_seconds=0.1,
            activity=lambda: next(signs, None),
        )
    assert next(signs, None) is None


def test_a_listener_that_fails_ends_the_child(tmp_path: Path) -> None:
    """Nothing goes on behind the back of an error."""
    pids: list[int] = []

    def listen(line: str) -> None:
        pids.append(int(line))
        raise KeyError

    with pytest.raises(KeyError):
        _run(
            "import os, time; print(os.getpid(), flush=True); time.sleep(60)",
            tmp_path,
            on_line=listen,
        )
    assert not psutil.pid_exists(pids[0])


_PARENT = """
import subprocess, sys
program = "from assistant.models.child import end_with_parent; end_with_parent();"
program += "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
child.wait()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_child_ends_when_its_parent_is_killed() -> None:
    """Even a parent that could say nothing takes its child along."""
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        orphan = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        gone, alive = psutil.wait_procs([orphan], timeout=20)
        assert gone or alive[0].status() == psutil.STATUS_ZOMBIE


def test_the_time_left_follows_the_speed_of_the_last_seconds() -> None:
    """Nothing is foretold before a second has passed; a change of speed is noticed."""
    now = [0.0]
    pace = Pace(1000, clock=lambda: now[0])
    assert pace.seconds_left(0) is None
    now[0] = 0.5
    assert pace.seconds_left(50) is None
    now[0] = 2.0
    assert pace.seconds_left(200) == pytest.approx(8.0)
    for second in range(3, 16):
        now[0] = float(second)
        left = pace.seconds_left(200 + 10 * (second - 2))
    assert left == pytest.approx((1000 - 330) / 10, rel=0.05)
    assert Pace(0).seconds_left(5) is None
