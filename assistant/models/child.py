"""Runs a program as a child process that can be stopped at any moment.

Its lines are passed on as they come. Stopping ends the whole process group, so that nothing goes on
downloading behind the user's back; a child from which nothing is heard for too long is ended too.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.core.errors import Cancelled
from assistant.core.requests import ShouldStop

_TICK_SECONDS = 0.1
_GRACE_SECONDS = 5.0
_KEPT_LINES = 200


class Stalled(Exception):
    """Nothing was heard from the child for too long; it has been ended."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit code (negative: the signal that killed it), its last lines."""

    code: int
    lines: tuple[str, ...]


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of this program in a child."""
    return [sys.executable, "-m", module, *arguments]


def module_environment(**extra: str) -> dict[str, str]:
    """Return an environment in which a child finds this program, installed or not."""
    root = str(Path(__file__).resolve().parent.parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    should_stop: ShouldStop,
    on_line: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
    activity: Callable[[], object] | None = None,
    stall_seconds: float | None = None,
    stdin: int = subprocess.PIPE,
) -> Ended:
    """Run `command` in `folder` to its end and return how it ended.

    `on_tick` is called about ten times a second. With `stall_seconds`, the child has to print a
    line or change what `activity` returns that often. Raises `Cancelled` and `Stalled`; the child
    is gone by then, as it is after any other exception.
    """
    process = _start(command, folder, environment, stdin)
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    watch = _Watch(activity, stall_seconds)
    kept: list[str] = []
    try:
        while (line := _next(lines)) is not None:
            if should_stop():
                raise Cancelled
            if line:
                kept = [*kept[1 - _KEPT_LINES :], line]
                watch.heard()
                if on_line is not None:
                    on_line(line)
            elif watch.too_long():
                raise Stalled
            if on_tick is not None:
                on_tick()
        return Ended(process.wait(), tuple(kept))
    finally:
        _end(process)
        reader.join(_GRACE_SECONDS)
        _close(process, reader)


class _Watch:
    """Knows how long nothing has been heard."""

    def __init__(self, activity: Callable[[], object] | None, limit: float | None) -> None:
        self._activity = activity
        self._limit = limit
        self._seen: object = None
        self._last = time.monotonic()

    def heard(self) -> None:
        self._last = time.monotonic()

    def too_long(self) -> bool:
        if self._limit is None or time.monotonic() - self._last < self._limit:
            return False
        # Asked only when time is up: looking through a folder is not free.
        seen = self._activity() if self._activity is not None else None
        if seen == self._seen:
            return True
        self._seen = seen
        self.heard()
        return False


def _start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: int
) -> subprocess.Popen[str]:
    group: dict[str, Any] = (
        {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    return subprocess.Popen(  # noqa: S603 - no shell, and the program is our own interpreter
        list(command),
        cwd=folder,
        env=dict(environment),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        **group,
    )


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(ValueError, OSError):
        for line in process.stdout:
            if line.strip():
                lines.put(line.strip())
    lines.put(None)


def _next(lines: queue.SimpleQueue[str | None]) -> str | None:
    """Return the next line, an empty one when none came in time, None at the end."""
    try:
        return lines.get(timeout=_TICK_SECONDS)
    except queue.Empty:
        return ""


def _end(process: subprocess.Popen[str]) -> None:
    """End the child and what it started."""
    if process.poll() is not None:
        return
    _terminate(process)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
    # Also where the child is gone: what it started may have ignored the request.
    _kill(process)
    process.wait()


def _close(process: subprocess.Popen[str], reader: threading.Thread) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    # Closing a pipe that another thread reads from would wait for it.
    if process.stdout is not None and not reader.is_alive():
        process.stdout.close()


def _terminate(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        process.terminate()
    else:
        _signal_group(process, signal.SIGTERM)


def _kill(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[str], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def end_with_parent() -> None:
    """In a child: end this process as soon as the one that started it is gone."""

    def wait() -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stdin.buffer.read()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
