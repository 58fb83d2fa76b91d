"""A job is one task on its way: what is asked, with which model, and how it is stopped.

Owns the states a job passes through and the transitions that are allowed between them.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from enum import Enum

from assistant.core.tasks import Task


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """Which model a job runs on and how it is loaded; equal specs share one loaded engine.

    `model` is a reference as a user types it: a catalogue name, a folder, a GGUF file, a hub name
    or `scripted`. `device` is `auto`, `cpu`, `cuda`, `cuda:N` or `mps`. `precision` is `auto` (the
    fastest on this machine that loses next to nothing), `fast`, `balanced` or `exact` (packed
    weights, where a model can be packed), `stored` (the checkpoint's own), `float32`, `bfloat16` or
    `float16`.
    `threads` 0 leaves the choice to torch. `kind` overrides what was detected: `chat`, `base` or
    `seq2seq`. `strength` is by how much an adapter changes its base: 0 not at all, 1 as trained.
    """

    model: str
    device: str = "auto"
    precision: str = "auto"
    threads: int = 0
    kind: str | None = None
    strength: float = 1.0


class JobState(Enum):
    """Where a job stands. `DONE`, `FAILED` and `CANCELLED` are terminal."""

    QUEUED = "queued"
    LOADING = "loading"
    READING = "reading"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Whether nothing follows this state."""
        return not _NEXT[self]

    def may_become(self, state: JobState) -> bool:
        """Whether `state` may follow this one."""
        return state in _NEXT[self]


_ENDS = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
_RUNNING = frozenset({JobState.LOADING, JobState.READING, JobState.WRITING})
_NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: _RUNNING | _ENDS,
    JobState.LOADING: _RUNNING | _ENDS,
    # A task may ask its engine more than once, or a second engine: it reads again after writing.
    JobState.READING: _RUNNING | _ENDS,
    JobState.WRITING: _RUNNING | _ENDS,
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Job:
    """One task to carry out. Setting `cancel` from any thread stops it at the next token."""

    task: Task
    engine: EngineSpec
    id: int = field(default_factory=lambda: next(_ids))
    cancel: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)
