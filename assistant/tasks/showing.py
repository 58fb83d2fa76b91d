"""Show a prompt: what a model would read to go on with a text, and what each part of it costs.

Loads the model, for its tokens; nothing is read or written by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.core.tasks import Complete, Form, Outcome
from assistant.tasks import completing, continuing

if TYPE_CHECKING:
    from assistant.core.tasks import ShowPrompt
    from assistant.models.description import ModelDescription
    from assistant.tasks.assessment import Assessment, Installed
    from assistant.tasks.desk import Desk


def assess(
    task: ShowPrompt, description: ModelDescription | None, installed: Installed
) -> Assessment:
    """Say how well the model does what is shown."""
    shown = task.task
    if isinstance(shown, Complete):
        return completing.assess(shown, description, installed)
    return continuing.assess(shown, description, installed)


def run(task: ShowPrompt, desk: Desk) -> Outcome:
    """Tell the prompt and its parts."""
    shown, engine = task.task, desk.engine()
    if isinstance(shown, Complete):
        read = completing.composed(shown, engine)
    else:
        read = continuing.composed(shown, engine)
    return Outcome("", Form.MODEL, prompt=read.text, parts=read.parts)
