"""Carry out a task: text in, engine calls, text out. The door of this package.

A task that needs no model loads none. A task that is stopped returns what there is, and the last
of its completions says `CANCELLED`; it raises `Cancelled` where nothing was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.tasks.desk import Desk, Engines
from assistant.tasks.registry import TASKS

if TYPE_CHECKING:
    from assistant.core.jobs import EngineSpec
    from assistant.core.requests import Emit, ShouldStop
    from assistant.core.tasks import Outcome, Task

__all__ = ["Engines", "run"]


def run(
    task: Task, spec: EngineSpec, engines: Engines, emit: Emit, should_stop: ShouldStop
) -> Outcome:
    """Carry out `task` on the model of `spec`, telling `emit` how it goes.

    What is streamed is the beginning of the outcome's text; the outcome's is the one to keep.
    Raises an `InklingError` with the sentence for the reader, or `Cancelled`.
    """
    return TASKS[type(task)].run(task, Desk(spec, engines, emit, should_stop))
