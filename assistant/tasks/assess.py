"""What will come of a task, said before it is run: how well, with what, and what to do instead.

Loads no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.tasks.assessment import Alternative, Assessment
from assistant.tasks.registry import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.core.tasks import Task
    from assistant.models.description import ModelDescription

__all__ = ["Alternative", "Assessment", "assess"]


def assess(
    task: Task,
    description: ModelDescription | None,
    installed: Iterable[ModelDescription] = (),
) -> Assessment:
    """Say what `description` makes of `task`; None stands for a model that is not there.

    `installed` are the models on this machine that may be offered instead.
    """
    return TASKS[type(task)].assess(task, description, tuple(installed))
